package runtime

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatchOfTheFolder checks that the modules folder may be deleted, renamed and replaced, or be
// a link whose target changes.
func TestWatchOfTheFolder(t *testing.T) {
	t.Parallel()
	const lib = "module.exports = 'VERSION'"
	files := func(t *testing.T, dir, version string) {
		write(t, filepath.Join(dir, "test.js"), "var v = require('./lib/v');"+module("connection.send(v)")["test.js"])
		write(t, filepath.Join(dir, "lib", "v.js"), strings.ReplaceAll(lib, "VERSION", version))
	}
	for name, replace := range map[string]func(t *testing.T, dir string) error{
		"deleted and made again": func(t *testing.T, dir string) error {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
			files(t, dir, "two")
			return nil
		},
		"replaced": func(t *testing.T, dir string) error {
			files(t, dir+".new", "two")
			return errors.Join(os.Rename(dir, dir+".old"), os.Rename(dir+".new", dir))
		},
		"renamed and back": func(t *testing.T, dir string) error {
			if err := os.Rename(dir, dir+".old"); err != nil {
				return err
			}
			files(t, dir+".old", "two")
			return os.Rename(dir+".old", dir)
		},
		"a link": func(t *testing.T, dir string) error {
			files(t, dir+".new", "two")
			return errors.Join(os.Rename(dir, dir+".old"), os.Symlink(dir+".new", dir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits in real time
			r, log := newRuntimeWith(t, nil, Options{Watch: true})
			dir := r.options.Dir
			files(t, dir, "one")
			_, s := connect(t, r, "test")
			if got := answer(s, "x"); got != "one" {
				t.Error(got)
			}
			if err := replace(t, dir); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the new folder\n"+log.text(), func() bool { return answer(s, "x") == "two" })
			write(t, filepath.Join(dir, "lib", "v.js"), "module.exports = 'three'")
			eventually(t, "a save in the new folder", func() bool { return answer(s, "x") == "three" })
		})
	}
}

// TestWatchBehindALink checks that changes to the target of a link are seen, in a folder that is
// not watched otherwise.
func TestWatchBehindALink(t *testing.T) {
	t.Parallel()
	r, _ := newRuntimeWith(t, map[string]string{".data/v.js": module("connection.send('one')")["test.js"]}, Options{Watch: true})
	if err := os.Symlink(filepath.Join(".data", "v.js"), filepath.Join(r.options.Dir, "test.js")); err != nil {
		t.Fatal(err)
	}
	_, s := connect(t, r, "test")
	for _, v := range []string{"two", "three"} { // the first change may be seen together with the link's
		write(t, filepath.Join(r.options.Dir, ".data", "v.js"), module("connection.send('" + v + "')")["test.js"])
		eventually(t, "the file behind the link: "+v, func() bool { return answer(s, "x") == v })
	}
}

// TestWatchAfterRename checks that a folder inside a renamed folder may be deleted and made
// again.
func TestWatchAfterRename(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, map[string]string{"a/b/test.js": module("connection.send('one')")["test.js"]}, Options{Watch: true})
	at := func(parts ...string) string { return filepath.Join(append([]string{r.options.Dir}, parts...)...) }
	connect(t, r, "a/b/test")
	move(t, at("a"), at("z"))
	eventually(t, "the rename", func() bool { return strings.Contains(log.text(), "deleted; ") })
	_, s := connect(t, r, "z/b/test")
	for _, v := range []string{"two", "three"} {
		if err := os.RemoveAll(at("z", "b")); err != nil {
			t.Fatal(err)
		}
		write(t, at("z", "b", "test.js"), module("connection.send('" + v + "')")["test.js"])
		eventually(t, v, func() bool { return answer(s, "x") == v })
		write(t, at("z", "b", "test.js"), module("connection.send('saved " + v + "')")["test.js"])
		eventually(t, "a save of "+v, func() bool { return answer(s, "x") == "saved "+v })
	}
}
