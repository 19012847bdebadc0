package clients

import (
	"fmt"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// The scripts print what they saw as JSON.

// talkative echoes, and describes its connection when it is asked "who".
const talkative = `var Module = this.Module = function(){};
Module.options = {protocols: ['chat']};
Module.prototype.onData = function(data, connection){
	if (data === 'who') data = [connection.version, connection.protocol, connection.secure, connection.request.httpVersion, connection.request.origin].join(' ');
	if (data === 'bytes') return connection.send('sent: ' + connection.send(new Uint8Array([1, 2, 3])));
	if (data === 'bye') return connection.close(4000, 'grüße');
	connection.send(data);
};
Module.prototype.onDisconnect = function(connection, code, reason){ console.log('gone', connection.version, code, reason); };`

// conversation is the part of the scripts that all clients share: what a client says to talkative,
// and what it must hear. A client is an object {send(data), next()}, where next returns a promise of
// the next message, a string or a Buffer.
const conversation = `
const assert = require('assert');
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');
const origin = 'http://example.com';
const big = 'grüße 😀 '.repeat(20000);
const long = JSON.stringify(Array.from({length: 500}, (_, i) => ({id: i, name: 'name ' + i})));
const bytes = Buffer.from(Array.from({length: 70000}, (_, i) => i * i & 255));
async function talk(client, binary) {
	client.send('who');
	const who = await client.next();
	for (const text of ['', 'a', 'x'.repeat(125), 'x'.repeat(126), long, big, long]) {
		client.send(text);
		const got = await client.next();
		assert.ok(got === text, 'text of ' + text.length + ' came back with ' + got.length);
	}
	for (let i = 0; i < 200; i++) client.send('message ' + i);
	for (let i = 0; i < 200; i++) assert.equal(await client.next(), 'message ' + i);
	if (binary) for (const data of [Buffer.alloc(0), Buffer.from([0, 255]), bytes]) {
		client.send(data);
		const got = await client.next();
		assert.ok(data.equals(got), 'bytes of ' + data.length + ' came back with ' + got.length);
	}
	return who;
}
// inbox returns a queue of messages.
function inbox() {
	const messages = [], waiting = [];
	return {
		put(m) { const w = waiting.shift(); if (w) w(m); else messages.push(m); },
		next() { return messages.length ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiting.push(resolve)); },
	};
}
function main(f) { f().then((v) => { console.log(JSON.stringify(v)); process.exit(); }, (e) => { console.error(e); process.exit(1); }); }
`

// wsClient makes a client of npm's ws.
const wsClient = conversation + `
const { WebSocket } = require('ws');
function wrap(ws) {
	const box = inbox();
	ws.on('message', (data, binary) => box.put(binary ? data : data.toString()));
	return {send: (data) => ws.send(data), next: box.next};
}
function closed(ws) { return new Promise((resolve) => ws.on('close', (code, reason) => resolve([code, reason.toString()]))); }
async function dial(url, options) {
	const ws = new WebSocket(url, ['other', 'chat'], {origin, ...options});
	const gone = closed(ws);
	await new Promise((resolve, reject) => { ws.on('open', resolve); ws.on('error', reject); });
	return {ws, gone, client: wrap(ws)};
}
`

// forEachWay runs a test without TLS and with it.
func forEachWay(t *testing.T, args []string, test func(t *testing.T, p *commandtest.Process, scheme string)) {
	for _, scheme := range []string{"ws", "wss"} {
		t.Run(scheme, func(t *testing.T) {
			all := args
			if scheme == "wss" {
				all = append([]string{"--tls"}, args...)
			}
			p := commandtest.Start(t, map[string]string{"test.js": talkative}, all...)
			test(t, p, scheme)
		})
	}
}

func wantJSON(t *testing.T, got any, want string) {
	t.Helper()
	if s := fmt.Sprint(got); s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
}

// TestWS uses npm's ws in versions 13 and 8: without compression, with it, and with context
// takeover.
func TestWS(t *testing.T) {
	t.Parallel()
	script := wsClient + `
main(async () => {
	const seen = [];
	for (const protocolVersion of [13, 8]) for (const perMessageDeflate of [false, {threshold: 0}]) {
		const {ws, gone, client} = await dial(process.argv[1], {protocolVersion, perMessageDeflate});
		const who = await talk(client, true);
		client.send('bye');
		seen.push([who, ws.extensions, ...await gone].join(', '));
	}
	return seen;
});`
	for _, test := range []struct {
		args      []string
		extension string
	}{
		{nil, ""},
		{[]string{"--compression"}, "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{[]string{"--compression", "--context-takeover"}, "permessage-deflate"},
	} {
		forEachWay(t, test.args, func(t *testing.T, p *commandtest.Process, scheme string) {
			secure := fmt.Sprint(scheme == "wss")
			extension := ""
			if test.extension != "" {
				extension = "permessage-deflate"
			}
			got := nodeScript(t, script, fmt.Sprintf("%s://127.0.0.1:%d/test", scheme, p.Port))
			wantJSON(t, got, strings.Join([]string{"[13 chat " + secure + " 1.1 http://example.com, , 4000, grüße",
				"13 chat " + secure + " 1.1 http://example.com, " + extension + ", 4000, grüße",
				"8 chat " + secure + " 1.1 http://example.com, , 4000, grüße",
				"8 chat " + secure + " 1.1 http://example.com, " + extension + ", 4000, grüße]"}, " "))
		})
	}
}

// TestWSBomb has npm's ws send 64 MB in 64 KB.
func TestWSBomb(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": talkative}, "--compression")
	got := nodeScript(t, wsClient+`
main(async () => {
	const {ws, gone} = await dial(process.argv[1], {perMessageDeflate: {threshold: 0}});
	ws.on('error', () => {});
	ws.send('x'.repeat(64 << 20));
	return gone;
});`, fmt.Sprintf("ws://127.0.0.1:%d/test", p.Port))
	wantJSON(t, got, "[1009 message too big]")
}

// TestWebSocketNode uses npm's websocket in versions 13 and 8, with messages in fragments.
func TestWebSocketNode(t *testing.T) {
	t.Parallel()
	needPackage(t, "websocket")
	forEachWay(t, nil, func(t *testing.T, p *commandtest.Process, scheme string) {
		got := nodeScript(t, conversation+`
const { client: WebSocketClient } = require('websocket');
main(async () => {
	const seen = [];
	for (const webSocketVersion of [13, 8]) {
		const c = new WebSocketClient({webSocketVersion, fragmentationThreshold: 1000, tlsOptions: {rejectUnauthorized: false}});
		const connection = await new Promise((resolve, reject) => {
			c.on('connect', resolve);
			c.on('connectFailed', reject);
			c.connect(process.argv[1], ['other', 'chat'], origin);
		});
		const box = inbox();
		connection.on('message', (m) => box.put(m.type === 'utf8' ? m.utf8Data : m.binaryData));
		const gone = new Promise((resolve) => connection.on('close', (code, reason) => resolve([code, reason])));
		const who = await talk({send: (data) => typeof data === 'string' ? connection.sendUTF(data) : connection.sendBytes(data), next: box.next}, true);
		connection.sendUTF('bye');
		seen.push([who, ...await gone].join(', '));
	}
	return seen;
});`, fmt.Sprintf("%s://127.0.0.1:%d/test", scheme, p.Port))
		secure := fmt.Sprint(scheme == "wss")
		wantJSON(t, got, "[13 chat "+secure+" 1.1 http://example.com, 4000, grüße 8 chat "+secure+" 1.1 http://example.com, 4000, grüße]")
	})
}

// TestHTTP2 opens twenty streams on one connection with Node's http2, and speaks on them with npm's
// ws.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	for _, compression := range []string{"--compression=false", "--compression=true"} {
		forEachWay(t, []string{compression}, func(t *testing.T, p *commandtest.Process, scheme string) {
			got := nodeScript(t, wsClient+`
const http2 = require('http2');
const { PerMessageDeflate, extension: parseExtensions } = require('ws');
main(async () => {
	const session = http2.connect(process.argv[1], {rejectUnauthorized: false});
	await new Promise((resolve, reject) => { session.on('remoteSettings', resolve); session.on('error', reject); });
	assert.ok(session.remoteSettings.enableConnectProtocol);
	const seen = new Set();
	await Promise.all(Array.from({length: 20}, async (_, i) => {
		const ws = new WebSocket(null, undefined, {});
		ws._isServer = false; // its handshake was made here instead
		const stream = session.request({':method': 'CONNECT', ':protocol': 'websocket', ':path': '/test', origin,
			'sec-websocket-version': '13', 'sec-websocket-protocol': 'other, chat', 'sec-websocket-extensions': 'permessage-deflate'});
		const headers = await new Promise((resolve, reject) => { stream.on('response', resolve); stream.on('error', reject); });
		assert.equal(headers[':status'], 200);
		assert.equal(headers['sec-websocket-protocol'], 'chat');
		const extension = headers['sec-websocket-extensions'] || '';
		if (extension) {
			const deflate = new PerMessageDeflate({threshold: 0});
			deflate.accept(parseExtensions.parse(extension)['permessage-deflate']);
			ws._extensions['permessage-deflate'] = deflate;
		}
		ws.setSocket(stream, Buffer.alloc(0), {allowSynchronousEvents: true, maxPayload: 0, skipUTF8Validation: false});
		const client = wrap(ws), gone = closed(ws);
		const who = await talk(client, true);
		client.send('bye');
		seen.add([who, extension.split(';')[0], ...await gone].join(', '));
	}));
	const refused = session.request({':method': 'CONNECT', ':protocol': 'websocket', ':path': '/nosuch', 'sec-websocket-version': '13'});
	seen.add((await new Promise((resolve) => refused.on('response', resolve)))[':status']);
	const page = session.request({':path': '/test'});
	seen.add((await new Promise((resolve) => page.on('response', resolve)))[':status']);
	return [...seen];
});`, fmt.Sprintf("%s://127.0.0.1:%d", strings.Replace(scheme, "ws", "http", 1), p.Port))
			extension := ""
			if compression == "--compression=true" {
				extension = "permessage-deflate"
			}
			wantJSON(t, got, fmt.Sprintf("[13 chat %v 2.0 http://example.com, %s, 4000, grüße 404 200]", scheme == "wss", extension))
			p.Wait("20 lines of sessions over HTTP/2", func() bool { return strings.Count(p.Text(), "http=HTTP/2.0") == 20 })
		})
	}
}

