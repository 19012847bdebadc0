package transport

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"node.websocket/transport/websocket"
)

// pausedConversation takes one message, and no other until it is told to go on, or that the client is ending: then it drops them.
func pausedConversation(t testing.TB) (p *fakeConversation, paused chan struct{}) {
	p, paused = newConversation(t), make(chan struct{}, 1)
	p.takes = func(p *fakeConversation, batch []Message) int {
		switch {
		case p.received == nil:
			p.received = append(p.received, text(string(batch[0].Data)))
			paused <- struct{}{}
			if !p.ending.Load() {
				return 1
			}
			return len(batch)
		case p.ending.Load():
			return len(batch)
		}
		return 0
	}
	return p, paused
}

// A client that closes or goes is seen to at once, although a module has not taken what came before it, in the same read or in one before.
func TestCloseBehindMessages(t *testing.T) { forEachWay(t, testCloseBehindMessages) }

func testCloseBehindMessages(t *testing.T, start starter) {
	for _, test := range []struct {
		name         string
		first, later func(c *client)
		code         int
	}{
		{"close in the same read", func(c *client) {
			c.raw(append(masked(masked(nil, 0x81, "a"), 0x81, "b"), masked(nil, 0x88, "\x0f\xa1bye")...))
		}, nil, 4001},
		{"close later", func(c *client) { c.raw(masked(masked(nil, 0x81, "a"), 0x81, "b")) }, func(c *client) {
			c.raw(append(masked(nil, 0x81, "c"), masked(nil, 0x88, "\x0f\xa1bye")...))
		}, 4001},
		{"gone later", func(c *client) { c.raw(masked(masked(nil, 0x81, "a"), 0x81, "b")) }, func(c *client) { c.conn.Close() }, 1006},
		{"fault later", func(c *client) { c.raw(masked(masked(nil, 0x81, "a"), 0x81, "b")) }, func(c *client) { c.raw([]byte{0xff, 0x80}) }, 1002},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, paused := pausedConversation(t)
			c, _ := start(t, Options{}, p)
			test.first(c)
			await(t, paused)
			if test.later != nil {
				test.later(c)
			}
			if test.name == "fault later" {
				c.wantClose(1002)
				c.conn.Close()
			}
			if got := await(t, p.closed); got.code != test.code {
				t.Errorf("Disconnected with %v, want %d", got, test.code)
			}
			if !p.ending.Load() {
				t.Error("Disconnected without a word that it is ending")
			}
		})
	}
}

// What was read ahead is offered in order, with what came after it, and pings in it are answered at once.
func TestReadAhead(t *testing.T) { forEachWay(t, testReadAhead) }

func testReadAhead(t *testing.T, start starter) {
	const n = 300
	p, paused := pausedConversation(t)
	got := make(chan []Message, 1)
	var goOn atomic.Bool
	pause := p.takes
	p.takes = func(p *fakeConversation, batch []Message) int {
		if !goOn.Load() {
			return pause(p, batch)
		}
		m := strings.TrimSpace(string(batch[0].Data))
		if p.received = append(p.received, text(m)); len(p.received) == n {
			got <- p.received
		}
		p.session.Resume()
		return 1
	}
	c, s := start(t, Options{}, p)
	c.raw(masked(masked(nil, 0x81, "0"), 0x81, "1"))
	await(t, paused)
	c.raw(append(masked(nil, 0x81, "2"), masked(nil, 0x89, "ping")...))
	if op, data, err := c.read(); op != websocket.Pong || data != "ping" || err != nil {
		t.Fatalf("opcode %d, %q, %v; want a pong", op, data, err)
	}
	go func() { // more than is read ahead
		var out []byte
		for i := 3; i < n; i++ {
			out = masked(out, 0x81, fmt.Sprint(i)+strings.Repeat(" ", 1000))
		}
		c.conn.Write(out)
	}()
	goOn.Store(true)
	s.Resume()
	for i, m := range await(t, got) {
		if string(m.Data) != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, m.Data)
		}
	}
}

// A paused session holds no more than it reads ahead: the rest stays with the client's network.
func TestReadAheadIsBounded(t *testing.T) {
	p, paused := pausedConversation(t)
	c, s := start(t, Options{}, p)
	c.raw(masked(masked(nil, 0x81, "a"), 0x81, "b"))
	await(t, paused)
	c.conn.SetWriteDeadline(time.Now().Add(time.Second))
	const most = 64 << 20 // more than the kernel holds, too
	chunk, n := masked(nil, 0x82, strings.Repeat("x", 60_000)), 0
	var err error
	for n < most && err == nil {
		var m int
		m, err = c.conn.Write(chunk)
		n += m
	}
	if err == nil {
		t.Errorf("%d bytes were taken from a client whose module is paused", n)
	}
	s.Terminate()
	p.wantClosed(1006, "")
}
