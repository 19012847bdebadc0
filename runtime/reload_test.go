package runtime

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// save writes a file of the folder and reloads the modules that depend on it.
func save(t testing.TB, r *Runtime, file, text string) {
	t.Helper()
	write(t, filepath.Join(r.options.Dir, file), text)
	r.reload(false, time.Minute)
}

// answer returns a connection's answer to a message. The message is offered until it is taken,
// because timers and the watcher may have the worker.
func answer(s *fakeSession, message string) string {
	s.clear()
	s.deliver(text(message))
	return s.messages()
}

// TestReloadKeepsState checks that a reload keeps a connection's state and changes its code.
func TestReloadKeepsState(t *testing.T) {
	const source = `
		var Module = this.Module = function(){ this.n = 0 };
		Module.prototype.onData = function(d, c){
			this.n++; c.seen = (c.seen || 0) + 1; c.server.all = (c.server.all || 0) + 1;
			c.send('VERSION ' + [this.n, c.seen, c.server.all, this instanceof Module, module.hot.version]);
		};
		Module.prototype.onReload = function(c){ c.send('reloaded ' + this.n) };
		Module.prototype.onDisconnect = function(c){ c.log('bye VERSION') };`
	r, log := newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(source, "VERSION", "one")})
	a, as := connect(t, r, "test")
	_, bs := connect(t, r, "test")
	if got := answer(as, "x"); got != "one 1,1,1,true,1" {
		t.Error(got)
	}
	if got := answer(bs, "x"); got != "one 1,1,2,true,1" {
		t.Error(got)
	}
	save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", "two"))
	if got := as.messages(); got != "one 1,1,1,true,1|reloaded 1" {
		t.Error(got)
	}
	if got := answer(as, "x"); got != "two 2,2,3,true,2" {
		t.Error(got)
	}
	if got := answer(bs, "x"); got != "two 2,2,4,true,2" {
		t.Error(got)
	}
	log.want(t, "INFO test: version 2 serves 2 connections, ", " ms resource=test")
	disconnect(a, 1000)
	log.want(t, "bye two", "version=2")
	if _, s := connect(t, r, "test"); answer(s, "x") != "two 1,1,5,true,2" {
		t.Error(s.messages())
	}
	// A file with the same bytes has not changed, whatever its time.
	before := log.text()
	save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", "two"))
	if log.text() != before {
		t.Error("reloaded what had not changed")
	}
	r.reload(true, time.Minute)
	log.want(t, "version 3 serves 2 connections")
}

// TestReloadRollsBack checks that when a version does not load, the old one serves on, and the
// log has the reason, and later that it is mended.
func TestReloadRollsBack(t *testing.T) {
	t.Parallel()
	good := module(`connection.send('VERSION')`)["test.js"]
	for _, c := range []struct{ name, source, says string }{
		{"syntax", "var a = ;\n", "Unexpected \";\""},
		{"throw", good + "throw new Error('at load')", "at load"},
		{"rejection", good + "Promise.reject(new Error('rejected at load'))", "rejected at load"},
		{"async rejection", good + "(async function(){ await null; throw new Error('rejected at load') })()", "rejected at load"},
		{"loop", good + "while(true) Math.abs(1);", "ran longer than the limit"},
		{"empty", "", "exports no Module"},
		{"no Module", "this.onClose = function(){ }", "exports no Module"},
		{"no onData", "this.Module = function(){ }", "has no onData"},
		{"missing", "require('./nosuch');" + good, "cannot find"},
		{"bad options", good + "Module.options = {maxMessage: -1}", "maxMessage"},
		{"half", good[:len(good)/2], "test.js"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, log := newRuntimeWith(t, map[string]string{"test.js": strings.Replace(good, "VERSION", "one", 1)}, Options{TurnLimit: 500 * time.Millisecond})
			_, s := connect(t, r, "test")
			answer(s, "x")
			save(t, r, "test.js", c.source)
			if got := answer(s, "x"); got != "one" {
				t.Errorf("answered %q", got)
			}
			if _, s2 := connect(t, r, "test"); answer(s2, "x") != "one" {
				t.Errorf("a new connection: %q", s2.messages())
			}
			log.want(t, "ERROR", c.says, "in=reload", "resource=test", "version=2")
			log.want(t, "WARN version 1 serves 1 connection on")
			errors := strings.Count(log.text(), "ERROR")
			save(t, r, "test.js", c.source)
			if strings.Count(log.text(), "ERROR") != errors {
				t.Errorf("said again without a change:\n%s", log.text())
			}
			save(t, r, "test.js", strings.Replace(good, "VERSION", "two", 1))
			if got := answer(s, "x"); got != "two" {
				t.Errorf("answered %q", got)
			}
			log.want(t, "INFO test: version 2 serves 2 connections", "mended=true")
		})
	}
}

