package transport

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"node.websocket/transport/websocket"
)

// client is the other end, as plain as can be: it sends what a test tells it to, right or wrong.
type client struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// limit is how long anything in these tests may take on a busy machine.
const limit = 40 * time.Second

const handshakeHead = "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// newClient is a client over a connection that has not sent anything yet.
func newClient(t testing.TB, conn net.Conn) *client {
	t.Cleanup(func() { conn.Close() })
	return &client{t, conn, bufio.NewReader(conn)}
}

// dial connects, and speaks no word.
func dial(t testing.TB, address string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(limit))
	return newClient(t, conn)
}

// open makes a handshake for the path, with further header lines, and expects it to go ahead.
func (c *client) open(path string, lines ...string) *client {
	c.t.Helper()
	c.raw([]byte(handshake(path, lines...)))
	c.accepted()
	return c
}

func handshake(path string, lines ...string) string {
	return "GET " + path + " HTTP/1.1\r\n" + handshakeHead + strings.Join(append(lines, "\r\n"), "")
}

// accepted expects the answer to a handshake.
func (c *client) accepted() *http.Response {
	c.t.Helper()
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal("reading the answer to the handshake: ", err)
	}
	if r.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(r.Body)
		c.t.Fatalf("the handshake was answered with %s: %s", r.Status, body)
	}
	return r
}

func (c *client) raw(p []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(p); err != nil {
		c.t.Fatal("writing: ", err)
	}
}

// send sends one masked frame with FIN.
func (c *client) send(op websocket.Opcode, payload string) {
	c.t.Helper()
	c.raw(masked(nil, 0x80|byte(op), payload))
}

func (c *client) close(code int, reason string) {
	c.t.Helper()
	c.send(websocket.Close, closePayload(code, reason))
}

func closePayload(code int, reason string) string {
	return string([]byte{byte(code >> 8), byte(code)}) + reason
}

// masked appends a masked frame with the given first byte.
func masked(dst []byte, first byte, payload string) []byte {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	dst = append(dst, first)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(n))
	}
	dst = append(dst, key[:]...)
	for i := range len(payload) {
		dst = append(dst, payload[i]^key[i&3])
	}
	return dst
}

// read returns the next frame, or an error.
func (c *client) read() (op websocket.Opcode, payload string, err error) {
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, "", err
	}
	if head[0]&0x70 != 0 || head[0]&0x80 == 0 || head[1]&0x80 != 0 {
		return 0, "", fmt.Errorf("frame begins with % x", head)
	}
	n := int(head[1])
	switch n {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(c.in, b[:])
		n = int(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(c.in, b[:])
		n = int(binary.BigEndian.Uint64(b[:]))
	}
	if err != nil {
		return 0, "", err
	}
	p := make([]byte, n)
	_, err = io.ReadFull(c.in, p)
	return websocket.Opcode(head[0] & 0xf), string(p), err
}

// want expects one frame.
func (c *client) want(op websocket.Opcode, payload string) {
	c.t.Helper()
	gotOp, got, err := c.read()
	if err != nil {
		c.t.Fatalf("reading a frame with opcode %d and %.40q: %v", op, payload, err)
	}
	if gotOp != op || got != payload {
		c.t.Fatalf("frame with opcode %d and %.40q (%d bytes), want %d and %.40q (%d bytes)", gotOp, got, len(got), op, payload, len(payload))
	}
}

// wantClose expects a Close with this code, whatever its reason.
func (c *client) wantClose(code int) {
	c.t.Helper()
	op, payload, err := c.read()
	if err != nil || op != websocket.Close || !bytes.HasPrefix([]byte(payload), []byte(closePayload(code, ""))) {
		c.t.Fatalf("opcode %d, payload %q, error %v; want a Close with %d", op, payload, err, code)
	}
}

// wantEnd expects the server to have sent all it had, and a FIN.
func (c *client) wantEnd() {
	c.t.Helper()
	if b, err := c.in.ReadByte(); err != io.EOF {
		c.t.Fatalf("byte %#x, error %v; want the end", b, err)
	}
}
