package clients

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

var updatePackages = flag.Bool("update-packages", false, "rewrite PACKAGES.md")

// A shortcoming is the reason for which a package does not work as in Node.
type shortcoming struct {
	shows string // part of what its program gives
	why   string // for PACKAGES.md
}

// shortcomings are those of the packages in testdata/packages.js. TestPackages fails if one of them works.
var shortcomings = map[string]shortcoming{
	"axios":        {"refused: AxiosError", "loads, and every request fails: modules get no network"},
	"jsonwebtoken": {`"stream" is not available`, "needs Node's streams; jose does the same without"},
}

// TestPackages runs a program for each of the packages that authors use most, in Node and in a module, and
// compares what they give.
func TestPackages(t *testing.T) {
	t.Parallel()
	needPackage(t, "zod")
	programs, err := os.ReadFile("testdata/packages.js")
	if err != nil {
		t.Fatal(err)
	}
	const run = `
		const run = async (name) => {
			try { return String(JSON.stringify(await programs[name](async (name) => require(name)))) } catch (e) { return 'threw ' + e }
		};`
	made := nodeScript(t, string(programs)+run+`
		(async () => {
			const wants = {}, versions = {};
			for (const name of Object.keys(programs)) {
				wants[name] = await run(name);
				versions[name] = JSON.parse(require('fs').readFileSync(process.env.NODE_PATH + '/' + name + '/package.json')).version;
			}
			console.log(JSON.stringify([wants, versions]));
			process.exit();
		})();`).([]any)
	wants, versions := made[0].(map[string]any), made[1].(map[string]any)

	dir := t.TempDir()
	linkFolder(t, "../node_modules", filepath.Join(dir, "node_modules"))
	names := slices.Sorted(maps.Keys(wants))
	for i, name := range names {
		quoted, _ := json.Marshal(name)
		commandtest.WriteFile(t, filepath.Join(dir, fmt.Sprintf("package%d.js", i)), string(programs)+run+`
			exports.Module = function(){ };
			exports.Module.prototype.onData = async function(data, connection){ connection.send(await run(`+string(quoted)+`)); };`)
	}
	p := commandtest.Start(t, nil, "--modules", dir, "--preload=false", "--watch=false")
	var table strings.Builder
	for i, name := range names {
		c := p.Dial(fmt.Sprintf("/package%d", i))
		c.SendText("run")
		_, got, err := c.Read()
		c.Close(1000, "")
		want, result := wants[name].(string), "works"
		short, isShort := shortcomings[name]
		switch same := err == nil && got == want; {
		case same && isShort:
			t.Errorf("%s works now: take it out of shortcomings", name)
		case isShort && !strings.Contains(got, short.shows):
			t.Errorf("%s: %v %s\nwant %s", name, err, got, short.shows)
		case isShort:
			result = short.why
		case !same || strings.HasPrefix(want, "threw"):
			t.Errorf("%s: %v %s\nwant %s", name, err, got, want)
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", name, versions[name], result)
	}
	page := "# Packages of npm\n\nA small program for each runs in Node and as a module of the server, and `TestPackages` compares what they give.\n" +
		"`go test ./clients -run Packages -update-packages` in examples/ writes this page.\n\n| package | version | |\n|---|---|---|\n" + table.String()
	if *updatePackages && !t.Failed() {
		commandtest.WriteFile(t, "PACKAGES.md", page)
	}
	if old, err := os.ReadFile("PACKAGES.md"); err != nil || string(old) != page {
		t.Errorf("PACKAGES.md is not what the packages gave: %v", err)
	}
}

// linkFolder makes hard links of the files in a folder, because modules reach nothing outside of theirs. It
// copies them where that cannot be done.
func linkFolder(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch target := filepath.Join(to, name); {
		case entry.IsDir() && entry.Name() == ".bin":
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case !entry.Type().IsRegular():
			return nil
		default:
			if err := os.Link(path, target); err == nil || errors.Is(err, fs.ErrExist) {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, data, 0o644)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
