package transport

import (
	"sync"
	"time"

	"node.websocket/transport/socket"
)

// loops has the event loops of a Server: one for each Worker that has sessions, and drains. Any goroutine may call its
// methods.
type loops struct {
	drains drains
	idle   time.Duration // how long a loop waits for a session; fixed

	mu sync.Mutex

	// Guarded by mu.
	all     map[Worker]*loop
	stopped bool // no loop waits for further sessions
}

// join returns the loop of a Worker, and starts it if there is none. It counts one session more, until
// release. The error is errors.ErrUnsupported where there are no event loops.
func (t *loops) join(worker Worker) (*loop, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.all[worker]
	if l == nil {
		poller, err := socket.NewPoller()
		if err != nil {
			return nil, err
		}
		l = &loop{loops: t, worker: worker, poller: poller, ending: t.stopped}
		l.offer = l.offerRound
		if t.all == nil {
			t.all = make(map[Worker]*loop)
		}
		t.all[worker] = l
		go l.run()
	}
	l.sessions.Add(1)
	return l, nil
}

// release counts one session less.
func (t *loops) release(l *loop) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.sessions.Add(-1) == 0 {
		l.wake() // to see that it is idle
	}
}

// end removes a loop from the table and frees it, unless it has sessions.
func (t *loops) end(l *loop) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.sessions.Load() > 0 {
		return false
	}
	delete(t.all, l.worker)
	l.poller.Close()
	return true
}

// stop ends drains, and each loop as soon as it has no session.
func (t *loops) stop() {
	t.drains.stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	for _, l := range t.all {
		l.mu.Lock()
		l.ending = true
		l.mu.Unlock()
		l.wake()
	}
}
