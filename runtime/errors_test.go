package runtime

import (
	"errors"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/inspect"
)

// TestErrorPlaces checks that errors name their place in the user's source, and that the
// connection stays open.
func TestErrorPlaces(t *testing.T) {
	for _, c := range []struct {
		name, file, source string
		want               []string // parts of one log line
	}{
		{"throw", "test.js", "var M = this.Module = function(){ };\nM.prototype.onData = function(d, c){\n  throw new TypeError('abc');\n};",
			[]string{"ERROR TypeError: abc", "at=modules/test.js:3:9", "in=onData", "client=192.0.2.1", "version=1", "> 3 |   throw new TypeError('abc');", "|         ^"}},
		{"undefined name", "test.js", "var M = this.Module = function(){ };\nM.prototype.onData = function(d, c){ return nosuch };",
			[]string{"ReferenceError: nosuch is not defined", "at=modules/test.js:2:"}},
		{"first line", "test.js", "this.Module = function(){ this.onData = function(){ null.x } };",
			[]string{"TypeError", "at=modules/test.js:1:5"}},
		{"typescript", "test.ts", "type A = string\n\nexport class Module {\n  onData(d: A) {\n    throw new Error('ts')\n  }\n}",
			[]string{"Error: ts", "at=modules/test.ts:5:11"}},
		{"no error", "test.js", "this.Module = function(){ this.onData = function(){ throw 'a string' } };",
			[]string{"thrown: ", "a string", "at=modules/test.js:1:"}},
		{"rejection", "test.js", "this.Module = function(){ this.onData = function(){\n Promise.reject(new Error('nobody'))\n} };",
			[]string{"unhandled rejection: Error: nobody", "at=modules/test.js:2:17"}},
		{"rejection of no error", "test.js", "this.Module = function(){ this.onData = function(){ Promise.reject(undefined) } };",
			[]string{"unhandled rejection: thrown: undefined"}},
		{"async", "test.js", "this.Module = function(){ this.onData = async function(){\n await null;\n throw new Error('later')\n} };",
			[]string{"Error: later", "at=modules/test.js:3:8", "in=onData"}},
		{"recursion", "test.js", "this.Module = function(){ this.onData = function f(){\n f()\n} };",
			[]string{"RangeError: Maximum call stack size exceeded", "at=modules/test.js:2:"}},
		{"in a library", "test.js", "var f = require('./lib/f');\nthis.Module = function(){ this.onData = f };",
			[]string{"Error: in f", "at=modules/lib/f.js:2:", "version=1"}},
		{"in a package", "test.js", "var f = require('pkg');\nthis.Module = function(){ this.onData = function(){ f() } };",
			[]string{"Error: in pkg", "at=modules/node_modules/pkg/main.js:2:"}},
		{"code and cause", "test.js", "this.Module = function(){ this.onData = function(){ throw Object.assign(new Error('outer', {cause: new TypeError('inner')}), {code: 'E_CODE'}) } };",
			[]string{"Error: outer", "code: 'E_CODE'\n", "[cause]: TypeError: inner\n", "at modules/test.js@1:1:"}},
		{"aggregate", "test.js", "this.Module = function(){ this.onData = async function(){ await Promise.any([Promise.reject(new Error('first'))]) } };",
			[]string{"AggregateError", "[errors]: [", "Error: first"}},
		{"a getter that throws", "test.js", "this.Module = class { get onData(){ if (this.x) throw new Error('getter'); this.x = 1; return function(){} } };",
			[]string{"Error: getter"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{
				c.file:                          c.source,
				"lib/f.js":                      "module.exports = function(){\n  throw new Error('in f') };",
				"node_modules/pkg/package.json": `{"name": "pkg", "exports": "./main.js"}`,
				"node_modules/pkg/main.js":      "module.exports = function(){\n  throw new Error('in pkg') };",
			})
			conn, s := connect(t, r, "test")
			conn.Receive(text("x", "y"))
			log.want(t, c.want...)
			if s.state != stateOpen {
				t.Error("the connection was closed")
			}
		})
	}
}

