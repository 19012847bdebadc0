package runtime

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestEvaluate evaluates lines in a module, one after the other.
func TestEvaluate(t *testing.T) {
	t.Parallel()
	r, log := newRuntimeWith(t, map[string]string{"lib/x.js": "exports.one = 1", "chat.js": `
		counter = 7; server = 'of the module';
		exports.Module = class { onData(){ } };
		exports.fail = () => { throw new RangeError('of the module') };`}, Options{TurnLimit: 2 * time.Second})
	resource, err := r.Resource("chat")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ code, want string }{
		{"1 + 1", "2"}, {"_ + 1", "3"}, {"counter", "7"}, {"x = counter + 1", "8"}, {"let y = x; y", "8"}, {"server", "'of the module'"}, {"module.server.clients", "0"}, {"connections", "[]"},
		{"require('./lib/x').one", "1"}, {"exports === module.exports", "true"}, {"module.hot.version", "1"}, {"typeof nosuch", "'undefined'"}, {"({ a: [1] })", "{ a: [ 1 ] }"},
		{"new Promise((done) => setTimeout(done, 1, 'later'))", "'later'"}, {"await (async () => 5)()", "5"}, {"_", "5"}, {"'x'.repeat(100000).length", "100000"},
		{"nosuch()", "! ReferenceError: nosuch is not defined"}, {"exports.fail()", "! RangeError: of the module\n    at "}, {"await exports.fail()", "! RangeError: of the module\n    at "},
		{"Promise.reject(new Error('no'))", "! Error: no"}, {"throw 1", "! thrown: 1"}, {"for (;;);", "! ran longer than the limit of 2s"}, {"1 +* 2", "! SyntaxError: "}, {"f(", "incomplete"},
		{"Object.defineProperty({}, 'a', { enumerable: true, get(){ throw 1 } })", "{ a: [Getter] }"},
	} {
		e := resource.Evaluate(t.Context(), c.code)
		got := e.Text
		if e.Failed {
			got = "! " + got
		} else if e.Incomplete {
			got = "incomplete"
		}
		if got != c.want && !(e.Failed && strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: %s, want %s", c.code, got, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if e := resource.Evaluate(ctx, "new Promise(() => { })"); !e.Failed || e.Text != "context canceled" {
		t.Errorf("what nobody waits for: %+v", e)
	}
	if e := resource.Evaluate(t.Context(), "Array(100).fill('y'.repeat(1000))"); len(e.Text) > maxShown+100 || len(e.Text) < maxShown {
		t.Errorf("a long value: %d bytes", len(e.Text))
	}
	if e := resource.Evaluate(t.Context(), "Promise.reject(new Error('lost')); 2"); e.Text != "2" {
		t.Errorf("a promise that nobody handles: %+v", e)
	}
	eventually(t, "the report of the rejection", func() bool { return strings.Contains(log.text(), "lost") })
	if e := resource.Evaluate(t.Context(), "console.log('a', { b: 1 }); console.error('c'); await null; 3"); e.Printed != "a { b: 1 }\nc\n" || e.Text != "undefined" {
		t.Errorf("what is printed: %+v", e)
	}
	if e := resource.Evaluate(t.Context(), "for (let i = 0; i < 1000; i++) console.log('x'.repeat(1000)); nosuch"); len(e.Printed) < maxShown || len(e.Printed) > maxShown+1001 || !e.Failed {
		t.Errorf("much that is printed: %d bytes", len(e.Printed))
	}
	if e := resource.Evaluate(t.Context(), "console.log('x'.repeat(1e6))"); len(e.Printed) > maxShown+100 {
		t.Errorf("a long line that is printed: %d bytes", len(e.Printed))
	}
	write(t, r.options.Dir+"/chat.js", "counter = 9; exports.Module = class { onData(){ } }")
	r.reload(false, time.Minute)
	if e := resource.Evaluate(t.Context(), "module.hot.version + counter"); e.Text != "11" {
		t.Errorf("after a reload: %+v", e)
	}
}
