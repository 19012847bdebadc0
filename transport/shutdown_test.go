package transport

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/transport/websocket"
)

func TestShutdown(t *testing.T) {
	t.Parallel()
	var log logBuffer
	conversation := echoConversation(t)
	s, address := serve(t, Options{Log: log.logger()}, oneConversation(conversation))
	dial(t, address) // a spare connection, as browsers have them
	c := dial(t, address).open("/a")
	session := await(t, conversation.opened)
	session.SendText("last")
	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	go func() { done <- s.Shutdown(ctx) }()
	c.want(websocket.Text, "last")
	c.wantClose(1001)
	if len(done) != 0 {
		t.Error("Shutdown did not wait for the answer")
	}
	c.close(1001, "")
	conversation.wantClosed(1001, "the server is shutting down")
	c.wantEnd()
	c.conn.Close()
	if err := await(t, done); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "cause=shutdown code=1001") {
		t.Errorf("log: %s", log.String())
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Error("the second time: ", err)
	}
}

// TestShutdownUnanswered has a client that takes everything and answers nothing.
func TestShutdownUnanswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		l := newPipeListener()
		s := serveOn(t, l, Options{}, oneConversation(conversation))
		c := l.dial(t).open("/a")
		<-conversation.opened
		go c.wantClose(1001)
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("took %v", took)
		}
		conversation.wantClosed(1001, "the server is shutting down")
	})
}

// TestShutdownCut has clients that take nothing, and a module that does not return. The end of ctx
// cuts them.
func TestShutdownCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		conversations := make(chan *fakeConversation, 2)
		busy := make(chan struct{})
		h := &fakeHandler{conversation: func() *fakeConversation {
			p := newConversation(t)
			p.onReceive = func(*fakeConversation, []Message) { <-busy }
			conversations <- p
			return p
		}}
		l := newPipeListener()
		s := serveOn(t, l, Options{Log: log.logger()}, h)
		l.dial(t).open("/a")
		stuck := l.dial(t).open("/a")
		stuck.send(websocket.Text, "x")
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := s.Shutdown(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 sessions") {
			t.Errorf("error %v", err)
		}
		if took := time.Since(begin); took != 11*time.Second {
			t.Errorf("took %v", took)
		}
		(<-conversations).wantClosed(1001, "the server is shutting down")
		second := <-conversations
		if len(second.closed) != 0 {
			t.Error("Disconnected during Receive")
		}
		close(busy)
		second.wantClosed(1001, "the server is shutting down")
	})
}

// TestShutdownDuringHandshake shuts down while modules are asked. One lets its client in, which is
// closed with 1001, and one does not answer.
func TestShutdownDuringHandshake(t *testing.T) {
	t.Parallel()
	conversations := make(chan *fakeConversation, 2)
	answer := make(chan struct{})
	h := &fakeHandler{conversation: func() *fakeConversation { p := newConversation(t); conversations <- p; return p }}
	h.open = func(ctx context.Context, p *fakeConversation) (Answer, error) {
		if p.http().URL.RawQuery == "never" {
			<-ctx.Done()
			return Answer{}, ctx.Err()
		}
		<-answer
		return Answer{}, nil
	}
	s, address := serve(t, Options{}, h)
	asking := dial(t, address)
	asking.raw([]byte(handshake("/a")))
	first := await(t, conversations)
	dial(t, address).raw([]byte(handshake("/a?never")))
	second := await(t, conversations)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(ctx) }()
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.empty != nil })
	close(answer)
	asking.accepted()
	asking.wantClose(1001)
	asking.close(1001, "")
	first.wantClosed(1001, "the server is shutting down")
	cancel()
	if err := await(t, done); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if second.session != nil {
		t.Error("connected although the handshake was cut off")
	}
}

// TestRefusedInShutdown has a request that was read before Shutdown began and asks for a session
// afterwards. net/http closes the connections of later ones.
func TestRefusedInShutdown(t *testing.T) {
	t.Parallel()
	s := NewServer(Options{Log: slog.New(slog.DiscardHandler)}, oneConversation(newConversation(t)))
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake("/a"))))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.serve(w, r)
	if w.Code != http.StatusServiceUnavailable || w.Body.String() != "the server is shutting down\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

// TestShutdownSpread closes ten sessions over ten seconds. Those that are not closed yet are served.
func TestShutdownSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newPipeListener()
		s := serveOn(t, l, Options{ShutdownSpread: 10 * time.Second}, &fakeHandler{conversation: func() *fakeConversation { return echoConversation(t) }})
		var clients []*client
		for range 10 {
			clients = append(clients, l.dial(t).open("/a"))
		}
		begin := time.Now()
		closed := make(chan time.Duration, len(clients))
		for i, c := range clients {
			go func() { // ends with the shutdown
				if i == 0 {
					c.want(websocket.Text, "x")
				}
				c.wantClose(1001)
				closed <- time.Since(begin).Round(100 * time.Millisecond)
				c.close(1001, "")
				c.wantEnd()
				c.conn.Close()
			}()
		}
		done := make(chan error, 1)
		go func() { done <- s.Shutdown(t.Context()) }()
		for i := range clients {
			if got, want := <-closed, time.Duration(i+1)*time.Second; got != want {
				t.Errorf("close %d after %v, want %v", i, got, want)
			}
			if i == 0 { // the oldest is closed last
				clients[0].send(websocket.Text, "x")
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestStopAccepting has a client that has connected when the listeners are closed, and makes its handshake
// only then: it is let in. One that says nothing is waited for no longer than a second.
func TestStopAccepting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newPipeListener()
		s := serveOn(t, l, Options{}, &fakeHandler{conversation: func() *fakeConversation { return echoConversation(t) }})
		stop := func() <-chan time.Duration {
			took := make(chan time.Duration, 1)
			go func() { // ends with StopAccepting
				begin := time.Now()
				s.StopAccepting(t.Context())
				took <- time.Since(begin)
			}()
			synctest.Wait()
			return took
		}
		c := l.dial(t)
		synctest.Wait()
		took := stop()
		time.Sleep(500 * time.Millisecond) // on the bubble's clock
		if len(took) > 0 {
			t.Error("it did not wait for the handshake")
		}
		c.open("/a")
		if d := <-took; d < 500*time.Millisecond || d > 600*time.Millisecond {
			t.Errorf("it took %v", d)
		}
		c.send(websocket.Text, "x")
		c.want(websocket.Text, "x")
		c.conn.Close()

		quiet := newPipeListener()
		serveServerOn(t, quiet, s)
		silent := quiet.dial(t)
		synctest.Wait()
		if d := <-stop(); d != time.Second {
			t.Errorf("it took %v for a client that says nothing", d)
		}
		silent.conn.Close()
	})
}