// TestErrorMessageIsCut checks that a log line is bounded although an error's message may contain
// all that a client sent.
func TestErrorMessageIsCut(t *testing.T) {
	t.Parallel()
	r, log := newRuntime(t, module("if (data == 'reject') Promise.reject(new Error('x'.repeat(1e6))); else throw new Error('x'.repeat(1e6))"))
	conn, _ := connect(t, r, "test")
	conn.Receive(text("throw", "reject"))
	log.want(t, "ERROR Error: xxx", "at=modules/test.js:2:")
	log.want(t, "ERROR unhandled rejection: Error: xxx", "at=modules/test.js:2:")
	if n := len(log.text()); n > 3*inspect.LineLimit {
		t.Errorf("logged %d bytes", n)
	}
}

// TestPanic checks that a panic of Go code is an error like others whose stack is only in the
// log, because modules send clients the errors that onError gets.
func TestPanic(t *testing.T) {
	t.Parallel()
	r, log := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){ if (d == 'boom') boom(); else c.send(d) };
		Module.prototype.onError = function(e, c){ c.send([e, e.message, e.stack, e.value, JSON.stringify(e.value), Object.keys(e.value)].join('\n')) };`})
	c, s := connect(t, r, "test")
	w := c.worker
	w.do(func() {
		if err := w.vm.Set("boom", func() { panic("a wrong index") }); err != nil {
			t.Error(err)
		}
	})
	c.Receive(text("boom", "on"))
	got := s.messages()
	if !strings.HasPrefix(got, "Error: panic in the server, please report it: a wrong index\n") || !strings.HasSuffix(got, "|on") {
		t.Errorf("sent %q", got)
	}
	for _, inside := range []string{"goroutine", ".go:", "runtime.", "debug.Stack"} {
		if strings.Contains(got, inside) {
			t.Errorf("%q is sent: %s", inside, got)
		}
	}
	log.want(t, "ERROR panic in the server, please report it: a wrong index resource=test in=onData", "errors_test.go:", "goroutine ")
}

// TestLoadErrors checks that each way of failing to load gives an error with its place.
func TestLoadErrors(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"syntax", "var a = ;\n", "test.js:1:9: Unexpected \";\""},
		{"regular expression", "\nvar a = /a/uv;\nthis.Module = function(){ };", "test.js:2:9: Invalid flags"},
		{"unicode property", "\nvar a = [/\\p{L}/u, /\\p{RGI_Emoji}/v];\nthis.Module = function(){ };", "test.js:2:20: Invalid regular expression: /\\p{RGI_Emoji}/v: \\p{RGI_Emoji} is not available"},
		{"throw", "throw new Error('at load')", "at load"},
		{"empty", "", "exports no Module"},
		{"no Module", "this.onClose = function(){ };", "exports no Module; begin it with: var Module = this.Module"},
		{"no Module in an ES module", "export const a = 1", "exports no Module; begin it with: export class Module"},
		{"an arrow", "exports.Module = () => { }", "test.js exports as Module an arrow function or a method"},
		{"Module is no function", "this.Module = {};", "exports as Module an object that has no onData"},
		{"an object that is misnamed", "export default { onMessage(){ } }", "exports as default an object that has onMessage, but no onData"},
		{"exports that are misnamed", "exports.ondata = function(){ }", "test.js exports ondata, but no onData"},
		{"a class that is misnamed", "export class Module { onMessage(){ } }", "has onMessage, but no onData, which is the handler of messages; add: onData(data, connection){ } to the class"},
		{"no onData", "this.Module = function(){ };", "has no onData"},
		{"top-level await", "await 1; this.Module = function(){ };", "await stands outside of any async function"},
		{"options", "this.Module = function(){ this.onData = function(){} }; this.Module.options = {maxMessage: -1}", "test.js: Module.options.maxMessage: too small"},
		{"options that are no object", "this.Module = function(){ this.onData = function(){} }; this.Module.options = 65536", "Module.options must be an object, such as {maxMessage: 65536}, not 65536"},
		{"require", "require('./nosuch')", `cannot find "./nosuch"`},
		{"package", "require('nosuch')", `cannot find the package "nosuch"`},
		{"outside", "require('../../outside.js')", "outside"},
		{"absolute", "require('/etc/passwd')", "relative name"},
		{"json", "require('./bad.json')", "bad.json:1:2: Expected property name or '}' in JSON at position 1 (line 1 column 2)"},
		{"json, second line", "require('./worse.json')", `worse.json:2:8: Unexpected token '}', "`},
		{"library", "require('./bad.js')", "bad.js:1:1"},
		{"closes the wrapper", "})(); (function(){ this.Module = function(){ }", "Unexpected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{"test.js": c.source, "bad.json": "{", "worse.json": "\ufeff{\"a\": 1,\n \"é\": [}]}", "bad.js": "}"})
			_, err := r.Resource("test")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if errors.Unwrap(err) != nil {
				t.Error("the error leads to values of the VM, and is not read in a turn")
			}
			log.want(t, "ERROR", "resource=test", "in=load")
			// It is not loaded again for each client.
			r.resources["test"].all()[0].failed = time.Now().Add(time.Minute) // however long the machine takes
			before := log.text()
			if _, again := r.Resource("test"); again != err || log.text() != before {
				t.Errorf("loaded again at once: %v", again)
			}
		})
	}
}

