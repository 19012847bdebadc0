package transport

import "log/slog"

// announce logs and counts a session that begins.
func (s *Session) announce(attrs ...slog.Attr) {
	if s.version != "" {
		attrs = append([]slog.Attr{slog.String("websocket", s.version)}, attrs...)
	}
	s.log("connected", attrs...)
	s.server.clients.add(+1)
}

// connect gives the session to its Conversation.
func (s *Session) connect() {
	s.conversation.Connected(s)
	s.mu.Lock()
	s.connected = true
	s.tellDrainedLocked()
	s.mu.Unlock()
}

// disconnect takes it away again, when no other call is under way or will come.
func (s *Session) disconnect() {
	s.mu.Lock()
	s.state = stateClosed
	s.queue.drop()
	s.mu.Unlock()
	s.await(0, func() bool { return !s.telling })
	s.conversation.Disconnected(s.code, s.reason)
	s.depart()
}

// depart logs that the session has ended, and counts it no more, unless that has been done.
func (s *Session) depart() {
	s.mu.Lock()
	departed := s.departed
	s.departed = true
	s.mu.Unlock()
	if !departed {
		s.server.clients.add(-1)
		s.logDisconnected()
	}
}

// tellDrainedLocked tells the conversation that the queue is empty, if it wants to know. It has a goroutine of its own, since what
// emptied the queue may be a turn's own Flush.
func (s *Session) tellDrainedLocked() {
	if s.wantDrain && s.connected && !s.telling && s.state == stateOpen && s.queue.size() == 0 {
		s.wantDrain, s.telling = false, true
		go s.drained()
	}
}

// drained calls Drained.
func (s *Session) drained() {
	s.conversation.Drained()
	s.mu.Lock()
	s.telling = false
	s.tellDrainedLocked() // it may have filled up and emptied meanwhile
	s.wakeLocked()
	s.mu.Unlock()
}
