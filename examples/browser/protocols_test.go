package browser

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// who describes its connection, echoes, and closes when it is told to.
const who = `var Module = this.Module = function(){};
Module.options = {protocols: ['chat']};
Module.prototype.onData = function(data, connection){
	var r = connection.request;
	if (data === 'who') return connection.send([connection.version, r.httpVersion, connection.secure, connection.protocol,
		r.headers['sec-websocket-extensions'], r.cookies.a].join(' '));
	if (data === 'close') return connection.close(4001, 'grüße');
	connection.send(data);
};`

// converse opens eight WebSockets at once and records what each of them saw. It sends no empty
// message because over HTTP/2 Chromium 156 does not send one that comes right after long ones
// (bufferedAmount is 0, and no frame follows). It makes a request first, because Chromium may open a
// WebSocket before the part of it that does so has heard of a cookie that was just set.
const converse = `window.seen = '';
document.cookie = 'a=b';
fetch('/favicon.svg').then(() => Promise.all(Array.from({length: 8}, (_, i) => new Promise((resolve, reject) => {
	const ws = new WebSocket(location.origin.replace('http', 'ws') + '/who', ['other', 'chat']);
	const long = 'grüße 😀 '.repeat(5000), bytes = Uint8Array.from({length: 70000}, (_, i) => i * i & 255);
	const seen = [];
	ws.binaryType = 'arraybuffer';
	ws.onerror = () => reject('error');
	ws.onopen = () => { ws.send('who'); ws.send(long); ws.send(bytes); ws.send('end'); };
	ws.onmessage = ({data}) => {
		if (data instanceof ArrayBuffer) {
			seen.push('bytes ' + (data.byteLength === bytes.length && new Uint8Array(data).every((b, i) => b === bytes[i])));
		} else if (data === 'end') {
			if (i % 2) ws.send('close'); else ws.close(4001, 'grüße');
		} else {
			seen.push(data === long ? 'long' : data);
		}
	};
	ws.onclose = (e) => { resolve([...seen, ws.extensions, ws.protocol, e.code, i % 2 ? e.reason : '', e.wasClean].join(', ')); };
})))).then((all) => { window.seen = [...new Set(all)].sort().join('\n'); }, (e) => { window.seen = 'failed: ' + e; });`

// TestProtocols checks that a page that came over HTTP/2 opens its WebSockets on the same
// connection, and that one that came over HTTP/1.1 opens a connection for each. Both compress.
func TestProtocols(t *testing.T) {
	needBrowser(t)
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "who.js"), who)
	for _, test := range []struct {
		args     []string
		scheme   string
		hop      string // the protocol of the page, as the browser names it
		version  string // the version of HTTP that the module sees
		secure   bool
		compress bool
	}{
		{[]string{"--compression"}, "http", "http/1.1", "1.1", false, true},
		{[]string{"--tls"}, "https", "h2", "2.0", true, false},
		{[]string{"--tls", "--compression", "--context-takeover"}, "https", "h2", "2.0", true, true},
	} {
		t.Run(test.scheme+strings.Join(test.args, " "), func(t *testing.T) {
			s := startServer(t, append([]string{"--modules", dir}, test.args...)...)
			p := open(t, test.scheme+"://"+s.Address()+"/index.html")
			if hop := eval[string](p, `performance.getEntriesByType('navigation')[0].nextHopProtocol`); hop != test.hop {
				t.Errorf("the page came over %s, want %s", hop, test.hop)
			}
			eval[bool](p, converse+" true")
			p.wait(`window.seen`)
			extension := ""
			if test.compress {
				extension = "permessage-deflate"
				if !strings.Contains(strings.Join(test.args, " "), "takeover") {
					extension += "; server_no_context_takeover; client_no_context_takeover"
				}
			}
			line := fmt.Sprintf("13 %s %v chat permessage-deflate; client_max_window_bits b, long, bytes true, %s, chat, 4001, %%s, true",
				test.version, test.secure, extension)
			if got, want := eval[string](p, `window.seen`), fmt.Sprintf(line+"\n"+line, "", "grüße"); got != want {
				t.Errorf("%s\nwant\n%s", got, want)
			}
			s.Wait("the sessions over HTTP/2", func() bool {
				return strings.Count(s.Text(), "http=HTTP/2.0") == map[string]int{"1.1": 0, "2.0": 8}[test.version]
			})
		})
	}
}
