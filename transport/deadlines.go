package transport

import (
	"sync"
	"time"
)

// deadlines wakes the sessions of a Server, each at a time of its own, with a single timer. Any
// goroutine may call its methods. Its lock is the last to be taken.
type deadlines struct {
	now func() int64 // the Server's clock; fixed

	mu sync.Mutex

	// Guarded by mu.
	heap  []deadline // the earliest at the root; the children of i are 2i+1 and 2i+2
	timer *time.Timer
	next  int64 // when timer fires; 0: it does not
}

// A deadline is the time of the next call of a carrier's ring. The session knows its place in the heap.
type deadline struct {
	at      int64
	session *Session
}

// set has the session's carrier rung at a time, instead of at any other time that was set before.
func (d *deadlines) set(s *Session, at int64) { d.put(s, at, true) }

// advance is set, unless an earlier time was set before.
func (d *deadlines) advance(s *Session, at int64) { d.put(s, at, false) }

func (d *deadlines) put(s *Session, at int64, later bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := int(s.rings) - 1
	switch {
	case i < 0:
		i = len(d.heap)
		d.heap = append(d.heap, deadline{at, s})
		s.rings = int32(len(d.heap))
	case at < d.heap[i].at || later:
		d.heap[i].at = at
	default:
		return
	}
	d.siftLocked(i)
	d.startLocked()
}

// clear forgets the time that was set. A ring may be under way, or about to begin.
func (d *deadlines) clear(s *Session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.removeLocked(s)
	d.startLocked()
}

func (d *deadlines) removeLocked(s *Session) {
	i, last := int(s.rings)-1, len(d.heap)-1
	if i < 0 {
		return
	}
	s.rings = 0
	moved := d.heap[last]
	d.heap[last] = deadline{}
	if d.heap = d.heap[:last]; i < last {
		d.heap[i] = moved
		moved.session.rings = int32(i) + 1
		d.siftLocked(i)
	}
	if cap(d.heap) > 64 && len(d.heap) < cap(d.heap)/4 {
		d.heap = append(make([]deadline, 0, cap(d.heap)/2), d.heap...)
	}
}

// siftLocked moves the deadline at i to its place.
func (d *deadlines) siftLocked(i int) {
	for i > 0 && d.heap[i].at < d.heap[(i-1)/2].at {
		i = d.swapLocked(i, (i-1)/2)
	}
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(d.heap); child++ {
			if d.heap[child].at < d.heap[least].at {
				least = child
			}
		}
		if least == i {
			return
		}
		i = d.swapLocked(i, least)
	}
}

func (d *deadlines) swapLocked(i, j int) int {
	d.heap[i], d.heap[j] = d.heap[j], d.heap[i]
	d.heap[i].session.rings, d.heap[j].session.rings = int32(i)+1, int32(j)+1
	return j
}

// startLocked sets the timer to the earliest deadline. A timer that fires too early does no harm, and
// resetting it for each change would cost more.
func (d *deadlines) startLocked() {
	switch {
	case len(d.heap) == 0:
		if d.next != 0 {
			d.next = 0
			d.timer.Stop()
		}
	case d.next == 0 || d.heap[0].at < d.next:
		d.next = d.heap[0].at
		wait := time.Duration(d.next - d.now())
		if d.timer == nil {
			d.timer = time.AfterFunc(wait, d.fire)
		} else {
			d.timer.Reset(wait)
		}
	}
}

// ringBy has the session's carrier rung at a time of the Server's clock, or earlier.
func (s *Session) ringBy(at int64) { s.server.deadlines.advance(s, at) }

// ringNever calls off what ringBy has set. A ring may be under way all the same, or about to begin.
func (s *Session) ringNever() { s.server.deadlines.clear(s) }

// fire is the timer's function. It rings the carriers whose time has come.
func (d *deadlines) fire() {
	d.mu.Lock()
	d.next = 0
	for now := d.now(); len(d.heap) > 0 && d.heap[0].at <= now; {
		s := d.heap[0].session
		d.removeLocked(s)
		d.mu.Unlock()
		s.carrier.ring()
		d.mu.Lock()
	}
	d.startLocked()
	d.mu.Unlock()
}
