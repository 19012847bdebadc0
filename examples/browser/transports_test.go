package browser

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// echoModule says which transport its client uses, and echoes.
const echoModule = `var Module = this.Module = function(){ };
Module.prototype.onConnect = function(c){ c.send('by ' + c.transport); };
Module.prototype.onData = function(d, c){ if (d === 'bye') c.close(4000, 'grüße'); else c.send(d === 'cookies' ? 'cookies ' + JSON.stringify(c.request.cookies) : d); };
Module.prototype.onDisconnect = function(c, code, reason){ console.log('gone ' + code + ' ' + reason); };`

// talkPage is the page of these tests. Its function talk sends what every transport must bring back, and puts the
// outcome into window.result.
const talkPage = `<!doctype html><meta charset="utf-8"><title>talk</title><body><script src="/client.js"></script><script src="/sockjs.js"></script><script>
function talk(socket, binary, closing) {
  var texts = ['', 'a', '"\\ <\/script> % %25 \u0000\n\r\u200b\u2028\ufeff\uffff', 'ü€😀', 'lone \ud800', new Array(30001).join('x€')];
  for (var i = 0; i < 300; i++) texts.push('message ' + i);
  var all = texts.slice(), got = 0, faults = [], by = '', said = [];
  if (binary) {
    var bytes = new Uint8Array(70000);
    for (i = 0; i < bytes.length; i++) bytes[i] = i * i;
    all.push(bytes, new Uint8Array(0), new DataView(bytes.buffer, 1, 5), new Blob([bytes]));
    socket.binaryType = 'arraybuffer';
  }
  socket.onopen = function () {
    said.push('open ' + socket.readyState + (socket.transport ? ' ' + socket.transport : ''));
    for (var i = 0; i < all.length; i++) socket.send(all[i]);
    if (binary && !(socket.bufferedAmount > 60000)) faults.push('buffered: ' + socket.bufferedAmount);
  };
  socket.onmessage = function (event) {
    var data = event.data;
    if (!by) { by = data; return; }
    var want = all[got++];
    if (typeof want === 'string') {
      if (data !== want.replace('\ud800', '\ufffd') && !(want.slice(0, 4) !== 'lone' && data === want)) faults.push(got + ': ' + String(data).slice(0, 60));
    } else {
      var view = new Uint8Array(data), size = want.size === undefined ? want.byteLength : want.size, from = want.byteLength === 5 ? 1 : 0;
      if (view.length !== size) faults.push(got + ': ' + view.length + ' bytes');
      for (var i = 0; i < view.length; i++) if (view[i] !== bytes[i + from]) { faults.push(got + ': byte ' + i); break; }
    }
    if (got === all.length) { if (closing) socket.close(3001, 'tschüß'); else socket.send('bye'); }
  };
  socket.onclose = function (event) {
    window.result = [by, said.join(' and '), faults.join(', '), event.code, event.reason, event.wasClean].join('|');
  };
}
</script>`

// startTalk starts a server with that page and echoModule.
func startTalk(t *testing.T, args ...string) *server {
	t.Helper()
	needBrowser(t)
	sockjs, err := os.ReadFile(filepath.Join("..", "node_modules", "sockjs-client", "dist", "sockjs.min.js"))
	if err != nil {
		commandtest.Missing(t, "npm's sockjs-client is not installed: run npm ci in examples")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"modules/talk.js": echoModule, "public/talk.html": talkPage, "public/sockjs.js": string(sockjs),
	} {
		commandtest.WriteFile(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	return startServer(t, append([]string{"--modules", filepath.Join(dir, "modules"), "--public", filepath.Join(dir, "public")}, args...)...)
}

// openTalk opens the page. It ignores what the browser prints on the console about failed requests and document.domain.
func openTalk(t *testing.T, address string) *page {
	t.Helper()
	p := newPage(t)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.faults = nil
	})
	p.navigate("http://" + address + "/talk.html")
	return p
}

// talk runs the conversation and returns its outcome.
func (p *page) talk(script string) string {
	p.t.Helper()
	eval[string](p, `window.result = ''; `+script+`; ''`)
	p.wait(`window.result`)
	return eval[string](p, `window.result`)
}

