package transport

import (
	"bufio"
	"net"
	"net/http"
	"testing"
	"time"

	"node.websocket/transport/websocket"
	"node.websocket/transport/websocket/websockettest"
)

// limit bounds each wait of these tests, generously for a busy machine.
const limit = 2 * time.Minute

// A client is a websockettest.Client with short names for what these tests do all the time.
type client struct {
	*websockettest.Client
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// newClient returns a client over a connection on which nothing has been sent.
func newClient(t testing.TB, conn net.Conn) *client {
	c := websockettest.New(t, conn)
	return &client{c, t, c.Conn, c.In}
}

// dial connects, and sends nothing yet.
func dial(t testing.TB, address string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(limit))
	return newClient(t, conn)
}

var (
	handshake    = websockettest.Handshake
	masked       = websockettest.AppendFrame
	closePayload = websockettest.ClosePayload
)

func (c *client) open(path string, lines ...string) *client {
	c.t.Helper()
	c.Open(path, lines...)
	return c
}

func (c *client) accepted() *http.Response {
	c.t.Helper()
	return c.Accepted()
}

func (c *client) raw(p []byte) {
	c.t.Helper()
	c.Raw(p)
}

func (c *client) send(op websocket.Opcode, payload string) {
	c.t.Helper()
	c.Send(op, payload)
}

func (c *client) close(code int, reason string) {
	c.t.Helper()
	c.Close(code, reason)
}

func (c *client) read() (op websocket.Opcode, payload string, err error) { return c.Read() }

func (c *client) want(op websocket.Opcode, payload string) {
	c.t.Helper()
	c.Want(op, payload)
}

func (c *client) wantClose(code int) {
	c.t.Helper()
	c.WantClose(code)
}

func (c *client) wantEnd() {
	c.t.Helper()
	c.WantEnd()
}
