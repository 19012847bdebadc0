// Usage: node recovery.js CLIENT_JS PORT PORT. It connects client.js to the first port, through a proxy of its own, and is told
// what to do by lines: "topic NAME", "move" (the proxy leads to the other port, and the connection is cut), "away" (it is
// cut, and no other gets through), and "back". What it gets is printed.
const fs = require('fs'), net = require('net'), vm = require('vm'), readline = require('readline');
const ports = process.argv.slice(3).map(Number), sockets = new Set();
let open = true;

const proxy = net.createServer((from) => {
	if (!open) return from.destroy();
	const to = net.connect(ports[0], '127.0.0.1');
	for (const [one, other] of [[from, to], [to, from]]) {
		sockets.add(one);
		one.on('error', () => { });
		one.on('close', () => { sockets.delete(one); other.destroy(); });
		one.pipe(other);
	}
});
class Quiet extends require('ws') { // a browser's has no error event that must be listened to
	constructor(...args) { super(...args); this.on('error', () => { }); }
}
const cut = () => sockets.forEach((s) => s.destroy());

proxy.listen(0, '127.0.0.1', () => {
	const host = '127.0.0.1:' + proxy.address().port;
	const window = { WebSocket: Quiet, Blob, crypto, document: { createElement: () => ({ href: '' }) }, location: { protocol: 'http:', host } };
	vm.runInNewContext(fs.readFileSync(process.argv[2], 'utf8'), {
		window, sessionStorage: {}, WebSocket: Quiet,
		Blob, Uint8Array, setTimeout, clearTimeout,
	});
	let socket;
	readline.createInterface({ input: process.stdin }).on('line', (line) => {
		const [command, name] = line.split(' ');
		if (command === 'topic') {
			socket = new window.Socket('ws://' + host + '/room?' + name, { transports: 'websocket', reconnect: { min: 100, max: 100 } });
			socket.onopen = () => console.log('open');
			socket.onmessage = (event) => console.log('got ' + event.data);
			socket.onrecovery = (event) => console.log('recovered ' + event.topic + ' ' + event.recovered);
		}
		if (command === 'move') ports.reverse();
		open = command !== 'away';
		if (command !== 'topic') cut();
	}).on('close', () => process.exit());
});
