package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestEmptyFolder starts the program where there is nothing: it serves, and what is written afterwards too.
func TestEmptyFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := commandtest.StartIn(t, dir)
	if !strings.Contains(p.Text(), "none yet: write modules/test.js, or run ") {
		t.Errorf("the banner is\n%s", p.Text())
	}
	commandtest.WriteFile(t, filepath.Join(dir, "public", "index.html"), "a page")
	if status, body := get(t, "http://"+p.Address()+"/"); status != 200 || body != "a page" {
		t.Errorf("status %d, %s", status, body)
	}
	commandtest.WriteFile(t, filepath.Join(dir, "modules", "late.js"), `this.Module = function(){ this.onData = function(d, c){ c.send(d) } };`)
	c := p.Dial("/late")
	c.SendText("hello")
	if got := c.Next(); got != "hello" {
		t.Error(got)
	}

	// Folders that are named, or of which one is there, are left as they are.
	for _, args := range [][]string{{"--modules", "nosuch"}, {"--modules", "modules"}} {
		dir := t.TempDir()
		if out, code := commandtest.Run(t, dir, args...); code != 1 || !strings.Contains(out, "there is no folder "+args[1]+" here") {
			t.Errorf("%v: exit %d, %s", args, code, out)
		}
		if found, err := os.ReadDir(dir); err != nil || len(found) > 0 {
			t.Errorf("%v: %v %v", args, found, err)
		}
	}
	dir = t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "modules", "test.js"), "")
	commandtest.StartIn(t, dir)
	if isFolder(filepath.Join(dir, "public")) {
		t.Error("a folder for pages was made beside modules that are there")
	}

	dir = t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "modules"), "")
	if out, code := commandtest.Run(t, dir); code != 1 || !strings.Contains(out, "modules is a file, not a folder") {
		t.Errorf("exit %d, %s", code, out)
	}
}
