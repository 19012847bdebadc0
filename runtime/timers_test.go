package runtime

import "testing"

// TestTimersLetConnectionsIn checks that a connection need not wait for all timers that are due together.
func TestTimersLetConnectionsIn(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `
		var ran = 0, Module = this.Module = function(){ };
		function slow(){ if (!ran++) begun(); for (var end = Date.now() + 5; Date.now() < end;); }
		Module.prototype.onData = function(d, c){
			if (d == 'start') for (var i = 0; i < 100; i++) setTimeout(slow, 1); else c.send(ran);
		};`})
	c, s := connect(t, r, "test")
	begun := make(chan struct{})
	c.worker.do(func() { _ = c.worker.vm.Set("begun", func() { close(begun) }) })
	c.Receive(text("start"))
	<-begun
	for c.Receive(text("x")) == 0 {
		<-s.resumed
	}
	if got := s.messages(); len(got) >= len("100") {
		t.Errorf("a message was delivered after %s timers of 100\n%s", got, log.text())
	}
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
