package command

import (
	"bufio"
	"cmp"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	modulePath = "node.websocket"
	root       = "../.." // the top of the tree, seen from this package
	maxLines   = 500     // of a Go file
)

// topLevel lists everything at the top of the tree. main.go is the only Go file there.
var topLevel = []string{
	"main.go", "runtime", "transport", "modules", "examples", "go.mod", "go.sum", "README.md", "LICENSE", ".gitignore", ".ci",
	".git",
	modulePath, // left by go build, ignored by git
}

// graph is DESIGN.md's: the packages of this module, and which others each of them imports.
const graph = `
	main                        → runtime/command
	runtime/command             → transport, transport/certificate, runtime, runtime/permission, runtime/redis, runtime/storage, runtime/history, runtime/command/console, runtime/command/option
	runtime/command/console     → transport, runtime
	runtime/command/option      → transport, runtime/history, runtime/permission, runtime/redis, runtime/topic
	transport                   → transport/websocket, transport/hixie, transport/extendedconnect, transport/sockjs, transport/front, transport/socket, transport/proxy
	runtime/command/commandtest → transport/certificate, transport/websocket, transport/websocket/websockettest
	transport/certificate       →
	transport/websocket         →
	transport/websocket/websockettest → transport/websocket
	transport/hixie             →
	transport/extendedconnect   →
	transport/sockjs            →
	transport/front             → transport/socket, transport/proxy
	transport/socket            →
	transport/proxy             →
	runtime                     → runtime/topic, runtime/history, runtime/storage, runtime/source, runtime/environment, runtime/inspect, runtime/permission
	runtime/topic               →
	runtime/history             →
	runtime/source              → runtime/environment, runtime/permission
	runtime/environment         → runtime/environment/crypto, runtime/environment/locale, runtime/environment/regexp, runtime/environment/zlib, runtime/inspect, runtime/permission
	runtime/storage             →
	runtime/storage/storagetest → runtime/storage
	runtime/environment/locale  →
	runtime/environment/regexp  →
	runtime/environment/crypto  →
	runtime/environment/zlib    →
	runtime/inspect             →
	runtime/permission          →
	runtime/redis               → runtime/storage, runtime/history
	runtime/redis/redistest     →
`

// testGraph lists what tests import of this module beyond that. Packages that are for tests only
// have a row in graph as well.
const testGraph = `
	runtime/command             → runtime/command/commandtest, transport/websocket, transport/websocket/websockettest
	transport                   → transport/websocket/websockettest
	runtime/redis               → runtime/redis/redistest, runtime/storage/storagetest
	runtime/storage             → runtime/storage/storagetest
	runtime                     → runtime/redis, runtime/redis/redistest
`

// A thirdParty is another module: why it is needed, and which packages may import it.
type thirdParty struct {
	reason string
	by     []string
}

// thirdParties are the requirements of go.mod that the program needs.
var thirdParties = map[string]thirdParty{
	"github.com/dop251/goja": {"runs JavaScript",
		[]string{"runtime", "runtime/source", "runtime/environment", "runtime/inspect"}},
	"github.com/dop251/goja_nodejs": {"Buffer",
		[]string{"runtime/environment"}},
	"github.com/fsnotify/fsnotify": {"tells which module was saved",
		[]string{"runtime/source"}},
	"github.com/evanw/esbuild": {"TypeScript, ES modules and packages to what goja runs",
		[]string{"runtime/source"}},
	"github.com/klauspost/compress": {"deflate, in less than half the standard library's time at level 6",
		[]string{"transport/websocket", "runtime/environment/zlib"}},
	"go.etcd.io/bbolt": {"keeps what modules store in one file that survives a crash; etcd's own store, kept by etcd's maintainers",
		[]string{"runtime/storage"}},
	"github.com/pelletier/go-toml/v2": {"configuration files in TOML, with the line of each mistake, as BurntSushi/toml tells only of syntax; kept by its author since 2013",
		[]string{"runtime/command/option"}},
	"github.com/prometheus/client_golang": {"/metrics, with what Go and the process tell of themselves; Prometheus's own library",
		[]string{"runtime/command"}},
	"golang.org/x/net": {"idna: the international names of URLs; httpguts: which headers are valid",
		[]string{"runtime/environment", "runtime/command/option"}},
	"golang.org/x/text": {"the encodings of TextDecoder; tags, letters, plurals and the order of strings for Intl",
		[]string{"runtime/environment", "runtime/environment/locale"}},
	"golang.org/x/crypto": {"certificates from Let's Encrypt; scrypt and BLAKE2 for the module crypto, kept by Go's authors",
		[]string{"transport/certificate", "runtime/environment/crypto"}},
	"github.com/coreos/go-systemd/v22": {"takes over systemd's sockets and tells it of the start and the stop; kept by CoreOS",
		[]string{"runtime/command"}},
	"github.com/coder/websocket": {"the command connect as a client, which transport/websocket is not; without requirements of its own, kept by Coder",
		[]string{"runtime/command"}},
	"golang.org/x/term": {"lines that are typed, with editing and a history; kept by Go's authors",
		[]string{"runtime/command"}},
	"github.com/gomodule/redigo": {"speaks to Redis",
		[]string{"runtime/redis"}},
}

