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

// A waker is told, with the session's mu held, that what it waits for may have come.
type waker interface{ wake() }

// A wakeChannel is closed to wake.
type wakeChannel chan struct{}

func (c wakeChannel) wake() { close(c) }

// change returns a channel that is closed when ok may have come to return true, or nil if it returns true
// now. ok is called with mu held. As for await, only one goroutine at a time may wait.
func (s *Session) change(ok func() bool) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok() {
		return nil
	}
	wake := make(wakeChannel)
	s.waker = wake
	return wake
}

// ready reports whether ok, which is called with mu held, returns true. If it does not, w is woken, once,
// when it may have come to. As for await, only one may wait at a time.
func (s *Session) ready(w waker, ok func() bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok() {
		return true
	}
	s.waker = w
	return false
}

// wakeLocked makes whoever waits call ok again.
func (s *Session) wakeLocked() {
	if w := s.waker; w != nil {
		s.waker = nil
		w.wake()
	}
}
