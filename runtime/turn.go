package runtime

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
)

// A turn lets one goroutine at a time into a worker.
//
// It is a run queue. A goroutine that finds the worker free takes the turn and runs the queue. A
// goroutine that finds it taken adds a function to the queue and goes on, and the goroutine that has
// the turn makes sure that the function runs. Messages are not queued: what [Conn.Receive] cannot
// deliver stays with the session, which is resumed when the turn is given back. So only a slow
// module's own connections wait for it.
//
// Three may want the turn at any time: an event loop for its round, the queue, and sessions that
// wait. Each gives it to the next of them, in this order, so that none is kept out by the others.
type turn struct {
	// fixed after newWorker
	worker *worker
	gone   chan struct{} // closed when the worker is given up
	timed  *atomic.Bool  // Runtime.timing

	mu sync.Mutex

	// guarded by mu
	taken    bool
	lost     bool     // the worker has been given up: nothing is started in it any more
	queue    []queued // functions to run, in order
	waiting  *Conn    // head of the list, by nextWaiting, of connections to resume after the turn
	waitLast *Conn    // its tail
	owed     int      // resumed sessions that have not taken their turn
	yields   int      // the number of times for which others made way for them
	round    bool     // Round waits, for granted

	granted chan struct{} // of capacity 1; hands the turn to Round; fixed after newWorker

	wanted atomic.Bool // functions are queued, or sessions or a round wait; written with mu held

	// only in the turn
	call      call            // the call into JavaScript in progress
	runCall   func() error    // the method run, as a value that is made once
	stopwatch stopwatch       // shared with the watchdog
	rejected  []*goja.Promise // rejected in this call, and not handled so far
	settling  bool            // settle is in progress
	touched   []*Conn         // connections to flush after the turn
	wantedAt  time.Time       // when makeWay saw that the turn is wanted; zero: it has not
	began     time.Duration   // when it began, in sinceStart's time; 0: it is not timed
}

// queued is work for a later turn.
type queued struct {
	run     func() // nil: connect is to be connected
	connect *Conn
}

func (q queued) do() {
	if q.run == nil {
		q.connect.connect()
	} else {
		q.run()
	}
}

const (
	// maxPerTurn is the number of messages that one connection delivers before others get a turn.
	maxPerTurn = 64
	// maxDrain is the time for which the queue runs before waiting sessions get the worker.
	maxDrain = time.Millisecond
	// maxYield is the time for which the queue and rounds make way for resumed sessions.
	maxYield = 2 * time.Millisecond
	// maxDeliver is the time for which messages are delivered in one turn while others wait for it.
	maxDeliver = 5 * time.Millisecond
	// maxKept is the capacity above which a slice is not kept for the next turn.
	maxKept = 1 << 10
)

// post runs f in a turn: at once on this goroutine if the worker is free, otherwise soon on another.
// Functions posted from one goroutine run in order. post never waits for another goroutine. It may
// be called from any goroutine, including the one that has the turn. Once the worker has been given
// up, it does nothing.
func (t *turn) post(f func()) { t.add(queued{run: f}) }

// connect posts c's connect. It returns false if the worker has been given up. If that happens later
// but before connect runs, c's session is abandoned.
func (t *turn) connect(c *Conn) bool { return t.add(queued{connect: c}) }

// add implements post and connect.
func (t *turn) add(q queued) bool {
	t.mu.Lock()
	if t.lost {
		t.mu.Unlock()
		return false
	}
	t.queue = append(t.queue, q)
	if t.taken {
		t.wanted.Store(true)
		t.mu.Unlock()
		return true
	}
	t.taken = true
	t.mu.Unlock()
	t.drain()
	return true
}

// do runs f in a turn and waits until it has returned. It returns false if the worker has been given
// up: f may then still be running, and the caller must not look at its results. do must not be called
// in a turn of the same worker, where it would wait for itself.
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

// enter takes the turn, and reports whether the worker was free. If it was, the caller must call
// leave. If it was not, c's session is resumed when the turn is given back, or abandoned with the
// worker.
func (t *turn) enter(c *Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken || t.lost { // a turn that ended while it was being given up leaves taken unset
		t.waitLocked(c)
		t.wanted.Store(true)
		return false
	}
	t.taken = true
	t.owed = max(t.owed-1, 0)
	t.begin()
	return true
}

// Round implements [Worker].
func (t *turn) Round(f func()) bool {
	if !t.enterRound() {
		return false
	}
	t.begin()
	f()
	t.leave(aRound)
	return true
}

// enterRound waits for the turn and takes it. It returns false if the worker has been given up.
func (t *turn) enterRound() bool {
	t.mu.Lock()
	switch {
	case t.lost:
		t.mu.Unlock()
		return false
	case !t.taken && t.owed == 0:
		t.taken = true
		t.mu.Unlock()
		return true
	}
	t.round = true
	t.wanted.Store(true)
	t.mu.Unlock()
	select {
	case <-t.granted:
		return true
	case <-t.gone:
		return false
	}
}

