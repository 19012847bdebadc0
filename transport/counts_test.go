package transport

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// countsOf returns the counts of the only kind of session that a server has had.
func countsOf(t *testing.T, s *Server) SessionCounts {
	t.Helper()
	c := s.Counts()
	if len(c.Sessions) != 1 {
		t.Fatalf("there are counts for %d kinds of sessions", len(c.Sessions))
	}
	return c.Sessions[0]
}

func TestCounts(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := echoConversation(t)
		s := start(Options{}, oneConversation(conversation))
		session := await(t, conversation.opened)
		for range 3 {
			s.send(text("four"), text("four"))
			wantMessage(t, s, text("four"))
			wantMessage(t, s, text("four"))
		}
		c := countsOf(t, session.server)
		if c.Resource != "a" || c.Transport != conversation.request.Transport || c.Version != conversation.request.Version {
			t.Errorf("counted as %q %q %q", c.Resource, c.Transport, c.Version)
		}
		if c.Opened != 1 || c.Open != 1 || c.MessagesIn != 6 || c.MessagesOut != 6 || c.Dropped != 0 {
			t.Errorf("%+v", c)
		}
		if c.BytesIn < 24 || c.BytesIn > 200 || c.BytesOut < 24 || c.BytesOut > 200 {
			t.Errorf("%d bytes in, %d out", c.BytesIn, c.BytesOut)
		}
		session.Close(4000, "")
		s.next()
		await(t, conversation.closed)
		waitFor(t, func() bool { return countsOf(t, session.server).Closed["module"] == 1 })
		if c := countsOf(t, session.server); c.Open != 0 || c.Opened != 1 || c.Queued != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// TestCountsOfSlow counts what waits for a client that does not read, and what is dropped.
func TestCountsOfSlow(t *testing.T) {
	t.Parallel()
	forEachWay(t, func(t *testing.T, start starter) {
		conversation := newConversation(t)
		_, session := start(t, Options{MaxQueue: 100_000, DropSlow: true}, conversation)
		sent, padding := uint64(0), strings.Repeat("x", 10_000)
		var c SessionCounts
		waitFor(t, func() bool { // until the network, which may take some time for it, takes no more
			for range 20 {
				session.SendText(padding)
				sent++
			}
			c = countsOf(t, session.server)
			return c.Dropped > 0 && c.Queued >= 100_000 && c.Queued == int64(session.BufferedAmount())
		})
		if c.Dropped != uint64(droppedOf(session)) || c.MessagesOut != sent-c.Dropped {
			t.Errorf("%d messages were sent and %d dropped, of %d", c.MessagesOut, c.Dropped, sent)
		}
	})
}

func TestCountsOfRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options Options
		answer  Answer
		path    string
		header  string
		before  func(s *Server)
		want    reason
	}{
		{name: "path", path: "//", want: reasonRequest},
		{name: "origin", options: Options{Origins: []string{"https://b.com"}}, path: "/a", header: "Origin: https://c.com\r\n", want: reasonOrigin},
		{name: "nothing there", path: "/nothing", want: reasonUnknown},
		{name: "module", answer: Answer{Status: 401}, path: "/a", want: reasonModule},
		{name: "module's wrong answer", answer: Answer{Status: 99}, path: "/a", want: reasonFailed},
		{name: "broken", path: "/broken", want: reasonFailed},
		{name: "unavailable", path: "/unavailable", want: reasonUnavailable},
		{name: "memory", path: "/a", before: func(s *Server) { s.Relieve(1) }, want: reasonMemory},
		{name: "shutdown", path: "/a", before: (*Server).Drain, want: reasonShutdown},
		{name: "full", options: Options{MaxConnections: 1}, path: "/a", before: func(s *Server) { s.acquire("192.0.2.1") }, want: reasonFull},
		{name: "address", options: Options{MaxPerAddress: 1}, path: "/a", before: func(s *Server) { s.acquire("127.0.0.1") }, want: reasonAddress},
	} {
		for _, fallback := range []bool{false, true} {
			if fallback && test.want == reasonUnknown || fallback && test.want == reasonRequest {
				continue // then it is a page that is missing
			}
			t.Run(fmt.Sprint(test.name, " fallback=", fallback), func(t *testing.T) {
				h := oneConversation(newConversation(t))
				h.open = func(context.Context, *fakeConversation) (Answer, error) { return test.answer, nil }
				s, address := serve(t, test.options, h)
				if test.before != nil {
					test.before(s)
				}
				c := dial(t, address)
				if fallback {
					c.raw([]byte("POST " + test.path + newSession() + "/xhr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n" + test.header + "\r\n"))
				} else {
					c.raw([]byte(handshake(test.path, test.header)))
				}
				if _, err := http.ReadResponse(c.in, nil); err != nil {
					t.Fatal(err)
				}
				for name, n := range s.Counts().Refused {
					if want := map[bool]uint64{true: 1}[name == test.want.String()]; n != want {
						t.Errorf("%d refused for %q, want %d", n, name, want)
					}
				}
			})
		}
	}
}

// TestCountsOfCrowd has connections that say nothing, and one more of them than may wait.
func TestCountsOfCrowd(t *testing.T) {
	t.Parallel()
	s, address := serve(t, Options{MaxConnections: 2}, oneConversation(newConversation(t)))
	for range 3 {
		dial(t, address)
	}
	waitFor(t, func() bool { return s.Counts().Refused["crowded"] == 1 })
}
