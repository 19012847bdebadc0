package runtime

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dop251/goja"
)

// TestAsyncOnDataKeepsOrder checks that a promise which onData returns delays the next message of
// this connection only.
func TestAsyncOnDataKeepsOrder(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		var release = [];
		Module.prototype.onData = async function(d, c){
			if (d == 'go') { release.shift()(); return }
			if (d == 'wait') await new Promise(function(f){ release.push(f) });
			c.send(d);
		};`})
	_, as := connect(t, r, "test")
	_, bs := connect(t, r, "test")
	done := make(chan struct{})
	go func() {
		as.deliver(text("1", "wait", "2"))
		close(done)
	}()
	eventually(t, "the first", func() bool { return as.messages() == "1" })
	bs.deliver(text("x"))
	if bs.messages() != "x" {
		t.Errorf("the other connection: %q", bs.messages())
	}
	select {
	case <-done:
		t.Error("did not wait")
	default:
	}
	bs.deliver(text("go"))
	<-done
	if as.messages() != "1|wait|2" {
		t.Errorf("sent %q", as.messages())
	}
}

func TestPause(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, first;
		Module.prototype.onData = function(d, c){
			first = first || c;
			c.send(d);
			if (d == 'pause') c.pause();
			if (d == 'resume') first.resume();
		};`})
	_, as := connect(t, r, "test")
	_, bs := connect(t, r, "test")
	done := make(chan struct{})
	go func() { as.deliver(text("pause", "2")); close(done) }()
	eventually(t, "the first", func() bool { return as.messages() == "pause" })
	bs.deliver(text("resume"))
	<-done
	if as.messages() != "pause|2" {
		t.Errorf("sent %q", as.messages())
	}
}

// TestTerminateInTurn checks that a session may end from within its turn.
func TestTerminateInTurn(t *testing.T) {
	r, _ := newRuntime(t, module(`connection.pause(); connection.terminate()`))
	c, _ := connect(t, r, "test")
	c.Receive(text("a", "b"))
	c.Disconnected(1006, "")
}

func TestWatchdog(t *testing.T) {
	t.Parallel()
	const line = "at=modules/test.js:3:"
	for _, c := range []struct{ name, onData, at string }{
		{"loop", "\nwhile(true) data.x;", line},
		{"loop in catch", "\nwhile(true) try { while(true) data.x; } catch(e) { } finally { data.x; }", line},
		{"microtasks without end", "\nfunction f(){ return Promise.resolve().then(f) } f();", ""}, // it may end between two of them
		{"async loop", "\nreturn (async function(){ await null; while(true) data.x; })()", line},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, log := newRuntimeWith(t, module("if (data == 'loop') { "+c.onData+"\n} else if (data == 'promise') { Promise.resolve(data).then(function(v){ connection.send(v) }) } else connection.send(data);"), Options{TurnLimit: 500 * time.Millisecond})
			conn, s := connect(t, r, "test")
			conn.Receive(text("loop"))
			conn.Receive(text("after"))
			log.want(t, "ERROR", "ran longer than the limit of 500ms and was ended", "in=onData", c.at)
			if s.messages() != "after" {
				t.Errorf("sent %q\n%s", s.messages(), log.text())
			}
			// Promises work as before.
			conn.Receive(text("promise"))
			if s.messages() != "after|promise" {
				t.Errorf("sent %q\n%s", s.messages(), log.text())
			}
		})
	}
}

// TestWatchdogPausesWhileCompiling checks that the time to compile does not count against a
// call's limit, but is bounded as well.
func TestWatchdogPausesWhileCompiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &watchdog{limit: time.Second, watched: map[*stopwatch]struct{}{}}
		w := &stopwatch{vm: goja.New(), version: func() int { return 1 }, lost: func(lostCall) { t.Error("given up") }}
		d.add(w)
		look := func() bool {
			d.look(time.Now())
			return w.state.Load()&interrupted != 0
		}
		compile := func(took time.Duration) {
			before := look()
			w.pause(func() {
				for range 10 {
					<-time.After(took / 10)
					if look() != before {
						t.Error("interrupted while it compiled")
					}
				}
			})
		}
		call := w.start("test")
		look()
		compile(20 * time.Second)
		if look() {
			t.Error("interrupted because it had compiled")
		}
		<-time.After(1100 * time.Millisecond)
		if !look() {
			t.Error("JavaScript runs on after compiling")
		}
		compile(time.Nanosecond) // a pending interrupt stays
		w.stop(call)

		call = w.start("test")
		look()
		compile(20 * time.Second)
		compile(42 * time.Second)
		if !look() {
			t.Error("compiles without end")
		}
		w.stop(call)
	})
}

