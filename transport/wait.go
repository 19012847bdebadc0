package transport

import "time"

// await returns when ok, which is called with mu held, returns true, or after the timeout, if that
// is not 0. Only one goroutine at a time may wait: the one that reads the session.
func (s *Session) await(timeout time.Duration, ok func() bool) {
	var timedOut <-chan time.Time
	for {
		wake := s.change(ok)
		if wake == nil {
			return
		}
		if timeout > 0 && timedOut == nil {
			timer := time.NewTimer(timeout)
			defer timer.Stop()
			timedOut = timer.C
		}
		select {
		case <-wake:
		case <-timedOut:
			return
		}
	}
}

// change returns a channel that is closed when ok may have come to return true, or nil if it returns true
// now. ok is called with mu held. As for await, only one goroutine at a time may wait.
func (s *Session) change(ok func() bool) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok() {
		return nil
	}
	s.wake = make(chan struct{})
	return s.wake
}

// wakeLocked makes await call ok again.
func (s *Session) wakeLocked() {
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}
