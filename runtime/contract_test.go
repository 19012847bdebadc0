package runtime

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// module returns a 2009-style module whose onData has the given body.
func module(onData string) map[string]string {
	return map[string]string{"test.js": "var Module = this.Module = function(){ };\n" +
		"Module.prototype.onData = function(data, connection){ " + onData + " };\n"}
}

// TestOnData sends one message in each case and checks what the client receives.
func TestOnData(t *testing.T) {
	for _, c := range []struct{ name, onData, want string }{
		{"readme", `connection.send('sending data!');`, "sending data!"},
		{"echo", `connection.send(data);`, "hello"},
		{"text is a string", `connection.send(typeof data);`, "string"},
		{"number", `connection.send(42);`, "42"},
		{"undefined, as in 2009", `connection.send(undefined);`, "undefined"},
		{"nothing", `connection.send();`, "undefined"},
		{"object, as in 2009", `connection.send({});`, "[object Object]"},
		{"array, as in 2009", `connection.send(['a', 1]);`, "a,1"},
		{"unicode", `connection.send('gr\u00fc\u00df \ud83d\ude00');`, "grüß 😀"},
		{"lone surrogate", `connection.send('a\ud800b');`, "a\ufffdb"},
		{"Uint8Array", `connection.send(new Uint8Array([1,2,255]));`, "binary:0102ff"},
		{"ArrayBuffer", `connection.send(new Uint8Array([1,2]).buffer);`, "binary:0102"},
		{"subarray", `connection.send(new Uint8Array([1,2,3,4]).subarray(1,3));`, "binary:0203"},
		{"Uint16Array", `connection.send(new Uint16Array([1,2]));`, "binary:01000200"},
		{"DataView", `connection.send(new DataView(new Uint8Array([1,2,3,4]).buffer, 2));`, "binary:0304"},
		{"the bytes of now", `var a = new Uint8Array([1]); connection.send(a); a[0] = 9;`, "binary:01"},
		{"order", `connection.send('a'); connection.send(new Uint8Array([1])); connection.send('b');`, "a|binary:01|b"},
		{"send says yes", `connection.send(String(connection.send('x')));`, "x|true"},
		{"id", `connection.send(connection.id);`, "c1"},
		{"an id of one's own, as in 2009", `connection.id = 5; connection.send(connection.id);`, "5"},
		{"own properties", `connection.nick = (connection.nick || '') + 'n'; connection.send(connection.nick);`, "n"},
		{"only own properties are enumerable", `connection.nick = 1; connection.send(Object.keys(connection));`, "nick"},
		{"readyState", `connection.send(connection.readyState);`, "1"},
		{"bufferedAmount", `connection.send(connection.bufferedAmount);`, "7"},
		{"protocol", `connection.send(connection.protocol);`, "v1"},
		{"transport", `connection.send(connection.transport);`, "websocket"},
		{"version", `connection.send(connection.version);`, "13"},
		{"remoteAddress", `connection.send(connection.remoteAddress);`, "192.0.2.1"},
		{"socket", `connection.send(connection.socket.remoteAddress);`, "192.0.2.1"},
		{"socket is one object", `connection.send(connection.socket === connection.socket);`, "true"},
		{"secure", `connection.send(connection.secure);`, "false"},
		{"one object for each connection", `this.c = this.c || connection; connection.send(this.c === connection);`, "true"},
		{"server.clients", `connection.send(connection.server.clients);`, "1"},
		{"server.connections", `for (const c of connection.server.connections) c.send(c === connection);`, "true"},
		{"server keeps what is put on it", `connection.server.x = 1; connection.send(connection.server.x);`, "1"},
		{"broadcast", `connection.server.broadcast('all');`, "all"},
		{"broadcast of bytes", `connection.server.broadcast(new Uint8Array([7]));`, "binary:07"},
		{"broadcast except", `connection.server.broadcast('all', connection); connection.send('x');`, "x"},
		{"this is the instance", `connection.send(this instanceof Module);`, "true"},
		{"sloppy globals", `message = data; connection.send(globalThis.message);`, "hello"},
		{"sloppy this", `connection.send((function(){ return this === globalThis })());`, "true"},
		{"block functions", `if (true) { function f(){ return 'f' } } connection.send(f());`, "f"},
		{"microtasks run before the turn ends", `Promise.resolve('p').then(function(v){ connection.send(v) }); connection.send('first');`, "first|p"},
		{"an object that inherits from the connection", `Object.create(connection).send('x');`, "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, log := newRuntime(t, module(c.onData))
			conn, s := connect(t, r, "test")
			conn.Receive(text("hello"))
			if got := s.messages(); got != c.want {
				t.Errorf("sent %q, want %q\n%s", got, c.want, log.text())
			}
			if s.flushes != 1 {
				t.Errorf("%d flushes in one turn, want 1", s.flushes)
			}
			if strings.Contains(log.text(), "ERROR") {
				t.Error(log.text())
			}
		})
	}
}

