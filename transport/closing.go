package transport

import "node.websocket/transport/websocket"

// Close closes the session: what is queued goes out, then a Close with the code and the reason (of which the first 123 bytes), and the client has
// CloseTimeout to answer. A code that may not be sent (1005, say) makes a Close without code and reason. It does nothing if the
// session is closing or closed.
func (s *Session) Close(code int, reason string) { s.shut(causeModule, code, reason, nil) }

// Terminate cuts the session at once, without a close handshake. What is queued is lost.
func (s *Session) Terminate() { s.cut(causeTerminated, nil) }

// shut begins the close handshake.
func (s *Session) shut(c cause, code int, reason string, detail error) {
	s.mu.Lock()
	if s.state != stateOpen {
		s.mu.Unlock()
		return
	}
	s.cause, s.detail = c, detail
	s.closeLocked(code, reason)
	s.mu.Unlock()
	s.carrier.flush(false)
	if s.codec.lacks()&lacksClose != 0 {
		s.carrier.leave()
	}
}

// closeLocked queues a Close.
func (s *Session) closeLocked(code int, reason string) {
	if !websocket.ValidCloseCode(code) {
		code = websocket.CloseNoStatus
	}
	s.state = stateClosing
	s.closeSent = true
	s.wakeLocked()
	if s.codec.lacks()&lacksCode == 0 {
		s.sent = code
	}
	b := s.queue.grow(websocket.MaxControlPayload + maxOverhead)
	b.B = s.codec.close(b.B, code, reason)
}

// answerClose answers a Close of the client's, or takes it as the answer to ours.
func (s *Session) answerClose(code int, reason string) {
	s.mu.Lock()
	s.code, s.reason = code, reason
	if s.state == stateOpen {
		s.cause = causeClient
		s.closeLocked(code, "") // RFC 6455 §5.5.1: the code is echoed
	}
	s.mu.Unlock()
	s.carrier.flush(false)
}

// vanishedLocked notes that nothing more will come, for lack of a client. What is queued may still go out.
func (s *Session) vanishedLocked(detail error) {
	if s.state == stateOpen {
		s.state = stateClosing
		s.cause, s.detail = causeVanished, detail
	}
}

// cut ends the session without a close handshake, or without the rest of one.
func (s *Session) cut(c cause, detail error) {
	s.mu.Lock()
	if s.state == stateOpen {
		s.cause = c
	}
	if s.detail == nil && !s.cutOff {
		s.detail = detail
	}
	s.state = stateClosed
	s.cutOff = true
	s.queue.drop()
	s.wakeLocked()
	s.mu.Unlock()
	s.carrier.hangUp(c)
}
