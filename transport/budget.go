package transport

import (
	"errors"
	"sync"
	"sync/atomic"
)

var errBudget = errors.New("the sessions of its HTTP/2 connection do not take what they are sent, and its queue is the longest of them")

// A budget bounds the memory of the out-queues of one HTTP/2 connection. It is charged with what each
// queue holds beyond Options.HighWater, so a session whose module heeds send's false costs nothing.
// When the budget is exceeded, the sessions with the longest queues are cut as slow; one that is
// charged alone has a limit of its own.
//
// Bytes that a queue shares with others are not charged. They belong to a broadcast, and all
// connections together hold little more of those than one queue may.
type budget struct {
	most int64        // in bytes; fixed
	held atomic.Int64 // the sum of the shares' charged

	mu       sync.Mutex
	sessions map[*Session]struct{} // guarded by mu
}

// A share is a session's part of a budget.
type share struct {
	budget  *budget
	charged atomic.Int64 // in bytes; written with the session's mu held
}

// join adds a session, before it is Connected.
func (b *budget) join(s *Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sessions == nil {
		b.sessions = make(map[*Session]struct{})
	}
	b.sessions[s] = struct{}{}
}

// leave removes a session that is closed.
func (b *budget) leave(s *Session) {
	b.mu.Lock()
	delete(b.sessions, s)
	b.mu.Unlock()
	s.mu.Lock()
	s.chargeLocked()
	s.mu.Unlock()
}

// relieve cuts sessions, the one with the longest queue first, until the budget is kept. No lock of a
// session is held.
func (b *budget) relieve() {
	for b.held.Load() > b.most {
		s := b.longest()
		if s == nil {
			return
		}
		s.cut(causeSlow, errBudget)
	}
}

// longest returns the session with the largest charge, or nil if fewer than two are charged.
func (b *budget) longest() (longest *Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	most, charged := int64(0), 0
	for s := range b.sessions {
		n := s.share.charged.Load()
		if n > 0 {
			charged++
		}
		if n > most {
			longest, most = s, n
		}
	}
	if charged < 2 {
		return nil
	}
	return longest
}

// chargeLocked updates what the session is charged with, after its queue has changed. It reports
// whether the budget is exceeded by that; then relieve must follow, without the lock.
func (s *Session) chargeLocked() (exceeded bool) {
	if s.share == nil {
		return false
	}
	charge := int64(0)
	if s.state != stateClosed && !s.departed { // a front that is lent then comes back soon
		charge = int64(max(s.queue.held()-s.options.HighWater, 0))
	}
	more := charge - s.share.charged.Swap(charge)
	b := s.share.budget
	return more != 0 && b.held.Add(more) > b.most && more > 0
}
