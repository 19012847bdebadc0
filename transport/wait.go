package transport

import "time"

// await returns when ok, which is called with mu held, returns true, or after the timeout (0: never). Only the goroutine that reads may call
// it, since there is room for one that waits.
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

// change returns a channel that is closed when ok, which is called with mu held, may have come to return true; nil if it does so now. As for await,
// only one goroutine at a time may wait.
func (s *Session) change(ok func() bool) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok() {
		return nil
	}
	s.wake = make(chan struct{})
	return s.wake
}

func (s *Session) wakeLocked() {
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}
