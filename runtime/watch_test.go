package runtime

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatch checks that the watcher sees each way of saving a file.
func TestWatch(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, map[string]string{"test.js": module("connection.send('start')")["test.js"], "lib/x.js": "exports.v = 1"}, Options{Watch: true})
	dir := r.options.Dir
	file := filepath.Join(dir, "test.js")
	_, s := connect(t, r, "test")
	source := func(v string) string { return module("connection.send('" + v + "')")["test.js"] }
	answers := func(want string) {
		t.Helper()
		eventually(t, "the answer "+want, func() bool { return answer(s, "x") == want })
	}
	shell := func(command string) {
		t.Helper()
		if out, err := exec.Command("sh", "-c", "cd '"+dir+"' && "+command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	answers("start")

	write(t, file, source("plain write"))
	answers("plain write")

	// VS Code and most others put a new file in the place of the old one.
	write(t, file+".tmp", source("rename over"))
	must(os.Rename(file+".tmp", file))
	answers("rename over")

	// vim moves the old file away, writes a new one, and deletes the old one.
	must(os.Rename(file, file+"~"))
	write(t, file, source("like vim"))
	must(os.Chmod(file, 0o600))
	must(os.Remove(file + "~"))
	answers("like vim")

	if _, err := exec.LookPath("sed"); err == nil {
		shell("sed -i 's/like vim/sed/' test.js")
		answers("sed")
		outside := filepath.Join(t.TempDir(), "new.js")
		write(t, outside, source("cp"))
		shell("cp '" + outside + "' test.js")
		answers("cp")
		write(t, outside, source("mv"))
		shell("mv '" + outside + "' test.js")
		answers("mv")
	}

	// Two saves at once, with a half-written file between them.
	write(t, file, source("first"))
	write(t, file, source("half")[:60])
	write(t, file, source("second"))
	answers("second")

	// Deleted, and put back.
	before := log.count("deleted; ") // perhaps while it was saved like vim
	must(os.Remove(file))
	eventually(t, "the deletion to be seen", func() bool { return log.count("deleted; ") > before })
	answers("second")
	write(t, file, source("back"))
	answers("back")

	// A folder made later, with a module and a library in subfolders.
	write(t, filepath.Join(dir, "new", "deep", "lib", "v.js"), "exports.v = 'v1'")
	write(t, filepath.Join(dir, "new", "deep", "m.js"), "var l = require('./lib/v'); this.Module = function(){ }; this.Module.prototype.onData = function(d, c){ c.send(l.v) };")
	_, s2 := connect(t, r, "new/deep/m")
	if got := answer(s2, "x"); got != "v1" {
		t.Error(got)
	}
	write(t, filepath.Join(dir, "new", "deep", "lib", "v.js"), "exports.v = 'v2'")
	eventually(t, "the library in the new folder", func() bool { return answer(s2, "x") == "v2" })

	// A package, which is not watched until it is required.
	write(t, filepath.Join(dir, "node_modules", "p", "index.js"), "module.exports = 'p1'")
	write(t, file, "var p = require('p');"+module("connection.send(p)")["test.js"])
	answers("p1")
	write(t, filepath.Join(dir, "node_modules", "p", "index.js"), "module.exports = 'p2'")
	answers("p2")

	// A folder renamed away takes its module with it.
	must(os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "old")))
	eventually(t, "the renamed folder to be seen", func() bool { return log.count("deleted; ", "resource=new/deep/m") > 0 })
	if got := answer(s2, "x"); got != "v2" {
		t.Error(got)
	}
	_, s3 := connect(t, r, "old/deep/m")
	if got := answer(s3, "x"); got != "v2" {
		t.Error(got)
	}
}

// TestHandshakesWhileSaving checks that a module is not taken for deleted when an editor removes
// its file for a moment to save it.
func TestHandshakesWhileSaving(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, module("connection.send('start')"), Options{Watch: true})
	file := filepath.Join(r.options.Dir, "test.js")
	connect(t, r, "test")
	r.reloading.Lock() // the watcher has not looked yet
	move(t, file, file+"~")
	_, err := r.Resource("test")
	r.reloading.Unlock()
	if err != nil {
		t.Errorf("refused while it was saved: %v", err)
	}
	eventually(t, "the deletion to be seen", func() bool { return strings.Contains(log.text(), "deleted; ") })
	if _, err := r.Resource("test"); err == nil {
		t.Error("a deleted module takes new connections")
	}
}

// TestNoWatch checks that without Watch nothing is reloaded before Reload is called.
func TestNoWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newRuntime(t, module("connection.send('one')"))
		_, s := connect(t, r, "test")
		write(t, filepath.Join(r.options.Dir, "test.js"), module("connection.send('two')")["test.js"])
		time.Sleep(time.Minute) // on the bubble's clock
		if got := answer(s, "x"); got != "one" {
			t.Error(got)
		}
		r.reload(true, time.Minute)
		if got := answer(s, "x"); got != "two" {
			t.Error(got)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
