package source

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestBundle(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{
		"node_modules/p/package.json":   `{"name": "p", "exports": {".": {"import": "./i.mjs", "require": "./r.js"}}, "browser": {"./node.js": false}}`,
		"node_modules/p/r.js":           "exports.q = require('@s/q'); exports.left = Object.keys(require('./node')).length; exports.util = require('util')",
		"node_modules/p/i.mjs":          "export const q = 'esm'",
		"node_modules/p/node.js":        "exports.v = require('fs')",
		"node_modules/@s/q/index.js":    "module.exports = 'q1'",
		"node_modules/bad/index.js":     "module.exports = ;",
		"node_modules/lacks/index.js":   "module.exports = require('missing')",
		"node_modules/wants/index.js":   "module.exports = require('fs')",
		"node_modules/linked/index.js":  "",
		"node_modules/esm/package.json": `{"name": "esm", "exports": {"import": "./i.mjs"}}`,
		"node_modules/esm/i.mjs":        "export const only = 'import'",
	})
	if b, err := f.Bundle(".", "esm"); err != nil || !strings.Contains(string(b.code), "only") || len(b.Inputs) != 2 {
		t.Errorf("a package for import alone: %v", err)
	}
	b, err := f.Bundle(".", "p")
	if err != nil {
		t.Fatal(err)
	}
	inputs := slices.Sorted(maps.Keys(b.Inputs))
	if want := []string{"node_modules/@s/q/index.js", "node_modules/p/package.json", "node_modules/p/r.js"}; !slices.Equal(inputs, want) {
		t.Errorf("made of %q, want %q", inputs, want)
	}
	if !strings.Contains(string(b.code), `require("util")`) || strings.Contains(string(b.code), "esm") {
		t.Errorf("bundled:\n%s", b.code)
	}
	if again, err := f.Bundle(".", "p"); again != b || err != nil {
		t.Errorf("bundled again: %v", err)
	}
	f.ForgetBundles("node_modules/@s/q/index.js", b.Inputs["node_modules/@s/q/index.js"])
	f.ForgetBundles("node_modules/bad/index.js", 1)
	if again, _ := f.Bundle(".", "p"); again != b {
		t.Error("forgotten though nothing has changed")
	}
	write(t, f, "node_modules/@s/q/index.js", "module.exports = 'q2'")
	f.ForgetBundles("node_modules/@s/q/index.js", Hash([]byte("module.exports = 'q2'")))
	next, err := f.Bundle(".", "p")
	if err != nil || next == b || !strings.Contains(string(next.code), "q2") || next.Hash() == b.Hash() {
		t.Errorf("after a change: %v\n%s", err, next.code)
	}
	f.ClearBundles()
	if cleared, err := f.Bundle(".", "p"); cleared == next || err != nil || cleared.Hash() != next.Hash() {
		t.Errorf("after ClearBundles: %v", err)
	}
	if _, err := next.Compile(7); err != nil {
		t.Error(err)
	}
	if m := string(next.mapFor(7)); !strings.Contains(m, "node_modules/p/r.js@7") {
		t.Errorf("sources of the map: %s", m)
	}

	if err := os.Rename(filepath.Join(f.dir, "node_modules/linked"), filepath.Join(f.dir, "../linked")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../linked", filepath.Join(f.dir, "node_modules/linked")); err != nil {
		t.Fatal(err)
	}
	for request, want := range map[string]string{
		"bad":    `cannot bundle the package "bad": Unexpected ";" (node_modules/bad/index.js:1)`,
		"lacks":  `cannot bundle the package "lacks": Could not resolve "missing"`,
		"wants":  `"fs" is not available: modules read files only if`,
		"linked": "is outside of modules, and nothing there is read; install the package itself, not a link to it",
		"none":   `Could not resolve "none"`,
	} {
		b, err := f.Bundle(".", request)
		if err == nil || !strings.Contains(err.Error(), want) || b == nil || b.code != nil {
			t.Errorf("%s: %v, want %q", request, err, want)
			continue
		}
		if _, ok := errors.AsType[*NotFoundError](err); ok != strings.Contains(want, "Could not resolve") {
			t.Errorf("%s: %T", request, err)
		}
	}
	if b, _ := f.Bundle(".", "bad"); b.Inputs["node_modules/bad/index.js"] == Unreadable {
		t.Errorf("a package that cannot be bundled is made of %v", b.Inputs)
	}
}

func TestColumnsFromOne(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"mappings":"AAAA"}`:                `{"mappings":"AAAC"}`,
		`{"mappings": ";;A,AAAA,CACA;AAEA"}`: `{"mappings": ";;A,AAAC,CACA;AAEA"}`,
		`{"mappings":"AAAgB,AAAA"}`:          `{"mappings":"AAAiB,AAAA"}`, // 16 is two digits, as 17
		`{"mappings":"AAAe"}`:                `{"mappings":"AAAgB"}`,      // 15 is one
		`{"mappings":""}`:                    `{"mappings":""}`,
		`{"mappings":"A;A"}`:                 `{"mappings":"A;A"}`,
		`{"sources":[]}`:                     `{"sources":[]}`,
	} {
		if got := string(columnsFromOne([]byte(in))); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}
