package runtime

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestReloadOfOwnCode checks that all code which a constructor put on an instance is replaced by
// the new version's.
func TestReloadOfOwnCode(t *testing.T) {
	for name, source := range map[string]string{
		"a getter":     `this.Module = function(){ Object.defineProperty(this, 'what', {get: function(){ return 'VERSION' }}) }; this.Module.prototype.onData = function(d, c){ c.send(this.what) };`,
		"a symbol":     `var S = Symbol.for('s'); this.Module = function(){ this[S] = function(){ return 'VERSION' } }; this.Module.prototype.onData = function(d, c){ c.send(this[S]()) };`,
		"a reference":  `function onData(d, c){ c.send('VERSION') } this.Module = function(){ this.onData = onData };`,
		"by a library": `function init(o){ o.onData = function(d, c){ c.send('VERSION') } } this.Module = function(){ init(this) };`,
	} {
		t.Run(name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(source, "VERSION", "one")})
			_, s := connect(t, r, "test")
			for i, want := range []string{"one", "two", "three"} {
				if i > 0 {
					save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", want))
				}
				if got := answer(s, "x"); got != want {
					t.Errorf("answered %q, want %q\n%s", got, want, log.text())
				}
			}
		})
	}
}

// TestReloadWithoutConstructor checks that an instance without code of its own gets the new
// prototype without a call of the constructor if that is plain, and that a constructor which
// throws to refuse handshakes does no harm.
func TestReloadWithoutConstructor(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": module("connection.send('one')")["test.js"]})
	_, as := connect(t, r, "test")
	_, bs := connect(t, r, "test")
	for _, c := range []struct{ constructor, want string }{
		{"function(){ this.n = 0; this.name = 'x', this.list = []; }", "two"},
		{"function(){ throw new Error('the room is full') }", "three"},
		{"class { constructor(){ throw new Error('the room is full') } }", "four"},
	} {
		save(t, r, "test.js", "this.Module = "+c.constructor+"; this.Module.prototype.onData = function(d, c){ c.send('"+c.want+"' + this.n) };")
		if got := answer(as, "x") + answer(bs, "x"); got != c.want+"undefined"+c.want+"undefined" {
			t.Errorf("%s: %q\n%s", c.constructor, got, log.text())
		}
	}
	if strings.Contains(log.text(), "ERROR") {
		t.Error(log.text())
	}
	save(t, r, "test.js", "this.Module = function(){ this.n = 0; this.name = 'x' }; this.Module.prototype.onData = function(d, c){ };")
	if w := r.resources["test"].all()[0]; w.current.shape == nil || w.current.shape.ownsCode() {
		t.Errorf("an instance was made: %+v", w.current.shape)
	}
}

// TestReloadThatLoops checks that code which loops for every connection is interrupted once, not
// for each.
func TestReloadThatLoops(t *testing.T) {
	t.Parallel()
	const limit = 300 * time.Millisecond
	for name, source := range map[string]string{
		"onReload":    "this.Module = function(){ }; this.Module.prototype = {onData: function(d, c){ c.send('two') }, onReload: function(){ while (true) Math.abs(1) }};",
		"constructor": "var made = 0; this.Module = function(){ if (++made > 2) while (true) Math.abs(1); this.onData = function(d, c){ c.send('two') } };",
	} {
		t.Run(name, func(t *testing.T) {
			r, log := newRuntimeWith(t, module("connection.send('one')"), Options{TurnLimit: limit})
			for range 50 {
				connect(t, r, "test")
			}
			began := time.Now()
			save(t, r, "test.js", source)
			if took := time.Since(began); took > 45*limit {
				t.Errorf("took %v", took)
			}
			log.want(t, "ran longer than the limit")
			log.want(t, "version 2 serves 50 connections")
			if n := strings.Count(log.text(), "ERROR"); n > maxKeptTold+1 {
				t.Errorf("%d errors", n)
			}
		})
	}
}

// TestReloadOverADisposerThatLoops checks that a disposer which loops makes one load fail, not
// all.
func TestReloadOverADisposerThatLoops(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, map[string]string{"test.js": "module.hot.dispose(function(){ while (true) Math.abs(1) });" + module("connection.send('one')")["test.js"]},
		Options{TurnLimit: 300 * time.Millisecond})
	_, s := connect(t, r, "test")
	for _, comment := range []string{"// first", "// second"} {
		save(t, r, "test.js", "var d = module.hot.data;"+module("connection.send('two')")["test.js"]+comment)
	}
	if got := answer(s, "x"); got != "two" {
		t.Errorf("%q\n%s", got, log.text())
	}
}

// TestReloadWhileOnDataWaits checks that an instance is replaced only when onData's promise has
// settled, because the code after the await works on the old instance.
func TestReloadWhileOnDataWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := func(v string) string {
			return `const wait = () => new Promise(f => setTimeout(f, 1000));
				export class Module {
					n = 0;
					onData = async (d, c) => { await wait(); this.n++; c.send('` + v + ` ' + d + this.n) };
					onReload(c){ c.send('reloaded ' + this.n) }
				}`
		}
		r, log := newRuntime(t, map[string]string{"test.js": source("one")})
		_, s := connect(t, r, "test")
		go s.deliver(text("a", "b")) // ends with the second promise
		synctest.Wait()
		save(t, r, "test.js", source("two"))
		save(t, r, "test.js", source("three"))
		time.Sleep(3 * time.Second) // on the bubble's clock
		synctest.Wait()
		if got := s.messages(); got != "one a1|reloaded 1|three b2" {
			t.Errorf("%q\n%s", got, log.text())
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
