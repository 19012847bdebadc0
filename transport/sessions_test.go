package transport

import (
	"slices"
	"testing"
)

// TestState compares what is counted for a session with a known load, on every transport.
func TestState(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := echoConversation(t)
		s := start(Options{}, oneConversation(conversation))
		session := await(t, conversation.opened)
		s.send(text("before"))
		wantMessage(t, s, text("before"))
		all := session.server.Sessions()
		if len(all) != 1 || all[0] != session || session.Conversation() != Conversation(conversation) {
			t.Fatalf("%d sessions", len(all))
		}
		before := session.State()
		for range 3 {
			s.send(text("four"), text("four"))
			wantMessage(t, s, text("four"))
			wantMessage(t, s, text("four"))
		}
		got := session.State()
		if got.MessagesIn-before.MessagesIn != 6 || got.MessagesOut-before.MessagesOut != 6 || got.Whole {
			t.Errorf("%+v, before %+v", got, before)
		}
		if in, out := got.BytesIn-before.BytesIn, got.BytesOut-before.BytesOut; in < 24 || in > 200 || out < 24 || out > 200 {
			t.Errorf("%d bytes in, %d out", in, out)
		}
		if got.ID != session.ID() || got.Resource != "a" || got.Transport != conversation.request.Transport || got.Version != conversation.request.Version ||
			got.Client == "" || got.Age <= before.Age || !got.Open || got.Dropped != 0 {
			t.Errorf("%+v", got)
		}
		session.Close(4000, "")
		if session.State().Open {
			t.Error("it is open after Close")
		}
		s.next()
		await(t, conversation.closed)
	})
}

// TestMeterSessions checks that a session is counted from its beginning while somebody wants to know.
func TestMeterSessions(t *testing.T) {
	t.Parallel()
	s := NewServer(Options{}, nil)
	begin := func() *Session {
		session := new(Session)
		(&admission{server: s, request: &Request{}, options: &s.options}).initialize(session, nil, nil)
		return session
	}
	s.MeterSessions(true)
	if session := begin(); session.account.Load().meter == nil || !session.State().Whole {
		t.Error("it is not counted from its beginning")
	}
	s.MeterSessions(false)
	if session := begin(); session.account.Load().meter != nil || session.State().Whole {
		t.Error("it is counted for nobody")
	}
}

// TestListPieces checks that sessions which come and go between two pieces of a list make it neither miss nor repeat
// others.
func TestListPieces(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(i int) bool{
		"none": func(int) bool { return false }, "the last": func(i int) bool { return i == listPiece-1 },
		"many": func(i int) bool { return i > listPiece/2 }, "all": func(int) bool { return true },
	} {
		s := NewServer(Options{}, nil)
		for range 2*listPiece + 7 {
			s.add(new(Session))
		}
		all, more := s.listPiece(nil)
		if len(all) != listPiece || !more {
			t.Fatalf("%s: a piece of %d, more %v", name, len(all), more)
		}
		want := slices.Clone(all)
		for session := all[len(all)-1].next; session != nil; session = session.next {
			want = append(want, session)
		}
		s.mu.Lock()
		for i, session := range all[:listPiece] {
			if gone(i) {
				s.unlistLocked(session)
			}
		}
		s.mu.Unlock()
		if name != "all" { // otherwise the new one is met
			s.add(new(Session))
		}
		for more && len(all) <= len(want) {
			all, more = s.listPiece(all)
		}
		if !slices.Equal(all, want) {
			t.Errorf("%s: %d sessions, want %d", name, len(all), len(want))
		}
	}
}
