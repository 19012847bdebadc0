package source

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{
		"chat.js", "rooms/index.js", "rooms/[id].js", "rooms/lobby.js", "rooms/[id]/log.ts", "users/[name]/[Item].mjs", "users/me/[x].js",
		"[any]/end.js", "both.js", "both/index.js", "ends/index.cjs", "lib/[id].js", "_hidden/[id].js", "index.js",
		"wrong/[...rest].js", "wrong/x-[id].js", "wrong/[id]/[id].js", "wrong/[a-b].js", "same/[a].js", "same/[b].js", "same/[b]/x.js",
	} {
		touch(t, dir, file)
	}
	var log strings.Builder
	f, err := OpenFolder(dir, "modules", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	check := func(want map[string]string) {
		t.Helper()
		for path, want := range want {
			got, err := f.Match(path)
			if text := got.Name + " " + got.File; want != text && (want != "" || !errors.Is(err, fs.ErrNotExist)) {
				t.Errorf("%q: %q %v, want %q", path, text, err, want)
			}
		}
	}
	check(map[string]string{
		"chat":               "chat chat.js",
		"rooms":              "rooms rooms/index.js",
		"rooms/index":        "rooms/[id] rooms/[id].js", // an id as any other
		"rooms/lobby":        "rooms/lobby rooms/lobby.js",
		"rooms/42":           "rooms/[id] rooms/[id].js",
		"rooms/a b'<é>":      "rooms/[id] rooms/[id].js",
		"rooms/.env":         "rooms/[id] rooms/[id].js",
		"rooms/_x":           "rooms/[id] rooms/[id].js",
		"rooms/node_modules": "rooms/[id] rooms/[id].js",
		"rooms/[id]":         "rooms/[id] rooms/[id].js",
		"rooms/[id].js":      "rooms/[id] rooms/[id].js",
		"rooms/lobby/log":    "rooms/[id]/log rooms/[id]/log.ts",
		"rooms/1/2":          "",
		`rooms/1\2`:          "rooms/[id] rooms/[id].js",
		`rooms\lobby`:        "",
		`rooms/..\chat`:      "rooms/[id] rooms/[id].js",
		"rooms/\xff":         "",
		"users/bo/cup":       "users/[name]/[Item] users/[name]/[Item].mjs",
		"users/me/cup":       "users/me/[x] users/me/[x].js",
		"users/me":           "",
		"rooms/1/end":        "",
		"x/end":              "[any]/end [any]/end.js",
		"users/end":          "[any]/end [any]/end.js", // nothing more exact leads to a file
		"both":               "both both.js",
		"ends":               "ends ends/index.cjs",
		"ends/index":         "",
		"index":              "index index.js",
		"lib/x":              "",
		"_hidden/x":          "",
		"wrong/x":            "",
		"wrong/1/2":          "",
		"same/1":             "same/[a] same/[a].js",
		"same/1/x":           "same/[b]/x same/[b]/x.js",
		"":                   "",
	})
	// A change of a folder shows at once, also when it was just listed.
	touch(t, dir, "rooms/42.js")
	touch(t, dir, "fresh/[id].js")
	if err := os.Remove(filepath.Join(dir, "same/[a].js")); err != nil {
		t.Fatal(err)
	}
	check(map[string]string{"rooms/42": "rooms/42 rooms/42.js", "rooms/43": "rooms/[id] rooms/[id].js", "fresh/1": "fresh/[id] fresh/[id].js", "same/1": "same/[b] same/[b].js"})

	found, err := f.List()
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, r := range found {
		names += r.Name + " "
		if r, err := f.Match(r.Name); err != nil || !strings.Contains(names, r.Name) {
			t.Errorf("its own name leads to %v, %v", r, err)
		}
	}
	if want := "[any]/end both chat ends fresh/[id] index rooms rooms/42 rooms/[id] rooms/[id]/log rooms/lobby same/[b] same/[b]/x users/[name]/[Item] users/me/[x] "; names != want {
		t.Errorf("%s, want %s", names, want)
	}
	for _, want := range []string{
		"modules/both.js has the same name", "file=modules/both/index.js", "a parameter is a whole name in brackets", "file=modules/wrong/x-[id].js",
		"file=modules/wrong/[id]/[id].js", "file=modules/wrong/[...rest].js", "file=modules/wrong/[a-b].js",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("not logged: %s\n%s", want, log.String())
		}
	}
	touch(t, dir, "same/[a].ts")
	if _, err := f.List(); err != nil || !strings.Contains(log.String(), "modules/same/[a].ts serves the same paths") {
		t.Errorf("%v\n%s", err, log.String())
	}
}

// TestMatchReadsOnce checks that a folder which has not changed for a while is not read again.
func TestMatchReadsOnce(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "rooms/[id].js")
	touch(t, dir, "lib/deep/x.js")
	old := time.Now().Add(-time.Hour)
	for _, folder := range []string{"rooms", "lib/deep", "lib", "."} {
		if err := os.Chtimes(filepath.Join(dir, folder), old, old); err != nil {
			t.Fatal(err)
		}
	}
	f, err := OpenFolder(dir, "modules", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range 1000 {
		if _, err := f.Match(fmt.Sprint("rooms/", i)); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{fmt.Sprint("no", i, "/x"), "lib/deep/x"} {
			if _, err := f.Match(path); !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
	if n := len(f.listed.folders); n != 2 {
		t.Errorf("%d folders are kept, want 2", n)
	}
	// A change right after another may not show in the time of the folder.
	now := time.Now()
	for i, file := range []string{"rooms/[more].js", "rooms/[most].js"} {
		touch(t, dir, file)
		if err := os.Chtimes(filepath.Join(dir, "rooms"), now, now); err != nil {
			t.Fatal(err)
		}
		if l, err := f.list("rooms"); err != nil || len(l.parameters) != 2+i {
			t.Errorf("%v %v after %s", l, err, file)
		}
	}
}

func TestParams(t *testing.T) {
	for _, c := range []struct{ resource, path, want string }{
		{"rooms/[id]", "/Rooms/AbC", "id=AbC"},
		{"[a]/x/[b]", "/1/X/2", "a=1 b=2"},
		{"rooms/[id]", `/rooms/a\b`, "id=a/b"},
		{"rooms/[id]", `/rooms\a`, "no"},
		{"chat", "/chat", ""},
		{"rooms/[id]", "/rooms", "no"},
		{"rooms/[id]", "/other/1", "no"},
		{"kelvin/[id]", "/\u212aelvin/1", "no"},
	} {
		names, values, ok := Params(c.resource, c.path)
		got := []string{}
		for i, name := range names {
			got = append(got, name+"="+values[i])
		}
		if !ok {
			got = []string{"no"}
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s %s: %s, want %s", c.resource, c.path, text, c.want)
		}
	}
}

func touch(t *testing.T, dir, file string) {
	t.Helper()
	name := filepath.Join(dir, file)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}
