package clients

import (
	"fmt"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// topics is a module whose clients publish what they send to all others, and say how many there are.
const topics = `var Module = this.Module = function(){ };
Module.options = {workers: 2, compression: true};
Module.prototype.onConnect = function(c){ c.subscribe('room/*') };
Module.prototype.onData = function(d, c){
	if (d == 'count') return c.send('count ' + c.server.subscriberCount('room/1'));
	if (d == 'binary') return c.publish('room/1', new Uint8Array([1, 2, 255]));
	var padding = d % 10 ? '' : ' '.repeat(1000);
	c.n = (c.n || 0) + 1;
	c.publish('room/1', JSON.stringify({from: c.id, n: c.n}) + padding);
	c.send('sent ' + c.n);
	c.server.publish('room/1', JSON.stringify({from: c.id, n: ++c.n}));
};
`

// TestTopics has clients of different protocols, on two modules of two workers each, publish to each other.
// Each must get what every other publishes once and in order, and its own in order with its answers.
func TestTopics(t *testing.T) {
	t.Parallel()
	needPackage(t, "ws")
	needPackage(t, "sockjs-client")
	p := commandtest.Start(t, map[string]string{"a.js": topics, "b.js": topics})
	got := nodeScript(t, conversation+`
const { WebSocket } = require('ws'), SockJS = require('sockjs-client');
const address = '127.0.0.1:' + process.argv[1], each = 60;
const ways = {
	'version 13': (path) => new WebSocket('ws://' + address + path, {perMessageDeflate: false}),
	'version 8': (path) => new WebSocket('ws://' + address + path, {perMessageDeflate: false, protocolVersion: 8}),
	'deflate': (path) => new WebSocket('ws://' + address + path, {perMessageDeflate: {threshold: 0}}),
};
for (const transport of ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling'])
	ways[transport] = (path) => new SockJS('http://' + address + path, null, {transports: [transport]});
main(async () => {
	const clients = [];
	for (const path of ['/a', '/b']) for (const way in ways) {
		const socket = ways[way](path), box = inbox();
		socket.onmessage = (e) => box.put(e.data);
		await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; socket.onclose = reject; });
		clients.push({name: way + ' ' + path, socket, next: box.next});
	}
	const count = async () => { clients[0].socket.send('count'); return await clients[0].next() };
	const before = await count();
	for (let i = 0; i < each; i++) for (const c of clients) c.socket.send(String(i));
	for (const c of clients) {
		const last = {};
		let answered = 0, mine;
		for (let left = each * (clients.length - 1) * 2 + each * 2; left > 0; left--) {
			const m = await c.next();
			if (m.startsWith('sent ')) {
				assert.equal(m, 'sent ' + (1 + 2 * answered++), c.name);
				continue;
			}
			const {from, n} = JSON.parse(m), seen = last[from] || 0;
			if (from === mine || seen === 0 && n === 2) { // its own: only what it publishes to all
				mine = from;
				assert.equal(n, 2 * answered, c.name + ': an own message after its answer');
				assert.equal(n, seen + 2, c.name);
			} else {
				assert.equal(n, seen + 1, c.name);
			}
			last[from] = n;
		}
		assert.equal(answered, each);
		assert.equal(Object.keys(last).length, clients.length, c.name);
	}
	clients[0].socket.send('binary');
	const binary = await clients[1].next();
	for (const c of clients.slice(1)) c.socket.close();
	let after;
	do after = await count(); while (after !== 'count 1');
	return [before, Buffer.from(binary).toString('hex'), after].join(', ');
});`, fmt.Sprint(p.Port))
	wantJSON(t, got, "count 14, 0102ff, count 1")
}
