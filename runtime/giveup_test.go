package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dop251/goja"
)

// A hang is a native function that does not return until it is released, as goja's own may not
// for hours.
type hang struct {
	begun chan struct{}
	over  chan struct{}
}

// hangs defines the global hang in a worker's VM.
func hangs(t *testing.T, r *Runtime, name string) *hang {
	t.Helper()
	h := &hang{make(chan struct{}, 100), make(chan struct{})}
	resource, err := r.Resource(name)
	if err != nil {
		t.Fatal(err)
	}
	resource.all()[0].do(func() {
		_ = resource.all()[0].vm.Set("hang", func(goja.FunctionCall) goja.Value {
			h.begun <- struct{}{}
			<-h.over
			return goja.Undefined()
		})
	})
	return h
}

const hanging = `
	var Module = this.Module = function(){ }, p = Module.prototype;
	p.onHandshake = function(r){ if (r.url == '/wait') return new Promise(function(){ }) };
	p.onData = function(d, c){ if (d == 'hang') hang(); c.send(d) };`

// TestGiveUp checks that a worker whose call does not end is given up, and that nothing else
// waits for it.
func TestGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntimeWith(t, map[string]string{"test.js": hanging, "good.js": echo}, Options{TurnLimit: 5 * time.Second})
		h := hangs(t, r, "test")
		a, as := connect(t, r, "test")
		_, bs := connect(t, r, "test")
		good, goods := connect(t, r, "good")
		returned := make(chan int)
		go func() { returned <- a.Receive(text("hang", "after")) }()
		<-h.begun
		refused := make(chan error)
		go func() {
			_, _, err := open(r, "test", Request{})
			refused <- err
		}()
		late := newFakeSession(&Conn{worker: r.resources["test"].all()[0]})
		late.conn.Connected(late) // its handshake has ended

		start := time.Now()
		good.Receive(text("x"))
		write(t, r.options.Dir+"/good.js", strings.Replace(echo, "send(data)", "send('new ' + data)", 1))
		r.Reload(false)
		good.Receive(text("y"))
		if got := goods.messages(); got != "x|new y" {
			t.Errorf("the other module answered %q", got)
		}
		if took := time.Since(start); took > 2*patience {
			t.Errorf("the other module's reload took %v", took)
		}
		time.Sleep(5 * time.Second) // on the bubble's clock
		if as.ReadyState() != stateOpen {
			t.Error("given up before its time")
		}
		time.Sleep(2 * time.Second) // on the bubble's clock
		synctest.Wait()
		for name, s := range map[string]*fakeSession{"the one that hangs": as, "another": bs, "one that was being connected": late} {
			if s.code != 1011 {
				t.Errorf("%s: closed with %d, want 1011", name, s.code)
			}
		}
		if err := <-refused; !errors.Is(err, errLost) {
			t.Errorf("a handshake meanwhile: %v", err)
		}
		log.want(t, "ERROR does not end", "resource=test", "in=onData", "at=modules/test.js:4:", "version=1", "connections=3")

		c, cs := connect(t, r, "test") // in a fresh VM
		c.Receive(text("fresh"))
		if cs.messages() != "fresh" {
			t.Errorf("afterwards: %q\n%s", cs.messages(), log.text())
		}
		log.want(t, "module loaded", "resource=test", "version=2") // the log has one version 1
		close(h.over)                                              // the call ends after all
		if n := <-returned; n != 2 {
			t.Errorf("took %d messages, want both", n)
		}
		a.Disconnected(1011, "")
		a.Drained()
		if strings.Contains(as.messages(), "after") {
			t.Error("a message was delivered in a worker that had been given up")
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestGiveUpAgainAndAgain checks that a resource whose module hangs three times is refused for a
// minute, and then served again.
func TestGiveUpAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntimeWith(t, map[string]string{"test.js": hanging, "good.js": echo}, Options{TurnLimit: 5 * time.Second})
		var over []chan struct{}
		for i := range maxLost {
			h := hangs(t, r, "test")
			over = append(over, h.over)
			c, s := connect(t, r, "test")
			go c.Receive(text("hang"))
			<-s.resumed // when it is abandoned
			if i < maxLost-1 {
				time.Sleep(time.Minute) // on the bubble's clock
			}
		}
		log.want(t, "ERROR given up 3 times in 10m0s: new connections are refused for 1m0s", "resource=test")
		if _, err := r.Resource("test"); !errors.Is(err, ErrUnserved) {
			t.Errorf("%v", err)
		}
		connect(t, r, "good")
		time.Sleep(unservedFor) // on the bubble's clock
		c, s := connect(t, r, "test")
		c.Receive(text("x"))
		if s.messages() != "x" {
			t.Errorf("after the minute: %q", s.messages())
		}
		for _, o := range over {
			close(o)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestGiveUpAtLoadAndStop checks that a stop, and the load of a module that hangs, wait no longer
// than it takes to give the worker up.
func TestGiveUpAtLoadAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntimeWith(t, map[string]string{"test.js": hanging, "lib/l.js": ""}, Options{TurnLimit: 5 * time.Second})
		h := hangs(t, r, "test")
		write(t, r.options.Dir+"/test.js", "hang();"+hanging)
		r.Reload(false)
		<-h.begun
		r.reload(false, time.Hour) // waits for the reload that hangs until that is given up
		synctest.Wait()
		log.want(t, "ERROR does not end", "in=load", "at=modules/test.js:1:6", "version=2", "connections=0")

		write(t, r.options.Dir+"/test.js", hanging)
		h2 := hangs(t, r, "test")
		c, _ := connect(t, r, "test")
		go c.Receive(text("hang"))
		<-h2.begun
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 7*time.Second {
			t.Errorf("a stop took %v", took)
		}
		close(h.over)
		close(h2.over)
	})
}

