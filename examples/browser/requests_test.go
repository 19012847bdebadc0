package browser

import (
	"path/filepath"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// askedModule replies to requests, or does not.
const askedModule = `var Module = this.Module = function(){ }, late;
Module.options = { requests: true };
Module.prototype.onData = async function(d, c){
	if (d === 'cut') return c.terminate();
	if (d === 'late') { late = c.reply; return; }
	if (d === 'now') return late('at last');
	if (d === 'throw') throw new Error('secret');
	if (d === 'silent') return;
	if (!c.reply) return c.send('told ' + d);
	var reply = c.reply;
	await new Promise(function(done){ setTimeout(done, 1); });
	reply(typeof d === 'string' ? 're ' + d : d);
};`

const askedPage = `<!doctype html><meta charset="utf-8"><title>requests</title><body><script src="/client.js"></script><script>
async function ask(transport) {
	window.result = '';
	const socket = new Socket('/asked', {transports: transport, reconnect: {min: 50, max: 50}}), said = [];
	socket.binaryType = 'arraybuffer';
	socket.onmessage = (event) => said.push(event.data);
	const failure = (promise) => promise.then((value) => 'no error but ' + value, (error) => error.name + ': ' + error.message);
	said.push(await socket.request('early'));
	const late = socket.request('late');
	socket.send('x');
	said.push((await Promise.all([1, 2, '\0', 'ü'].map((x) => socket.request(x)))).join());
	said.push(new Uint8Array(await socket.request(new Uint8Array([0, 7]))).join(), await (new Blob([await socket.request(new Blob(['blob']))])).text());
	said.push(await failure(socket.request('throw')), await failure(socket.request('silent')));
	socket.send('now');
	said.push(await late);
	said.push(await failure(socket.request('late', {timeout: 20})));
	const lost = failure(socket.request('late')), closed = new Promise((resolve) => { socket.onclose = resolve; });
	socket.send('cut');
	await closed;
	const kept = socket.request('kept');
	said.push(await lost, await failure(socket.request('impatient', {timeout: 1})), socket.bufferedAmount > 0, await kept);
	socket.onclose = null;
	const open = failure(socket.request('late'));
	socket.close();
	said.push(await open, await failure(socket.request('x')));
	result = said.join('|');
}
async function askMany() {
	window.result = '';
	const socket = new Socket('/asked', {transports: 'websocket'}), names = {};
	const before = await socket.request('x').catch((error) => error.name);
	socket.onopen = async () => {
		const all = Array.from({length: 1001}, () => socket.request('late', {timeout: 30}).catch((error) => { names[error.name] = (names[error.name] || 0) + 1; }));
		await Promise.all(all);
		result = before + JSON.stringify(names) + await socket.request('and then');
	};
}
</script>`

// TestClientRequests has client.js ask over each of its transports.
func TestClientRequests(t *testing.T) {
	needBrowser(t)
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "modules", "asked.js"), askedModule)
	commandtest.WriteFile(t, filepath.Join(dir, "public", "talk.html"), askedPage)
	s := startServer(t, "--modules", filepath.Join(dir, "modules"), "--public", filepath.Join(dir, "public"))
	p := openTalk(t, s.Address())
	for _, transport := range clientTransports {
		t.Run(transport, func(t *testing.T) {
			wantResult(t, p.talk(`ask('`+transport+`')`), "re early|told x|re 1,re 2,re \x00,re ü|0,7|blob|RequestError: the module has failed|"+
				"RequestError: the module has not replied|at last|TimeoutError: no reply came within 20 ms|NetworkError: the connection was lost|"+
				"TimeoutError: no reply came within 1 ms|true|re kept|NetworkError: the connection was lost|InvalidStateError: there is no connection")
		})
	}
	wantResult(t, p.talk(`askMany()`), `InvalidStateError{"QuotaExceededError":1,"TimeoutError":1000}re and then`)
}