// TestUndici uses undici, which is Node's own WebSocket, over HTTP/2. This version expects an answer
// to its key there, as does that of Node 26, which asks for HTTP/2 by itself.
func TestUndici(t *testing.T) {
	t.Parallel()
	needPackage(t, "undici")
	p := commandtest.Start(t, map[string]string{"test.js": talkative}, "--tls", "--compression")
	got := nodeScript(t, conversation+`
const { Agent, WebSocket } = require('undici');
main(async () => {
	const dispatcher = new Agent({allowH2: true, connect: {rejectUnauthorized: false}});
	const ws = new WebSocket(process.argv[1], {protocols: ['other', 'chat'], headers: {origin}, dispatcher});
	ws.binaryType = 'arraybuffer';
	const box = inbox();
	ws.onmessage = (m) => box.put(typeof m.data === 'string' ? m.data : Buffer.from(m.data));
	const gone = new Promise((resolve) => { ws.onclose = (e) => resolve([e.code, e.reason]); });
	await new Promise((resolve, reject) => { ws.onopen = resolve; ws.onerror = (e) => reject(e.error); });
	const who = await talk({send: (data) => ws.send(data), next: box.next}, true);
	ws.send('bye');
	return [who, ws.extensions.split(';')[0], ...await gone].join(', ');
});`, fmt.Sprintf("wss://127.0.0.1:%d/test", p.Port))
	wantJSON(t, got, "13 chat true 2.0 http://example.com, permessage-deflate, 4000, grüße")
}

