package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edit saves a module with one part of it replaced.
func edit(t *testing.T, name, from, to string) {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(source), from) != 1 {
		t.Fatalf("%s does not have %q once", name, from)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(source), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestReload saves a module, and checks that open pages show what the new code does, over the
// sockets they have.
func TestReload(t *testing.T) {
	modules := t.TempDir()
	if err := os.CopyFS(modules, os.DirFS(filepath.Join("..", "..", "modules"))); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, "--modules", modules)
	clock, chat := open(t, s.page("time.html")), open(t, s.page("chat.html"))
	clock.wait(`document.querySelector('#raw li.in')`)
	join(chat, "ann")
	chat.write("#entry", "before the save")
	chat.waitText("#log .message:last-child", "before the save")

	edit(t, filepath.Join(modules, "time.js"), "new Date().toString()", "'tea time'")
	clock.wait(`document.getElementById('time').textContent === 'tea time'`)

	edit(t, filepath.Join(modules, "chat.js"), "'ACTION', text)", "'ACTION', text + ', with new code')")
	s.waitLog("resource=chat", "version 2 serves 1 connection")
	chat.write("#entry", "/me waves")
	chat.waitText("#log .action:last-child", "waves, with new code")

	// The room still knows who is in it and what was said.
	bob := open(t, s.page("chat.html"))
	join(bob, "bob")
	users(bob, "ann", "bob")
	bob.waitText("#log .message.past", "before the save")
	for resource, want := range map[string]int{"time": 1, "chat": 2} {
		if n := s.lines(" connected ", "resource="+resource); n != want {
			t.Errorf("%s: %d connections, want %d", resource, n, want)
		}
		if n := s.lines(" disconnected ", "resource="+resource); n != 0 {
			t.Errorf("%s: %d connections were closed", resource, n)
		}
	}
}
