package transport

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/transport/websocket"
)

// start opens a session with the conversation, on loopback.
func start(t testing.TB, o Options, p *fakeConversation) (*client, *Session) {
	t.Helper()
	_, address := serve(t, o, oneConversation(p))
	c := dial(t, address).open("/a")
	return c, await(t, p.opened)
}

// startPipe is start in a synctest bubble.
func startPipe(t testing.TB, o Options, p *fakeConversation) (*client, *Session) {
	t.Helper()
	l := newPipeListener()
	serveOn(t, l, o, oneConversation(p))
	c := l.dial(t).open("/a")
	return c, <-p.opened
}

func TestModuleCloses(t *testing.T) {
	t.Parallel()
	forEachWay(t, testModuleCloses)
}

func testModuleCloses(t *testing.T, start starter) {
	conversation := newConversation(t)
	conversation.onReceive = func(_ *fakeConversation, batch []Message) { t.Errorf("%d messages after Close", len(batch)) }
	c, s := start(t, Options{}, conversation)
	s.SendText("last")
	s.Close(3001, "done")
	s.Close(3002, "too late")
	if s.ReadyState() != 2 || s.SendText("x") || s.SendBinary(nil) {
		t.Error("a closing session takes messages")
	}
	c.want(websocket.Text, "last")
	c.want(websocket.Close, closePayload(3001, "done"))
	c.send(websocket.Text, "dropped")
	c.send(websocket.Ping, "ignored")
	c.close(3001, "answer")
	conversation.wantClosed(3001, "done")
	c.wantEnd()
}

func TestPeerCloses(t *testing.T) {
	t.Parallel()
	forEachWay(t, testPeerCloses)
}

func testPeerCloses(t *testing.T, start starter) {
	for _, test := range []struct {
		payload, echo string
		code          int
		reason        string
	}{
		{closePayload(1000, ""), closePayload(1000, ""), 1000, ""},
		{closePayload(4999, "grüße"), closePayload(4999, ""), 4999, "grüße"},
		{"", "", 1005, ""},
	} {
		conversation := echoConversation(t)
		c, _ := start(t, Options{}, conversation)
		// The message before the Close is answered first. What follows the Close is ignored.
		c.raw(append(masked(masked(nil, 0x81, "hello"), 0x88, test.payload), "garbage"...))
		c.want(websocket.Text, "hello")
		c.want(websocket.Close, test.echo)
		c.wantEnd()
		conversation.wantClosed(test.code, test.reason)
	}
}

func TestCloseWithoutValidCode(t *testing.T) {
	t.Parallel()
	for _, code := range []int{0, 999, 1005, 1006, 1015, 5000, -1} {
		conversation := newConversation(t)
		c, s := start(t, Options{}, conversation)
		s.Close(code, "reason")
		c.want(websocket.Close, "")
		c.conn.Close()
		conversation.wantClosed(1005, "")
	}
}

func TestCloseIsNotAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation := newConversation(t)
		c, s := startPipe(t, Options{}, conversation)
		s.Close(1000, "")
		time.Sleep(15 * time.Second) // of the bubble's own clock; the client does not even take it
		if len(conversation.closed) != 0 {
			t.Error("the time to answer began before the Close was out")
		}
		begin := time.Now()
		c.wantClose(1000)
		conversation.wantClosed(1000, "")
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("closed after %v", took)
		}
		c.wantEnd()
	})
}

// TestFaults sends what a client may not send, after a valid message, and sends on.
func TestFaults(t *testing.T) {
	t.Parallel()
	forEachWay(t, testFaults)
}

func testFaults(t *testing.T, start starter) {
	for _, test := range []struct {
		name  string
		bytes []byte
		code  int
		cause string
	}{
		{"unmasked", []byte{0x81, 1, 'a'}, 1002, "protocol error"},
		{"reserved opcode", masked(nil, 0x83, ""), 1002, "protocol error"},
		{"close code", masked(nil, 0x88, closePayload(1006, "")), 1002, "protocol error"},
		{"UTF-8", masked(nil, 0x81, "a\xff"), 1007, "invalid UTF-8"},
		{"UTF-8 of a reason", masked(nil, 0x88, closePayload(1000, "\xff")), 1007, "invalid UTF-8"},
		{"too big", masked(nil, 0x82, strings.Repeat("x", 1001)), 1009, "too big"},
	} {
		t.Run(test.name, func(t *testing.T) {
			conversation := echoConversation(t)
			var log logBuffer
			c, _ := start(t, Options{MaxMessage: 1000, Log: log.logger()}, conversation)
			c.raw(append(masked(nil, 0x81, "before"), test.bytes...))
			// The server reads all of this, and so sends no RST, which could destroy the Close before it is
			// read. (Over HTTP/2 it can end its half and refuse the other without loss.)
			if _, stream := c.conn.(*streamConn); stream {
				c.conn.Write(make([]byte, 4<<20))
			} else {
				c.raw(make([]byte, 4<<20))
			}
			c.want(websocket.Text, "before")
			c.wantClose(test.code)
			c.wantEnd()
			if got := await(t, conversation.closed); got.code != test.code || got.reason == "" {
				t.Errorf("Disconnected with %v, want %d", got, test.code)
			}
			line := fmt.Sprintf("cause=%q code=%d", test.cause, test.code)
			waitFor(t, func() bool { return strings.Contains(log.String(), line) })
		})
	}
}

