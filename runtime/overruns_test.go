package runtime

import (
	goruntime "runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestHandlerTimeout has a limit of the module's own, shorter than the server's, and then that of its next version.
func TestHandlerTimeout(t *testing.T) {
	t.Parallel()
	const code = "Module.prototype.onData = function(data, connection){ if (data == 'loop') while(true); connection.send(data) };"
	own := func(ms string) string {
		return "var Module = this.Module = function(){ };\n" + code + "\nModule.options = {handlerTimeout: " + ms + "};"
	}
	r, log := newRuntimeWith(t, map[string]string{"test.js": own("100")}, Options{TurnLimit: time.Hour})
	conn, s := connect(t, r, "test")
	receive(conn, "loop")
	log.want(t, "ERROR", "ran longer than the limit of 100ms and was ended", "in=onData")
	save(t, r, "test.js", own("300"))
	receive(conn, "loop", "after")
	log.want(t, "ERROR", "ran longer than the limit of 300ms and was ended", "in=onData")
	if s.messages() != "after" {
		t.Errorf("sent %q", s.messages())
	}
}

// TestOverruns checks that a module whose calls are ended again and again is reported, once for each version.
func TestOverruns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const told = "the module fails: 3 of its calls were ended within 1m0s, because each ran longer than 50ms"
		code := module("if (data == 'a')\nwork(100);\nelse work(100);")
		r, log := newRuntimeWith(t, code, Options{TurnLimit: 50 * time.Millisecond})
		_, s := connect(t, r, "test")
		working(r)
		s.deliver(text("a", "b"))
		if strings.Contains(log.text(), told) {
			t.Error("told after two")
		}
		s.deliver(text("a"))
		log.want(t, "ERROR", told, "in onData at modules/test.js:3:", "in onData at modules/test.js:4:")
		s.deliver(text("a", "a", "a", "a"))
		if n := strings.Count(log.text(), told); n != 1 {
			t.Errorf("told %d times", n)
		}
		save(t, r, "test.js", code["test.js"]+"//")
		s.deliver(text("a", "a"))
		time.Sleep(overrunWindow) // on the bubble's clock
		s.deliver(text("a", "a"))
		if n := strings.Count(log.text(), told); n != 1 {
			t.Errorf("told %d times, the last for three calls in more than a minute", n)
		}
		s.deliver(text("a"))
		if n := strings.Count(log.text(), told); n != 2 {
			t.Errorf("told %d times", n)
		}
	})
}

// receive hands over each message by itself, again until it is taken: a reload may have to go on first.
func receive(c *Conn, messages ...string) {
	for _, m := range messages {
		for c.Receive(text(m)) == 0 {
			goruntime.Gosched()
		}
	}
}
