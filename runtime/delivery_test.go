package runtime

import (
	"strings"
	"testing"
	"time"
)

// TestDeliver checks what of a batch reaches a module, and in which order, whatever happens between two
// of its messages.
func TestDeliver(t *testing.T) {
	t.Parallel()
	const prefix = `var Module = this.Module = function(){ }, p = Module.prototype; `
	for _, test := range []struct{ name, code, messages, want, log string }{
		{"plain", `p.onData = function(d, c){ c.send(d) }`, "a b c", "a|b|c", ""},
		{"microtasks before the next message", `p.onData = function(d, c){ Promise.resolve().then(function(){ c.send(d + 2) }).then(function(){ c.send(d + 3) }); c.send(d + 1) }`,
			"a b", "a1|a2|a3|b1|b2|b3", ""},
		{"an exception", `p.onData = function(d, c){ if (d == 'b') throw new Error('no b'); c.send(d) }; p.onError = function(e, c){ c.send(e.message) }`,
			"a b c", "a|no b|c", "Error: no b"},
		{"two exceptions", `p.onData = function(d, c){ if (d > 'a') throw d; c.send(d) }; p.onError = function(e, c){ c.send('!' + e) }`,
			"a b c a", "a|!b|!c|a", "thrown: 'c'"},
		{"a rejection", `p.onData = function(d, c){ if (d == 'b') Promise.reject(new Error('no b')); c.send(d) }; p.onError = function(e, c){ c.send(e.message) }`,
			"a b c", "a|b|no b|c", "unhandled rejection: Error: no b"},
		{"an async function", `p.onData = async function(d, c){ await null; c.send(d); await null; if (d == 'b') throw new Error('no b'); c.send(d) }`,
			"a b c", "a|a|b|c|c", "Error: no b"},
		{"another function from now on", `p.onData = function(d, c){ c.send(d); p.onData = function(d, c){ c.send('new ' + d); this.onData = 'none'; } }`,
			"a b c", "a|new b", ""},
		{"an arrow", `p.onData = (d, c) => c.send(d)`, "a b", "a|b", ""},
		{"a bound function", `p.onData = function(x, d, c){ c.send(this + x + d) }.bind('this', 'x')`, "a b", "thisxa|thisxb", ""},
		{"a proxy that keeps its arguments", `var all = []; p.onData = new Proxy(function(){ }, {apply: function(f, self, args){ all.push(args); args[1].send(all.map(function(a){ return a[0] }).join('')) }})`,
			"a b c", "a|ab|abc", ""},
		{"a bound function that throws", `p.onData = function(d, c){ if (d == 'b') throw new Error('no b'); c.send(d) }.bind(null)`, "a b c", "a|c", "Error: no b"},
		{"a class", `class X { static n = 0 }; p.onData = X; p.onError = function(e, c){ c.send(e.name) }`, "a b", "TypeError|TypeError", "in=onData"},
		{"a generator", `p.onData = function*(d, c){ c.send(d) }`, "a b", "", ""},
		{"a getter that throws", `var bad; Object.defineProperty(p, 'onData', {get: function(){ if (bad) { bad = false; throw new Error('bad') } return function(d, c){ c.send(d); bad = d == 'b' } }})`,
			"a b c d", "a|b|d", "Error: bad"},
		{"closed in between", `p.onData = function(d, c){ if (d > 'b') throw new Error('delivered'); c.send(d); if (d == 'b') c.close() }`, "a b c d", "a|b", ""},
		{"closed by its socket", `p.onData = function(d, c){ if (d > 'b') throw new Error('delivered'); c.send(d); if (d == 'b') c.socket.close() }`, "a b c d", "a|b", ""},
		{"terminated in between", `p.onData = function(d, c){ if (d > 'b') throw new Error('delivered'); c.send(d); if (d == 'b') c.terminate() }`, "a b c d", "a|b", ""},
		{"arguments", `var kept; p.onData = function(){ kept = kept || arguments; arguments[1].send(kept[0] + arguments[0] + arguments.length) }`, "a b", "aa2|ab2", ""},
		{"too deep", `p.onData = function f(d, c){ if (d == 'b') f(d, c); c.send(d) }; p.onError = function(e, c){ c.send(e.name) }`, "a b c", "a|RangeError|c", "Maximum call stack"},
		{"caught when too deep, after a microtask", `function f(){ f() } p.onData = function(d, c){ Promise.resolve(); (async function(){ await null })(); try { f() } catch(e) { c.send(d + e.name) } }`, "a b", "aRangeError|bRangeError", ""},
		{"caught when too deep", `function f(){ f() } p.onData = function(d, c){ try { f() } catch(e) { c.send(d + e.name) } }`, "a b", "aRangeError|bRangeError", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, log := newRuntime(t, map[string]string{"test.js": prefix + test.code})
			c, s := connect(t, r, "test")
			batch := text(strings.Fields(test.messages)...)
			for taken := 0; taken < len(batch); {
				n := c.Receive(batch[taken:])
				if n == 0 {
					t.Fatalf("takes no more than %d messages", taken)
				}
				taken += n
			}
			if got := s.messages(); got != test.want {
				t.Errorf("sent %q, want %q\n%s", got, test.want, log.text())
			}
			if test.log != "" {
				log.want(t, "ERROR", test.log)
			} else if strings.Contains(log.text(), "ERROR") {
				t.Error(log.text())
			}
		})
	}
}

