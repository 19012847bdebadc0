package transport

import "log/slog"

// announce logs and counts the beginning of a session.
func (s *Session) announce(attrs ...slog.Attr) {
	s.server.clients.add(+1)
	s.tally().opened.Add(1)
	s.tally().open.Add(1)
	if !s.logs(slog.LevelInfo) {
		return
	}
	if version := s.terms.Value().version; version != "" {
		attrs = append([]slog.Attr{slog.String("websocket", version)}, attrs...)
	}
	s.log("connected", attrs...)
}

// connect calls Connected.
func (s *Session) connect() {
	s.conversation.Connected(s)
	s.mu.Lock()
	s.connected = true
	s.tellDrainedLocked()
	s.mu.Unlock()
}

// disconnect calls Disconnected. No other call of the conversation may be under way or follow,
// except for Drained, for which it waits.
func (s *Session) disconnect() {
	s.await(0, s.calmLocked)
	s.disconnected()
}

// calmLocked closes the session, and reports whether no Drained is under way, so that none will follow.
func (s *Session) calmLocked() bool {
	s.state = stateClosed
	s.queue.drop()
	return !s.telling
}

// disconnected is disconnect when no Drained is under way.
func (s *Session) disconnected() {
	s.mu.Lock()
	end := s.endLocked()
	s.mu.Unlock()
	s.conversation.Disconnected(end.code, end.reason)
	s.depart()
}

// remove ends the session's place in the Server.
func (s *Session) remove() { s.server.remove(s) }

// depart logs and counts the end of a session, once.
func (s *Session) depart() {
	s.mu.Lock()
	departed, c := s.departed, s.endLocked().cause
	s.departed = true
	s.mu.Unlock()
	if !departed {
		s.tally().open.Add(-1)
		s.tally().closed[c].Add(1)
		s.server.clients.add(-1)
		s.logDisconnected()
	}
}

// tellDrainedLocked starts the call of Drained, if the queue is empty and the conversation is
// waiting for that. The call has its own goroutine, because a Flush of the conversation's may have
// emptied the queue.
func (s *Session) tellDrainedLocked() {
	if s.wantDrain && s.connected && !s.telling && s.state == stateOpen && s.queue.size() == 0 {
		s.wantDrain, s.telling = false, true
		go s.drained()
	}
}

// drained calls Drained. It ends when that returns.
func (s *Session) drained() {
	s.conversation.Drained()
	s.mu.Lock()
	s.telling = false
	s.tellDrainedLocked() // the queue may have filled up and emptied meanwhile
	s.wakeLocked()
	s.mu.Unlock()
}
