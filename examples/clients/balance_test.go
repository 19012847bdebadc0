package clients

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestBalance has clients of several transports talk to three nodes through HAProxy, with the configuration in
// examples/deploy. A node is stopped and another one killed: its own clients are told, nobody else notices, and new
// ones find a node that serves.
func TestBalance(t *testing.T) {
	t.Parallel()
	haproxy, err := exec.LookPath("haproxy")
	if err != nil {
		commandtest.Missing(t, "there is no HAProxy on this machine")
	}
	needPackage(t, "sockjs-client")
	text, err := os.ReadFile("../deploy/haproxy.cfg")
	if err != nil {
		t.Fatal(err)
	}
	config := string(text)
	args := []string{""} // the address of HAProxy, and the nodes' process ids
	for i, name := range []string{"a", "b", "c"} {
		p := commandtest.Start(t, map[string]string{"test.js": `this.Module = function(){
			this.onData = function(d, c){ c.send('` + name + ` ' + d + ' ' + c.remoteAddress) } }`}, "--trust-proxy", "127.0.0.1")
		config = strings.ReplaceAll(config, fmt.Sprintf("10.0.0.%d:8080 ", i+1), p.Address()+" ")
		args = append(args, strconv.Itoa(p.PID()))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	args[0] = l.Addr().String()
	_ = l.Close() // file holds it open
	config = strings.ReplaceAll(config, "bind :80\n", "bind fd@3\n")
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	commandtest.WriteFile(t, path, config)
	cmd := exec.Command(haproxy, "-db", "-f", path)
	cmd.ExtraFiles = []*os.File{file}
	background(t, cmd)

	got := nodeScript(t, conversation+`
const SockJS = require('sockjs-client');
const [address, ...pids] = process.argv.slice(1), pidOf = {a: pids[0], b: pids[1], c: pids[2]};
async function tryOpen(transport) {
	const socket = new SockJS('http://' + address + '/test', null, {transports: [transport]}), box = inbox();
	socket.onmessage = (e) => box.put(e.data);
	let left;
	const gone = new Promise((resolve) => left = resolve);
	const opened = await new Promise((resolve) => { socket.onopen = () => resolve(true); socket.onclose = (e) => { left(e.code); resolve(false) } });
	return opened && {transport, socket, next: box.next, gone, node: null, n: 0};
}
async function open(transport) {
	for (const deadline = Date.now() + 60000;;) {
		const c = await tryOpen(transport);
		if (c) return c;
		assert.ok(Date.now() < deadline, 'no node takes a client of ' + transport);
	}
}
async function talk(c) {
	for (let i = 0; i < 20; i++) c.socket.send(String(c.n + i));
	for (let i = 0; i < 20; i++) {
		const [node, text, from] = (await c.next()).split(' ');
		c.node ??= node;
		assert.equal(node, c.node, c.transport + ': the node has changed');
		assert.equal(text, String(c.n++), c.transport);
		assert.equal(from, '127.0.0.1');
	}
}
main(async () => {
	const transports = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling'], clients = [];
	for (let i = 0; i < 6; i++) for (const transport of transports) clients.push(await open(transport));
	await Promise.all(clients.map(talk));
	const busy = () => Object.keys(pidOf).every((node) =>
		[true, false].every((is) => clients.some((c) => c.node === node && (c.transport === 'websocket') === is)));
	while (!busy()) {
		assert.ok(clients.length < 200, 'a node gets no clients of some kind');
		const late = await open(transports[clients.length % 4]);
		await talk(late);
		clients.push(late);
	}

	const codes = new Set();
	for (const [node, signal] of [['a', 'SIGTERM'], ['b', 'SIGKILL']]) {
		process.kill(+pidOf[node], signal);
		for (const c of clients.filter((c) => c.node === node)) {
			if (signal === 'SIGKILL' && c.transport === 'xhr-streaming') continue; // in Node.js, it does not see that a response was cut
			codes.add(signal + ' ' + (c.transport === 'websocket') + ' ' + await c.gone);
		}
		const left = clients.filter((c) => c.node > node);
		await Promise.all(left.map(talk));
		const late = await Promise.all(transports.map(open));
		await Promise.all(late.map(talk));
		assert.ok(late.every((c) => c.node > node), 'a new client is at ' + node);
		clients.push(...late);
	}
	for (const c of clients) c.socket.close();
	return [...codes].sort().join(', ');
});`, args...)
	if want := "SIGKILL false 1006, SIGKILL true 1006, SIGTERM false 1001, SIGTERM true 1001"; got != want {
		t.Errorf("closed with %q, want %q", got, want)
	}
}
