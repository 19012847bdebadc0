package browser

import (
	"path/filepath"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// cutModule echoes, and cuts a connection that says so.
const cutModule = `var Module = this.Module = function(){ };
Module.prototype.onData = function(d, c){ if (d === 'cut') c.terminate(); else c.send(d); };`

const bufferPage = `<!doctype html><meta charset="utf-8"><title>buffer</title><body><script src="/client.js"></script><script>
function buffer(transport) {
	var socket = new Socket('/cut', {transports: transport, reconnect: {min: 50, max: 50}}), opened = 0, got = [], faults = [], mebibyte = new Array(1024 * 1024 + 1).join('x');
	function check(what, ok) { if (!ok) faults.push(what); }
	socket.binaryType = 'arraybuffer';
	window.result = '';
	check('before open', socket.send('early') === true && socket.bufferedAmount === 5);
	socket.onopen = function () {
		if (++opened === 1) return check('open', socket.send('first') === true);
		check('flushed after open', socket.send('last') === true);
	};
	socket.onclose = function (event) {
		check('reconnecting', event.reconnecting > 0);
		for (var i = 0; i < 100; i++) check('kept', socket.send('n' + i) === true);
		var bytes = new Uint8Array([9, 0, 1, 2, 9]);
		check('bytes', socket.send(bytes.subarray(1, 4)) === true && socket.send(new Blob(['blob'])));
		bytes[2] = 7; // it is too late to change the message
		var before = socket.bufferedAmount;
		check('counted', before >= 297 && before < 320);
		check('full', socket.send(mebibyte) === false && socket.bufferedAmount === before);
		for (i = 0; i < 2000 && socket.send(''); i++);
		check('many', i > 500 && i < 1000 && socket.bufferedAmount === before);
	};
	socket.onmessage = function (event) {
		var data = event.data;
		if (typeof data !== 'string') data = new Uint8Array(data).length === 4 ? 'blob' : new Uint8Array(data).join();
		if (data) got.push(data);
		if (data === 'first') socket.send('cut');
		if (data !== 'last') return;
		var want = ['early', 'first'];
		for (var i = 0; i < 100; i++) want.push('n' + i);
		want.push('0,1,2', 'blob', 'last');
		check('got ' + got.join('|'), got.join('|') === want.join('|'));
		socket.onclose = null;
		socket.close();
		check('closed', socket.send('x') === false);
		result = faults.join('; ') || 'ok';
	};
}
function unbuffered() {
	var socket = new Socket('/cut', {transports: 'websocket', reconnect: {min: 50, max: 50}, buffer: false}), said = [];
	window.result = '';
	try { socket.send('x'); } catch (e) { said.push(e.name); }
	socket.onopen = function () { socket.send('cut'); };
	socket.onclose = function () {
		said.push(socket.send('x'), socket.bufferedAmount);
		socket.close();
		said.push(socket.send('x'));
		result = said.join();
	};
}
function abandoned() {
	var socket = new Socket('/cut', {transports: 'websocket', reconnect: {min: 9000}, buffer: 3000});
	window.result = '';
	socket.onopen = function () { socket.send('cut'); };
	socket.onclose = function () {
		var said = [socket.send('x'), socket.send('y'), socket.send('z'), socket.bufferedAmount];
		socket.close();
		said.push(socket.bufferedAmount, socket.send('x'));
		result = said.join();
	};
}
</script>`

// TestClientBuffers checks that what is sent while client.js connects again follows in order, once and before anything newer, and that
// send tells when there is no room.
func TestClientBuffers(t *testing.T) {
	needBrowser(t)
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "modules", "cut.js"), cutModule)
	commandtest.WriteFile(t, filepath.Join(dir, "public", "talk.html"), bufferPage)
	s := startServer(t, "--modules", filepath.Join(dir, "modules"), "--public", filepath.Join(dir, "public"))
	p := openTalk(t, s.Address())
	for _, transport := range clientTransports {
		t.Run(transport, func(t *testing.T) {
			wantResult(t, p.talk(`buffer('`+transport+`')`), "ok")
		})
	}
	wantResult(t, p.talk(`unbuffered()`), "InvalidStateError,false,0,false")
	wantResult(t, p.talk(`abandoned()`), "true,true,false,2,0,false")
}
