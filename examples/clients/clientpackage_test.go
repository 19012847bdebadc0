package clients

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"

	"node.websocket/runtime/command/commandtest"
)

// askingModule replies to requests.
const askingModule = `var Module = this.Module = function(){ };
Module.options = { requests: true };
Module.prototype.onData = function(d, c){ if (c.reply) c.reply(c.transport + ' ' + d); };`

// asking is the rest of a program that has imported Socket. Its arguments are a port, and a file beside which ws is installed; Node has
// a WebSocket of its own from version 22 on.
const asking = `
globalThis.WebSocket = process.getBuiltinModule('module').createRequire(process.argv[3])('ws');
const socket = new Socket('ws://127.0.0.1:' + process.argv[2] + '/ask', { reconnect: true });
socket.request('works').then((text) => { console.log(text, typeof globalThis.Socket); socket.close(); });
`

// TestClientPackage makes a package of client.js with npm, and uses it as it is installed: imported and required in Node, in a bundle, and
// in TypeScript. client.mjs is imported as it is served.
func TestClientPackage(t *testing.T) {
	t.Parallel()
	needPackage(t, "ws")
	npm, err := exec.LookPath("npm")
	if err != nil {
		commandtest.Missing(t, "there is no npm on this machine")
	}
	dir := t.TempDir()
	pack := exec.Command(npm, "pack", "--silent", "--pack-destination", dir)
	pack.Dir = "../../transport/client"
	out, err := pack.CombinedOutput()
	if err != nil {
		t.Fatalf("npm pack: %v\n%s", err, out)
	}
	installed := filepath.Join(dir, "node_modules", "node.websocket")
	if err := os.MkdirAll(installed, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tar", "-xzf", filepath.Join(dir, strings.TrimSpace(string(out))), "-C", installed, "--strip-components=1").CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}

	p := commandtest.Start(t, map[string]string{"ask.js": askingModule})
	served, err := http.Get("http://" + p.Address() + "/client.mjs")
	if err != nil {
		t.Fatal(err)
	}
	module, err := io.ReadAll(served.Body)
	served.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	beside, err := filepath.Abs("../package.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"client.mjs":   string(module),
		"served.mjs":   `import { Socket } from './client.mjs';` + asking,
		"imported.mjs": `import { Socket } from 'node.websocket';` + asking,
		"required.cjs": `const { Socket } = require('node.websocket');` + asking,
		"right.ts": `
			import { Socket, type SocketOptions } from 'node.websocket';
			const options: SocketOptions = { transports: 'websocket', buffer: false };
			const socket: Socket = new Socket('/chat', options);
			const sent: boolean = socket.send('x');
			socket.request('x', { timeout: 10 }).then((data) => typeof data === 'string' && data.length);`,
		"wrong.ts": `import { Socket } from 'node.websocket';
			new Socket('/chat', { transport: 'websocket' });
			const x: string = new Socket('/chat').request('x');`,
	} {
		commandtest.WriteFile(t, filepath.Join(dir, name), text)
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(dir, "imported.mjs")}, Outfile: filepath.Join(dir, "bundle.js"), Bundle: true, Format: api.FormatIIFE, Write: true,
	})
	if len(result.Errors)+len(result.Warnings) > 0 {
		t.Fatalf("%+v %+v", result.Errors, result.Warnings)
	}
	for _, name := range []string{"served.mjs", "imported.mjs", "required.cjs", "bundle.js"} {
		node := exec.CommandContext(t.Context(), "node", filepath.Join(dir, name), strconv.Itoa(p.Port), beside)
		if out, err := node.CombinedOutput(); err != nil || string(out) != "websocket works undefined\n" {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	found := typeCheck(t, dir, "--ignoreConfig", "--strict", "--target", "ES2023", "--lib", "ES2023,DOM", "--types", "", "--module", "NodeNext", "right.ts", "wrong.ts")
	if lines := regexp.MustCompile(`(?m)^\w+\.ts\(\d+`).FindAllString(found, -1); !slices.Equal(lines, []string{"wrong.ts(2", "wrong.ts(3"}) {
		t.Errorf("not only lines 2 and 3 of wrong.ts are wrong:\n%s", found)
	}
}
