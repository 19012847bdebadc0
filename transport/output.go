package transport

import "node.websocket/transport/websocket"

// What follows is how a carrier takes the session's out-queue, and adds to it what is not a message of the conversation's. Those that add do not flush.

// front lends the bytes that are to be sent next; took gives them back, before the next front. None means an empty queue, and nothing lent.
func (s *Session) front() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.front()
}

// took ends the loan of the front, of which n bytes are out. It reports whether a Close is out with them, and nothing left.
func (s *Session) took(n int) (closeOut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.took(n)
	s.tellDrainedLocked()
	s.wakeLocked()
	return s.closeSent && s.queue.size() == 0 && !s.cutOff
}

// enqueue queues bytes that are encoded already. It returns false, and does nothing, if the session was cut.
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

// enqueueText queues a text that is no message of the conversation's, if the session is open.
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

// enqueuePingIfEmpty is enqueuePing if nothing else is queued.
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

// enqueuePongs answers pings, of which there are so many. While the queue is over its high-water mark, it answers the last alone, as RFC 6455 §5.5.3
// has it.
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

// pulse reports what a heartbeat has to know: whether the session is open, whether it is being read, so that a pong can be seen, and whether its queue
// is empty.
func (s *Session) pulse() (open, read, empty bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == stateOpen, !s.delivering.Load() && !s.roomless, s.queue.size() == 0
}

// lacks reports whether the client's version of the protocol lacks something.
func (s *Session) lacks(what lack) bool { return s.codec.lacks()&what != 0 }