// TestLoadAgain checks that a mended file is loaded once retryAfter is over.
func TestLoadAgain(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": "throw 1"})
	if _, err := r.Resource("test"); err == nil {
		t.Fatal("loaded")
	}
	write(t, filepath.Join(r.options.Dir, "test.js"), echo)
	r.resources["test"].all()[0].failed = time.Now().Add(-retryAfter)
	if w, err := r.Resource("test"); err != nil || w == nil {
		t.Fatal(err)
	}
}

func TestCheck(t *testing.T) {
	r, log := newRuntime(t, map[string]string{
		"_default.js": echo, "chat.js": echo, "a/b.ts": "export class Module { onData(d: string){ } }", "bad.js": "var a = ;\n",
		"lib/x.js": "}", "_hidden.js": "}", ".dot.js": "}", "node_modules/p/index.js": "}", "readme.md": "", "Upper.js": echo, "sp ace.js": echo, "Sub/a.js": echo, "types.d.ts": "",
	})
	modules, err := r.Check()
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, m := range modules {
		got += m.Name
		if m.Err != nil {
			got += "!"
		}
		got += " "
	}
	if want := "_default a/b bad! chat "; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	log.want(t, "ERROR", "does not compile", "resource=bad", "at=modules/bad.js:1:9")
	for _, file := range []string{"Upper.js", "sp ace.js", "Sub/a.js"} {
		log.want(t, "WARN", "no client can reach this module", file)
	}
}

func TestResources(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{
		"_default.js": echo, "a/b.js": echo, "lib/x.js": echo, "_p.js": echo, ".h.js": echo, "node_modules/p.js": echo, "a/lib/x.js": echo, "d.js/x.js": echo,
		"a..b.js": echo, ".git.js": echo, "-a.js": echo, "a b.js": echo, "café.js": echo, // not valid names of resources
	})
	if err := os.WriteFile(filepath.Join(r.options.Dir, "..", "outside.js"), []byte(echo), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../outside.js", filepath.Join(r.options.Dir, "link.js")); err != nil && goruntime.GOOS != "windows" {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"_default": true, "a/b": true, "a": false, "nosuch": false, "lib/x": false, "_p": false, ".h": false, "node_modules/p": false,
		"a/lib/x": false, "": false, "../outside": false, "a/../a/b": false, "/a/b": false, "A/b": false, "link": false, "d": false, "a/b.js": false, "a//b": false,
		"..": false, "a/..": false, "a/../../outside": false, "./a/b": false, "a/./b": false, "a/b/": false, "a..b": false, ".git": false, "-a": false, "a b": false,
		"a:b": false, "ch\u212at": false, "café": false, "\xff": false, "%2e%2e/outside": false, "a/b\x00": false, "a\\b": false,
	} {
		if _, err := r.Resource(name); (err == nil) != want {
			t.Errorf("resource %q: %v, want it to be served: %v", name, err, want)
		}
	}
}

