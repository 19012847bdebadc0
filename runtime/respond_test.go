package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// ask asks a resource with a plain request, and returns the answer in one line.
func ask(t testing.TB, r *Runtime, resource, method, body string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	res, err := r.Resource(resource)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Responds() {
		return "none"
	}
	a, err := res.Respond(ctx, Request{
		ID: "c1", Head: method + " /" + resource + "?a=1&b=2 HTTP/1.1\r\nHost: example.com\r\nCookie: sid=7\r\n", Path: "/" + resource,
		RemoteAddress: "192.0.2.1",
	}, []byte(body))
	if err != nil {
		return "error: " + err.Error()
	}
	text := fmt.Sprint(a.Status, " ", a.Body)
	if len(a.Header) > 0 {
		text += " " + fmt.Sprint(a.Header)
	}
	return text
}

func TestRespond(t *testing.T) {
	for _, c := range []struct{ name, onRequest, body, want string }{
		{"a string", `return 'x';`, "", "0 x"},
		{"an empty string", `return '';`, "", "0 "},
		{"nothing", ``, "", "404 there is nothing here\n"},
		{"null", `return null;`, "", "404 there is nothing here\n"},
		{"false", `return false;`, "", "404 there is nothing here\n"},
		{"a number", `return 42;`, "", "0 42"},
		{"bytes", `return new Uint8Array([104, 105]);`, "", "0 hi map[Content-Type:[application/octet-stream]]"},
		{"an answer", `return {status: 201, headers: {'x-a': 1, 'set-cookie': ['a=1', 'b=2']}, body: 'made'};`, "", "201 made map[Set-Cookie:[a=1 b=2] X-A:[1]]"},
		{"only a status", `return {status: 204};`, "", "204 "},
		{"bytes with a type", `return {headers: {'content-type': 'image/png'}, body: new Uint8Array([104]).buffer};`, "", "0 h map[Content-Type:[image/png]]"},
		{"headers in pairs", `return {headers: new Map([['a', 'b']]), body: ''};`, "", "0  map[A:[b]]"},
		{"headers without end", `return {headers: (function*(){ for (;;) yield ['a', 'b'] })(), body: ''};`, "", "error: onRequest of test: the headers must be an object, such as {'content-type': 'text/html'}, or up to 1000 pairs"},
		{"a promise", `return Promise.resolve('later');`, "", "0 later"},
		{"a promise of a promise's answer", `return {then: function(f){ setTimeout(function(){ f({status: 202}); }, 1); }};`, "", "202 "},
		{"like fetch's Response", `return {status: 203, headers: new Map([['a', 'b']]), body: {}, arrayBuffer: async function(){ return new Uint8Array([104, 105]).buffer }};`, "",
			"203 hi map[A:[b] Content-Type:[application/octet-stream]]"},
		{"method, path, query", `return request.method + request.path + request.query.b + request.cookies.sid + request.host + request.remoteAddress;`, "", "0 POST/test27example.com192.0.2.1"},
		{"text", `return request.text();`, "gr\xc3\xbc\xc3\x9f \xff", "0 grüß \ufffd"},
		{"body.text", `return request.body.text();`, "\ufeffx", "0 x"},
		{"text twice", `return request.text().then(function(a){ return request.text().then(function(b){ return a + b; }); });`, "x", "0 xx"},
		{"json", `return request.json().then(function(v){ return v.a[1]; });`, `{"a":[1,"z"]}`, "0 z"},
		{"bad json", `return request.json();`, `{"a"`, "error: onRequest of test: unhandled rejection: SyntaxError: Expected ':' after property name in JSON at position 4 (line 1 column 5)"},
		{"caught json", `return request.body.json().catch(function(e){ return {status: 400, body: e.name}; });`, ``, "400 SyntaxError"},
		{"bytes of the body", `return request.bytes().then(function(b){ return String(b instanceof Uint8Array) + b; });`, "hi", "0 true104,105"},
		{"arrayBuffer", `return request.arrayBuffer().then(function(b){ return String(b instanceof ArrayBuffer) + b.byteLength; });`, "hi", "0 true2"},
		{"this is Module", `return String(this === Module);`, "", "0 true"},
		{"state", `Module.n = (Module.n || 0) + 1; return String(Module.n);`, "", "0 1"},
		{"module.server", `module.server.broadcast('x'); return String(module.server.clients);`, "", "0 0"},
		{"an exception", `null.x;`, "", "error: onRequest of test: TypeError: Cannot read properties of null (reading 'x')"},
		{"a rejection", `return Promise.reject(new Error('no'));`, "", "error: onRequest of test: unhandled rejection: Error: no"},
		{"a bad status", `return {status: 99};`, "", "error: onRequest of test: onRequest: status 99: want 200 to 599"},
		{"an object", `return {ok: true};`, "", "error: onRequest of test: onRequest returned an object that has neither status, headers nor body; return a string, such as JSON.stringify(…), or {status, headers, body}"},
		{"an object as body", `return {body: {ok: true}};`, "", "error: onRequest of test: onRequest: the body must be a string or bytes; make one of an object by JSON.stringify"},
		{"a getter that throws", `return {get status(){ throw new Error('mine'); }};`, "", "error: onRequest of test: Error: mine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := module("")
			files["test.js"] += "Module.onRequest = function(request){ " + c.onRequest + " };\n"
			r, log := newRuntime(t, files)
			if got := ask(t, r, "test", "POST", c.body); got != c.want {
				t.Errorf("%q, want %q\n%s", got, c.want, log.text())
			}
			if failed := strings.HasPrefix(c.want, "error"); strings.Contains(log.text(), "ERROR") != failed {
				t.Error(log.text())
			}
		})
	}
}

