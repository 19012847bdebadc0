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
		for timeout := 50 * time.Millisecond; !abandon(t, timeout, start); timeout *= 4 {
			if timeout > 10*time.Second {
				t.Fatal("the client is not told")
			}
		}
	})
}

// abandon abandons a session. It returns false if the client was not told within the timeout, which a busy machine may not
// manage.
func abandon(t *testing.T, timeout time.Duration, start func(Options, Handler) speaker) bool {
	conversation := newConversation(t)
	stuck, over := make(chan struct{}), make(chan struct{})
	conversation.onReceive = func(p *fakeConversation, batch []Message) {
		close(stuck)
		<-over
	}
	s := start(Options{CloseTimeout: timeout}, oneConversation(conversation))
	sent := make(chan struct{})
	go func() { // which has no answer for now, where a request brings it
		defer close(sent)
		s.send(text("x"))
	}()
	session := await(t, conversation.opened)
	await(t, stuck)
	session.Abandon(1011, "the module does not answer")
	m, closed := s.next()
	if closed == nil {
		t.Fatalf("%.60q; want a close", m.Data)
	}
	told := *closed == ended{1011, "the module does not answer"}
	if !told && closed.code != 1002 && closed.code != 1006 { // those of a session that is cut
		t.Errorf("%v; want a close with 1011", *closed)
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
	return told
}
