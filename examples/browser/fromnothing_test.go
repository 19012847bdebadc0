package browser

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestFromNothing has the program alone, in an empty folder, while it serves: a module is made, tried in a browser, changed, tested, broken
// and mended.
func TestFromNothing(t *testing.T) {
	needBrowser(t)
	dir := t.TempDir()
	p := commandtest.StartIn(t, dir)
	s := &server{p, t}
	t.Cleanup(s.stop)
	run := func(want string, wantCode int, args ...string) {
		t.Helper()
		if out, code := commandtest.Run(t, dir, args...); code != wantCode || !strings.Contains(out, want) {
			t.Fatalf("%v: exit %d\n%s\nwant exit %d and %s", args, code, out, wantCode, want)
		}
	}
	file := filepath.Join(dir, "modules", "hello.js")
	change := func(from, to string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), from) {
			t.Fatalf("%v: no %s in %s", err, from, text)
		}
		commandtest.WriteFile(t, file, strings.Replace(string(text), from, to, 1))
	}

	first := open(t, s.page(""))
	t.Cleanup(func() { first.forgive("Failed to load resource") }) // it is a 404
	first.waitText("h1", "node.websocket runs here")
	run("modules/hello.js\n", 0, "new", "hello")
	run("1 module is fine\n", 0, "check")
	run("\nok 1 - ", 0, "test")
	page := open(t, s.page("hello.html"))
	page.waitText("#status", "connected by websocket")
	page.waitText("#log", "Welcome. Clients here: 1")
	page.write("#text", "from a page")
	page.waitText("#log li:first-child", "from a page")

	change("broadcast(data)", "broadcast('all: ' + data)")
	s.waitLog("version 2 serves 1 connection")
	page.write("#text", "again")
	page.waitText("#log li:first-child", "all: again")
	run("\nnot ok 1 - ", 1, "test")

	change("onData(data", "onData(data,")
	s.waitLog("ERROR", "hello.js")
	run("hello.js:", 1, "check")
	page.write("#text", "still")
	page.waitText("#log li:first-child", "all: still")
	change("onData(data,,", "onData(data,")
	change("'all: ' + ", "")
	run("1 module is fine\n", 0, "check")
	run("\nok 1 - ", 0, "test")
	if code := p.Stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d", code)
	}
}
