package transport

// A waiter is a carrier whose goroutine may wait.
type waiter interface {
	// wait returns when what the conversation did not take may be offered again: see resumedLocked.
	wait()
}

// deliver offers data messages to the conversation until it has taken all of them. After a Receive
// that falls short, it waits for Resume. When the session is no longer open, the rest is dropped, as in
// the WebSocket API.
func (s *Session) deliver(batch []Message, w waiter) {
	s.delivering.Store(true)
	defer s.delivering.Store(false)
	began := int64(0) // needed only for what extend does
	if s.unfinished.since.Load() != 0 {
		began = s.server.now()
	}
	for len(batch) > 0 && s.offering() {
		batch = batch[s.conversation.Receive(batch):]
		if len(batch) > 0 {
			if began == 0 {
				began = s.server.now()
			}
			w.wait()
		}
	}
	if began != 0 {
		s.extend(s.server.now() - began)
	}
}

// receiveInRound offers data messages to the conversation once, and returns how many of them it has taken.
func (s *Session) receiveInRound(batch []Message) (taken int) {
	return s.conversation.ReceiveInRound(batch)
}

// setDelivering notes whether there are messages that were offered and not taken.
func (s *Session) setDelivering(now bool) { s.delivering.Store(now) }

// offering prepares for a Receive or a ReceiveInRound, and reports whether there may be one.
func (s *Session) offering() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resumed = false
	return s.state == stateOpen
}

// resumedLocked reports whether deliver may go on.
func (s *Session) resumedLocked() bool { return s.resumed || s.state != stateOpen }

// awaitResume waits until deliver may go on. If the client says meanwhile that it is closing, it calls
// Ending.
func (s *Session) awaitResume() {
	for leaving := true; leaving; {
		s.await(0, func() bool {
			leaving, s.leaving = s.leaving, false
			return leaving || s.resumedLocked()
		})
		if leaving {
			s.conversation.Ending()
		}
	}
}

// clientLeaves tells the session that its client is closing, although messages may wait before its Close.
func (s *Session) clientLeaves() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaving = true
	s.wakeLocked()
}

// offerableLocked reports whether a loop may offer again what it holds: the conversation has asked for it, and
// there is room for answers, unless the client is ending and will not take them.
func (s *Session) offerableLocked() bool {
	return s.state != stateOpen || s.resumed && (s.ending || s.roomLocked())
}

// Resume makes the session offer again what the last Receive did not take. It does not wait, and
// calls nothing. A Resume during a Receive is not lost, and one that nothing waits for is harmless.
func (s *Session) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resumed = true
	s.wakeLocked()
}

// awaitRoom waits until the queue is below its high-water mark. A carrier calls it before it reads
// on. So a client that sends without reading fills the network with its own messages, not this
// process with the answers, and it is not cut for that.
func (s *Session) awaitRoom() {
	s.mu.Lock()
	if !s.fullLocked() {
		s.mu.Unlock()
		return
	}
	s.roomless = true
	s.mu.Unlock()
	began := s.server.now()
	defer func() { s.extend(s.server.now() - began) }()
	s.await(0, s.roomLocked)
}

// roomLocked reports whether the queue is below its high-water mark, and notes whether the client is not read
// for that.
func (s *Session) roomLocked() bool {
	s.roomless = s.fullLocked()
	return !s.roomless
}
