package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// hold keeps the worker busy until the returned function is called.
func hold(t *testing.T, r *Runtime, resource string) (release func()) {
	t.Helper()
	w, err := r.Resource(resource)
	if err != nil {
		t.Fatal(err)
	}
	begun, over, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		w.all()[0].do(func() { close(begun); <-over })
		close(left)
	}()
	<-begun
	return func() { close(over); <-left }
}

// TestNothingWaitsForABusyWorker checks that no call of a connection waits while another
// goroutine is in the worker: its messages stay with the session, which is resumed, and are
// delivered in order later.
func TestNothingWaitsForABusyWorker(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, p = Module.prototype;
		p.onConnect = function(c){ c.send('connect') };
		p.onData = function(d, c){ c.send(d) };
		p.onDrain = function(c){ c.send('drain') };
		p.onDisconnect = function(c, code){ c.server.closed = code };`})
	c, _, err := open(r, "test", Request{})
	if err != nil {
		t.Fatal(err)
	}
	s := newFakeSession(c)
	release := hold(t, r, "test")
	c.Connected(s)
	if n := c.Receive(text("a", "b")); n != 0 {
		t.Errorf("a busy worker took %d messages", n)
	}
	c.Drained()
	if s.messages() != "" {
		t.Errorf("ran in a turn of somebody else's: %q", s.messages())
	}
	release()
	<-s.resumed
	s.deliver(text("a", "b"))
	r.resources["test"].all()[0].do(func() {}) // behind what is queued
	// The queue makes way for messages after maxDrain, so that onDrain may come before, between or behind them.
	if got := s.messages(); !strings.HasPrefix(got, "connect|") || strings.Replace(got+"|", "drain|", "", 1) != "connect|a|b|" {
		t.Errorf("%q", got)
	}
	release = hold(t, r, "test")
	c.Disconnected(4001, "")
	release()
	w := r.resources["test"].all()[0]
	w.do(func() {
		if got := w.server.Get("closed"); got == nil || got.ToInteger() != 4001 {
			t.Errorf("onDisconnect got %v", got)
		}
	})
}

// TestReceiveFallsShort checks that Receive takes fewer messages while a module pauses or a
// promise is pending, and resumes the session afterwards.
func TestReceiveFallsShort(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, first, go;
		Module.prototype.onData = function(d, c){
			first = first || c;
			c.send(d);
			if (d == 'pause') c.pause();
			if (d == 'resume') first.resume();
			if (d == 'wait') return new Promise(function(f){ go = f });
			if (d == 'go') go();
		};`})
	a, as := connect(t, r, "test")
	b, _ := connect(t, r, "test")
	for _, c := range []struct{ stop, start string }{{"pause", "resume"}, {"wait", "go"}} {
		if n := a.Receive(text("x", c.stop, "y", "z")); n != 2 {
			t.Errorf("%s: took %d messages, want 2", c.stop, n)
		}
		if n := a.Receive(text("y", "z")); n != 0 {
			t.Errorf("%s: took %d messages, want none", c.stop, n)
		}
		select {
		case <-as.resumed:
			t.Errorf("%s: resumed at once", c.stop)
		default:
		}
		b.Receive(text(c.start))
		<-as.resumed
		if n := a.Receive(text("y", "z")); n != 2 {
			t.Errorf("%s: took %d messages, want 2", c.start, n)
		}
	}
	if got := as.messages(); got != "x|pause|y|z|x|wait|y|z" {
		t.Errorf("%q", got)
	}
}

// TestMessagesAndQueueTakeTurns checks that neither a stream of queued functions nor a session's
// messages keep the other out.
func TestMessagesAndQueueTakeTurns(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": echo})
	_, s := connect(t, r, "test")
	w := r.resources["test"].all()[0]
	stop := make(chan struct{})
	var all sync.WaitGroup
	posted := 0 // only in turns
	var again func()
	again = func() { // the queue is never empty
		posted++
		select {
		case <-stop:
		default:
			w.post(again)
		}
	}
	begun := make(chan struct{})
	all.Go(func() { w.post(func() { close(begun); again() }) })
	<-begun
	for i := range 100 {
		s.deliver(text(fmt.Sprint(i)))
	}
	var before, after int
	w.do(func() { before = posted })
	for i := range 100 {
		s.deliver(text(fmt.Sprint(i)))
	}
	w.do(func() { after = posted })
	close(stop)
	all.Wait()
	if after == before {
		t.Error("the queue stood still")
	}
	if n := strings.Count(s.messages(), "|"); n != 199 {
		t.Errorf("%d answers, want 200", n+1)
	}
}

