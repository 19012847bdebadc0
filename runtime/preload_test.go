package runtime

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/source"
)

// TestPreload checks that what keeps modules from loading shows without a client, that each module is loaded
// once, and that one which is deleted before its turn is not loaded.
func TestPreload(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"slow.js": "for (var until = Date.now() + 50; Date.now() < until;) ;\n" + echo, // the others wait meanwhile
		"a.js":    "console.log('a loads');\n" + echo,
		"bad.js":  "var a = ;", "gone.js": echo, "missing.js": "require('nosuch')",
		"silent.js": "this.Module = function(){ }", "throws.js": "throw new Error('at load')",
	}
	r, log := newRuntimeWith(t, files, Options{})
	modules, err := r.Check()
	if err != nil {
		t.Fatal(err)
	}
	modules = append([]Module{{Name: "slow"}}, modules...)
	r.mu.Lock() // nothing is loaded yet
	r.Preload(modules)
	err = os.Remove(filepath.Join(r.options.Dir, "gone.js"))
	r.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if _, s := connect(t, r, "a"); answer(s, "x") != "x" {
		t.Error("a does not answer")
	}
	eventually(t, "the end", func() bool { return strings.Contains(log.text(), "modules are ready") })
	log.want(t, "INFO modules are ready loaded=2 failed=3")
	log.want(t, "ERROR", "resource=missing", `cannot find the package "nosuch"`)
	log.want(t, "ERROR", "resource=silent", "has no onData")
	log.want(t, "ERROR", "resource=throws", "Error: at load", "at=modules/throws.js:1:7")
	if n := strings.Count(log.text(), "a loads"); n != 1 {
		t.Errorf("a was loaded %d times", n)
	}
	if strings.Contains(log.text(), "resource=gone") || strings.Count(log.text(), "resource=bad") != 1 {
		t.Errorf("loaded what is deleted, or what does not compile:\n%s", log.text())
	}
}

// TestPreloadSaved checks that a module that is added, or mended, is loaded as well, unless nothing is preloaded.
func TestPreloadSaved(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, map[string]string{"bad.js": "var a = ;"}, Options{})
	modules, err := r.Check()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(r.options.Dir, "early.js"), "throw new Error('early')")
	r.reload(false, time.Minute)
	if strings.Contains(log.text(), "early") {
		t.Errorf("loaded without Preload:\n%s", log.text())
	}
	r.Preload(modules)
	write(t, filepath.Join(r.options.Dir, "new.js"), "throw new Error('in the new one')")
	write(t, filepath.Join(r.options.Dir, "bad.js"), "throw new Error('in the mended one')")
	r.reload(false, time.Minute)
	eventually(t, "two errors", func() bool {
		return strings.Contains(log.text(), "in the new one") && strings.Contains(log.text(), "in the mended one")
	})
}

// TestPreloadLimit checks that no more than maxPreload modules are loaded.
func TestPreloadLimit(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range maxPreload + 5 {
		files["m"+strconv.Itoa(i)+".js"] = echo
	}
	r, log := newRuntimeWith(t, files, Options{})
	modules, err := r.Check()
	if err != nil {
		t.Fatal(err)
	}
	r.Preload(modules)
	eventually(t, "the end", func() bool { return strings.Contains(log.text(), "modules are ready loaded=100") })
	if n := len(r.resources); n != maxPreload {
		t.Errorf("%d modules were loaded, want %d", n, maxPreload)
	}
}

// TestCompiledOnce checks that the first load uses the program that Check has compiled, if the file is as it was.
func TestCompiledOnce(t *testing.T) {
	t.Parallel()
	for name, changed := range map[string]bool{"unchanged": false, "changed": true} {
		t.Run(name, func(t *testing.T) {
			files := module("connection.send('the file')")
			r, _ := newRuntime(t, files)
			if _, err := r.Check(); err != nil || r.compiled.Len() != 1 {
				t.Fatalf("%d programs, %v", r.compiled.Len(), err)
			}
			other, err := source.Compile("test.js", r.folder.Name("test.js", 1), []byte(module("connection.send('the program')")["test.js"]))
			if err != nil {
				t.Fatal(err)
			}
			r.compiled.Put(r.folder.Name("test.js", 1), source.Hash([]byte(files["test.js"])), other)
			want := "the program"
			if changed {
				write(t, filepath.Join(r.options.Dir, "test.js"), files["test.js"]+"\n")
				want = "the file"
			}
			if _, s := connect(t, r, "test"); answer(s, "x") != want || r.compiled.Len() != 0 {
				t.Errorf("answered %q, want %q; %d programs are left", s.messages(), want, r.compiled.Len())
			}
		})
	}
}