// TestHixie76 uses npm's websocket-client, the client for Node of 2010, unchanged. The script
// provides what that expects of the Node of its day: http.createClient, and hashes that take strings
// as bytes.
func TestHixie76(t *testing.T) {
	t.Parallel()
	needPackage(t, "websocket-client")
	p := commandtest.Start(t, map[string]string{"test.js": talkative})
	got := nodeScript(t, conversation+`
const http = require('http'), net = require('net'), crypto = require('crypto'), events = require('events');
http.createClient = function(port, host) {
	const client = new events.EventEmitter();
	client.end = () => {};
	client.request = function(path, headers) {
		const socket = net.connect(port, host);
		let head = Buffer.alloc(0);
		socket.write('GET ' + path + ' HTTP/1.1\r\n' + Object.entries(headers).map(([k, v]) => k + ': ' + v + '\r\n').join('') + '\r\n');
		socket.on('error', (e) => client.emit('error', e));
		socket.on('data', function read(data) {
			head = Buffer.concat([head, data]);
			const end = head.indexOf('\r\n\r\n');
			if (end < 0) return;
			socket.removeListener('data', read);
			assert.match(head.toString('latin1'), /^HTTP\/1\.1 101 WebSocket Protocol Handshake\r\n/);
			client.emit('upgrade', null, socket, head.subarray(end + 4));
		});
		return {write: (data, encoding) => socket.write(data, encoding), end() {}};
	};
	return client;
};
const createHash = crypto.createHash;
crypto.createHash = (name) => { const h = createHash(name); return {update: (s) => h.update(s, 'binary'), digest: (encoding) => h.digest(encoding)}; };
const { WebSocket } = require('websocket-client');
main(async () => {
	const seen = [];
	for (let i = 0; i < 10; i++) { // the keys are random
		const ws = new WebSocket(process.argv[1], 'chat', {origin});
		const box = inbox();
		ws.onmessage = (m) => box.put(m.data);
		await new Promise((resolve, reject) => { ws.onopen = resolve; ws.onerror = reject; });
		const gone = new Promise((resolve) => { ws.onclose = resolve; });
		const client = {send: ws.send, next: box.next};
		const who = await talk(client, false);
		client.send('bytes');
		const bytes = await client.next();
		if (i % 2) client.send('bye');
		else ws.close();
		await gone;
		seen.push(who + ', ' + bytes);
	}
	return [...new Set(seen)];
});`, fmt.Sprintf("ws://127.0.0.1:%d/test", p.Port))
	wantJSON(t, got, "[hixie-76 chat false 1.1 http://example.com, sent: false]")
	p.Wait("onDisconnect", func() bool { // half of them were closed by the module
		return strings.Count(p.Text(), "gone hixie-76 1005") == 5 && strings.Count(p.Text(), "gone hixie-76 4000 grüße") == 5
	})
	if n := strings.Count(p.Text(), "a binary message was not sent: the client's version of the protocol has text alone"); n != 10 {
		t.Errorf("%d lines of binary messages that were not sent, want 10", n)
	}
}
