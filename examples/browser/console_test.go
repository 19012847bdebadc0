package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyModules returns a folder with the modules of this repository, which a test may change.
func copyModules(t *testing.T) string {
	t.Helper()
	modules := t.TempDir()
	if err := os.CopyFS(modules, os.DirFS(filepath.Join("..", "..", "modules"))); err != nil {
		t.Fatal(err)
	}
	return modules
}

// openConsole opens the console, and waits until it shows the modules.
func openConsole(t *testing.T, s *server, tab string) *page {
	t.Helper()
	p := open(t, s.page("_console"))
	p.waitState("open")
	p.wait(`document.querySelectorAll('.module').length > 3`)
	p.click("#tab-" + tab)
	return p
}

// TestConsoleShows checks that the console shows connections as they come and go, closes one, and shows the log.
func TestConsoleShows(t *testing.T) {
	s := startServer(t)
	p := openConsole(t, s, "connections")
	p.waitText("#connections [role=status]", "Nobody is connected")

	clock := open(t, s.page("time.html?transport=xhr-polling"))
	clock.wait(`document.querySelector('#raw li.in')`)
	p.waitText("#connections .body .row", "/time")
	p.waitText("#connections .body .row", "xhr-polling")
	p.waitText("#tab-connections .count", "1")
	p.picture("console-connections.png")

	p.click("#connections .body .row")
	p.waitText("#details dl", "127.0.0.1")
	p.write("#details [name=reason]", "from the console")
	s.waitLog("closed from the console", `reason="from the console"`)
	s.waitLog("disconnected", "resource=time", "cause=module")
	p.waitText("#connections [role=status]", "Nobody is connected")

	p.click("#tab-log")
	p.waitText("#log .lines", "closed from the console")
	p.write("#log [name=filter]", "disconnected")
	p.wait(`[...document.querySelectorAll('#log li')].filter((e) => e.checkVisibility()).every((e) => e.textContent.includes('disconnected'))`)
}

// TestConsoleOverlay saves a broken module and mends it.
func TestConsoleOverlay(t *testing.T) {
	modules := copyModules(t)
	s := startServer(t, "--modules", modules)
	p := openConsole(t, s, "connections")
	edit(t, filepath.Join(modules, "time.js"), "new Date()", "new <b>Date(")
	p.wait(`document.getElementById('overlay').open`)
	p.waitText("#overlay h2", "time.js does not load")
	p.waitText("#overlay pre", "new <b>Date(")
	p.picture("console-overlay.png")
	edit(t, filepath.Join(modules, "time.js"), "new <b>Date(", "new Date()")
	p.wait(`!document.getElementById('overlay').open`)
	p.click("#tab-modules")
	p.waitText("#modules", "version 1")
}

// TestConsoleClient sends and receives with the console's client, over a WebSocket and a fallback.
func TestConsoleClient(t *testing.T) {
	s := startServer(t)
	p := openConsole(t, s, "client")
	for _, transport := range []string{"websocket", "xhr-streaming", "jsonp-polling", "htmlfile"} {
		eval[bool](p, fmt.Sprintf(`document.querySelector('#client [name=transport]').value = %q, true`, transport))
		p.click("#client button[name=connect]")
		p.waitText("#client .state", "open over "+transport)
		p.write("#client [name=message]", "<i>hello</i> over "+transport)
		p.waitText("#client .frames li.in:last-child", "<i>hello</i> over "+transport)
		p.click("#client button[name=connect]")
		p.waitText("#client .state", "closed")
	}
	p.click("#client button[name=connect]")
	p.waitText("#client .state", "open over")
	eval[bool](p, `document.querySelector('#client [name=form]').value = 'binary', true`)
	p.write("#client [name=message]", "00 ff 7")
	p.waitText("#client .fault", "hexadecimal")
	p.write("#client [name=message]", "00 ff 7f")
	p.waitText("#client .frames li.in:last-child", "00 ff 7f")
	p.picture("console-client.png")
	before := eval[int](p, `document.querySelectorAll('#client .frames li.in').length`)
	p.click("#client [name=replay]")
	p.wait(fmt.Sprintf(`document.querySelectorAll('#client .frames li.in').length === %d`, before+5))
}

// TestConsoleToken opens the console of a server that anybody can reach.
func TestConsoleToken(t *testing.T) {
	s := startServer(t, "--console", "correct-horse-battery")
	p := open(t, s.page("_console"))
	p.wait(`document.getElementById('token').open`)
	p.write("#token input", "wrong-horse-battery")
	p.waitText("#link", "needs its token")
	p.wait(`document.getElementById('token').open`)
	p.write("#token input", "correct-horse-battery")
	p.waitState("open")

	q := open(t, s.page("_console#correct-horse-battery"))
	q.waitState("open")
	if at := eval[string](q, "location.href"); strings.Contains(at, "horse") {
		t.Errorf("the token is still in the address: %s", at)
	}
}
