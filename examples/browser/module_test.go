package browser

import (
	"path/filepath"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// modulePage has client.js as a script and as a module, and the module in a worker.
const modulePage = `<!doctype html><meta charset="utf-8"><title>module</title><body><script src="/client.js"></script><script type="module">
import { Socket as Imported } from '/client.mjs';
function ask(Class, transport) {
	return new Promise((done) => {
		const socket = new Class('/asked', {transports: transport});
		socket.onopen = () => socket.request(transport).then((text) => { socket.close(); done(text); }); // a browser has six connections
	});
}
window.both = async (transport) => {
	const answers = await Promise.all([ask(Imported, transport), ask(Socket, transport), ask(Imported, transport)]);
	window.result = answers.join() + (Imported === Socket);
};
window.inWorker = (transport) => {
	const worker = new Worker('worker.js', {type: 'module'});
	worker.onmessage = (event) => { worker.terminate(); window.result = event.data; };
	worker.postMessage(transport);
};
window.result = 'loaded';
</script>`

const workerScript = `import { Socket } from '/client.mjs';
onmessage = (event) => {
	const socket = new Socket('/asked', {transports: event.data});
	socket.onopen = () => socket.request(event.data).then(postMessage);
	socket.onclose = () => postMessage('closed');
};`

// TestClientModule uses client.js as an ES module, beside the script, over transports that share the page's names, and in a worker, where there
// is no document.
func TestClientModule(t *testing.T) {
	needBrowser(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"modules/asked.js": askedModule, "public/talk.html": modulePage, "public/worker.js": workerScript} {
		commandtest.WriteFile(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	s := startServer(t, "--modules", filepath.Join(dir, "modules"), "--public", filepath.Join(dir, "public"))
	p := openTalk(t, s.Address())
	p.wait(`result === 'loaded'`)
	for _, transport := range []string{"websocket", "htmlfile", "jsonp-polling"} {
		wantResult(t, p.talk(`both('`+transport+`')`), "re "+transport+",re "+transport+",re "+transport+"false")
	}
	for transport, want := range map[string]string{"websocket": "re websocket", "xhr-streaming": "re xhr-streaming", "eventsource": "re eventsource", "htmlfile": "closed"} {
		wantResult(t, p.talk(`inWorker('`+transport+`')`), want)
	}
}
