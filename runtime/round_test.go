package runtime

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestRoundShares checks that an event loop's rounds, the queue of handshakes, and sessions that wait each get
// turns while the others want all of them.
func TestRoundShares(t *testing.T) {
	r, _ := newRuntime(t, module(`var until = Date.now() + 1; while (Date.now() < until); connection.send(data)`))
	loop, _ := connect(t, r, "test")
	var sessions []*fakeSession
	for range 3 {
		_, s := connect(t, r, "test")
		sessions = append(sessions, s)
	}
	var over atomic.Bool
	var rounds, turns, opened atomic.Int64
	var all sync.WaitGroup
	run := func(count *atomic.Int64, f func()) {
		all.Go(func() {
			for !over.Load() {
				f()
				count.Add(1)
			}
		})
	}
	run(&rounds, func() { loop.worker.Round(func() { loop.ReceiveInRound(text("x")) }) })
	for _, s := range sessions {
		run(&turns, func() { s.deliver(text("x")) })
	}
	for range 2 {
		run(&opened, func() { loop.worker.do(func() { time.Sleep(time.Millisecond) }) }) // as long as a slow handshake
	}
	deadline := time.Now().Add(20 * time.Second)
	for rounds.Load() < 20 || turns.Load() < 20 || opened.Load() < 20 {
		if time.Now().After(deadline) {
			t.Errorf("%d rounds, %d turns of sessions, %d of the queue", rounds.Load(), turns.Load(), opened.Load())
			break
		}
		time.Sleep(time.Millisecond) // between two looks at the counters; nothing depends on it
	}
	over.Store(true)
	all.Wait()
}

// TestRound checks that a round runs on its caller's goroutine in one turn: the sessions are flushed
// after it, and once each, and what has to wait meanwhile comes then.
func TestRound(t *testing.T) {
	r, _ := newRuntime(t, module(`connection.send(data)`))
	a, as := connect(t, r, "test")
	b, bs := connect(t, r, "test")
	var queued atomic.Bool
	inside := false
	before := as.flushed() + bs.flushed() // after onConnect
	if !a.Worker().Round(func() {
		inside = true
		a.worker.post(func() { queued.Store(true) })
		for range 3 {
			if n := a.ReceiveInRound(text("1")) + b.ReceiveInRound(text("2", "3")); n != 3 {
				t.Errorf("took %d", n)
			}
		}
		if as.flushed()+bs.flushed() != before || queued.Load() {
			t.Error("flushed, or another turn, within the round")
		}
	}) || !inside {
		t.Error("no round")
	}
	if as.messages() != "1|1|1" || bs.messages() != "2|3|2|3|2|3" || as.flushed()+bs.flushed() != before+2 {
		t.Errorf("%q flushed %d times, %q flushed %d times", as.messages(), as.flushed(), bs.messages(), bs.flushed())
	}
	eventually(t, "what was queued", queued.Load)
}

// TestRoundMakesWay checks that a connection with many messages leaves the rest of them to the next round.
func TestRoundMakesWay(t *testing.T) {
	r, _ := newRuntime(t, module(`connection.send(data)`))
	c, s := connect(t, r, "test")
	var batch []Message
	for range maxPerTurn + 1 {
		batch = append(batch, text("x")...)
	}
	taken := 0
	c.worker.Round(func() { taken = c.ReceiveInRound(batch) })
	if taken != maxPerTurn || len(s.resumed) != 1 {
		t.Errorf("took %d, resumed: %d", taken, len(s.resumed))
	}
}

// TestRoundInHaste checks that a round which has much to deliver lets others in, and delivers the rest
// afterwards.
func TestRoundInHaste(t *testing.T) {
	t.Parallel()
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){ for (var until = Date.now() + 5; Date.now() < until;); c.send(d) };`})
	c, s := connect(t, r, "test")
	w := c.worker
	batch := text("1", "2", "3", "4", "5", "6", "7", "8")
	entered := make(chan int, 1)
	taken := 0
	w.Round(func() {
		begun := make(chan struct{})
		go func() {
			close(begun)
			w.do(func() { entered <- taken })
		}()
		<-begun
		eventually(t, "the function to wait", w.wanted.Load)
		taken = c.ReceiveInRound(batch)
	})
	if n := <-entered; n == 0 || n == len(batch) {
		t.Errorf("%d of %d messages were delivered before another got the turn", n, len(batch))
	}
	<-s.resumed
	for taken < len(batch) {
		w.Round(func() { taken += c.ReceiveInRound(batch[taken:]) })
	}
	if got := s.messages(); got != "1|2|3|4|5|6|7|8" {
		t.Errorf("%q", got)
	}
}
