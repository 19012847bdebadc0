package transport

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/transport/socket"
)

// A loop reads the connections of one Worker, on one goroutine. What is ready at once makes a round: it is
// read and decoded, delivered in one turn of the Worker, and answered with one flush for each session. The
// loop waits for its Poller and for its Worker, never for a session.
type loop struct {
	// Fixed after loops.start.
	loops  *loops
	worker Worker
	poller *socket.Poller
	offer  func() // the method offerRound, made once

	sessions atomic.Int32 // how many belong to it; changed with loops' mu held

	mu sync.Mutex // taken after that of a session

	// Guarded by mu.
	first, last *eventWire // the list of those to look at
	asleep      bool       // in Wait, so that it must be woken
	ending      bool       // it ends without a session, and does not wait for the next one

	// Only in run.
	slots []slot
	free  []int32 // slots
	ready []socket.Event
	round round
}

// A slot is the place of an eventWire in its loop.
type slot struct {
	wire       *eventWire // nil: free
	generation int32      // how often it was used, so that a late event meets no other wire
}

// loopIdle is the time after which a loop without sessions ends. It is loops.idle, but in tests.
const loopIdle = 10 * time.Second

// run is the loop's goroutine. It ends when there has been no session for a while.
func (l *loop) run() {
	for {
		looked := l.lookAround()
		if !l.wait(!looked) {
			return
		}
		for _, e := range l.ready {
			if s := l.slots[e.Token.Slot]; s.generation == e.Token.Generation && s.wire != nil {
				l.happened(s.wire, e.Ready)
			}
		}
		l.deliver()
		l.round.reset()
	}
}

// start has the loop begin with a session.
func (l *loop) start(w *eventWire) {
	l.mu.Lock()
	w.started = true
	l.mu.Unlock()
	l.look(w)
}

// look has the loop look at a session that was started, because its state may have changed. Any goroutine may
// call it.
func (l *loop) look(w *eventWire) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.looked || !w.started {
		return
	}
	w.looked, w.next = true, nil
	if l.first == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
	l.wakeLocked()
}

// wake ends a wait.
func (l *loop) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wakeLocked()
}

func (l *loop) wakeLocked() {
	if l.asleep {
		l.asleep = false
		l.poller.WakeAt(time.Unix(1, 0))
	}
}

// lookAround looks at the sessions of the list, and reports whether there were any.
func (l *loop) lookAround() bool {
	l.mu.Lock()
	w := l.first
	l.first, l.last = nil, nil
	l.mu.Unlock()
	some := w != nil
	for w != nil {
		l.mu.Lock()
		next := w.next
		w.next, w.looked = nil, false
		l.mu.Unlock()
		l.progress(w)
		w = next
	}
	return some
}

// wait fills ready. If nothing has happened, it waits, unless block is false or there is a session to look
// at. It returns false if the loop has ended.
func (l *loop) wait(block bool) bool {
	l.mu.Lock()
	block = block && l.first == nil
	idle := block && l.sessions.Load() == 0
	switch {
	case idle && l.ending:
		l.mu.Unlock()
		return !l.loops.end(l)
	case idle:
		l.poller.WakeAt(time.Now().Add(l.loops.idle))
	}
	l.asleep = block
	l.mu.Unlock()

	var err error
	l.ready, err = l.poller.Wait(l.ready[:0], block)
	late := errors.Is(err, os.ErrDeadlineExceeded)
	if !late {
		mustPoll(err)
	}

	l.mu.Lock()
	woken := block && !l.asleep
	l.asleep = false
	if late || woken {
		l.poller.WakeAt(time.Time{})
	}
	l.mu.Unlock()
	return !(idle && late && !woken && l.loops.end(l))
}

// mustPoll panics if a Poller has failed, which only a mistake of this package can bring about.
func mustPoll(err error) {
	if err != nil {
		panic("transport: waiting for sockets: " + err.Error())
	}
}

// add gives a wire its slot.
func (l *loop) add(w *eventWire) {
	if len(l.free) == 0 {
		l.free = append(l.free, int32(len(l.slots)))
		l.slots = append(l.slots, slot{})
	}
	i := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	l.slots[i].wire = w
	w.token = socket.Token{Slot: i, Generation: l.slots[i].generation}
	w.added = true
}

// remove frees the slot of a wire, whose descriptor is closed.
func (l *loop) remove(w *eventWire) {
	i := w.token.Slot
	l.slots[i] = slot{generation: l.slots[i].generation + 1}
	l.free = append(l.free, i)
	l.loops.release(l)
}
