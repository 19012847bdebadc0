package inspect

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "ask node (v20) for the expected texts of testdata/console.json again")

// consoleCase is one call of console.log. Args is JavaScript, the arguments of the call; Node is
// what Node 20 prints.
type consoleCase struct {
	Name    string `json:"name"`
	Args    string `json:"args"`
	Node    string `json:"node"`
	Ours    string `json:"ours,omitempty"`    // where this differs on purpose
	Because string `json:"because,omitempty"` // why
}

const goldenFile = "testdata/console.json"

func readGolden(t *testing.T) (cases []consoleCase) {
	t.Helper()
	data, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func updateGolden(t *testing.T) {
	const script = `const fs = require('fs'), util = require('util'), vm = require('vm');
const file = process.argv[1], cases = JSON.parse(fs.readFileSync(file, 'utf8'));
for (const c of cases) c.node = util.format(...(0, eval)('(function(){ return [' + c.args + '] })()'));
fs.writeFileSync(file, JSON.stringify(cases, null, '\t') + '\n');`
	if out, err := exec.Command("node", "-e", script, goldenFile).CombinedOutput(); err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
}

func TestConsolePrintsAsNode(t *testing.T) {
	if *update {
		updateGolden(t)
	}
	for _, c := range readGolden(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			vm, _, lines := newTestVM(t)
			v, err := vm.RunString("(function(){ return [" + c.Args + "] })()")
			if err != nil {
				t.Fatal(err)
			}
			want := c.Node
			if c.Because != "" {
				want = c.Ours
			}
			_ = vm.Set("args", v)
			if _, err := vm.RunString("console.log.apply(console, args)"); err != nil {
				t.Fatal(err)
			}
			if printed := strings.TrimPrefix((*lines)[0], "INFO "); printed != want {
				t.Errorf("console.log(%s)\n got %s\nwant %s", c.Args, show(printed), show(want))
			}
		})
	}
}

func show(s string) string { return strings.ReplaceAll("\n"+s, "\n", "\n    ") }