func TestBinaryIsUint8Array(t *testing.T) {
	r, _ := newRuntime(t, module(`connection.send(data instanceof Uint8Array && data.join());`))
	conn, s := connect(t, r, "test")
	payload := []byte{1, 2, 3}
	conn.Receive([]Message{{Binary: true, Data: payload}})
	if s.messages() != "1,2,3" {
		t.Errorf("sent %q", s.messages())
	}
}

// TestBinaryIsACopy checks that JavaScript gets its own copy of a payload, whose bytes belong to
// the reader's buffer.
func TestBinaryIsACopy(t *testing.T) {
	r, _ := newRuntime(t, module(`if (this.kept) connection.send(this.kept.join()); this.kept = data;`))
	conn, s := connect(t, r, "test")
	payload := []byte{1, 2, 3}
	conn.Receive([]Message{{Binary: true, Data: payload}})
	payload[0] = 9
	conn.Receive(text("again"))
	if s.messages() != "1,2,3" {
		t.Errorf("sent %q", s.messages())
	}
}

func TestExports(t *testing.T) {
	const proto = "\nModule.prototype.onData = function(d, c){ c.send('ok'); };"
	for name, source := range map[string]string{
		"a.js":  "var Module = this.Module = function(){ };" + proto,
		"b.js":  "var Module = exports.Module = function(){ };" + proto,
		"c.js":  "module.exports = class { onData(d, c){ c.send('ok') } };",
		"d.js":  "export class Module { onData(d, c){ c.send('ok') } }",
		"e.mjs": "export default class { onData(d, c){ c.send('ok') } }",
		"f.cjs": "module.exports = { Module: class { onData(d, c){ c.send('ok') } } };",
		"g.ts":  "interface C { send(s: string): boolean }\nexport class Module { #n: number = 1; onData(d: string, c: C): void { c.send('ok') } }",
		"h.js":  "this.Module = function(){ this.onData = function(d, c){ c.send('ok') } };",
		"i.js":  "export class Module { onData = (d, c) => c.send('ok') }",
		"j.js":  "module.exports = class Module { async *g(){ yield 'ok' } async onData(d, c){ for await (const x of this.g()) c.send(x) } }",
	} {
		t.Run(name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{name: source})
			c, s := connect(t, r, name[:1])
			c.Receive(text("x"))
			eventually(t, "an answer", func() bool { return s.messages() == "ok" })
			if strings.Contains(log.text(), "ERROR") {
				t.Error(log.text())
			}
		})
	}
}