func TestWatchdogAtLoad(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, map[string]string{"test.js": "while(true);", "good.js": echo}, Options{TurnLimit: 500 * time.Millisecond})
	if _, err := r.Resource("test"); err == nil {
		t.Error("loaded")
	}
	log.want(t, "ERROR", "ran longer", "at=modules/test.js:1:")
	c, s := connect(t, r, "good")
	c.Receive(text("x"))
	if s.messages() != "x" {
		t.Errorf("sent %q", s.messages())
	}
}

// TestWatchdogLeavesShortCallsAlone checks that many short calls are not taken for one long call.
func TestWatchdogLeavesShortCallsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntimeWith(t, module("work(20)"), Options{TurnLimit: time.Second})
		_, s := connect(t, r, "test")
		working(r)
		batch := text()
		for range 2 * maxPerTurn { // a turn takes longer than the limit
			batch = append(batch, text("x")...)
		}
		s.deliver(batch)
		if strings.Contains(log.text(), "ERROR") {
			t.Error(log.text())
		}
	})
}

// working gives a module's first worker a function that takes a number of milliseconds, on the bubble's clock.
func working(r *Runtime) {
	w := r.resources["test"].all()[0]
	w.do(func() {
		_ = w.vm.Set("work", func(ms int) { time.Sleep(time.Duration(ms) * time.Millisecond) }) // on the bubble's clock
	})
}

func TestTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntime(t, map[string]string{"test.js": `
			var Module = this.Module = function(){ };
			Module.prototype.onData = function(d, c){
				var say = function(s){ c.send(s) };
				setTimeout(say, 20, 'b'); setTimeout(say, 10, 'a'); setTimeout(say, 20, 'c');
				var n = 0, i = setInterval(function(){ say('i' + ++n); if (n == 3) clearInterval(i) }, 100);
				clearTimeout(setTimeout(say, 5, 'never'));
				var byNumber = setTimeout(say, 5, 'never'); clearTimeout(+byNumber);
				setImmediate(say, 'now');
				setTimeout(function(){ throw new Error('in a timer') }, 30);
				setTimeout(function(){ say('after') }, 31);
				setTimeout(function(){ Promise.reject(new Error('in a promise')) }, 32);
				setTimeout(say, 'x', 'nan'); setTimeout(say, -5, 'neg');
				var late = setTimeout(say, 1000, 'late'); setTimeout(function(){ late.refresh() }, 500);
				setTimeout(function(){ say(typeof late.unref().ref().hasRef()) }, 1400);
				try { setTimeout('code', 1) } catch(e) { say(e.name) }
				say(typeof setTimeout(function(){}, 1));
				clearTimeout(undefined); clearTimeout(null); clearTimeout({}); clearTimeout(99999);
			};`})
		c, s := connect(t, r, "test")
		c.Receive(text("x"))
		time.Sleep(3 * time.Second) // on the bubble's clock
		synctest.Wait()
		if want := "TypeError|object|now|nan|neg|a|b|c|after|i1|i2|i3|boolean|late"; s.messages() != want {
			t.Errorf("sent %q\nwant %q", s.messages(), want)
		}
		log.want(t, "ERROR Error: in a timer", "at=modules/test.js:10:")
		log.want(t, "ERROR unhandled rejection: Error: in a promise", "at=modules/test.js:12:")
		if w := r.resources["test"].all()[0]; len(w.timers.heap) != 0 || len(w.timers.byID) != 0 {
			t.Errorf("%d timers left, %d by id", len(w.timers.heap), len(w.timers.byID))
		}
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// TestTimerObjects checks that a timer is like Node's: it may be refreshed after it has fired,
// and works with util.promisify.
func TestTimerObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntime(t, map[string]string{"test.js": `
			var util = require('util');
			this.Module = function(){ this.onData = async function(data, connection){
				function say(what){ connection.send(String(what)) }
				var n = 0, again = setTimeout(function(){ if (++n < 3) again.refresh(); else say('n' + n) }, 10);
				setTimeout(function(){ again.refresh() }, 100);
				var cleared = setTimeout(say, 10, 'cleared'); clearTimeout(cleared); cleared.refresh();
				var fired = setTimeout(function(){ clearTimeout(fired); fired.refresh() }, 10);
				var text = setTimeout(say, 10, 'text'); clearTimeout(String(+text));
				clearTimeout(Symbol('x')); clearTimeout(1n); clearTimeout({}); clearTimeout(null); clearInterval('x');
				var interval = setInterval(function(){ say('i'); if (this.seen) clearInterval(this); this.seen = true; this.refresh() }, 1000);
				say([again.hasRef(), again.unref().hasRef(), again.ref().hasRef(), util.inspect(again)]);
				var start = performance.now(); say(await util.promisify(setTimeout)(500, 'slept')); say(performance.now() - start);
				say(await util.promisify(setImmediate)('yielded'));
			} };`})
		conn, s := connect(t, r, "test")
		conn.Receive(text("x"))
		<-time.After(time.Minute)
		synctest.Wait()
		if want := "true,false,true,Timeout {}|n3|n4|slept|500|yielded|i|i"; s.messages() != want {
			t.Errorf("sent %q\nwant %q\n%s", s.messages(), want, log.text())
		}
		if w := r.resources["test"].all()[0]; len(w.timers.heap) != 0 || len(w.timers.byID) != 0 || len(w.timers.objects.live) != 0 {
			t.Errorf("%d timers left, %d by id, %d handles", len(w.timers.heap), len(w.timers.byID), len(w.timers.objects.live))
		}
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// TestConcurrentReceive checks that at most one goroutine is in a worker, and that no message is
// lost, whichever goroutine sends.
func TestConcurrentReceive(t *testing.T) {
	r, log := newRuntime(t, module(`n = (globalThis.n || 0) + 1; connection.send(data); connection.server.broadcast('all')`))
	const clients, messages = 8, 50
	sessions := make([]*fakeSession, clients)
	conns := make([]*Conn, clients)
	for i := range clients {
		conns[i], sessions[i] = connect(t, r, "test")
	}
	var all sync.WaitGroup
	for i, c := range conns {
		all.Go(func() {
			for range messages {
				sessions[i].deliver(text("x"))
			}
			c.Disconnected(1000, "")
		})
	}
	all.Wait()
	for i, s := range sessions {
		if got := strings.Count(s.messages(), "x"); got != messages {
			t.Errorf("client %d: %d of its own messages, want %d\n%s", i, got, messages, log.text())
		}
	}
	w := r.resources["test"].all()[0]
	w.do(func() {
		if w.clients.Load() != 0 || w.first != nil || w.last != nil {
			t.Errorf("%d clients left", w.clients.Load())
		}
	})
}