// TestOnErrorThatRejects checks that an onError that rejects is called a few times for that, not
// without end.
func TestOnErrorThatRejects(t *testing.T) {
	for name, onData := range map[string]string{
		"a rejection":  "async function(){ throw new Error('first') }",
		"an exception": "function(){ throw new Error('first') }",
	} {
		t.Run(name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{"test.js": `
				var M = this.Module = function(){ }, n = 0;
				M.prototype.onData = ` + onData + `;
				M.prototype.onError = async function(e, c){ c.send(e.message); if (n < 1000) throw new Error('again ' + ++n) };`})
			_, s := connect(t, r, "test")
			s.deliver(text("x"))
			if want := "first|again 1|again 2|again 3"; s.messages() != want {
				t.Errorf("onError heard %q, want %q", s.messages(), want)
			}
			if n := strings.Count(log.text(), "ERROR"); n != 4 {
				t.Errorf("%d errors logged, want 4", n)
			}
		})
	}
}

// TestErrorsThatRunCode checks that printing a thrown value, which runs JavaScript, is bounded in
// time and happens in a turn.
func TestErrorsThatRunCode(t *testing.T) {
	t.Parallel()
	const loop = "function(){ for (;;) Math.abs(1) }"
	for name, thrown := range map[string]string{
		"toString":      "{toString: " + loop + "}",
		"an error's":    "{stack: '', toString: " + loop + "}",
		"stack":         "Object.defineProperty({}, 'stack', {get: " + loop + "})",
		"toStringTag":   "Object.defineProperty({}, Symbol.toStringTag, {get: " + loop + "})",
		"custom":        "{[Symbol.for('nodejs.util.inspect.custom')]: " + loop + "}",
		"a proxy":       "new Proxy({}, {get: " + loop + ", ownKeys: " + loop + ", getPrototypeOf: " + loop + ", getOwnPropertyDescriptor: " + loop + "})",
		"a constructor": "{constructor: new Proxy(function(){ }, {get: " + loop + "})}",
	} {
		for _, how := range []string{"throw ", "return Promise.reject"} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				act := how + "(" + thrown + ");"
				r, log := newRuntimeWith(t, map[string]string{"test.js": `
					var M = this.Module = function(){ };
					M.prototype.onHandshake = function(r){ if (r.url == '/bad') { ` + act + ` } };
					M.prototype.onData = function(d, c){ if (d == 'bad') { ` + act + ` } c.send(d) };`,
					"load.js": "(function(){ " + act + " })();" + echo,
				}, Options{TurnLimit: 100 * time.Millisecond})
				_, s := connect(t, r, "test")
				s.deliver(text("bad"))
				if _, _, err := open(r, "test", Request{Head: "GET /bad HTTP/1.1\r\n"}); err == nil {
					t.Error("the handshake was not refused")
				}
				s.deliver(text("good"))
				if !strings.HasSuffix(s.messages(), "good") {
					t.Errorf("%q\n%s", s.messages(), log.text())
				}
				if _, err := r.Resource("load"); err == nil || err.Error() == "" {
					t.Error("loaded")
				}
				log.want(t, "ERROR", "in=onData")
				log.want(t, "ERROR", "in=onHandshake")
				log.want(t, "ERROR", "in=load")
			})
		}
	}
}