func TestReloadTakenBack(t *testing.T) {
	good := module(`connection.send('one')`)["test.js"]
	r, log := newRuntime(t, map[string]string{"test.js": good})
	_, s := connect(t, r, "test")
	save(t, r, "test.js", "}")
	save(t, r, "test.js", good)
	log.want(t, "INFO mended: version 1 serves 1 connection on")
	if got := answer(s, "x"); got != "one" {
		t.Error(got)
	}
}

// TestReloadFollowsRequire checks that a change reloads exactly what depends on the file.
func TestReloadFollowsRequire(t *testing.T) {
	user := func(lib string) string {
		return "var l = require('" + lib + "'), s = require('./lib/state'); this.Module = function(){ this.onData = function(d, c){ c.send(l.v + ' ' + ++s.n + ' ' + module.hot.version) } };"
	}
	r, log := newRuntime(t, map[string]string{
		"a.js": user("./lib/deep"), "b.js": user("./data.json"), "c.js": user("pkg"), "d.js": user("./lib/other"),
		"lib/deep.js": "exports.v = require('./deeper').v", "lib/deeper.js": "exports.v = 'deep'", "lib/other.js": "exports.v = 'other'", "lib/state.js": "exports.n = 0",
		"data.json": `{"v": "json"}`, "node_modules/pkg/index.js": "exports.v = require('./inner')", "node_modules/pkg/inner.js": "module.exports = 'pkg'",
		"node_modules/pkg/package.json": `{"name": "pkg"}`,
	})
	sessions := map[string]*fakeSession{}
	for _, n := range []string{"a", "b", "c", "d"} {
		_, sessions[n] = connect(t, r, n)
	}
	want := map[string]string{"a": "deep 1 1", "b": "json 1 1", "c": "pkg 1 1", "d": "other 1 1"}
	check := func(what string) {
		t.Helper()
		for n, w := range want {
			if got := answer(sessions[n], "x"); got != w {
				t.Errorf("%s: %s answers %q, want %q", what, n, got, w)
			}
		}
	}
	check("at first")
	save(t, r, "lib/deeper.js", "exports.v = 'deep2'")
	want = map[string]string{"a": "deep2 2 2", "b": "json 2 1", "c": "pkg 2 1", "d": "other 2 1"}
	check("a library of a library")
	save(t, r, "data.json", `{"v": "json2"}`)
	want = map[string]string{"a": "deep2 3 2", "b": "json2 3 2", "c": "pkg 3 1", "d": "other 3 1"}
	check("JSON")
	save(t, r, "node_modules/pkg/inner.js", "module.exports = 'pkg2'")
	want = map[string]string{"a": "deep2 4 2", "b": "json2 4 2", "c": "pkg2 4 2", "d": "other 4 1"}
	check("a file of a package")
	save(t, r, "node_modules/pkg/package.json", `{"name": "pkg", "main": "inner.js"}`)
	want = map[string]string{"a": "deep2 5 2", "b": "json2 5 2", "c": "undefined 5 3", "d": "other 5 1"}
	check("what a package is")
	save(t, r, "lib/state.js", "exports.n = 100")
	want = map[string]string{"a": "deep2 101 3", "b": "json2 101 3", "c": "undefined 101 4", "d": "other 101 2"}
	check("what all require")
	save(t, r, "d.js", user("./lib/deep"))
	save(t, r, "lib/other.js", "exports.v = 'nobody requires it any more'")
	want = map[string]string{"a": "deep2 102 3", "b": "json2 102 3", "c": "undefined 102 4", "d": "deep2 102 3"}
	check("what is not required any more")
	if strings.Contains(log.text(), "ERROR") {
		t.Error(log.text())
	}
}