// testThirdParties are the requirements of go.mod that only tests need.
var testThirdParties = map[string]thirdParty{
	"golang.org/x/net": {"a client of HTTP/2 that sends extended CONNECT, as that of net/http does not",
		[]string{"transport"}},
	"github.com/prometheus/common": {"reads what /metrics prints, as Prometheus does",
		[]string{"runtime/command"}},
	"github.com/alicebob/miniredis/v2": {"a Redis where there is no redis-server",
		[]string{"runtime/redis", "runtime/command"}},
}

// TestTopLevel checks that nothing else stands at the top of the tree.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s has no place at the top of the tree; see topLevel", e.Name())
		}
	}
}

// readGraph parses a graph: it returns the imports of each package.
func readGraph(t *testing.T, graph string) map[string][]string {
	rows := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(graph)) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), "→")
		if !ok {
			t.Fatalf("no arrow in %q", line)
		}
		var imports []string
		for p := range strings.SplitSeq(to, ",") {
			if p = strings.TrimSpace(p); p != "" {
				imports = append(imports, p)
			}
		}
		rows[strings.TrimSpace(from)] = imports
	}
	return rows
}

// A goPackage has the imports of the files of one folder, apart from the standard library.
type goPackage struct {
	imports, testImports []string
}

// TestGraph compares the imports of every package, on all systems, with graph and with the tables of
// third parties.
func TestGraph(t *testing.T) {
	rows, testRows, packages := readGraph(t, graph), readGraph(t, testGraph), readPackages(t)
	used := map[string]bool{} // third parties
	for name, p := range packages {
		imports, ok := rows[name]
		if !ok {
			t.Errorf("%s is a package that the tree does not have; see graph", name)
			continue
		}
		for _, to := range slices.Concat(p.imports, p.testImports) {
			forTest := !slices.Contains(p.imports, to)
			if ours, ok := strings.CutPrefix(to, modulePath+"/"); ok {
				if !slices.Contains(imports, ours) && !(forTest && (ours == name || slices.Contains(testRows[name], ours))) {
					t.Errorf("%s imports %s, which it may not; see graph", name, ours)
				}
				continue
			}
			tables := []map[string]thirdParty{thirdParties}
			if forTest {
				tables = append(tables, testThirdParties)
			}
			allowed := false
			for _, table := range tables {
				module := moduleOf(table, to)
				used[module] = true
				allowed = allowed || slices.Contains(table[module].by, name)
			}
			if !allowed {
				t.Errorf("%s imports %s, which it may not; see thirdParties", name, to)
			}
		}
		for _, to := range imports {
			if !slices.Contains(p.imports, modulePath+"/"+to) {
				t.Errorf("%s does not import %s, as it does in graph", name, to)
			}
		}
	}
	for name := range rows {
		if _, ok := packages[name]; !ok {
			t.Errorf("there is no package %s, as there is in graph", name)
		}
	}
	for _, table := range []map[string]thirdParty{thirdParties, testThirdParties} {
		for module, party := range table {
			if !used[module] || party.reason == "" {
				t.Errorf("nothing imports %s, or there is no reason for it; see thirdParties", module)
			}
		}
	}
	for _, module := range requirements(t) {
		if !used[module] {
			t.Errorf("go.mod requires %s, which nothing imports", module)
		}
	}
}

// moduleOf returns the module of a table that a package path belongs to, or "".
func moduleOf(table map[string]thirdParty, to string) string {
	for module := range table {
		if to == module || strings.HasPrefix(to, module+"/") {
			return module
		}
	}
	return ""
}

// requirements returns the direct requirements of go.mod.
func requirements(t *testing.T) (modules []string) {
	f, err := os.Open(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if line, ok := strings.CutPrefix(lines.Text(), "\t"); ok && !strings.HasSuffix(line, "// indirect") {
			module, _, _ := strings.Cut(line, " ")
			modules = append(modules, module)
		}
	}
	if len(modules) == 0 {
		t.Error("go.mod has no requirements, or they are not read")
	}
	return modules
}

// readPackages reads the packages of this module, and checks that each has a package comment and no
// long files. It leaves out examples, which is another module.
func readPackages(t *testing.T) map[string]goPackage {
	packages := map[string]goPackage{}
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		switch path.Base(filepath.ToSlash(dir)) {
		case "examples", "modules", "testdata", ".git", "node_modules", ".ci":
			return fs.SkipDir
		}
		name, err := filepath.Rel(root, dir)
		if err != nil {
			return err
		}
		if p, ok := readPackage(t, dir); ok {
			packages[cmp.Or(strings.Trim(filepath.ToSlash(name), "."), "main")] = p
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

// readPackage reads the Go files of one folder; ok is false if it has none.
func readPackage(t *testing.T, dir string) (p goPackage, ok bool) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	imports, testImports, documented := map[string]bool{}, map[string]bool{}, false
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), "\n"); n > maxLines {
			t.Errorf("%s has %d lines, more than %d", name, n, maxLines)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		set := imports
		if strings.HasSuffix(name, "_test.go") {
			set = testImports
		} else {
			documented = documented || f.Doc != nil
		}
		for _, spec := range f.Imports {
			if to := strings.Trim(spec.Path.Value, `"`); !isStandard(to) {
				set[to] = true
			}
		}
	}
	if len(files) > 0 && !documented {
		t.Errorf("%s has no package comment", dir)
	}
	return goPackage{slices.Sorted(maps.Keys(imports)), slices.Sorted(maps.Keys(testImports))}, len(files) > 0
}

func isStandard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	if strings.Contains(first, ".") {
		return false
	}
	_, err := build.Import(p, "", build.FindOnly)
	return err == nil
}