func TestResourceLimit(t *testing.T) {
	t.Parallel()
	conversation := echoConversation(t)
	h := oneConversation(conversation)
	h.options.MaxMessage = 10
	_, address := serve(t, Options{}, h)
	c := dial(t, address).open("/a")
	c.send(websocket.Text, "0123456789")
	c.want(websocket.Text, "0123456789")
	c.send(websocket.Text, "0123456789a")
	c.wantClose(1009)
}

func TestReset(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	c, s := start(t, Options{}, conversation)
	c.conn.(*net.TCPConn).SetLinger(0)
	c.conn.Close()
	conversation.wantClosed(1006, "")
	s.Terminate() // of no effect
	s.Flush()
}

func TestHalfClosed(t *testing.T) {
	t.Parallel()
	conversation := echoConversation(t)
	c, _ := start(t, Options{}, conversation)
	c.raw(append(masked(nil, 0x81, "whole"), 0x81, 0x85, 0)) // and then half a frame
	c.conn.(*net.TCPConn).CloseWrite()
	c.want(websocket.Text, "whole")
	c.wantEnd()
	conversation.wantClosed(1006, "")
}

func TestFragmentsAndPings(t *testing.T) {
	t.Parallel()
	forEachWay(t, testFragmentsAndPings)
}

func testFragmentsAndPings(t *testing.T, start starter) {
	c, s := start(t, Options{}, echoConversation(t))
	c.raw(masked(nil, 0x01, "one "))
	c.send(websocket.Ping, "between")
	c.want(websocket.Pong, "between")
	c.raw(masked(masked(masked(nil, 0x00, "two "), 0x89, "again"), 0x80, "three"))
	c.want(websocket.Pong, "again")
	c.want(websocket.Text, "one two three")
	c.send(websocket.Pong, "unasked")
	s.Ping([]byte(strings.Repeat("p", 200)))
	s.Flush()
	c.want(websocket.Ping, strings.Repeat("p", 125))
	s.SendText("a\xffb")
	s.Flush()
	c.want(websocket.Text, "a\uFFFDb")
}

// TestOneReadOneTurn sends many messages in one packet. They arrive in few batches, and their
// answers in few packets.
func TestOneReadOneTurn(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	var turns, messages int
	done := make(chan struct{})
	conversation.onReceive = func(p *fakeConversation, batch []Message) {
		turns++
		messages += len(batch)
		if messages == 100 {
			close(done)
		}
	}
	c, _ := start(t, Options{}, conversation)
	var out []byte
	for range 100 {
		out = masked(out, 0x81, "message")
	}
	c.raw(out)
	await(t, done)
	if turns > 2 {
		t.Errorf("%d turns for 100 messages of one packet", turns)
	}
}

func TestTerminate(t *testing.T) {
	t.Parallel()
	forEachWay(t, testTerminate)
}

func testTerminate(t *testing.T, start starter) {
	for _, inside := range []bool{false, true} {
		conversation := newConversation(t)
		conversation.takes = func(p *fakeConversation, batch []Message) int {
			p.session.Terminate()
			return 0 // as if a promise had not settled
		}
		c, s := start(t, Options{}, conversation)
		if inside {
			c.send(websocket.Text, "x")
		} else {
			s.Terminate()
		}
		conversation.wantClosed(1006, "")
		if _, _, err := c.read(); err == nil {
			t.Error("something came after Terminate")
		}
	}
}

// TestCloseWhilePaused closes a session whose conversation takes nothing. What was not taken is
// dropped, and the answer to the Close is seen.
func TestCloseWhilePaused(t *testing.T) {
	t.Parallel()
	forEachWay(t, testCloseWhilePaused)
}

func testCloseWhilePaused(t *testing.T, start starter) {
	conversation := newConversation(t)
	paused := make(chan struct{})
	conversation.takes = func(p *fakeConversation, batch []Message) int {
		close(paused)
		return 0
	}
	c, s := start(t, Options{}, conversation)
	c.send(websocket.Text, "x")
	await(t, paused)
	s.Close(1000, "")
	c.wantClose(1000)
	c.close(1000, "")
	conversation.wantClosed(1000, "")
	c.wantEnd()
}