// TestQueueGoesOnWithoutTheSessionsThatWaited checks that the queue does not wait for a session
// which it has let in first and which has nothing to deliver any more.
func TestQueueGoesOnWithoutTheSessionsThatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newRuntime(t, map[string]string{"test.js": echo})
		c, s := connect(t, r, "test")
		w := r.resources["test"].all()[0]
		release := hold(t, r, "test")
		if n := c.Receive(text("x")); n != 0 {
			t.Errorf("took %d messages", n)
		}
		s.Terminate()                               // so the message is not offered again
		w.post(func() { time.Sleep(2 * maxDrain) }) // on the bubble's clock
		ran := make(chan struct{})
		w.post(func() { close(ran) })
		release()
		select {
		case <-ran:
		case <-time.After(time.Second):
			t.Error("the queue stood still")
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestOpenWhileBusy checks that a handshake does not wait for a busy module after its context has
// ended.
func TestOpenWhileBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntime(t, map[string]string{"test.js": echo + "Module.prototype.onHandshake = function(){ return new Promise(function(){ }) };"})
		w, err := r.Resource("test")
		if err != nil {
			t.Fatal(err)
		}
		try := func(want string) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, _, err := w.Open(ctx, Request{RemoteAddress: "192.0.2.1"}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			log.want(t, "ERROR", want, "limit=10s", "client=192.0.2.1")
		}
		try("a promise that does not settle")
		release := hold(t, r, "test")
		try("was busy for the whole time")
		release()
		ctx, hungUp := context.WithCancel(t.Context())
		hungUp()
		if _, _, err := w.Open(ctx, Request{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if n := strings.Count(log.text(), "ERROR"); n != 2 {
			t.Errorf("%d errors logged, want 2:\n%s", n, log.text())
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestEnding checks that after Ending messages held up by a pause or a promise are dropped, and
// those held up by a busy worker are not.
func TestEnding(t *testing.T) {
	const source = `
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){
			c.send(d);
			if (d == 'pause') c.pause();
			if (d == 'wait') return new Promise(function(){ });
		};
		Module.prototype.onDisconnect = function(c, code){ c.server.ended = (c.server.ended || '') + code + ' ' };`
	for _, c := range []struct{ stop, want string }{{"pause", "pause"}, {"wait", "wait"}, {"", "|x|y"}} {
		r, _ := newRuntime(t, map[string]string{"test.js": source})
		conn, s := connect(t, r, "test")
		release := func() {}
		if conn.Receive(text(c.stop)); c.stop == "" {
			release = hold(t, r, "test")
		}
		if n := conn.Receive(text("x", "y")); n != 0 {
			t.Errorf("%q: took %d messages", c.stop, n)
		}
		conn.Ending()
		release()
		<-s.resumed
		if n := conn.Receive(text("x", "y")); n != 2 {
			t.Errorf("%q: took %d messages, want both", c.stop, n)
		}
		conn.Disconnected(4000, "")
		if s.messages() != c.want {
			t.Errorf("%q: %q, want %q", c.stop, s.messages(), c.want)
		}
		w := r.resources["test"].all()[0]
		w.do(func() {
			if ended := w.server.Get("ended"); ended == nil || ended.String() != "4000 " {
				t.Errorf("%q: onDisconnect with %v", c.stop, ended)
			}
		})
	}
}

// TestReceiveAllocations checks what a message costs that onData sends back: two allocations alone, and nothing
// but a share of the batch's in a batch.
func TestReceiveAllocations(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"echo.js": echo})
	c, _, err := open(r, "echo", Request{})
	if err != nil {
		t.Fatal(err)
	}
	c.Connected(&nowhere{})
	one, many := text(strings.Repeat("x", 64)), []Message(nil)
	for range 32 {
		many = append(many, one...)
	}
	for _, test := range []struct {
		batch []Message
		most  float64
	}{{one, 2}, {many, 4}} {
		if n := testing.AllocsPerRun(1000, func() { c.Receive(test.batch) }); n > test.most {
			t.Errorf("%d messages: %v allocations, want at most %v", len(test.batch), n, test.most)
		}
	}
}

// TestTextsOfABatch checks that each message of a batch is its own text, of whatever length, script and kind, also if onData
// throws, waits or closes in between, and that they stay what they are.
func TestTextsOfABatch(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ this.kept = [] };
		Module.prototype.onData = function(d, c){
			if (d == 'all') { this.kept.forEach(function(d){ c.send(d) }); return }
			this.kept.push(d);
			if (d == 'throw') throw new Error(d);
			if (d == 'wait') return Promise.resolve();
			if (d == 'microtask') Promise.resolve().then(() => this.kept.push('ran'));
			if (d == 'interrupted') while (true);
		};`})
	r.watchdog.limit = 200 * time.Millisecond
	_, s := connect(t, r, "test")
	texts := []string{"", "x", "seventeen letters", strings.Repeat("a", 300), "ü", strings.Repeat("日本", 20), "throw", "microtask", "interrupted", "wait", "y", strings.Repeat("z", 200)}
	for range 40 {
		texts = append(texts, strings.Repeat("q", 200))
	}
	batch := text(texts...)
	s.deliver(batch)
	for _, m := range batch {
		clear(m.Data)
	}
	s.deliver(text("all"))
	want := strings.Replace(strings.Join(texts, "|"), "microtask|", "microtask|ran|", 1)
	if got := s.messages(); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