// TestRespondForms asks modules of all forms for a plain answer, and opens a connection to them.
func TestRespondForms(t *testing.T) {
	for _, c := range []struct{ name, file, text, want, handshake string }{
		{"a class", "test.mjs", `export class Module { onData(){} static onRequest(){ return String(this === Module); } }`, "0 true", ""},
		{"a class and a function", "test.mjs", `export default class { onData(){} }; export function onRequest(){ return 'f'; }`, "0 f", ""},
		{"async in TypeScript", "test.ts", `export class Module { onData(): void {} static async onRequest(request: any): Promise<string> { return await request.text(); } }`, "0 body", ""},
		{"an object", "test.js", `exports.Module = {onData: function(){}, onRequest: function(){ return String(this === exports.Module); }};`, "0 true", ""},
		{"only a function", "test.mjs", `export async function onRequest(){ return 'alone'; }`, "0 alone", "404"},
		{"only in exports", "test.js", `exports.onRequest = function(){ return 'alone'; };`, "0 alone", "404"},
		{"a constructor without onData", "test.js", `var Module = this.Module = function(){ }; Module.onRequest = function(){ return 'alone'; };`, "0 alone", "404"},
		{"on the prototype", "test.js", `var Module = this.Module = function(){ }; Module.prototype.onData = Module.prototype.onRequest = function(){ return 'p'; };`, "none", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{c.file: c.text})
			if got := ask(t, r, "test", "POST", "body"); got != c.want {
				t.Errorf("%q, want %q\n%s", got, c.want, log.text())
			}
			_, a, err := open(r, "test", Request{ID: "c1"})
			if err != nil || c.handshake == "" && a.Status != 0 || c.handshake != "" && fmt.Sprint(a.Status) != c.handshake {
				t.Errorf("handshake: %v %v, want %q", a, err, c.handshake)
			}
			if warned := strings.Contains(log.text(), "Module.prototype.onRequest is never called"); warned != (c.want == "none") {
				t.Error(log.text())
			}
		})
	}
}

// TestRespondReload adds, changes and removes onRequest while the module serves.
func TestRespondReload(t *testing.T) {
	files := module("")
	plain := files["test.js"]
	r, log := newRuntime(t, files)
	dir := r.options.Dir
	for _, step := range []struct{ more, want string }{
		{"", "none"},
		{"Module.onRequest = function(){ return '2'; };", "0 2"},
		{"Module.onRequest = function(){ return '3'; };", "0 3"},
		{"", "none"},
	} {
		write(t, dir+"/test.js", plain+step.more)
		r.reload(false, time.Minute)
		if got := ask(t, r, "test", "GET", ""); got != step.want {
			t.Errorf("%q, want %q\n%s", got, step.want, log.text())
		}
	}
}

// TestRespondNever has a request that is not answered end with its context, and one that hangs with the
// limit of a call.
func TestRespondNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := module("")
		files["test.js"] += "Module.onRequest = function(request){ if (request.method == 'PUT') work(100); return new Promise(function(){ }); };\n"
		r, log := newRuntimeWith(t, files, Options{TurnLimit: 50 * time.Millisecond})
		res, err := r.Resource("test")
		if err != nil {
			t.Fatal(err)
		}
		working(r)
		if got := ask(t, r, "test", "PUT", ""); !strings.Contains(got, "ran longer than the limit") {
			t.Error(got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err = res.Respond(ctx, Request{ID: "c2", Head: "GET /test HTTP/1.1\r\n"}, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		log.want(t, "onRequest returned a promise that does not settle")
	})
}

// TestNoOnDataAnyMore saves a module without its onData while it has a connection.
func TestNoOnDataAnyMore(t *testing.T) {
	t.Parallel()
	const silent = "exports.onRequest = function(){ return 'x' };"
	r, log := newRuntime(t, map[string]string{"test.js": silent + "exports.onData = function(){};"})
	connect(t, r, "test")
	save(t, r, "test.js", silent)
	log.want(t, "WARN the module has no onData any more", "connections=1")
	before := strings.Count(log.text(), "no onData")
	save(t, r, "test.js", silent+"//")
	if n := strings.Count(log.text(), "no onData"); n != before {
		t.Errorf("told %d times", n)
	}
}
