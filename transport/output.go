package transport

import "node.websocket/transport/websocket"

// A carrier takes the session's out-queue with front and took, and adds to it what is no message of the
// conversation with the enqueue methods, which do not flush.

// front lends the bytes that are to be sent next. took must return them before the next front. nil
// means that the queue is empty, and nothing was lent.
func (s *Session) front() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.front()
}

// took returns the bytes lent by front, of which n were sent. It reports whether a Close was queued
// and the queue is now empty.
func (s *Session) took(n int) (closeOut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.took(n)
	s.countSent(n)
	s.chargeLocked()
	s.tellDrainedLocked()
	s.wakeLocked()
	return s.closeSent && s.queue.size() == 0 && !s.cutOff
}

// enqueue queues encoded bytes. If the session was cut, it does nothing and returns false.
func (s *Session) enqueue(p []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cutOff {
		return false
	}
	if len(p) > 0 {
		b := s.queue.grow(len(p))
		b.B = append(b.B, p...)
	}
	return true
}

// enqueueText queues a text that is not the conversation's, if the session is open.
func (s *Session) enqueueText(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == stateOpen {
		b := s.queue.grow(len(text) + maxOverhead)
		b.B = s.codec.text(b.B, text)
	}
}

// enqueuePing queues a ping without data, if the session is open.
func (s *Session) enqueuePing() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueuePingLocked()
}

// enqueuePingIfEmpty is enqueuePing, if nothing is queued.
func (s *Session) enqueuePingIfEmpty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.size() == 0 {
		s.enqueuePingLocked()
	}
}

func (s *Session) enqueuePingLocked() {
	if s.state == stateOpen {
		b := s.queue.grow(maxOverhead)
		b.B = s.codec.ping(b.B, nil)
	}
}

// enqueuePongs answers the pings among the decoded messages. While the queue is over its high-water
// mark, it only answers the last of them (RFC 6455 §5.5.3).
func (s *Session) enqueuePongs(decoded []websocket.Message, pings int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range decoded {
		if m.Opcode != websocket.Ping {
			continue
		}
		pings--
		if s.state == stateOpen && (pings == 0 || !s.fullLocked()) {
			b := s.queue.grow(len(m.Payload) + maxOverhead)
			b.B = s.codec.pong(b.B, m.Payload)
		}
	}
}

// pulse returns what a heartbeat depends on: whether the session is open, whether it is being read,
// so that a pong can be seen, and whether its queue is empty.
func (s *Session) pulse() (open, read, empty bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == stateOpen, !s.delivering.Load() && !s.roomless, s.queue.size() == 0
}

// lacks reports whether the client's version of the protocol lacks something.
func (s *Session) lacks(what lack) bool { return s.codec.lacks()&what != 0 }
