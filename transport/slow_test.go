package transport

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"node.websocket/transport/websocket"
)

// sendTooMuch sends numbered messages of 10 kB until some were refused for good: the session is closed, or
// ten were dropped. It returns how many were sent.
func sendTooMuch(s *Session) (sent int) {
	padding := strings.Repeat("x", 10_000)
	for droppedOf(s) < 10 && s.ReadyState() == stateOpen {
		s.SendText(fmt.Sprint(sent, " ", padding))
		sent++
	}
	return sent
}

func droppedOf(s *Session) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.dropped)
}

// TestSlowIsTold has a client that takes nothing for a while. When it reads, it gets all that was accepted,
// and a Close that says why.
func TestSlowIsTold(t *testing.T) {
	t.Parallel()
	forEachWay(t, func(t *testing.T, start starter) {
		conversation := newConversation(t)
		var log logBuffer
		c, s := start(t, Options{MaxQueue: 100_000, Log: log.logger()}, conversation)
		sent := sendTooMuch(s)
		got := 0
		for {
			op, payload, err := c.read()
			if err != nil {
				t.Fatalf("after %d of %d messages: %v", got, sent, err)
			}
			if op == websocket.Close {
				if payload != closePayload(1008, "does not take what it is sent") {
					t.Errorf("closed with %q", payload)
				}
				break
			}
			if !strings.HasPrefix(payload, fmt.Sprint(got, " ")) {
				t.Fatalf("message %d is %.10q", got, payload)
			}
			got++
		}
		if got != sent-1 { // the last was refused
			t.Errorf("%d of %d messages came", got, sent)
		}
		c.close(1008, "")
		conversation.wantClosed(1008, "does not take what it is sent")
		waitFor(t, func() bool { return strings.Contains(log.String(), "cause=slow") })
	})
}

// TestContractDrops has a client that takes nothing for a while, of a module that rather drops messages
// than closes it.
func TestContractDrops(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := echoConversation(t)
		drained := make(chan struct{}, 1)
		conversation.onDrained = func(*fakeConversation) {
			select {
			case drained <- struct{}{}:
			default:
			}
		}
		var log logBuffer
		s := start(Options{MaxQueue: 100_000, DropSlow: true, Log: log.logger()}, oneConversation(conversation))
		session := await(t, conversation.opened)
		sent := sendTooMuch(session)
		if most := session.most() + 10_000 + 100; session.BufferedAmount() > most {
			t.Errorf("%d bytes wait", session.BufferedAmount())
		}
		next := 0 // the least number that may come
		for range sent - 10 {
			m, over := s.next()
			n := 0
			if _, err := fmt.Sscan(string(m.Data), &n); over != nil || err != nil || n < next || len(m.Data) < 10_000 {
				t.Fatalf("%.10q of %d bytes, %v; want %d or later", m.Data, len(m.Data), over, next)
			}
			next = n + 1
		}
		await(t, drained)
		s.send(text("still there"))
		wantMessage(t, s, text("still there"))
		if n := strings.Count(log.String(), "was dropped"); n != 1 {
			t.Errorf("%d lines tell of it", n)
		}
		session.Terminate()
		await(t, conversation.closed)
		waitFor(t, func() bool { return strings.Contains(log.String(), "dropped=10") })
	})
}

// TestBroadcastPastSlow broadcasts to clients of which some never read. They hold no more than the limit, and
// the others get everything.
func TestBroadcastPastSlow(t *testing.T) {
	t.Parallel()
	const readers, others, messages, size, most = 18, 2, 100, 100_000, 1 << 20
	for _, drop := range []bool{false, true} {
		t.Run(fmt.Sprint("drop=", drop), func(t *testing.T) {
			t.Parallel()
			opened := make(chan *Session, readers+others)
			h := &fakeHandler{conversation: func() *fakeConversation {
				p := newConversation(t)
				p.opened = opened
				return p
			}}
			_, address := serve(t, Options{MaxQueue: most, DropSlow: drop}, h)
			var all, slow []*Session
			for range others {
				dial(t, address).open("/a")
				s := await(t, opened)
				all, slow = append(all, s), append(slow, s)
			}
			payload, got := strings.Repeat("x", size), make(chan struct{})
			var reading sync.WaitGroup
			for range readers {
				c := dial(t, address).open("/a")
				all = append(all, await(t, opened))
				reading.Go(func() { // ends with the last message
					for i := range messages {
						if op, p, err := c.read(); op != websocket.Text || p != payload {
							t.Errorf("message %d: %v, %d bytes, %v", i, op, len(p), err)
						}
						got <- struct{}{}
					}
				})
			}
			for range messages {
				p := Prepare(text(payload))
				for _, s := range all {
					s.SendPrepared(p)
					s.Flush()
				}
				for range readers {
					await(t, got)
				}
				for _, s := range slow {
					if n := s.BufferedAmount(); n > most+size+200 {
						t.Fatalf("%d bytes wait for a client that never reads", n)
					}
				}
			}
			reading.Wait()
			for _, s := range slow {
				switch open := s.ReadyState() == stateOpen; {
				case open != drop:
					t.Errorf("a client that never reads has the state %d", s.ReadyState())
				case drop && droppedOf(s) == 0:
					t.Error("nothing was dropped")
				}
			}
		})
	}
}
