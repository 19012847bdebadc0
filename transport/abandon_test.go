package transport

import (
	"testing"
	"time"
)

// TestContractAbandoned checks that a session is over a while after it was abandoned, although its
// conversation is in a call that does not return. Its client is told at once, on every transport,
// and neither Shutdown nor MaxConnections counts it afterwards.
func TestContractAbandoned(t *testing.T) {
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := newConversation(t)
		stuck, over := make(chan struct{}), make(chan struct{})
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			close(stuck)
			<-over
		}
		s := start(Options{CloseTimeout: 50 * time.Millisecond}, oneConversation(conversation))
		sent := make(chan struct{})
		go func() { // which has no answer for now, where a request brings it
			defer close(sent)
			s.send(text("x"))
		}()
		session := await(t, conversation.opened)
		await(t, stuck)
		session.Abandon(1011, "the module does not answer")
		if m, closed := s.next(); closed == nil || closed.code != 1011 || closed.reason != "the module does not answer" {
			t.Errorf("%.60q, %v; want a close with 1011", m.Data, closed)
		}
		server := session.server
		waitFor(t, func() bool { server.mu.Lock(); defer server.mu.Unlock(); return server.slots == 0 })
		if n := server.Clients(); n != 0 {
			t.Errorf("%d clients", n)
		}
		if len(conversation.closed) != 0 {
			t.Error("Disconnected during a Receive")
		}
		close(over) // it returns after all
		if got := await(t, conversation.closed); got.code != 1011 {
			t.Errorf("Disconnected with %d", got.code)
		}
		await(t, sent)
		if n := server.Clients(); n != 0 {
			t.Errorf("%d clients, when it has returned", n)
		}
	})
}
