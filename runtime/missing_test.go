package runtime

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/source"
)

// TestReloadOfABrokenPackage checks that a broken package is loaded again when one of its files
// is mended, or when its missing dependency appears.
func TestReloadOfABrokenPackage(t *testing.T) {
	r, log := newRuntime(t, map[string]string{
		"test.js":                     "var p = require('p');" + module("connection.send(p.v)")["test.js"],
		"node_modules/p/package.json": `{"name": "p"}`,
		"node_modules/p/index.js":     "exports.v = require('./in')",
		"node_modules/p/in.js":        "module.exports = 'one'",
	})
	_, s := connect(t, r, "test")
	for i, broken := range []string{"module.exports = ;", "throw new Error('at load')", "module.exports = require('q')"} {
		save(t, r, "node_modules/p/in.js", broken)
		if n := strings.Count(log.text(), "serves 1 connection on"); n != i+1 {
			t.Errorf("%s: told %d times\n%s", broken, n, log.text())
		}
		if strings.Contains(broken, "'q'") {
			save(t, r, "node_modules/q/index.js", "module.exports = 'q'")
			if got := answer(s, "x"); got != "q" {
				t.Errorf("%s: %q\n%s", broken, got, log.text())
			}
		}
		save(t, r, "node_modules/p/in.js", "module.exports = 'mended"+broken[:3]+"'")
		if got := answer(s, "x"); got != "mended"+broken[:3] {
			t.Errorf("%s: %q\n%s", broken, got, log.text())
		}
	}
}

// TestReloadWhenTheOptionalComes checks that a file is loaded again when a module appears which
// it had required in vain and done without.
func TestReloadWhenTheOptionalComes(t *testing.T) {
	source := func(name string) string {
		return "var v; try { v = require('" + name + "') } catch (e) { v = e.code }" + module("connection.send(v)")["test.js"]
	}
	r, _ := newRuntime(t, map[string]string{"a.js": source("./lib/a"), "b.js": source("b")})
	_, as := connect(t, r, "a")
	_, bs := connect(t, r, "b")
	if got := answer(as, "x") + " " + answer(bs, "x"); got != "MODULE_NOT_FOUND MODULE_NOT_FOUND" {
		t.Error(got)
	}
	save(t, r, "lib/a.js", "module.exports = 'a'")
	save(t, r, "node_modules/b/index.js", "module.exports = 'b'")
	if got := answer(as, "x") + " " + answer(bs, "x"); got != "a b" {
		t.Error(got)
	}
}

// TestWatchForAPackage checks that a package may be installed beside others that nothing
// requires.
func TestWatchForAPackage(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, map[string]string{"test.js": module("connection.send('one')")["test.js"], "node_modules/other/index.js": ""}, Options{Watch: true})
	_, s := connect(t, r, "test")
	write(t, filepath.Join(r.options.Dir, "test.js"), "var p = require('p');"+module("connection.send(p)")["test.js"])
	eventually(t, "the error", func() bool { return strings.Contains(log.text(), "serves 1 connection on") })
	write(t, filepath.Join(r.options.Dir, "node_modules", "p", "index.js"), "module.exports = 'p1'")
	eventually(t, "the package", func() bool { return answer(s, "x") == "p1" })
	if err := os.RemoveAll(filepath.Join(r.options.Dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the second error", func() bool { return strings.Count(log.text(), "serves 1 connection on") > 1 })
	write(t, filepath.Join(r.options.Dir, "node_modules", "p", "package.json"), `{"main": "lib/main.js"}`)
	eventually(t, "half of the package", func() bool { return strings.Contains(log.text(), "Could not resolve") })
	write(t, filepath.Join(r.options.Dir, "node_modules", "p", "lib", "main.js"), "module.exports = 'p2'")
	eventually(t, "the package again", func() bool { return answer(s, "x") == "p2" })
}

// TestReloadTellsAgain checks that an error is logged again when the file is saved again, and not
// otherwise.
func TestReloadTellsAgain(t *testing.T) {
	r, log := newRuntime(t, module("connection.send('one')"))
	connect(t, r, "test")
	for i, source := range []string{"throw new Error('x') // a", "throw new Error('x') // b", "throw new Error('x') // b", "require('nosuch') // a", "require('nosuch') // b"} {
		save(t, r, "test.js", source)
		r.reload(false, time.Minute)
		if n := strings.Count(log.text(), "ERROR"); n != []int{1, 2, 2, 3, 4}[i] {
			t.Errorf("%s: %d errors\n%s", source, n, log.text())
		}
	}
}

// TestReloadBundlesOnce checks that a package used by several resources is bundled once for each
// change.
func TestReloadBundlesOnce(t *testing.T) {
	user := "var p = require('p');" + module("connection.send(p)")["test.js"]
	r, _ := newRuntime(t, map[string]string{"a.js": user, "b.js": user, "node_modules/p/index.js": "module.exports = 'p1'"})
	_, as := connect(t, r, "a")
	_, bs := connect(t, r, "b")
	bundleOf := func(resource string) *loadedFile {
		return r.resources[resource].all()[0].current.files["node_modules/p"]
	}
	save(t, r, "node_modules/p/index.js", "module.exports = 'p2'")
	if got := answer(as, "x") + answer(bs, "x"); got != "p2p2" {
		t.Error(got)
	}
	// It was compiled outside the turn, too, because that takes long for a large one.
	w := r.resources["a"].all()[0]
	ready := &source.Prepared{}
	stale, requests := w.stale(w.current, "a.js", true, r.folder.ReadOnce())
	for _, key := range stale {
		r.folder.Prepare(ready, key, requests, w.loads+1)
	}
	prepared := func(key, request string) bool {
		b, err := r.folder.Bundle(filepath.Dir(key), request)
		return err == nil && ready.Take(r.folder.Name(key, 3), b.Hash()) != nil
	}
	if !prepared("node_modules/p", "p") {
		t.Error("not prepared")
	}
	// So was one that had not been required before.
	write(t, filepath.Join(r.options.Dir, "node_modules", "@s", "new", "index.js"), "module.exports = 'new'")
	write(t, filepath.Join(r.options.Dir, "a.js"), `import n from "@s/new/index.js"; import * as p from 'p'; import './lib/none'; export class Module { onData(){ } }`)
	r.folder.Prepare(ready, "a.js", requests, w.loads+1)
	if !prepared("node_modules/@s/new/index.js", "@s/new/index.js") {
		t.Error("not prepared")
	}
	one, other := bundleOf("a").inputs, bundleOf("b").inputs
	one["mark"] = 1
	if _, same := other["mark"]; !same {
		t.Error("bundled twice")
	}
}
