package clients

import (
	"fmt"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// login is a module that lets in only those that its plain HTTP has given a cookie, and that webhooks can
// speak through.
const login = `var users = {};
var Module = this.Module = function(){ };
Module.onRequest = async function(request){
	if (request.method == 'PUT') {
		module.server.broadcast('news: ' + (await request.json()).text);
		return {status: 202};
	}
	if (request.method != 'POST') return request.method == 'DELETE' ? undefined : 'log in';
	var sid = Math.random().toString(36).slice(2);
	users[sid] = new URLSearchParams(await request.text()).get('name');
	return {status: 303, headers: {location: '/', 'Set-Cookie': ['sid=' + sid + '; HttpOnly; SameSite=Lax', 'seen=1']}};
};
Module.prototype.onHandshake = function(request){
	this.name = users[request.cookies.sid];
	if (!this.name) return {status: 401, body: 'log in first'};
};
Module.prototype.onData = function(data, connection){ connection.send(this.name + ' says ' + data); };
`

// rooms is a module for all rooms.
const rooms = `export class Module {
	onData(data, connection){ connection.send(connection.request.params.room + ' ' + connection.server.clients + ' ' + data); }
	static async onRequest(request){ return {headers: {'content-type': 'application/json'}, body: JSON.stringify({...request.params, got: (await request.bytes()).length})}; }
}`

// TestPlainHTTP logs in with Node's fetch, connects with ws and the cookie that it got, and publishes with a
// webhook. Then it meets in rooms whose names it has made up.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	needPackage(t, "ws")
	needPackage(t, "sockjs-client")
	p := commandtest.Start(t, map[string]string{"login.js": login, "rooms/[room].mjs": rooms})
	got := nodeScript(t, conversation+`
const { WebSocket } = require('ws'), SockJS = require('sockjs-client');
const address = '127.0.0.1:' + process.argv[1];
const get = (path, options) => fetch('http://' + address + path, {redirect: 'manual', ...options});
const open = (socket) => {
	const box = inbox();
	socket.onmessage = (e) => box.put(e.data);
	return new Promise((resolve, reject) => { socket.onopen = () => resolve(box.next); socket.onerror = (e) => reject(e); socket.onclose = reject; });
};
main(async () => {
	assert.equal(await (await get('/login')).text(), 'log in');
	assert.equal((await get('/login', {method: 'DELETE'})).status, 404);
	await assert.rejects(open(new WebSocket('ws://' + address + '/login')), (e) => /401/.test(e.message));

	const answer = await get('/login', {method: 'POST', body: new URLSearchParams({name: 'Zoë'})});
	assert.equal(answer.status, 303);
	const cookies = answer.headers.getSetCookie();
	assert.equal(cookies.length, 2);
	const headers = {Cookie: cookies.map((c) => c.split(';')[0]).join('; ')};
	const socket = new WebSocket('ws://' + address + '/login', {headers}), next = await open(socket);
	socket.send('hi');
	assert.equal(await next(), 'Zoë says hi');
	await assert.rejects(open(new WebSocket('ws://' + address + '/login', {headers, origin: 'https://evil.example'})), (e) => /401/.test(e.message));

	assert.equal((await get('/login', {method: 'PUT', body: '{"text":"rain"}'})).status, 202);
	assert.equal(await next(), 'news: rain');
	assert.equal((await get('/login', {method: 'PUT', body: '{"text":'})).status, 500);
	const big = await get('/login', {method: 'PUT', body: 'x'.repeat(3 << 20)}).then((r) => r.status, (e) => 413); // it may see the end of the connection first
	assert.equal(big, 413);

	const sockets = [new WebSocket('ws://' + address + '/rooms/Blue'), new SockJS('http://' + address + '/rooms/%C3%89t%C3%A9', null, {transports: ['xhr-polling']})];
	const boxes = await Promise.all(sockets.map(open));
	sockets.forEach((s) => s.send('here'));
	assert.deepEqual(await Promise.all(boxes.map((next) => next())), ['Blue 2 here', 'Été 2 here']);
	const room = await get('/rooms/a%20b?x=1', {method: 'POST', body: new Uint8Array(70000)});
	assert.deepEqual(await room.json(), {room: 'a b', got: 70000});
	assert.equal((await get('/rooms/a/b')).status, 404);
	for (const s of [socket, ...sockets]) { s.onclose = null; s.close(); }
	return 'done';
});`, fmt.Sprint(p.Port))
	if got != "done" {
		t.Errorf("%v\n%s", got, p.Text())
	}
}