// TestDeliverText checks texts that share memory, and those that are too long for it, also after later
// ones have arrived.
func TestDeliverText(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, all = [];
		Module.prototype.onData = function(d, c){
			if (d !== 'tell') return void all.push(d);
			c.send(all.map(function(d){ return d.length + d + d.charCodeAt(d.length - 1) }).join(''));
		};`})
	c, s := connect(t, r, "test")
	texts := []string{"", "a", "é", "\U0001f600", strings.Repeat("x", 255), strings.Repeat("y", 256), strings.Repeat("z", 257), strings.Repeat("ö", 200), "12345678é", "end"}
	want := "0NaN" + "1a97" + "1é233" + "2\U0001f60056832" +
		"255" + texts[4] + "120" + "256" + texts[5] + "121" + "257" + texts[6] + "122" + "200" + texts[7] + "246" + "912345678é233" + "3end100"
	batch := text(append(texts, texts...)...)
	c.Receive(batch)
	for i := range batch {
		for j := range batch[i].Data { // the session reuses its buffers
			batch[i].Data[j] = '!'
		}
	}
	c.Receive(text(texts...))
	c.Receive(text("tell"))
	if got := s.messages(); got != want+want+want {
		t.Errorf("%q\nwant three times\n%q", got, want)
	}
}

// TestDeliverBinary checks that what a module keeps of a binary message stays what it was.
func TestDeliverBinary(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, first;
		Module.prototype.onData = function(d, c){ first = first || d; c.send(first); c.send(Object.prototype.toString.call(d) + d.buffer.byteLength + (d instanceof Uint8Array)) };`})
	c, s := connect(t, r, "test")
	batch := []Message{{Binary: true, Data: []byte{1, 2, 3}}, {Binary: true, Data: []byte{}}}
	c.Receive(batch)
	batch[0].Data[0] = 9
	c.Receive(batch[:1])
	const one, none = "binary:010203|[object Uint8Array]3true", "binary:010203|[object Uint8Array]0true"
	if got := s.messages(); got != one+"|"+none+"|"+one {
		t.Error(got)
	}
}

// TestDeliverOwned checks that JavaScript gets the memory of messages that are the receiver's, instead of a copy, and
// that texts have not changed.
func TestDeliverOwned(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){ if (typeof d != 'string') d[0] = 7; c.send(d) };`})
	c, s := connect(t, r, "test")
	long := strings.Repeat("ö", 300)
	batch := []Message{{Binary: true, Data: []byte{1, 2}, Owned: true}, {Binary: true, Data: []byte{1, 2}}, {Data: []byte("é"), Owned: true}, {Data: []byte(long), Owned: true}, {Owned: true}}
	c.Receive(batch)
	if got, want := s.messages(), "binary:0702|binary:0702|é|"+long+"|"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if batch[0].Data[0] != 7 || batch[1].Data[0] != 1 {
		t.Errorf("after JavaScript has changed them: %v, want [7 2], and [1 2] of the one that was copied", [][]byte{batch[0].Data, batch[1].Data})
	}
}

// TestDeliverAfterAnInterrupt checks that the messages after one whose call was ended are delivered, each
// with the whole time that a call has.
func TestDeliverAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{
		"in the call":         `for (;;);`,
		"in a microtask":      `Promise.resolve().then(function(){ for (;;); })`,
		"before an await":     `(async function(){ for (;;); })()`,
		"after an await":      `(async function(){ await null; for (;;); })()`,
		"in three async ones": `const f = async n => { if (n) await f(n - 1); for (;;); }; f(3)`,
		"in a generator":      `function* g(n){ if (n) for (const x of g(n - 1)); for (;;); } g(3).next()`,
		"in a native call":    `[1].forEach(function(){ for (;;); })`,
	} {
		for _, async := range []string{"", "async "} {
			t.Run(async+name, func(t *testing.T) {
				t.Parallel()
				r, log := newRuntimeWith(t, map[string]string{"test.js": `exports.onData = ` + async + `function(data, connection){
				if (data == 'hang') {` + code + `} else return Promise.resolve(data).then(function(d){ connection.send(d) }) }`}, Options{TurnLimit: 200 * time.Millisecond})
				c, s := connect(t, r, "test")
				s.deliver(text("a", "hang", "b", "hang", "c"))
				if s.messages() != "a|b|c" || strings.Count(log.text(), "ran longer than the limit of 200ms and was ended") != 2 {
					t.Errorf("%q\n%s", s.messages(), log.text())
				}
				_ = c
			})
		}
	}
}