// TestReloadWhenTheMissingComes checks that a load is repeated when its missing file appears.
func TestReloadWhenTheMissingComes(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": "var v = require('./lib/v'); this.Module = function(){ this.onData = function(d, c){ c.send(v) } };"})
	if _, err := r.Resource("test"); err == nil {
		t.Fatal("loaded")
	}
	save(t, r, "lib/v.js", "module.exports = 'here'")
	_, s := connect(t, r, "test")
	if got := answer(s, "x"); got != "here" {
		t.Error(got)
	}
}

func TestDeletedModule(t *testing.T) {
	good := module(`connection.send('VERSION')`)["test.js"]
	r, log := newRuntime(t, map[string]string{"test.js": strings.Replace(good, "VERSION", "one", 1)})
	_, s := connect(t, r, "test")
	file := filepath.Join(r.options.Dir, "test.js")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	r.reload(false, time.Minute)
	r.reload(false, time.Minute)
	if got := answer(s, "x"); got != "one" {
		t.Error(got)
	}
	if _, err := r.Resource("test"); err == nil {
		t.Error("a deleted module takes new connections")
	}
	if n := strings.Count(log.text(), "deleted; version 1 serves its 1 connection on, and new ones are refused"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log.text())
	}
	save(t, r, "test.js", strings.Replace(good, "VERSION", "two", 1))
	if got := answer(s, "x"); got != "two" {
		t.Error(got)
	}
	// The same in another language.
	if err := os.Rename(file, filepath.Join(r.options.Dir, "test.ts")); err != nil {
		t.Fatal(err)
	}
	r.reload(false, time.Minute)
	log.want(t, "version 3 serves 1 connection")
}

// TestReloadOfOwnFunctions checks that instances with code of their own are rebuilt, state kept.
func TestReloadOfOwnFunctions(t *testing.T) {
	for name, source := range map[string]string{
		"class fields":      `export class Module { n = 0; onData = (d, c) => c.send('VERSION ' + ++this.n + this.more(c)); more = c => ' ' + (c.x = (c.x || 0) + 1) }`,
		"functions on this": `this.Module = function(){ this.n = 0; this.onData = function(d, c){ c.send('VERSION ' + ++this.n + ' ' + (c.x = (c.x || 0) + 1)) } };`,
		"an inherited constructor": `class Base { n = 0; onData = (d, c) => c.send('VERSION ' + ++this.n + ' ' + (c.x = (c.x || 0) + 1)) }
			exports.Module = class extends Base { };`,
		"private methods": `export class Module { n = 0; #say(c){ c.send('VERSION ' + ++this.n + ' ' + (c.x = (c.x || 0) + 1)) } onData(d, c){ this.#say(c) } }`,
		"prototype":       `this.Module = class { n = 0; onData(d, c){ c.send('VERSION ' + ++this.n + ' ' + (c.x = (c.x || 0) + 1)) } };`,
	} {
		t.Run(name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(source, "VERSION", "one")})
			_, s := connect(t, r, "test")
			for i, want := range []string{"one 1 1", "two 2 2", "three 3 3"} {
				if i > 0 {
					save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", strings.Fields(want)[0]))
				}
				if got := answer(s, "x"); got != want {
					t.Errorf("answered %q, want %q\n%s", got, want, log.text())
				}
			}
		})
	}
}

// TestReloadAcrossStyles checks a change from a constructor to a class with fields and back:
// the new code's properties win over the old code's, and those put there later stay.
func TestReloadAcrossStyles(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `var M = this.Module = function(){ };
		M.prototype.onData = function(d, c){ this.n = (this.n || 0) + 1; this.later = function(){ return 'kept' }; c.send('proto ' + this.n) };`})
	_, s := connect(t, r, "test")
	answer(s, "x")
	save(t, r, "test.js", `this.Module = class { n = 100; onData = (d, c) => c.send('field ' + ++this.n + ' ' + this.later()) };`)
	if got := answer(s, "x"); got != "field 2 kept" {
		t.Errorf("%q\n%s", got, log.text())
	}
	save(t, r, "test.js", `var M = this.Module = function(){ }; M.prototype.onData = function(d, c){ c.send('proto again ' + ++this.n + ' ' + this.later()) };`)
	if got := answer(s, "x"); got != "proto again 3 kept" {
		t.Errorf("%q\n%s", got, log.text())
	}
}