func TestInstanceForEachConnection(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var loads = 0, Module = this.Module = function(){ this.n = 0; loads++ };
		Module.prototype.onData = function(d, c){ c.send(++this.n + '/' + loads + '/' + c.server.clients); };`})
	a, as := connect(t, r, "test")
	b, bs := connect(t, r, "test")
	a.Receive(text("x", "x"))
	b.Receive(text("x"))
	if as.messages() != "1/2/2|2/2/2" || bs.messages() != "1/2/2" {
		t.Errorf("%q, %q", as.messages(), bs.messages())
	}
}

func TestHandlers(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onConnect = function(c){ c.send('hi ' + c.server.clients) };
		Module.prototype.onData = function(d, c){ if (d == 'throw') throw new Error('oops'); c.send(d) };
		Module.prototype.onError = function(e, c){ c.send('error ' + e.message) };
		Module.prototype.onDrain = function(c){ c.send('drained') };
		Module.prototype.onDisconnect = function(c, code, reason){
			console; c.log([c.readyState, c.send('late'), code, reason, c.server.clients, c.id].join()) };`})
	c, s := connect(t, r, "test")
	c.Receive(text("throw", "after"))
	c.Drained()
	if want := "hi 1|error oops|after|drained"; s.messages() != want {
		t.Errorf("sent %q, want %q", s.messages(), want)
	}
	c.Disconnected(4000, "bye")
	c.Disconnected(4000, "bye")
	log.want(t, "INFO 3,false,4000,bye,0,c1", "version=1")
	if n := strings.Count(log.text(), "bye"); n != 1 {
		t.Errorf("onDisconnect ran %d times", n)
	}
	c.Receive(text("too late"))
	c.Drained()
	if strings.Contains(s.messages(), "late") {
		t.Errorf("sent %q", s.messages())
	}
}

func TestClose(t *testing.T) {
	for _, c := range []struct {
		onData, sent string
		code         int
		reason, log  string
	}{
		{`connection.close(); connection.send('x')`, "", 1000, "", ""},
		{`connection.send('x'); connection.close(4001, 'why')`, "x", 4001, "why", ""},
		{`connection.socket.close()`, "", 1000, "", ""},
		{`connection.close(1008, 'not here')`, "", 1008, "not here", ""},
		{`connection.close(1005)`, "", 0, "", "the code must be 1000 to 1003, 1007 to 1014, or 3000 to 4999"},
		{`connection.close(NaN)`, "", 0, "", "the code must be 1000 to 1003, 1007 to 1014, or 3000 to 4999"},
		{`connection.close(1000, new Array(200).join('x'))`, "", 0, "", "must not be longer than 123 bytes"},
		{`connection.close(); connection.close(4000)`, "", 1000, "", ""},
	} {
		r, log := newRuntime(t, module(c.onData))
		conn, s := connect(t, r, "test")
		conn.Receive(text("a", "b"))
		if s.messages() != c.sent || s.code != c.code || s.reason != c.reason {
			t.Errorf("%s: sent %q, code %d, reason %q", c.onData, s.messages(), s.code, s.reason)
		}
		if c.log != "" {
			log.want(t, "ERROR", c.log)
		}
	}
	r, _ := newRuntime(t, module(`connection.ping(); connection.ping('p'); connection.terminate(); connection.send('x')`))
	conn, s := connect(t, r, "test")
	conn.Receive(text("a", "b"))
	if !s.cut || s.messages() != "" || strings.Join(s.pings, "|") != "|p" {
		t.Errorf("cut %v, sent %q, pings %q", s.cut, s.messages(), s.pings)
	}
}

func TestFullQueue(t *testing.T) {
	r, _ := newRuntime(t, module(`connection.send(String(connection.send('x')))`))
	conn, s := connect(t, r, "test")
	s.full = true
	conn.Receive(text("a"))
	if s.messages() != "x|false" {
		t.Errorf("sent %q", s.messages())
	}
}

