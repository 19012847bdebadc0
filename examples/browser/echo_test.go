package browser

import "testing"

func TestEcho(t *testing.T) {
	s := startServer(t)
	p := open(t, s.page("echo.html"))
	p.waitState("open")

	p.write("#text", "Grüße, 世界 <b>🌍</b>")
	p.waitText("#log li:first-child.in", "Grüße, 世界 <b>🌍</b>")
	if bold := eval[int](p, `document.querySelectorAll('#log b').length`); bold != 0 {
		t.Error("an echo became HTML")
	}

	// The page compares every byte, and gives the class "lost" to a message that differs.
	for _, size := range []string{"16", "65536", "1000000"} {
		eval[string](p, `document.getElementById('size').value = '`+size+`'`)
		p.click("#binary-form button")
		p.wait(`document.querySelector('#log li:first-child.in').textContent.replaceAll(',', '').startsWith('` + size + ` bytes')`)
	}
	if lost := eval[int](p, `document.querySelectorAll('#log li.lost').length`); lost != 0 {
		t.Errorf("%d messages came back changed:\n%s", lost, p.seen())
	}
	p.wait(`document.getElementById('sent').textContent === '4' && document.getElementById('back').textContent === '4'`)
}

func TestEchoOfThousand(t *testing.T) {
	s := startServer(t)
	p := open(t, s.page("echo.html"))
	p.waitState("open")

	for _, sum := range []string{"1,000", "2,000"} {
		p.click("#burst-button")
		p.wait(`document.getElementById('back').textContent === '` + sum + `' && !document.getElementById('burst-button').disabled`)
		p.waitText("#burst-result", "All 1,000 came back, in order")
	}
	t.Log(p.text("#burst-result"))
}