// resume arranges for c's session to be resumed when the turn is given back.
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

// makeWay reports whether the turn should be given back because others have waited for it for
// maxDeliver. It is called in a turn, between messages. It reads no clock unless others wait.
func (t *turn) makeWay() bool {
	if !t.wanted.Load() {
		return false
	}
	now := time.Now()
	if t.wantedAt.IsZero() {
		t.wantedAt = now
	}
	return now.Sub(t.wantedAt) >= maxDeliver
}

// begin notes the time of a turn that the caller has taken.
func (t *turn) begin() {
	if t.timed.Load() {
		t.began = sinceStart()
	}
}

// A turnOf says who had the turn.
type turnOf int

const (
	aSession turnOf = iota // for its messages
	aRound
	theQueue
)

// drain runs the queue for about maxDrain, and then gives back the turn, which the caller has taken.
func (t *turn) drain() {
	t.begin()
	began := time.Now()
	for q, ok := t.next(); ok; q, ok = t.next() {
		q.do()
		if time.Since(began) > maxDrain {
			break
		}
	}
	t.leave(theQueue)
}

// next removes and returns the first of the queue, if there is one. It leaves the others in the queue,
// where giveUp has to find them if this one does not end.
func (t *turn) next() (q queued, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost || len(t.queue) == 0 {
		return queued{}, false
	}
	q = t.queue[0]
	t.queue[0] = queued{}
	if len(t.queue) > 1 {
		t.queue = t.queue[1:]
	} else {
		t.queue = t.queue[:0] // has room for the next, which is usually the only one
	}
	return q, true
}

// leave gives the turn back, and then flushes the sessions to which something was sent, each once.
// The flush is outside the turn because a write takes longer than a call, and the next turn need not
// wait for it.
//
// The queue runs on another goroutine, because the caller has sockets to read. Sessions take the turn
// themselves when they have been resumed: they call Receive or Disconnected. One that is closing may
// have dropped its messages and take no turn; so the others go on after maxYield.
func (t *turn) leave(was turnOf) {
	if t.began != 0 {
		t.worker.resource.tally.turn(sinceStart() - t.began)
		t.began = 0
	}
	t.wantedAt = time.Time{}
	sessions, first := t.takeTouched()
	outbox := &t.worker.outbox
	fanOut := outbox.begin()
	t.mu.Lock()
	if t.lost { // giveUp has abandoned the sessions
		t.mu.Unlock()
		if fanOut {
			outbox.run() // for other workers' connections
		}
		return
	}
	resumed := t.passOnLocked(was)
	t.wanted.Store(len(t.queue) > 0 || t.round || t.waiting != nil)
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
		outbox.run()
	}
	if first != nil {
		first.Flush()
	}
	for _, s := range sessions {
		s.Flush()
	}
}

// passOnLocked gives the turn to the next that wants it, or to nobody. It returns the sessions that
// the caller must resume.
func (t *turn) passOnLocked(was turnOf) (resumed *Conn) {
	queueNext := was == aRound || was == aSession && !t.round && t.owed == 0
	if queueNext && len(t.queue) > 0 {
		go t.drain() // ends with its turn
		return nil
	}
	resumed, t.waiting, t.waitLast = t.waiting, nil, nil
	if was == aSession {
		if t.owed > 0 {
			t.taken = false // for the others that were resumed with it
			return resumed
		}
	} else {
		t.owed = 0
		for c := resumed; c != nil; c = c.nextWaiting {
			if !c.inRounds {
				t.owed++
			}
		}
		if t.owed > 0 {
			t.taken = false
			t.yields++
			yield := t.yields
			time.AfterFunc(maxYield, func() { t.yielded(yield) })
			return resumed
		}
	}
	t.nextLocked()
	return resumed
}

// nextLocked gives the turn to a round that waits, else to the queue, or to nobody.
func (t *turn) nextLocked() {
	switch t.taken = true; {
	case t.round:
		t.round = false
		t.granted <- struct{}{}
	case len(t.queue) > 0:
		go t.drain() // ends with its turn
	default:
		t.taken = false
	}
}

// yielded ends the time in which only resumed sessions get the turn, unless it is over already. Where
// one of them has the turn now, the next follows from its leave.
func (t *turn) yielded(yield int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if yield != t.yields {
		return
	}
	t.owed = 0
	if !t.taken && !t.lost {
		t.nextLocked()
	}
}

// takeTouched empties the list of connections to flush, and returns their sessions. The first is
// apart because there is usually no other, and one session needs no slice.
func (t *turn) takeTouched() (others []Session, first Session) {
	if len(t.touched) == 0 {
		return nil, nil
	}
	first = t.touched[0].session
	if len(t.touched) > 1 { // unlike an answer to the client that asked
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
