package clients

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

// needPackage skips the test if a package of npm is not installed.
func needPackage(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("../node_modules", name)); err != nil {
		commandtest.Missing(t, "npm's "+name+" is not installed: run npm ci in examples")
	}
}

// scriptLimit bounds the time of a foreign program, generously for a busy machine.
const scriptLimit = 4 * time.Minute

// nodeScript runs JavaScript in Node with the packages that examples/package.json pins, and returns
// the JSON value that it prints last. It skips the test if Node or the packages are not installed.
func nodeScript(t *testing.T, script string, args ...string) any {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		commandtest.Missing(t, "there is no node on this machine")
	}
	packages, err := filepath.Abs("../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	needPackage(t, "ws")
	ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, append([]string{"-e", script}, args...)...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+packages)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s%s", err, out, stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var v any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &v); err != nil {
		t.Fatalf("node printed %q: %v\n%s", out, err, stderr.String())
	}
	return v
}

// TestReadmeTour follows the README's tour with ws: the module, the messages and the change, all on
// one socket.
func TestReadmeTour(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tour, _ := strings.Cut(string(readme), "Write `modules/test.js`:")
	_, tour, _ = strings.Cut(tour, "```js\n")
	module, tour, _ := strings.Cut(tour, "```")
	change := regexp.MustCompile("Now change `(.*?)` to `(.*?)`, save").FindStringSubmatch(tour)
	answers := regexp.MustCompile(`ws\.send\('hello'\);[ };]+// (.*)`).FindAllStringSubmatch(tour, -1)
	if len(change) != 3 || len(answers) != 2 || !strings.Contains(module, change[1]) {
		t.Fatalf("the tour is not in the README any more: %q, %q, %q", module, change, answers)
	}
	p := commandtest.Start(t, map[string]string{"test.js": module})
	got := nodeScript(t, `
		const WebSocket = require('ws'), fs = require('fs');
		const [port, file, from, to] = process.argv.slice(1);
		const ws = new WebSocket('ws://localhost:' + port + '/test');
		const answers = [];
		ws.on('open', () => ws.send('hello'));
		ws.on('message', data => {
			if (String(data) === answers[answers.length - 1]) { setTimeout(() => ws.send('hello'), 10); return; }
			answers.push(String(data));
			if (answers.length === 2) { console.log(JSON.stringify(answers)); ws.close(); return; }
			fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(from, to));
			ws.send('hello');
		});
		ws.on('close', code => { if (answers.length < 2) console.log(JSON.stringify('closed with ' + code)); });`,
		strconv.Itoa(p.Port), filepath.Join(p.Dir, "test.js"), change[1], change[2])
	list, ok := got.([]any)
	if !ok || len(list) != 2 || list[0] != answers[0][1] || list[1] != answers[1][1] {
		t.Errorf("answered %v, and the README says %q", got, answers)
	}
}