// TestReloadOfOneInstanceFails checks that an instance which cannot be swapped keeps its code,
// that the log says so, and that the others are swapped.
func TestReloadOfOneInstanceFails(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": module(`if (data == 'freeze') Object.freeze(this); connection.send('one')`)["test.js"]})
	_, as := connect(t, r, "test")
	_, bs := connect(t, r, "test")
	answer(as, "freeze")
	save(t, r, "test.js", module(`connection.send('two')`)["test.js"])
	if got := answer(as, "x"); got != "one" {
		t.Errorf("frozen: %q", got)
	}
	if got := answer(bs, "x"); got != "two" {
		t.Errorf("other: %q", got)
	}
	log.want(t, "ERROR", "keeps_version=1")
	log.want(t, "version 2 serves 2 connections", "keeping_their_version=1")
	// A constructor throws where instances have to be rebuilt.
	save(t, r, "test.js", `this.Module = function(){ if (this.constructor.full) throw new Error('full'); this.constructor.full = true; this.onData = function(d, c){ c.send('three') } };`)
	if got := answer(bs, "x"); got != "two" && got != "three" {
		t.Errorf("%q\n%s", got, log.text())
	}
	log.want(t, "ERROR", "full")
}

// TestReloadAndTimers checks that timers which the old version made while it loaded are cleared,
// and that those of its handlers keep running and are counted in the log.
func TestReloadAndTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := `
			var ticks = 0; setInterval(function(){ ticks++; globalThis.VERSION = (globalThis.VERSION || 0) + 1 }, 1000);
			require('./lib/t');
			var Module = this.Module = function(){ };
			Module.prototype.onData = function(d, c){
				if (d == 'start') setInterval(function(){ c.send('tick VERSION') }, 1000);
				if (d == 'count') c.send([globalThis.one, globalThis.two, globalThis.lib]);
			};`
		r, log := newRuntime(t, map[string]string{
			"test.js": strings.ReplaceAll(source, "VERSION", "one"), "lib/t.js": "setInterval(function(){ globalThis.lib = (globalThis.lib || 0) + 1 }, 1000)",
		})
		_, s := connect(t, r, "test")
		answer(s, "start")
		time.Sleep(2500 * time.Millisecond) // on the bubble's clock
		save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", "two"))
		log.want(t, "version 2 serves 1 connection", "timers_running=1 of version 1")
		time.Sleep(2 * time.Second) // on the bubble's clock
		synctest.Wait()
		if want := "tick one|tick one|tick one|tick one"; s.messages() != want {
			t.Errorf("sent %q, want %q", s.messages(), want)
		}
		if got := answer(s, "count"); got != "2,2,4" {
			t.Errorf("ticks %q, want 2,2,4", got)
		}
		// Timers of a version that failed do not fire.
		save(t, r, "test.js", "setInterval(function(){ globalThis.bad = 1 }, 10); throw 1")
		time.Sleep(time.Second) // on the bubble's clock
		synctest.Wait()
		if v := r.resources["test"].all()[0].vm.Get("bad"); v != nil {
			t.Error("a timer of a version that failed ran")
		}
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// TestReloadAndErrors checks that stacks name the version, and errors of old code show that code.
func TestReloadAndErrors(t *testing.T) {
	const source = "var M = this.Module = function(){ };\nM.prototype.onData = function(d, c){ setTimeout(function(){ throw new Error('in VERSION') }, 1); c.send(new Error('x').stack) };"
	r, log := newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(source, "VERSION", "one")})
	_, s := connect(t, r, "test")
	if got := answer(s, "x"); !strings.Contains(got, "modules/test.js@1:2:") {
		t.Error(got)
	}
	save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", "two"))
	if got := answer(s, "x"); !strings.Contains(got, "modules/test.js@2:2:") {
		t.Error(got)
	}
	eventually(t, "both errors", func() bool { return strings.Count(log.text(), "ERROR") == 2 })
	log.want(t, "ERROR Error: in one", "version=1", "> 2 | M.prototype.onData = function(d, c){ setTimeout(function(){ throw new Error('in one')")
	log.want(t, "ERROR Error: in two", "version=2", "throw new Error('in two')")
}

