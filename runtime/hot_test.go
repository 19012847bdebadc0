package runtime

import (
	"context"
	"strings"
	"testing"
)

func TestHot(t *testing.T) {
	const source = `
		var n = module.hot.data ? module.hot.data.n : 0;
		module.hot.dispose(function(data){ data.n = n; console_log('disposed') });
		this.Module = function(){ };
		this.Module.prototype.onData = function(d, c){ c.send(++n + ' ' + module.hot.version + ' ' + typeof module.hot.data + 'VERSION') };
		function console_log(s){ globalThis.disposed = (globalThis.disposed || 0) + 1 }`
	r, log := newRuntime(t, map[string]string{"test.js": source})
	_, s := connect(t, r, "test")
	if got := answer(s, "x"); got != "1 1 undefinedVERSION" {
		t.Error(got)
	}
	save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", "two"))
	if got := answer(s, "x"); got != "2 2 objecttwo" {
		t.Errorf("%q\n%s", got, log.text())
	}
	// A load that fails after it read the data loses neither the data nor later changes by the
	// old code.
	save(t, r, "test.js", source+"\nthrow new Error('no')")
	if got := answer(s, "x"); got != "3 2 objecttwo" {
		t.Errorf("%q\n%s", got, log.text())
	}
	save(t, r, "test.js", strings.ReplaceAll(source, "VERSION", "three"))
	if got := answer(s, "x"); got != "4 3 objectthree" {
		t.Errorf("%q\n%s", got, log.text())
	}
	save(t, r, "test.js", module(`connection.send(globalThis.disposed + typeof module.hot.data)`)["test.js"])
	if got := answer(s, "x"); got != "4object" {
		t.Errorf("%q\n%s", got, log.text())
	}
	// A disposer that throws, and one that is not a function.
	save(t, r, "test.js", "module.hot.dispose(function(){ throw new Error('in dispose') });"+module(`connection.send('four')`)["test.js"])
	save(t, r, "test.js", module(`connection.send('five')`)["test.js"])
	log.want(t, "ERROR Error: in dispose", "in=dispose")
	if got := answer(s, "x"); got != "five" {
		t.Error(got)
	}
	save(t, r, "test.js", "module.hot.dispose('no function');")
	log.want(t, "ERROR", "module.hot.dispose takes a function")
}

// TestDispose checks that Dispose calls the disposers once, while connections are open, and that it waits
// for no longer than its context for a module that is busy, whose disposers run later.
func TestDispose(t *testing.T) {
	t.Parallel()
	r, log := newRuntime(t, map[string]string{
		"test.js": `var open = [];
			this.Module = function(){ };
			this.Module.prototype.onConnect = function(c){ open.push(c) };
			this.Module.prototype.onData = function(d, c){ c.send('still here') };
			module.hot.dispose(function(data){ open.forEach(function(c){ c.send('goodbye') }) });`,
		"busy.js": `this.Module = function(){ };
			this.Module.prototype.onData = function(){ };
			module.hot.dispose(function(){ console.log('disposed late') });`,
	})
	_, s := connect(t, r, "test")
	if err := r.Dispose(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.messages(); got != "goodbye" {
		t.Errorf("%q\n%s", got, log.text())
	}
	if got := answer(s, "x"); got != "still here" {
		t.Errorf("%q\n%s", got, log.text())
	}
	connect(t, r, "busy")
	busy := r.resources["busy"].all()[0]
	entered, leave := make(chan struct{}), make(chan struct{})
	go busy.do(func() { close(entered); <-leave }) // ends below
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Dispose(ctx); err == nil {
		t.Error("Dispose waited for a busy module")
	}
	close(leave)
	if err := r.Dispose(t.Context()); err != nil {
		t.Error(err)
	}
	log.want(t, "disposed late")
	if got := s.messages(); got != "still here" {
		t.Errorf("disposed twice: %q", got)
	}
}
