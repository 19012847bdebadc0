package browser

import "testing"

// TestBook checks that two pages show one book, each entry once and as text, and that the book stays when a page
// is loaded again.
func TestBook(t *testing.T) {
	s := startServer(t)
	p, other := open(t, s.page("book.html")), open(t, s.page("book.html?transport=xhr-polling"))
	for _, p := range []*page{p, other} {
		p.waitState("open")
		p.wait(`document.getElementById('visits').textContent > 0`)
	}
	eval[string](p, `document.getElementById('name').value = 'ann'`)
	p.write("#text", "was <b>here</b>")
	other.waitText("#log li:first-child span", "ann: was <b>here</b>")
	eval[string](other, `document.getElementById('name').value = 'bob'`)
	other.write("#text", "me too")
	p.waitText("#log li:first-child span", "bob: me too")

	p.navigate(s.page("book.html"))
	p.waitText("#log li:last-child span", "ann: was <b>here</b>")
	p.waitText("#count", "2")
	p.waitText("#visits", "3")
	eval[string](p, `document.getElementById('name').value = ' '`)
	p.write("#text", "nobody")
	p.waitText("#error", `Send {"name": "…", "text": "…"}, neither empty.`)
}
