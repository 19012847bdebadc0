package runtime

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTimersLetConnectionsIn checks that a connection need not wait for all timers that are due together.
func TestTimersLetConnectionsIn(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `
		var ran = 0, Module = this.Module = function(){ };
		function slow(){ if (!ran++) begun(); for (var end = Date.now() + 5; Date.now() < end;); }
		Module.prototype.onData = function(d, c){
			if (d == 'start') for (var i = 0; i < 1000; i++) setTimeout(slow, 1); else c.send(ran);
		};`})
	c, s := connect(t, r, "test")
	begun := make(chan struct{})
	c.worker.do(func() { _ = c.worker.vm.Set("begun", func() { close(begun) }) })
	c.Receive(text("start"))
	<-begun
	for c.Receive(text("x")) == 0 {
		<-s.resumed
	}
	if got := s.messages(); len(got) >= len("1000") {
		t.Errorf("a message was delivered after %s timers of 1000\n%s", got, log.text())
	}
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTickOverReload checks that a timer that a file makes while it loads, and that uses module.server, goes on in
// the new version of the file, and that the log tells of the one that was cleared.
func TestTickOverReload(t *testing.T) {
	t.Parallel()
	source := `
		setInterval(function(){ module.server.broadcast('VERSION'); }, 1);
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){ c.send(String(module.server === c.server)); };`
	r, log := newRuntime(t, map[string]string{"test.js": strings.Replace(source, "VERSION", "one", 1)})
	_, s := connect(t, r, "test")
	eventually(t, "a tick", func() bool { return strings.Contains(s.messages(), "one") })
	write(t, filepath.Join(r.options.Dir, "test.js"), strings.Replace(source, "VERSION", "two", 1))
	r.reload(false, time.Minute)
	log.want(t, "test: version 2 serves 1 connection", "timers_cleared=1")
	eventually(t, "a tick of the new version", func() bool { return strings.Contains(s.messages(), "two") })
	s.deliver(text("x"))
	eventually(t, "the answer", func() bool { return strings.Contains(s.messages(), "true") })
}