// TestReloadDuringHandshake checks that a handshake pending during a reload gets the new code.
func TestReloadDuringHandshake(t *testing.T) {
	const source = `var M = this.Module = function(){ };
		M.prototype.onHandshake = function(){ return new Promise(function(f){ globalThis.go = f }) };
		M.prototype.onData = function(d, c){ if (d == 'go') go(); else c.send('VERSION') };`
	r, _ := newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(source, "VERSION", "one")})
	type opened struct {
		c   *Conn
		err error
	}
	done := make(chan opened)
	go func() {
		c, _, err := open(r, "test", Request{})
		done <- opened{c, err}
	}()
	eventually(t, "the handshake to wait", func() bool {
		w, err := r.Resource("test")
		if err != nil {
			return false
		}
		var waits bool
		w.all()[0].do(func() { waits = w.all()[0].vm.Get("go") != nil })
		return waits
	})
	save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", "two"))
	w := r.resources["test"].all()[0]
	var err error
	w.do(func() { _, err = w.vm.RunString("go()") })
	if err != nil {
		t.Fatal(err)
	}
	o := <-done
	if o.err != nil {
		t.Fatal(o.err)
	}
	s := newFakeSession(o.c)
	o.c.Connected(s)
	if got := answer(s, "x"); got != "two" {
		t.Error(got)
	}
}

// TestIdleModules checks that a module without a worker is compiled when it is saved.
func TestIdleModules(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": echo})
	if _, err := r.Check(); err != nil {
		t.Fatal(err)
	}
	save(t, r, "test.js", "}")
	save(t, r, "new.js", "(")
	log.want(t, "ERROR does not compile", "resource=test", "at=modules/test.js:1:1")
	log.want(t, "ERROR does not compile", "resource=new", "at=modules/new.js:1:")
	if n := strings.Count(log.text(), "ERROR"); n != 2 {
		t.Errorf("%d errors:\n%s", n, log.text())
	}
	save(t, r, "test.js", echo)
	log.want(t, "INFO mended", "resource=test")
}

// TestReloadDoesNotGrow checks that a reload leaves less than 300 bytes behind.
func TestReloadDoesNotGrow(t *testing.T) {
	source := func(n int) string {
		return fmt.Sprintf(`var lib = require('./lib/l'); var version = %d, filler = new Array(100).join('filler ' + version);
			class Base { }
			var M = this.Module = class extends Base { n = 0; onData(d, c){ this.n++; c.send(version + lib.v + filler.length) } };
			M.prototype.onReload = function(c){ c.version = version };
			module.hot.dispose(function(d){ d.version = version; d.before = module.hot.data && module.hot.data.version });
			setInterval(function(){ version }, 100000);`, n)
	}
	r, log := newRuntime(t, map[string]string{"test.js": source(0), "lib/l.js": "exports.v = 'v'"})
	for range 100 {
		connect(t, r, "test")
	}
	reload := func(from, to int) uint64 {
		for n := from; n < to; n++ {
			save(t, r, "test.js", source(n))
		}
		// Connections that are still to be moved keep the version alive that they had.
		eventually(t, "the end of the swap", func() (over bool) {
			w := r.resources["test"].all()[0]
			w.do(func() { over = w.swap.next == nil })
			return over
		})
		log.mu.Lock()
		log.lines = nil
		log.mu.Unlock()
		return liveHeap()
	}
	before := reload(1, 11)
	after := reload(11, 401)
	t.Logf("heap: %d KiB after 10 reloads, %d KiB after 400", before>>10, after>>10)
	if after > before+390*300 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	if n := r.resources["test"].all()[0].current.number; n != 401 {
		t.Errorf("version %d serves", n)
	}
}

// TestReloadAfterARejectionInAHandshake checks that a rejected promise left by the answer to a
// handshake is reported, and does not make the next load fail.
func TestReloadAfterARejectionInAHandshake(t *testing.T) {
	source := func(v string) string {
		return module("connection.send('" + v + "')")["test.js"] +
			"Module.prototype.onHandshake = function(){ return {get status(){ Promise.reject(new Error('left behind')); return 403 }} };"
	}
	r, log := newRuntime(t, map[string]string{"test.js": source("one")})
	if _, a, err := open(r, "test", Request{}); err != nil || a.Status != 403 {
		t.Errorf("%+v, %v", a, err)
	}
	log.want(t, "ERROR unhandled rejection: Error: left behind", "in=promise")
	save(t, r, "test.js", source("two"))
	log.want(t, "version 2 serves")
}