// TestInterruptedIsNotGivenUp checks that a worker is not given up for calls that end when they
// are interrupted, however many.
func TestInterruptedIsNotGivenUp(t *testing.T) {
	r, log := newRuntimeWith(t, module("while(data == 'loop');\nconnection.send(data)"), Options{TurnLimit: 250 * time.Millisecond})
	c, s := connect(t, r, "test")
	for i := range 5 {
		c.Receive(text("loop", fmt.Sprint(i)))
	}
	if got := s.messages(); got != "0|1|2|3|4" {
		t.Errorf("%q\n%s", got, log.text())
	}
}

// TestGiveUpWhatIsQueued checks that functions queued behind a call that does not end are given
// up with it: the session of a connection still to be connected is abandoned, and nothing in the
// queue runs when the call ends after all.
func TestGiveUpWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntimeWith(t, map[string]string{"test.js": hanging + "p.onConnect = function(c){ c.log('connected') };"}, Options{TurnLimit: 5 * time.Second})
		h := hangs(t, r, "test")
		a, _ := connect(t, r, "test")
		late, _, err := open(r, "test", Request{})
		if err != nil {
			t.Fatal(err)
		}
		w := a.worker
		release := hold(t, r, "test")
		w.post(func() { a.deliver(text("hang")) })
		s := newFakeSession(late)
		late.Connected(s)
		ran := false
		w.post(func() { ran = true })
		go release()
		<-h.begun
		time.Sleep(10 * time.Second) // on the bubble's clock
		synctest.Wait()
		if s.code != closeInternalError {
			t.Errorf("closed with %d, want 1011", s.code)
		}
		close(h.over)
		synctest.Wait()
		if n := strings.Count(log.text(), "INFO connected"); n != 1 || ran {
			t.Errorf("%d connections connected, want 1; the queue ran: %v", n, ran)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestGiveUpEndsTheTurn checks that a turn that ends after its worker was given up calls no more
// JavaScript, because nothing would interrupt that.
func TestGiveUpEndsTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntimeWith(t, map[string]string{"test.js": hanging}, Options{TurnLimit: 5 * time.Second})
		h := hangs(t, r, "test")
		a, _ := connect(t, r, "test")
		b, _ := connect(t, r, "test")
		w := a.worker
		go w.post(func() {
			a.deliver(text("hang"))
			b.deliver(text("x"))
			if err := w.Try("test", func() error { t.Error("ran"); return nil }); err != errLost {
				t.Errorf("%v", err)
			}
		})
		<-h.begun
		time.Sleep(10 * time.Second) // on the bubble's clock
		close(h.over)
		synctest.Wait()
		if n := len(b.session.(*fakeSession).sent); n != 0 {
			t.Errorf("sent %d messages\n%s", n, log.text())
		}
		if n := b.Receive(text("y")); n != 0 {
			t.Errorf("took %d messages", n)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
