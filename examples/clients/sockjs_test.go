package clients

import (
	"fmt"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

const fallbackModule = `var Module = this.Module = function(){ };
Module.prototype.onConnect = function(c){ c.send(c.transport + ' ' + c.version + ' ' + c.request.method + ' ' + c.request.url) };
Module.prototype.onData = function(d, c){ c.send(d) };
`

// TestSockJSClient uses npm's sockjs-client in Node, where it has four of its transports.
func TestSockJSClient(t *testing.T) {
	t.Parallel()
	needPackage(t, "sockjs-client")
	module := fallbackModule + `
Module.options = {responseLimit: 20000};
var before = Module.prototype.onData;
Module.prototype.onData = function(d, c){ if (d === 'bye') c.close(4000, 'grüße'); else before(d, c) };
Module.prototype.onDisconnect = function(c, code, reason){ console.log('gone', c.transport, code, reason) };`
	p := commandtest.Start(t, map[string]string{"test.js": module})
	for _, transport := range []string{"websocket", "xhr-streaming", "eventsource", "xhr-polling"} {
		t.Run(transport, func(t *testing.T) {
			got := nodeScript(t, conversation+`
const SockJS = require('sockjs-client');
main(async () => {
	const box = inbox(), socket = new SockJS(process.argv[1], null, {transports: [process.argv[2]]});
	const gone = new Promise((resolve) => { socket.onclose = (e) => resolve([e.code, e.reason, e.wasClean]) });
	socket.onmessage = (e) => box.put(e.data);
	await Promise.race([new Promise((resolve) => { socket.onopen = resolve }), gone.then((g) => { throw new Error(g) })]);
	const first = await box.next();
	await talk({send: (data) => socket.send(data), next: async () => {
		const m = await box.next();
		return m.startsWith('who') ? 'who' : m;
	}}, false);
	const odd = 'a\ud800b\udc00c \u0000\u200b\u2028\uffff% %25 </script>';
	socket.send(odd);
	const same = await box.next() === odd.replace(/[\ud800\udc00]/g, '\ufffd');
	const transport = socket.transport;
	socket.send('bye');
	return [transport, first, same, ...await gone].join(', ');
});`, fmt.Sprintf("http://127.0.0.1:%d/test", p.Port), transport)
			version := "null"
			if transport == "websocket" {
				version = "13"
			}
			wantJSON(t, got, strings.Join([]string{transport, transport + " " + version + " GET /test", "true", "4000", "grüße", "true"}, ", "))
		})
	}
	p.Wait("every session to be over", func() bool { return strings.Count(p.Text(), "gone ") == 4 })
}