func TestHandshake(t *testing.T) {
	request := Request{
		Head: "GET /test?a=1&b=2&b=3&__proto__=p HTTP/1.1\r\nx-one:1 \r\nHost: localhost:8080\r\nCookie: sid=abc; t=1\r\n" +
			"X-One: 2\r\nSec-WebSocket-Protocol: v1, v2\r\n",
		Path: "/test", Origin: "http://a.example", Secure: true,
	}
	for _, c := range []struct {
		name, body string
		want       Answer
		err        string
	}{
		{"none", ``, Answer{}, ""},
		{"nothing returned", `p.onHandshake = function(){ }`, Answer{}, ""},
		{"true", `p.onHandshake = function(){ return true }`, Answer{}, ""},
		{"false", `p.onHandshake = function(){ return false }`, Answer{Status: 403, Body: "the module refused the handshake"}, ""},
		{"refused", `p.onHandshake = function(){ return {status: 401, headers: {'WWW-Authenticate': 'Basic'}, body: 'who?'} }`,
			Answer{Status: 401, Header: http.Header{"Www-Authenticate": {"Basic"}}, Body: "who?"}, ""},
		{"added", `p.onHandshake = function(){ return {protocol: 'v2', headers: {'Set-Cookie': ['a=1', 'b=2']}} }`,
			Answer{Protocol: "v2", Header: http.Header{"Set-Cookie": {"a=1", "b=2"}}}, ""},
		{"async", `p.onHandshake = async function(){ await null; return {status: 402} }`, Answer{Status: 402}, ""},
		{"later", `p.onHandshake = function(){ return new Promise(function(f){ setTimeout(f, 1, false) }) }`,
			Answer{Status: 403, Body: "the module refused the handshake"}, ""},
		{"request", `p.onHandshake = function(r){ return {status: 400, body: [r.method, r.url, r.path, r.query.a, r.query.b.join('+'),
			Object.keys(r.query).length, Object.keys(r.headers), r.headers.host, r.headers['x-one'], r.cookies.sid, r.cookies.t, r.origin, r.host, r.secure, r.httpVersion].join(' ')} }`,
			Answer{Status: 400, Body: "GET /test?a=1&b=2&b=3&__proto__=p /test 1 2+3 3 host,cookie,sec-websocket-protocol,x-one localhost:8080 1, 2 abc 1 http://a.example localhost:8080 true 1.1"}, ""},
		{"this is the instance", `p.onHandshake = function(r){ this.x = 1; return {status: 400, body: this instanceof Module} }`, Answer{Status: 400, Body: "true"}, ""},
		{"throws", `p.onHandshake = function(){ throw new Error('no') }`, Answer{}, "no"},
		{"rejects", `p.onHandshake = async function(){ throw new Error('no') }`, Answer{}, "no"},
		{"the constructor throws", `Module = this.Module = function(){ throw new Error('no') }; Module.prototype = p`, Answer{}, "no"},
		{"line break in a header, which the transport refuses", `p.onHandshake = function(){ return {headers: {a: 'b\r\nSet-Cookie: x=1'}} }`,
			Answer{Header: http.Header{"A": {"b\r\nSet-Cookie: x=1"}}}, ""},
		{"line break in a name", `p.onHandshake = function(){ return {headers: {'a: b\r\nc': ''}} }`, Answer{Header: http.Header{"a: b\r\nc": {""}}}, ""},
		{"strange status", `p.onHandshake = function(){ return {status: 99} }`, Answer{}, "want 200 to 599"},
		{"a getter that throws", `p.onHandshake = function(){ return {get status(){ throw new Error('no') }} }`, Answer{}, "no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{"test.js": "var Module = this.Module = function(){ }, p = Module.prototype;\np.onData = function(){ };\n" + c.body})
			_, a, err := open(r, "test", request)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want %q", err, c.err)
				}
				log.want(t, "ERROR", c.err)
				return
			}
			if err != nil || a.Status != c.want.Status || a.Body != c.want.Body || a.Protocol != c.want.Protocol || len(a.Header) != len(c.want.Header) {
				t.Errorf("got %+v, %v, want %+v", a, err, c.want)
			}
			for name, values := range c.want.Header {
				if strings.Join(a.Header[name], "|") != strings.Join(values, "|") {
					t.Errorf("header %s: %q, want %q", name, a.Header[name], values)
				}
			}
		})
	}
}

// TestErrorsThatEndCalls checks that onError gets an interrupt, which no catch sees, and a stack
// overflow as an Error like those of the language.
func TestErrorsThatEndCalls(t *testing.T) {
	t.Parallel()
	r, _ := newRuntimeWith(t, map[string]string{"test.js": `
var Module = this.Module = function(){ };
Module.prototype.onData = function f(data, connection){ if (data == 'deep') f(data); while(true); };
Module.prototype.onError = function(error, connection){ connection.send(error + ' ' + (error instanceof Error)) };`}, Options{TurnLimit: 2 * time.Second})
	c, s := connect(t, r, "test")
	c.Receive(text("deep", "loop"))
	if want := "RangeError: Maximum call stack size exceeded true|Error: ran longer than the limit of 2s and was ended true"; s.messages() != want {
		t.Errorf("%q, want %q", s.messages(), want)
	}
}
