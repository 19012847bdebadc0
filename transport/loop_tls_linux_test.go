package transport

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"node.websocket/transport/websocket"
)

// A gatherer is a client's connection that sends what is written only when it is told to, all at once.
type gatherer struct {
	net.Conn
	held *bytes.Buffer // nil: nothing is held back
}

func (g *gatherer) Write(p []byte) (int, error) {
	if g.held != nil {
		return g.held.Write(p)
	}
	return g.Conn.Write(p)
}

// SetWriteDeadline does nothing: crypto/tls sets it to the past in CloseWrite.
func (g *gatherer) SetWriteDeadline(time.Time) error { return nil }

func (g *gatherer) send(t *testing.T) {
	t.Helper()
	if _, err := g.Conn.Write(g.held.Bytes()); err != nil {
		t.Fatal(err)
	}
	g.held = nil
}

// dialGathering is dialTLS with a gatherer.
func dialGathering(t *testing.T, address string) (*client, *gatherer) {
	t.Helper()
	g := &gatherer{Conn: dial(t, address).conn}
	return tlsClient(t, g), g
}

// TestLoopTLSAtOnce has clients that send their handshake, messages and their end at once. They are in records of
// their own, so that crypto/tls has taken all of the few, and some of the many, when the session begins.
func TestLoopTLSAtOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 200} {
		p := echoConversation(t)
		_, address := serveLoops(t, Options{TLS: testTLS(t)}, oneConversation(p))
		c, g := dialGathering(t, address)
		g.held = &bytes.Buffer{}
		c.raw([]byte(handshake("/a")))
		for range n {
			c.send(websocket.Text, "hello")
		}
		c.conn.(*tls.Conn).CloseWrite()
		g.send(t)
		c.accepted()
		for range n {
			c.want(websocket.Text, "hello")
		}
		if _, _, err := c.read(); err != io.EOF {
			t.Error(err)
		}
		p.wantClosed(1006, "")
		if _, ok := p.session.carrier.(*eventWire); !ok {
			t.Errorf("the carrier is a %T", p.session.carrier)
		}
	}
}

// TestLoopTLSEndWhileHeld has a conversation that takes nothing until it is told that the client is ending. Only
// TLS says so: the connection stays open. The end comes with the message, and after it. Ending calls Resume.
func TestLoopTLSEndWhileHeld(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{true, false} {
		p := newConversation(t)
		offered := make(chan struct{}, 100)
		p.takes = func(p *fakeConversation, batch []Message) int {
			offered <- struct{}{}
			if !p.ending.Load() {
				return 0
			}
			echo(p, batch)
			return len(batch)
		}
		_, address := serveLoops(t, Options{TLS: testTLS(t)}, oneConversation(p))
		c, g := dialGathering(t, address)
		c.open("/a")
		await(t, p.opened)
		g.held = &bytes.Buffer{}
		c.send(websocket.Text, "hello")
		if !together {
			g.send(t)
			await(t, offered)
			g.held = &bytes.Buffer{}
		}
		c.conn.(*tls.Conn).CloseWrite()
		g.send(t)
		c.want(websocket.Text, "hello")
		p.wantClosed(1006, "")
	}
}
