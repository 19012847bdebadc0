package transport

import "time"

// A SessionState describes a session at one moment, for people.
type SessionState struct {
	ID        string
	Resource  string // Resource.Name
	Transport string // one of Transports
	Version   string // of the WebSocket protocol: "13"; "" for other transports
	Protocol  string // the subprotocol, or ""
	Client    string // its address and port
	Age       time.Duration
	Open      bool // neither closing nor closed
	Queued    int  // bytes that wait to be sent
	Dropped   int  // messages that were dropped because of Options.DropSlow

	// These are counted from the first State of the session on or, if Server.MeterSessions was called
	// before, from its beginning; Whole reports the latter. The bytes are as encoded, without what HTTP
	// and TLS add.
	MessagesIn, MessagesOut uint64
	BytesIn, BytesOut       uint64
	Whole                   bool
}

// An account counts for a session: with all others of its kind and, if somebody wants to know, for
// itself. It does not change.
type account struct {
	tally *tally
	meter *meter // nil: nobody has asked
}

// A meter counts what one session exchanges.
type meter struct {
	in, out flow
	whole   bool // fixed: it counts from the session's beginning
}

// openAccount begins to count the session, for itself as well if metered is set.
func (s *Session) openAccount(t *tally, metered bool) {
	if metered {
		s.account.Store(&account{t, &meter{whole: true}})
	} else {
		s.account.Store(&t.unmetered)
	}
}

// tally returns the counts of the sessions of its kind.
func (s *Session) tally() *tally { return s.account.Load().tally }

// MeterSessions makes the Server count for each session that begins from now on, or no longer. Sessions
// that are counted already stay so.
func (s *Server) MeterSessions(on bool) { s.metering.Store(on) }

// Sessions returns all sessions, the newest first. It locks the Server for some of them at a time, so that
// handshakes do not wait for a long list: one that begins or ends meanwhile may be missing or not.
func (s *Server) Sessions() []*Session { return s.list() }

// listPiece is the number of sessions that list takes while it holds the lock.
const listPiece = 1 << 10

// list returns all sessions that are there all the time, and each once.
func (s *Server) list() (all []*Session) {
	for more := true; more; {
		all, more = s.listPiece(all)
	}
	return all
}

// listPiece appends the sessions that follow those in all. It reports whether there may be more.
func (s *Server) listPiece(all []*Session) (_ []*Session, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.first
	// Sessions are added at the front, so what follows one that is still in the list has not been seen. If
	// none is, nothing in the list has.
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].listed {
			next = all[i].next
			break
		}
	}
	for range listPiece {
		if next == nil {
			return all, false
		}
		all = append(all, next)
		next = next.next
	}
	return all, next != nil
}

// State returns what the session is like now. It holds the session's lock only while it reads its queue.
func (s *Session) State() SessionState {
	if shared := s.account.Load(); shared.meter == nil {
		s.account.CompareAndSwap(shared, &account{shared.tally, new(meter)})
	}
	m := s.account.Load().meter
	terms := s.terms.Value()
	state := SessionState{
		ID: s.id, Resource: terms.resource, Transport: s.tally().key.transport, Version: terms.version, Protocol: terms.protocol,
		Client: s.client, Age: time.Duration(s.now() - s.opened), Whole: m.whole,
		MessagesIn: m.in.messages.Load(), MessagesOut: m.out.messages.Load(),
		BytesIn: m.in.bytes.Load(), BytesOut: m.out.bytes.Load(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state.Open, state.Queued, state.Dropped = s.state == stateOpen, s.queue.size(), int(s.dropped)
	return state
}

// Conversation returns the other side of the session.
func (s *Session) Conversation() Conversation { return s.conversation }

// countOut counts a message that was queued.
func (s *Session) countOut() {
	a := s.account.Load()
	a.tally.out.messages.Add(1)
	if a.meter != nil {
		a.meter.out.messages.Add(1)
	}
}

// countSent counts bytes that the network has taken.
func (s *Session) countSent(n int) {
	a := s.account.Load()
	a.tally.out.bytes.Add(uint64(n))
	if a.meter != nil {
		a.meter.out.bytes.Add(uint64(n))
	}
}

// countReceived counts what has come from the client.
func (s *Session) countReceived(messages, bytes int) {
	a := s.account.Load()
	a.tally.in.messages.Add(uint64(messages))
	a.tally.in.bytes.Add(uint64(bytes))
	if a.meter != nil {
		a.meter.in.messages.Add(uint64(messages))
		a.meter.in.bytes.Add(uint64(bytes))
	}
}
