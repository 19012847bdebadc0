package runtime

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestReloadOfWhatHandlersRequire checks that a file required by a handler is like one required
// at the top: it is evaluated once, keeps its state while it does not change, and its load's
// timers are cleared with it.
func TestReloadOfWhatHandlersRequire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		user := func(v string) string {
			return module("var l = require('./lib/late'); connection.send('" + v + " ' + ++l.n + ' ' + (globalThis.ticks || 0))")["test.js"]
		}
		const late = "exports.n = 0; setInterval(function(){ globalThis.ticks = (globalThis.ticks || 0) + 1 }, 1000);"
		r, _ := newRuntime(t, map[string]string{"test.js": user("one"), "lib/late.js": late})
		_, s := connect(t, r, "test")
		for range 100 {
			answer(s, "x")
		}
		if needs := r.resources["test"].all()[0].current.files["test.js"].needs; len(needs) != 1 {
			t.Errorf("%d entries of what the file needs", len(needs))
		}
		save(t, r, "test.js", user("two"))
		if got := answer(s, "x"); got != "two 101 0" {
			t.Errorf("state of a file that did not change: %q, want two 101 0", got)
		}
		for _, comment := range []string{"// a", "// b", "// c"} {
			save(t, r, "lib/late.js", late+comment)
			answer(s, "x")
		}
		time.Sleep(2500 * time.Millisecond) // on the bubble's clock
		synctest.Wait()
		if got := answer(s, "x"); got != "two 2 2" {
			t.Errorf("after 2.5 s: %q, want two 2 2", got)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
