package browser

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"node.websocket/runtime/command/commandtest"
)

// TestPoll checks that a vote counts once and is seen by others, also by those who come later.
func TestPoll(t *testing.T) {
	s := startServer(t)
	ann, bob := open(t, s.page("poll.html")), open(t, s.page("poll.html"+polls))
	ann.waitText("#question", "indented")
	bob.waitText("#question", "indented")
	ann.click("#options li:nth-child(2) button")
	for _, p := range []*page{ann, bob, open(t, s.page("poll.html"))} {
		p.wait(`[...document.querySelectorAll('#options b')].map((b) => b.textContent).join() === '0,1,0,0'`)
		p.waitText("#total", "1")
	}
	ann.wait(`[...document.querySelectorAll('#options button')].every((b) => b.disabled)`)
	bob.click("#options li:nth-child(1) button")
	ann.wait(`[...document.querySelectorAll('#options b')].map((b) => b.textContent).join() === '1,1,0,0'`)
}

// TestPresence checks that two pages agree on who is here, as text, until one is closed.
func TestPresence(t *testing.T) {
	s := startServer(t)
	ann, bob := open(t, s.page("presence.html")), open(t, s.page("presence.html"+polls))
	ann.waitState("open")
	bob.waitState("open")
	ann.write("#name", "<b>ann</b>")
	bob.waitText("#people li", "<b>ann</b>here")
	bob.write("#name", "bob")
	for _, p := range []*page{ann, bob} {
		p.waitText("#people li:nth-child(2)", "bobhere")
		p.waitText("#count", "2")
	}
	eval[bool](ann, `(document.getElementById('status').value = 'away', document.getElementById('status').dispatchEvent(new Event('change')))`)
	bob.waitText("#people li", "<b>ann</b>away")
	ann.click("#toggle")
	bob.waitText("#count", "1")
	bob.waitText("#people li", "bob")
}

// TestDrop sends files, one too large, and downloads one from another page.
func TestDrop(t *testing.T) {
	dir := t.TempDir()
	want := bytes.Repeat([]byte("0123456789"), 20_000) // four parts
	for name, data := range map[string][]byte{"ann's <i>.bin": want, "large": make([]byte, 4<<20+1), "small.txt": []byte("x")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := startServer(t)
	ann, bob := open(t, s.page("drop.html"+polls)), open(t, s.page("drop.html"))
	ann.waitState("open")
	bob.waitState("open")
	send := func(name string) {
		ann.do("choosing a file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{filepath.Join(dir, name)}))
	}
	send("large")
	ann.waitText("#error", "A file may have 4 MiB.")
	send("ann's <i>.bin")
	bob.waitText("#files", "ann's <i>.bin195.3 KiB")
	send("small.txt")
	bob.waitText("#files li:first-child", "small.txt1 B")
	ann.waitText("#what", "Nothing under way")

	response, err := http.Get(eval[string](bob, `document.querySelector('#files li:last-child a').href`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes are downloaded, which are not those that were sent: %v", len(got), err)
	}
	if got, want := response.Header.Get("Content-Disposition"), "attachment; filename*=UTF-8''ann%27s%20%3Ci%3E.bin"; got != want {
		t.Errorf("Content-Disposition: %s, want %s", got, want)
	}
}

// TestTicker checks that a page that is busy misses prices, and goes on with the newest.
func TestTicker(t *testing.T) {
	s := startServer(t)
	p, slow := open(t, s.page("ticker.html")), open(t, s.page("ticker.html"+polls)) // where no network holds megabytes
	slow.wait(`Number(document.getElementById('received').textContent) > 2`)
	eval[bool](slow, `(document.getElementById('slow').click(), true)`)
	slow.wait(`Number(document.getElementById('skipped').textContent) > 2`)
	eval[bool](slow, `(document.getElementById('slow').click(), true)`)
	slow.wait(fmt.Sprint(`Number(document.getElementById('received').textContent) > 5 + `, slow.text("#received")))
	p.waitState("open")
	p.wait(`document.querySelectorAll('#stocks tr').length === 8`)
	if skipped := p.text("#skipped"); skipped != "0" {
		t.Errorf("%s prices are skipped for a page that is not slow", skipped)
	}
	slow.click("#toggle") // so that the stop need not wait for its next poll
	slow.waitState("closed")
}

// TestChess installs the package that the game needs while pages wait for it, and plays the shortest game there is.
func TestChess(t *testing.T) {
	modules, installed := t.TempDir(), filepath.Join("..", "node_modules", "chess.js")
	if _, err := os.Stat(installed); err != nil {
		commandtest.Missing(t, "no chess.js; run npm ci in examples")
	}
	if err := os.CopyFS(modules, os.DirFS(filepath.Join("..", "..", "modules"))); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(modules, "node_modules")); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, "--modules", modules)
	white := open(t, s.page("chess.html"))
	white.waitText("#error", "npm install --prefix modules")
	black, watcher := open(t, s.page("chess.html"+polls)), open(t, s.page("chess.html"))
	watcher.waitText("#error", "npm install --prefix modules")
	black.waitText("#error", "npm install --prefix modules")
	if err := os.CopyFS(filepath.Join(modules, "node_modules", "chess.js"), os.DirFS(installed)); err != nil {
		t.Fatal(err)
	}
	white.waitText("#turn", "You are white. White to move.")
	white.click("#f2")
	white.click("#f5")
	white.waitText("#error", "no move")
	for i, move := range [][2]string{{"f2", "f3"}, {"e7", "e5"}, {"g2", "g4"}, {"d8", "h4"}} {
		p := []*page{white, black}[i%2]
		p.wait(`document.querySelector('#` + move[0] + `').textContent !== '' && document.getElementById('turn').textContent.includes('` + []string{"White", "Black"}[i%2] + ` to move')`)
		p.click("#" + move[0])
		p.click("#" + move[1])
		watcher.wait(`document.getElementById('` + move[1] + `').classList.contains('last')`)
	}
	watcher.waitText("#turn", "You watch; the game is over.")
	white.click("#again")
	watcher.waitText("#turn", "You watch. White to move.")
	white.click("#toggle")
	black.waitState("open")
	watcher.waitText("#turn", "You are white")
	black.click("#toggle") // so that the stop need not wait for its next poll
	black.waitState("closed")
}
