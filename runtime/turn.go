package runtime

import (
	"sync"
	"time"

	"github.com/dop251/goja"
)

// A turn is what a goroutine takes to be in a worker: at most one has it at a time.
//
// It is a run queue. A goroutine that finds the worker free takes the turn and runs what is queued; one
// that finds it taken adds to the queue and goes, and whoever has the turn sees that it runs. Messages are
// not queued: what [Conn.Receive] cannot deliver stays with the session, which is resumed when the turn is
// given back. So nothing waits for a slow module but the sockets of its own connections.
type turn struct {
	// fixed
	worker *worker
	gone   chan struct{} // closed when the worker is given up

	mu sync.Mutex

	// guarded by mu
	taken    bool
	lost     bool     // the worker has been given up: nothing runs in it any more
	queue    []queued // runs in turns, in order
	waiting  *Conn    // first of those whose session is resumed when the turn is given back, by nextWaiting
	waitLast *Conn

	// only in the turn
	call      call // the call into JavaScript that is under way
	runCall   func() error
	stopwatch stopwatch
	rejected  []*goja.Promise // rejected in this call and not handled so far
	settling  bool            // settle is under way
	touched   []*Conn         // have something to flush
}

// queued is what runs in a turn to come.
type queued struct {
	run  func()
	conn *Conn // that it connects; nil: none
}

const (
	// maxPerTurn is how many messages of one connection are delivered before others get a turn.
	maxPerTurn = 64
	// maxDrain is how long one goroutine runs what is queued before sessions that wait get the worker.
	maxDrain = time.Millisecond
	// maxYield is how long the queue is left to the sessions that it has made way for.
	maxYield = 10 * time.Millisecond
	// maxKept is how long a slice may be for a worker to keep it between turns.
	maxKept = 1 << 10
)

// post runs f in a turn: at once on this goroutine if the worker is free, otherwise soon on the goroutine
// that has the turn. What is posted from one goroutine runs in order. It never waits for another goroutine,
// and may be called from any, in a turn as well. Nothing runs in a worker that has been given up.
func (t *turn) post(f func()) { t.postFor(nil, f) }

// postFor is post for what connects a connection. It reports false, and runs nothing, if the worker has been
// given up; if that happens before f runs, the connection's session is abandoned.
func (t *turn) postFor(c *Conn, f func()) bool {
	t.mu.Lock()
	if t.lost {
		t.mu.Unlock()
		return false
	}
	t.queue = append(t.queue, queued{f, c})
	if t.taken {
		t.mu.Unlock()
		return true
	}
	t.taken = true
	t.mu.Unlock()
	t.drain()
	return true
}

// do is post for a caller that needs f to have run. It returns false if the worker has been given up: then f may
// still be running, and what it does is not to be looked at. It must not be called in a turn of the same worker.
func (t *turn) do(f func()) bool {
	done := make(chan struct{})
	t.post(func() {
		defer close(done)
		f()
	})
	select {
	case <-done:
		return true
	case <-t.gone:
		return false
	}
}

// enter takes the turn for a connection that has messages; leave must follow. If the worker is busy it
// reports false, and the connection's session will be resumed, or is abandoned with the worker.
func (t *turn) enter(c *Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken || t.lost { // a turn that ended when it was being given up has left it free
		t.waitLocked(c)
		return false
	}
	t.taken = true
	return true
}

// resume has the connection's session resumed when the turn is given back.
func (t *turn) resume(c *Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waitLocked(c)
}

func (t *turn) waitLocked(c *Conn) {
	switch {
	case c.waiting:
		return
	case t.waiting == nil:
		t.waiting = c
	default:
		t.waitLast.nextWaiting = c
	}
	t.waitLast, c.waiting = c, true
}

// contended reports whether someone else wants the worker.
func (t *turn) contended() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queue) > 0 || t.waiting != nil
}

// drain runs what is queued, for about maxDrain. The caller has the turn, which drain gives back.
func (t *turn) drain() {
	began := time.Now()
	for run := t.next(); run != nil; run = t.next() {
		run()
		if time.Since(began) > maxDrain {
			break
		}
	}
	t.leave(true)
}

// drainIfFree is drain if there is something queued and nobody has the turn.
func (t *turn) drainIfFree() {
	t.mu.Lock()
	if t.taken || len(t.queue) == 0 {
		t.mu.Unlock()
		return
	}
	t.taken = true
	t.mu.Unlock()
	t.drain()
}

// next takes the first of the queue, and returns nil if nothing is to run. It takes no more than that, because what
// is queued behind a call that does not end must be there for giveUp to find.
func (t *turn) next() (run func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost || len(t.queue) == 0 {
		return nil
	}
	run = t.queue[0].run
	t.queue[0] = queued{}
	t.queue = t.queue[1:]
	return run
}

// leave gives the turn back, and then flushes what was sent in it, once for each session: writing takes
// longer than running, and the next turn need not wait for it.
//
// What is queued comes next, on a goroutine of its own so that the caller's socket is read. But after a turn
// of the queue (drained) come the sessions that wait: each of them calls Receive or Disconnected, whose turn
// the queue follows. So a stream of handshakes cannot keep out the connections that are open, nor they it. A
// session that is closing may have dropped what it held, and come for nothing: then the queue goes on after maxYield.
func (t *turn) leave(drained bool) {
	sessions, first := t.takeTouched()
	fanOut := t.worker.fanOut.begin(t.worker.first)
	t.mu.Lock()
	if t.lost { // its sessions have been told
		t.mu.Unlock()
		return
	}
	var resumed *Conn
	if len(t.queue) > 0 && (t.waiting == nil || !drained) {
		go t.drain() // ends with its turn
	} else {
		if t.taken = false; len(t.queue) > 0 {
			time.AfterFunc(maxYield, t.drainIfFree) // runs for one turn at most
		}
		resumed, t.waiting, t.waitLast = t.waiting, nil, nil
	}
	t.mu.Unlock()
	for c := resumed; c != nil; {
		t.mu.Lock()
		next := c.nextWaiting
		c.nextWaiting, c.waiting = nil, false
		t.mu.Unlock()
		c.session.Resume()
		c = next
	}
	if fanOut {
		t.worker.fanOut.run()
	}
	if first != nil {
		first.Flush()
	}
	for _, s := range sessions {
		s.Flush()
	}
}

// takeTouched returns the sessions that are to be flushed: the first, and the others.
func (t *turn) takeTouched() (others []Session, first Session) {
	if len(t.touched) == 0 {
		return nil, nil
	}
	first = t.touched[0].session
	if len(t.touched) > 1 { // other than the usual: an answer to whoever asked
		others = make([]Session, 0, len(t.touched)-1)
		for _, c := range t.touched[1:] {
			others = append(others, c.session)
		}
	}
	for i, c := range t.touched {
		c.touched = false
		t.touched[i] = nil
	}
	if t.touched = t.touched[:0]; cap(t.touched) > maxKept {
		t.touched = nil
	}
	return others, first
}
