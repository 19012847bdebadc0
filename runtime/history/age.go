package history

import (
	"container/list"
	"time"
)

// sweepStep is the number of histories that are looked at while the lock is held.
const sweepStep = 256

// An age has the histories that last for the same time without being used.
type age struct {
	// fixed
	window time.Duration
	timer  *time.Timer // runs until there are no histories left

	// guarded by the Memory's mu
	rings list.List // of *ring: the least recently used first
}

// growOldLocked makes a history last for a window.
func (m *Memory) growOldLocked(r *ring, window time.Duration) {
	a := m.ages[window]
	if a == nil {
		a = &age{window: window}
		a.timer = time.AfterFunc(window/2, func() { m.sweep(a) })
		m.ages[window] = a
	}
	r.age, r.place = a, a.rings.PushBack(r)
}

// sweep drops what was not used for a long time. It is called by the timer.
func (m *Memory) sweep(a *age) {
	now := time.Now()
	for m.sweepSome(a, now) {
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
	case a.rings.Len() == 0:
		delete(m.ages, a.window)
	default:
		a.timer.Reset(a.window / 2)
	}
}

// sweepSome looks at some of the histories that were not used for the window. It reports whether there may
// be more of them. Those without subscribers are forgotten when they are found so a second time, because
// the last subscriber may have left just before the first.
func (m *Memory) sweepSome(a *age, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range sweepStep {
		front := a.rings.Front()
		if front == nil || m.closed {
			return false
		}
		r := front.Value.(*ring)
		if now.Sub(r.used) < a.window {
			return false
		}
		inUse := m.options.InUse(r.name)
		for r.n > 0 && (inUse || r.doomed) {
			m.dropLocked(r)
		}
		if !inUse && r.doomed {
			m.forgetLocked(r)
			continue
		}
		r.used, r.doomed = now, !inUse
		a.rings.MoveToBack(front)
	}
	return true
}