// TestNodeWS checks the protocol as ws sees it: sizes around each limit, text and binary, fragments,
// pings, closes from either side, and refusals.
func TestNodeWS(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{
		"echo.js": `var Module = this.Module = function(){ };
			Module.prototype.onData = function(data, connection){ connection.send(data); };`,
		"close.js": `this.Module = function(){ this.onData = function(d, c){ c.send('last words'); c.close(4001, 'as you wish') } };`,
		"ping.js":  `this.Module = function(){ this.onData = function(d, c){ c.ping('are you there'); } };`,
		"no.js":    `this.Module = function(){ this.onHandshake = function(){ return {status: 401, headers: {'X-Why': 'because'}, body: 'no'} }; this.onData = function(){} };`,
		"v.js":     `this.Module = function(){ this.onData = function(d, c){ c.send(c.protocol) } }; this.Module.options = {protocols: ['b', 'a'], maxMessage: 10};`,
		"bad.js":   `}`,
	}, "--origins", "http://good.example")
	got := nodeScript(t, `
		const WebSocket = require('ws'), crypto = require('crypto');
		const url = 'ws://localhost:' + process.argv[1];
		const results = {};
		const open = (path, protocols, options) => new Promise((ok, no) => {
			const ws = new WebSocket(url + path, protocols, options);
			ws.on('open', () => ok(ws)); ws.on('error', no);
		});
		const message = ws => new Promise((ok, no) => { ws.once('message', (d, b) => ok(b ? d : String(d))); ws.once('close', c => no(new Error('closed ' + c))); });
		const closed = ws => new Promise(ok => ws.once('close', (code, reason) => ok([code, String(reason)])));
		const refusal = (path, options) => new Promise(ok => {
			const ws = new WebSocket(url + path, options);
			ws.on('unexpected-response', (_, res) => { let b = ''; res.on('data', d => b += d); res.on('end', () => ok([res.statusCode, b.trim(), res.headers['x-why'] || ''])); });
			ws.on('open', () => ok('opened')); ws.on('error', () => {});
		});
		(async () => {
			let ws = await open('/echo');
			for (const n of [0, 1, 125, 126, 127, 65535, 65536, 1048576]) {
				const b = crypto.randomBytes(n); ws.send(b);
				const back = await message(ws); if (Buffer.compare(b, back)) results['binary ' + n] = 'differs';
				const s = 'ü'.repeat(n / 2) + 'x'.repeat(n % 2); ws.send(s);
				if (await message(ws) !== s) results['text ' + n] = 'differs';
			}
			ws.send('frag', {fin: false}); ws.ping('between'); await new Promise(ok => ws.once('pong', ok)); ws.send('ments', {fin: true});
			results.fragments = await message(ws);
			ws.close(3001, 'bye'); results.close = await closed(ws);
			ws = await open('/echo'); ws.send(Buffer.alloc(1048577)); results.tooBig = await closed(ws);
			ws = await open('/close'); ws.send('x'); results.last = await message(ws); results.closedByModule = await closed(ws);
			ws = await open('/ping'); ws.send('x'); results.ping = String(await new Promise(ok => ws.once('ping', ok))); ws.terminate();
			ws = await open('/v', ['a', 'b', 'c']); results.protocol = ws.protocol; ws.send('12345678901'); results.tooBigForModule = (await closed(ws))[0];
			results.refused = await refusal('/no'); results.unknown = await refusal('/nosuch'); results.broken = await refusal('/bad');
			results.origin = await refusal('/echo', {headers: {origin: 'http://evil.example'}});
			results.goodOrigin = await refusal('/echo', {headers: {origin: 'http://good.example'}});
			results.traversal = await refusal('/..%2f..%2fetc/passwd');
			console.log(JSON.stringify(results)); process.exit(0);
		})().catch(e => { console.error(e); process.exit(1); });`, strconv.Itoa(p.Port))
	want := map[string]any{
		"fragments": "fragments", "close": []any{3001.0, ""}, "tooBig": []any{1009.0, "message too big"}, "last": "last words",
		"closedByModule": []any{4001.0, "as you wish"}, "ping": "are you there", "protocol": "a", "tooBigForModule": 1009.0,
		"refused": []any{401.0, "no", "because"}, "unknown": []any{404.0, "", ""}, "broken": []any{500.0, "", ""}, "origin": []any{403.0, "", ""},
		"goodOrigin": "opened", "traversal": []any{404.0, "", ""},
	}
	results, _ := got.(map[string]any)
	for name, w := range want {
		g := results[name]
		if list, ok := w.([]any); ok {
			got, _ := g.([]any)
			for i := range list {
				if i >= len(got) || list[i] != got[i] && list[i] != "" {
					t.Errorf("%s: %v, want %v", name, g, w)
					break
				}
			}
		} else if g != w {
			t.Errorf("%s: %v, want %v", name, g, w)
		}
		delete(results, name)
	}
	for name, g := range results {
		t.Errorf("%s: %v", name, g)
	}
}
