package transport

import "time"

// await returns when ok, which is called with mu held, returns true, or after the timeout (0: never). Only the goroutine that reads may call
// it, since there is room for one that waits.
func (s *Session) await(timeout time.Duration, ok func() bool) {
	var timedOut <-chan time.Time
	for {
		s.mu.Lock()
		if ok() {
			s.mu.Unlock()
			return
		}
		wake := make(chan struct{})
		s.wake = wake
		s.mu.Unlock()
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

func (s *Session) wakeLocked() {
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}