func wantResult(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

var clientTransports = []string{"websocket", "xhr-streaming", "eventsource", "xhr-polling", "htmlfile", "jsonp-polling"}

// TestClientTransports uses client.js over each of its transports, closed from either side.
func TestClientTransports(t *testing.T) {
	s := startTalk(t)
	for _, transport := range clientTransports {
		t.Run(transport, func(t *testing.T) {
			p := openTalk(t, s.Address())
			seen := "by " + transport + "|open 1 " + transport + "||"
			wantResult(t, p.talk(`talk(new Socket('/talk', {transports: '`+transport+`'}), true)`), seen+"4000|grüße|true")
			wantResult(t, p.talk(`talk(new Socket('ws://' + location.host + '/talk?room=1', [], {transports: ['`+transport+`']}), true, true)`), seen+"3001||true")
		})
	}
	s.waitTimes("gone 3001 tschüß", len(clientTransports))
	s.waitTimes("gone 4000 grüße", len(clientTransports))
}

// TestClientAcross uses client.js from another origin, over the transports that can cross origins.
func TestClientAcross(t *testing.T) {
	pages, other := startTalk(t), startTalk(t)
	for _, transport := range []string{"websocket", "xhr-streaming", "eventsource", "xhr-polling", "jsonp-polling"} {
		p := openTalk(t, pages.Address())
		wantResult(t, p.talk(`talk(new Socket('http://`+other.Address()+`/talk', {transports: '`+transport+`'}), true)`),
			"by "+transport+"|open 1 "+transport+"||4000|grüße|true")
	}
}

// TestSockJSTransports uses npm's sockjs-client, unchanged, over each transport that current browsers have. The frames
// of the iframe transports come from the server. With other origins, its own requests ask for cookies, so the server has to list
// the page's.
func TestSockJSTransports(t *testing.T) {
	s := startTalk(t)
	other, listing := startTalk(t), startTalk(t, "--origins", "['*','http://"+s.Address()+"']")
	for _, name := range []string{"websocket", "xhr-streaming", "eventsource", "iframe-eventsource", "htmlfile", "iframe-htmlfile", "xhr-polling",
		"iframe-xhr-polling", "jsonp-polling"} {
		t.Run(name, func(t *testing.T) {
			p := openTalk(t, s.Address())
			seen := "by " + strings.TrimPrefix(name, "iframe-") + "|open 1 " + name + "||4000|grüße|true"
			wantResult(t, p.talk(`talk(new SockJS('/talk', null, {transports: '`+name+`', timeout: 10000}), false)`), seen)
			if name != "htmlfile" { // htmlfile does not cross origins
				wantResult(t, p.talk(`talk(new SockJS('http://`+listing.Address()+`/talk', null, {transports: '`+name+`', timeout: 10000}), false)`), seen)
			}
			if strings.HasPrefix(name, "iframe-") || name == "websocket" || name == "jsonp-polling" {
				wantResult(t, p.talk(`talk(new SockJS('http://`+other.Address()+`/talk', null, {transports: '`+name+`', timeout: 10000}), false)`), seen)
			}
		})
	}
}

// TestCookiesAcross has a page's cookies reach a module of the page's own server, and of another that lists the page's origin and is
// asked with them, but not of one that allows any page. A cookie is for all ports of a host.
func TestCookiesAcross(t *testing.T) {
	s := startTalk(t)
	any, listing := startTalk(t), startTalk(t, "--origins", "['*','http://"+s.Address()+"']")
	p := openTalk(t, s.Address())
	// Cookies know no ports, so those of other tests come along.
	eval[string](p, `document.cookie.split('; ').forEach((c) => { document.cookie = c.split('=')[0] + '=; max-age=0'; }); document.cookie = 'user=me'; ''`)
	ask := func(socket string) string {
		t.Helper()
		return p.talk(`(function (socket) {
			socket.onopen = function () { socket.send('cookies'); };
			socket.onclose = function () { result = 'closed'; };
			socket.onmessage = function (event) { if (event.data.slice(0, 3) !== 'by ') { socket.onclose = null; socket.close(); result = event.data; } };
		})(` + socket + `)`)
	}
	for _, transport := range []string{"websocket", "xhr-streaming", "eventsource", "xhr-polling", "jsonp-polling"} {
		for _, c := range []struct{ address, options, want string }{
			{s.Address(), "", `cookies {"user":"me"}`}, {any.Address(), "", "cookies {}"}, {listing.Address(), ", credentials: true", `cookies {"user":"me"}`},
		} {
			wantResult(t, ask(`new Socket('http://`+c.address+`/talk', {transports: '`+transport+`'`+c.options+`})`), c.want)
		}
	}
	for _, transport := range []string{"websocket", "iframe-eventsource", "iframe-htmlfile", "iframe-xhr-polling", "jsonp-polling"} {
		wantResult(t, ask(`new SockJS('http://`+any.Address()+`/talk', null, {transports: '`+transport+`', timeout: 10000})`), "cookies {}")
	}
	wantResult(t, ask(`new SockJS('http://`+listing.Address()+`/talk', null, {transports: 'xhr-streaming', timeout: 10000})`), `cookies {"user":"me"}`)
}

// TestBlocked blocks WebSocket as proxies do; both clients must find another transport.
func TestBlocked(t *testing.T) {
	s := startTalk(t)
	for _, mode := range []string{"refused", "cut", "hanging"} {
		t.Run(mode, func(t *testing.T) {
			proxy := startProxy(t, s.Address(), mode)
			p := openTalk(t, proxy.address)
			timeout := "20000" // no other transport may be too slow
			if mode == "hanging" {
				timeout = "4000"
			}
			wantResult(t, p.talk(`talk(new Socket('/talk', {timeout: `+timeout+`}), true)`), "by xhr-streaming|open 1 xhr-streaming||4000|grüße|true")
			tried := proxy.upgrades.Load()
			if tried == 0 {
				t.Error("no WebSocket was tried")
			}
			// The transport that worked is remembered, on the next page too.
			p.navigate("http://" + proxy.address + "/talk.html")
			wantResult(t, p.talk(`talk(new Socket('/talk', {timeout: 20000}), true)`), "by xhr-streaming|open 1 xhr-streaming||4000|grüße|true")
			if proxy.upgrades.Load() != tried {
				t.Error("it was not remembered that there is no WebSocket")
			}
			wantResult(t, p.talk(`talk(new SockJS('/talk', null, {timeout: `+timeout+`}), false)`), "by xhr-streaming|open 1 xhr-streaming||4000|grüße|true")
		})
	}
}

// TestClientReconnects checks the option reconnect over several transports.
func TestClientReconnects(t *testing.T) {
	for _, transport := range []string{"websocket", "xhr-streaming", "xhr-polling"} {
		t.Run(transport, func(t *testing.T) {
			port := strconv.Itoa(commandtest.FreePort(t))
			first := startTalk(t, "--port", port)
			p := openTalk(t, first.Address())
			eval[string](p, `window.said = []; var socket = new Socket('/talk', {transports: '`+transport+`', reconnect: {min: 50, max: 500}});
				socket.addEventListener('open', function () { said.push('open'); });
				socket.addEventListener('message', function (e) { said.push(e.data); });
				socket.addEventListener('close', function (e) { if (said[said.length - 1].indexOf('close')) said.push('close ' + e.code + ' ' + (e.reconnecting > 0)); }); ''`)
			p.wait(`said.join() === 'open,by ` + transport + `'`)
			first.stop()
			p.wait(`said[2] === 'close 1001 true'`)
			startTalk(t, "--port", port)
			p.wait(`said.slice(3).join() === 'open,by ` + transport + `'`)
			eval[string](p, `socket.close(); ''`)
			p.wait(`said[5] === 'close 1005 false' && socket.readyState === 3`)
		})
	}
}

// TestClientRefuses checks that Socket refuses what WebSocket refuses.
func TestClientRefuses(t *testing.T) {
	s := startTalk(t)
	p := openTalk(t, s.Address())
	for script, want := range map[string]string{
		`new Socket('/talk#x')`:                                     "SyntaxError",
		`new Socket('ftp://a/b')`:                                   "SyntaxError",
		`Socket('/talk')`:                                           "TypeError",
		`new Socket('/talk').send('x')`:                             "InvalidStateError",
		`new Socket('/talk').close(1001)`:                           "InvalidAccessError",
		`new Socket('/talk').close(2999)`:                           "InvalidAccessError",
		`new Socket('/talk').close('x')`:                            "InvalidAccessError",
		`new Socket('/talk', 'a b')`:                                "SyntaxError",
		`new Socket('/talk', ['a', 'b,c'])`:                         "SyntaxError",
		`new Socket('/talk', ['a', 'b', 'a'])`:                      "SyntaxError",
		`new Socket('/talk', ['a', "A!#$%&'*+-.^_|~"]).close()`:     "no error",
		`new Socket('/talk').close(3000, new Array(125).join('x'))`: "SyntaxError",
	} {
		if got := eval[string](p, `(function () { try { `+script+`; return 'no error'; } catch (e) { return e.name; } })()`); got != want {
			t.Errorf("%s: %s, want %s", script, got, want)
		}
	}
	wantResult(t, eval[string](p, `(function () { var s = new Socket('talk'); var r = [s.url, s.readyState, s.CLOSED, Socket.OPEN, s.binaryType, s.bufferedAmount, s.protocol, s.extensions].join(); s.close(); return r; })()`),
		"ws://"+s.Address()+"/talk,0,3,1,blob,0,,")
	wantResult(t, eval[string](p, `(function () { var s = new Socket('/'), url = s.url; s.close(); return url; })()`), "ws://"+s.Address()+"/")
	p.talk(`var s = new Socket('/nosuch', {timeout: 500}); s.onclose = function (e) { result = e.code + ' ' + e.wasClean; }`)
	wantResult(t, eval[string](p, `result`), "1006 false")
}

// TestClientEvents checks that Socket's events are those of a WebSocket, over a transport that it implements itself.
func TestClientEvents(t *testing.T) {
	s := startTalk(t)
	p := openTalk(t, s.Address())
	events := `(function (socket) {
	var log = [], once = function () { log.push('once'); }, gone = function () { log.push('gone'); };
	socket.addEventListener('message', once, {once: true});
	socket.addEventListener('message', once);
	socket.addEventListener('open', {handleEvent: function (e) { log.push(e.type); socket.removeEventListener('open', gone); }});
	socket.addEventListener('open', gone);
	socket.addEventListener('open', function () { log.push(socket.url.replace(/^.*:/, '')); socket.send('a'); socket.send('b'); });
	socket.addEventListener('message', function (e) { log.push(e.data.replace(/by .*/, 'by')); if (e.data === 'b') socket.close(3000.7, 'x'); });
	socket.addEventListener('close', function (e) {
		var event = new Event('x', {cancelable: true});
		socket.addEventListener('x', function (e) { e.preventDefault(); });
		log.push(e.code, e.wasClean, socket.dispatchEvent(new Event('y')), socket.dispatchEvent(event));
		result = log.join();
	});
})`
	for _, class := range []string{"WebSocket('ws://' + location.host + '/talk?x')", "Socket('/talk?x', {transports: 'xhr-streaming'})"} {
		got := p.talk(events + `(new ` + class + `)`)
		if _, port, _ := strings.Cut(s.Address(), ":"); got != "open,"+port+"/talk?x,once,by,a,b,3000,true,true,false" {
			t.Errorf("%s: %s", class, got)
		}
	}
}

// A proxy stands between browser and server and blocks WebSockets, in one of the ways that real ones do.
type proxy struct {
	address  string
	upgrades atomic.Int32
}

func startProxy(t *testing.T, to, mode string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{address: listener.Addr().String()}
	var mu sync.Mutex
	var open []net.Conn // guarded by mu
	var running sync.WaitGroup
	keep := func(c net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		open = append(open, c)
	}
	running.Go(func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			keep(conn)
			running.Go(func() { // ends with the connection
				defer conn.Close()
				p.serve(conn, to, mode, keep)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return p
}

func (p *proxy) serve(conn net.Conn, to, mode string, keep func(net.Conn)) {
	in := bufio.NewReader(conn)
	head := ""
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		head += line
	}
	upgrade := strings.Contains(strings.ToLower(head), "upgrade: websocket")
	if upgrade {
		p.upgrades.Add(1)
	}
	switch {
	case upgrade && mode == "refused":
		io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		return
	case upgrade && mode == "hanging":
		io.Copy(io.Discard, in)
		return
	}
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer server.Close()
	keep(server)
	io.WriteString(server, head)
	if upgrade && mode == "cut" {
		if r, err := http.ReadResponse(bufio.NewReader(server), nil); err == nil {
			fmt.Fprintf(conn, "HTTP/1.1 %s\r\n", r.Status)
			r.Header.Write(conn)
			io.WriteString(conn, "\r\n")
		}
		return
	}
	done := make(chan struct{})
	go func() { // ends with either connection
		io.Copy(server, in)
		server.Close()
		close(done)
	}()
	io.Copy(conn, server)
	conn.Close()
	<-done
}
