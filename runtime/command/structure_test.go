package command

import (
	"cmp"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const modulePath = "node.websocket"

// imports says what each package may import beside the standard library: paths, or the beginnings of paths that end in
// a slash. A package that is not here may not be there.
var imports = map[string][]string{
	"": {"node.websocket/runtime/command"},
	"runtime/command": {
		"node.websocket/transport", "node.websocket/runtime", "node.websocket/runtime/redis",
		"golang.org/x/crypto/acme", "golang.org/x/crypto/acme/autocert", // certificates from Let's Encrypt
	},
	"transport":                 {"node.websocket/transport/extendedconnect", "node.websocket/transport/websocket", "node.websocket/transport/hixie"},
	"transport/websocket":       {"github.com/klauspost/compress/flate"}, // less than half the standard library's time at level 6
	"transport/hixie":           {},
	"transport/extendedconnect": {},
	"runtime/inspect":           {"github.com/dop251/goja"},
	"runtime/environment": {
		"node.websocket/runtime/inspect",
		"github.com/dop251/goja", "github.com/dop251/goja/", "github.com/dop251/goja_nodejs/",
		"github.com/dlclark/regexp2/v2", // goja's regular expressions: only it can bound their time
	},
	"runtime/source": {
		"node.websocket/runtime/environment",
		"github.com/dop251/goja", "github.com/dop251/goja/",
		"github.com/fsnotify/fsnotify", "github.com/evanw/esbuild/pkg/api",
	},
	"runtime": {
		"node.websocket/runtime/inspect", "node.websocket/runtime/environment", "node.websocket/runtime/source",
		"github.com/dop251/goja",
	},
	"runtime/redis": {"github.com/gomodule/redigo/"},
}

// testImports are what tests may import beside that.
var testImports = map[string][]string{
	"transport/extendedconnect": {"node.websocket/transport/extendedconnect"},
	"transport":                 {"golang.org/x/net/http2"},           // a client of HTTP/2 that sends extended CONNECT, as that of net/http does not
	"runtime/redis":             {"github.com/alicebob/miniredis/v2"}, // where there is no redis-server
}

// topLevel is everything that stands at the top of the tree, beside Go files of package main.
var topLevel = []string{
	".ci", ".git", ".gitignore", "LICENSE", "README.md", "examples", "go.mod", "go.sum", "modules", "runtime", "transport",
}

const maxLines = 500

func TestStructure(t *testing.T) {
	t.Chdir("../..")
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) && filepath.Ext(e.Name()) != ".go" {
			if e.Name() == modulePath { // what go build leaves, and git ignores
				continue
			}
			t.Errorf("%s has no place at the top of the tree; see topLevel", e.Name())
		}
	}
	err = filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		dir := filepath.ToSlash(p)
		switch path.Base(dir) {
		case "examples", "modules", "testdata", ".git", "node_modules", ".ci":
			return fs.SkipDir
		}
		if dir == "." {
			dir = ""
		}
		checkPackage(t, dir)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func checkPackage(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		return
	}
	allowed, known := imports[dir]
	if !known {
		t.Errorf("%s is a package that the tree does not have; see imports", dir)
		return
	}
	documented := false
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), "\n"); n > maxLines {
			t.Errorf("%s has %d lines; a file of more than %d does not read in one go", name, n, maxLines)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		isTest := strings.HasSuffix(name, "_test.go")
		documented = documented || f.Doc != nil && !isTest
		for _, spec := range f.Imports {
			to := strings.Trim(spec.Path.Value, `"`)
			may := allowed
			if isTest {
				may = append(slices.Clone(allowed), testImports[dir]...)
			}
			if !isStandard(to) && !slices.ContainsFunc(may, func(a string) bool {
				return to == a || strings.HasSuffix(a, "/") && strings.HasPrefix(to, a)
			}) {
				t.Errorf("%s imports %s, which %s may not; see imports", name, to, cmp.Or(dir, "main"))
			}
		}
	}
	if !documented {
		t.Errorf("%s has no package comment", cmp.Or(dir, "main"))
	}
}

func isStandard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	if strings.Contains(first, ".") {
		return false
	}
	_, err := build.Import(p, "", build.FindOnly)
	return err == nil
}
