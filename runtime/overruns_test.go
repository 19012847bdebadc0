package runtime

import (
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
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
	write(t, filepath.Join(r.options.Dir, "test.js"), own("300"))
	r.Reload(true)
	receive(conn, "loop", "after")
	log.want(t, "ERROR", "ran longer than the limit of 300ms and was ended", "in=onData")
	if s.messages() != "after" {
		t.Errorf("sent %q", s.messages())
	}
}

// TestOverruns checks that a module whose calls are ended again and again is reported, once for each version.
func TestOverruns(t *testing.T) {
	t.Parallel()
	const told = "the module fails: 3 of its calls were ended within 1m0s, because each ran longer than 50ms"
	code := module("if (data == 'a')\nwhile(true) data.x;\nelse while(true) data.x;")
	r, log := newRuntimeWith(t, code, Options{TurnLimit: 50 * time.Millisecond})
	conn, _ := connect(t, r, "test")
	receive(conn, "a", "b")
	if strings.Contains(log.text(), told) {
		t.Error("told after two")
	}
	receive(conn, "a")
	log.want(t, "ERROR", told, "in onData at modules/test.js:3:", "in onData at modules/test.js:4:")
	receive(conn, "a", "a", "a", "a")
	if n := strings.Count(log.text(), told); n != 1 {
		t.Errorf("told %d times", n)
	}
	write(t, filepath.Join(r.options.Dir, "test.js"), code["test.js"]+"//")
	r.Reload(true)
	receive(conn, "a", "a")
	w := r.resources["test"].all()[0]
	w.do(func() {
		for i := range w.overruns.last {
			w.overruns.last[i].at = w.overruns.last[i].at.Add(-overrunWindow)
		}
	})
	receive(conn, "a", "a")
	if n := strings.Count(log.text(), told); n != 1 {
		t.Errorf("told %d times, the last for three calls in more than a minute", n)
	}
	receive(conn, "a")
	if n := strings.Count(log.text(), told); n != 2 {
		t.Errorf("told %d times", n)
	}
}

// receive hands over each message by itself, again until it is taken: a reload may have to go on first.
func receive(c *Conn, messages ...string) {
	for _, m := range messages {
		for c.Receive(text(m)) == 0 {
			goruntime.Gosched()
		}
	}
}
