package runtime

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A languageCase is a small program of testdata/language*.json. Code is the body of a function; want
// is what JSON.stringify makes of its result, once that is awaited, in Node 24.
type languageCase struct {
	Group, Name, Code, Want string
	Env                     struct{ TZ string }
}

// knownFaults holds the programs whose value is still wrong here, by name. TestLanguage fails if one
// of them becomes right, so that the list only shrinks.
var knownFaults = strings.Fields(`
	resizable
`)

// zoneVariable names the time zone whose programs a process runs; without it, those of the others.
const zoneVariable = "NODE_WEBSOCKET_TEST_ZONE"

// TestLanguage runs the programs as modules. Those of a time zone run in a process of their own, because
// the zone is the process's, and timers read it while it lasts.
func TestLanguage(t *testing.T) {
	cases := readLanguageCases(t)
	files := map[string]string{}
	for i, c := range cases {
		files["case"+strconv.Itoa(i)+".js"] = "exports.Module = function(){ };\nexports.Module.prototype.onData = async function(data, connection) { let result; try { result = JSON.stringify(await (function(){\n" +
			c.Code + "\n})()) } catch (e) { result = String(e) } connection.send(String(result)) }"
	}
	r, log := newRuntime(t, files)
	names, zones, zone := map[string]bool{}, map[string]bool{}, os.Getenv(zoneVariable)
	for i, c := range cases {
		if names[c.Name] {
			t.Fatalf("two programs are named %s", c.Name)
		}
		names[c.Name] = true
		if c.Env.TZ != zone {
			zones[c.Env.TZ] = true
			continue
		}
		got := languageAnswer(t, r, "case"+strconv.Itoa(i))
		switch known := slices.Contains(knownFaults, c.Name); {
		case got != c.Want && !known:
			t.Errorf("%s, %s: %s\nwant %s\n%s\n%s", c.Group, c.Name, got, c.Want, c.Code, log.text())
		case got == c.Want && known:
			t.Errorf("%s is right now: take it off knownFaults", c.Name)
		}
	}
	if zone != "" {
		return
	}
	for zone := range zones {
		program := exec.Command(os.Args[0], "-test.run=^TestLanguage$")
		program.Env = append(os.Environ(), "TZ="+zone, zoneVariable+"="+zone)
		if out, err := program.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", zone, err, out)
		}
	}
	for _, name := range knownFaults {
		if !names[name] {
			t.Errorf("no program is named %s, as one of knownFaults is", name)
		}
	}
}

// languageAnswer returns what the module of a program sends, or "refused: " and why it cannot be loaded.
func languageAnswer(t *testing.T, r *Runtime, resource string) string {
	c, a, err := open(r, resource, Request{})
	if err != nil {
		return "refused: " + err.Error()
	}
	if a.Status != 0 {
		return "refused"
	}
	s := newFakeSession(c)
	c.Connected(s)
	s.deliver(text("x"))
	eventually(t, "the answer of "+resource, func() bool { return s.messages() != "" })
	return s.messages()
}

func readLanguageCases(t *testing.T) (all []languageCase) {
	files, err := filepath.Glob("testdata/language*.json")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []languageCase
		if err := json.Unmarshal(data, &cases); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, cases...)
	}
	return all
}
