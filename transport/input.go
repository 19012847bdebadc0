package transport

// deliver offers data messages to the conversation until it has taken all of them, in a carrier whose goroutine may wait: between a Receive
// that falls short and the Resume that follows. When the session is no longer open, what is left is dropped, as in the WebSocket API.
func (s *Session) deliver(batch []Message) {
	s.delivering.Store(true)
	defer s.delivering.Store(false)
	for len(batch) > 0 && s.offering() {
		batch = batch[s.conversation.Receive(batch):]
		if len(batch) > 0 {
			s.carrier.wait()
		}
	}
}

// offering comes before a Receive, and reports whether there is to be one.
func (s *Session) offering() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resumed = false
	return s.state == stateOpen
}

// resumedLocked reports whether a carrier that waits in deliver may go on.
func (s *Session) resumedLocked() bool { return s.resumed || s.state != stateOpen }

// Resume has the session offer again what the conversation's last Receive did not take. It calls nothing and does not wait. One that comes while
// Receive has not yet returned is not lost, and one that nothing was waiting for does no harm.
func (s *Session) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resumed = true
	s.wakeLocked()
}

// awaitRoom waits until the queue is below its high-water mark, before a carrier reads on. So a client that sends without reading fills its own
// network with what it sends, not this process with the answers, and is not cut for that.
func (s *Session) awaitRoom() {
	s.mu.Lock()
	if !s.fullLocked() {
		s.mu.Unlock()
		return
	}
	s.roomless = true
	s.mu.Unlock()
	s.await(0, func() bool {
		s.roomless = s.fullLocked()
		return !s.roomless
	})
}
