package source

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{
		"_default.js": "", "chat.js": "", "chat.ts": "", "only.ts": "", "m.mjs": "", "c.cjs": "", "a/b.js": "", "d.js/x.js": "", "dots.in.name.js": "",
		"lib/x.js": "", "_p.js": "", ".h.js": "", "node_modules/p.js": "", "a/lib/x.js": "", "a/_default.js": "", "data.json": "", "Upper.js": "", "chat.test.js": "",
	})
	write(t, f, "../outside.js", "")
	if err := os.Symlink("../outside.js", filepath.Join(f.dir, "link.js")); err != nil {
		t.Fatal(err)
	}
	for resource, want := range map[string]string{
		"_default": "_default.js", "chat": "chat.js", "only": "only.ts", "m": "m.mjs", "c": "c.cjs", "a/b": "a/b.js", "a/_default": "a/_default.js", "dots.in.name": "dots.in.name.js",
		"d.js/x": "d.js/x.js", "d": "", "nosuch": "", "lib/x": "", "_p": "", ".h": "", "node_modules/p": "", "a/lib/x": "", "": "", "a": "", "a//b": "", "/chat": "", "chat.test": "",
		"../outside": "", "a/../chat": "", "link": "", "data": "", "Upper": "", "chat.js": "", "a/b/": "", "ch\x00at": "",
	} {
		file, err := f.Find(resource)
		if file != want || (want == "") != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q is served by %q (%v), want %q", resource, file, err, want)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{
		"chat.js": "", "chat.ts": "", "a/b.ts": "", "_default.js": "", "lib/x.js": "", "_p.js": "", ".h.js": "", "node_modules/p/i.js": "",
		"types.d.ts": "", "chat.test.js": "", "a/b.test.ts": "", "readme.md": "", "Upper.js": "", "sp ace.js": "", "_Private.js": "",
	})
	write(t, f, "../outside.js", "")
	for link, to := range map[string]string{"link.js": "../outside.js", "folder.js": "a", "chat.mjs": "../outside.js"} {
		if err := os.Symlink(to, filepath.Join(f.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	f.log = slog.New(slog.NewTextHandler(&log, nil))
	resources, err := f.List()
	want := []Resource{{"_default", "_default.js"}, {"a/b", "a/b.ts"}, {"chat", "chat.js"}}
	if err != nil || !reflect.DeepEqual(resources, want) {
		t.Errorf("%v (%v), want %v", resources, err, want)
	}
	for _, said := range []string{
		`it is a link to ../outside.js, which is not a file in modules; nothing outside of it is read" file=modules/link.js`,
		`it is a link to a, which is not a file in modules; nothing outside of it is read" file=modules/folder.js`,
		`names of resources are in lower case; rename the file to upper.js" file=modules/Upper.js`,
		`a resource is made of a-z, 0-9, _, - and .; rename the file" file="modules/sp ace.js"`,
		`modules/chat.js has the same name and comes first; rename one of them" file=modules/chat.ts`,
	} {
		if n := strings.Count(log.String(), said); n != 1 {
			t.Errorf("said %d times: %s, in\n%s", n, said, &log)
		}
	}
	log.Reset()
	if _, err := f.List(); err != nil || log.Len() > 0 {
		t.Errorf("said again: %v, %s", err, &log)
	}
	if err := os.Remove(filepath.Join(f.dir, "Upper.js")); err != nil {
		t.Fatal(err)
	}
	_, _ = f.List()
	write(t, f, "Upper.js", "")
	if _, err := f.List(); err != nil || strings.Count(log.String(), "Upper.js") != 1 {
		t.Errorf("not said of a new file: %v, %s", err, &log)
	}
}