func TestOptionsOfModule(t *testing.T) {
	r, _ := newRuntimeWith(t, map[string]string{"test.js": echo + `Module.options = {origins: 'http://a.example', protocols: ['v1', 'v2'], maxMessage: 10, heartbeat: 1.5, compression: false,
		transports: ['websocket', 'xhr-polling'], responseLimit: 4096, cookie: true, nothing: undefined};` +
		`Module.prototype.onData = function(d, c){ c.send(c.server.options.port) }`}, Options{Server: map[string]any{"port": 8080}})
	w, err := r.Resource("test")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"origins": "http://a.example", "protocols": []any{"v1", "v2"}, "maxMessage": int64(10), "heartbeat": 1.5, "compression": false,
		"transports": []any{"websocket", "xhr-polling"}, "responseLimit": int64(4096), "cookie": true,
	}
	if o := w.Options(); !reflect.DeepEqual(o, want) {
		t.Errorf("%#v", o)
	}
	c, s := connect(t, r, "test")
	c.Receive(text("x"))
	if s.messages() != "8080" {
		t.Errorf("server.options.port: %q", s.messages())
	}
}

// TestThenThatCallsBackTwice checks that a module's own then method which calls back twice does
// not let a message pass another's promise.
func TestThenThatCallsBackTwice(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, again, release;
		Module.prototype.onData = function(d, c){
			c.send(d);
			if (d == 'twice') {
				var p = Promise.resolve();
				p.then = function(f){ again = f; f() };
				return p;
			}
			if (d == 'wait') return new Promise(function(f){ release = f });
			if (d == 'again') again();
			if (d == 'go') release();
		};`})
	a, as := connect(t, r, "test")
	_, bs := connect(t, r, "test")
	as.deliver(text("twice", "wait"))
	bs.deliver(text("again"))
	if n := a.Receive(text("x")); n != 0 {
		t.Errorf("took %d messages while a promise had not settled", n)
	}
	bs.deliver(text("go"))
	as.deliver(text("x"))
	if got := as.messages(); got != "twice|wait|x" {
		t.Errorf("sent %q", got)
	}
}

// TestConnectedAfterClose checks that no JavaScript runs after Close, not even for a connection
// that has still to adopt a version.
func TestConnectedAfterClose(t *testing.T) {
	source := func(v string) string {
		return "var M = this.Module = function(){ console.log('made " + v + "'); this.onData = function(){ } };\nM.prototype.onConnect = function(){ console.log('connect') };"
	}
	r, log := newRuntime(t, map[string]string{"test.js": source("one")})
	c, _, err := open(r, "test", Request{})
	if err != nil {
		t.Fatal(err)
	}
	save(t, r, "test.js", source("two"))
	if err := r.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	before := log.text()
	c.Connected(newFakeSession(c))
	c.Disconnected(1001, "")
	if got := log.text(); got != before {
		t.Errorf("ran after Close:\n%s", strings.TrimPrefix(got, before))
	}
}
