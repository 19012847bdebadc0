// Package websockettest has a WebSocket client for tests.
//
// # What
//
// A [Client] says what a test tells it to, right or wrong, and reads frames as they come. It is meant for
// tests that count, measure, or break the rules. Whether a server speaks the protocol is shown with clients
// that others wrote; see examples/clients.
//
// # How to use
//
//	c := websockettest.Dial(t, "127.0.0.1:8080").Open("/chat")
//	c.SendText("hello")
//	got := c.Next()
//
// Methods without an error fail the test instead.
//
// # Concurrency
//
// A Client is for one goroutine at a time; one may write while another reads. The package starts no
// goroutines. Outside the test's own goroutine, use only what returns an error.
package websockettest

import (
	"bufio"
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

// Limit bounds each wait of a Client, generously for tests that share a busy machine.
const Limit = 5 * time.Minute

// A Client is one connection to a server.
type Client struct {
	// T is failed by the methods that return no error. It may be nil if none of them is called.
	T testing.TB
	// Conn is the connection, and In what is read of it.
	Conn net.Conn
	In   *bufio.Reader
}

// New returns a client over a connection on which nothing has been sent. The connection is closed when the
// test ends.
func New(t testing.TB, conn net.Conn) *Client {
	t.Cleanup(func() { _ = conn.Close() })
	return newClient(t, conn)
}

func newClient(t testing.TB, conn net.Conn) *Client {
	return &Client{T: t, Conn: conn, In: bufio.NewReaderSize(conn, 1<<10)}
}

// Dial connects to a TCP address, and sends nothing yet.
func Dial(t testing.TB, address string) *Client {
	t.Helper()
	c, err := TryDial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Conn.Close() })
	c.T = t
	return c
}

// TryDial is Dial for a goroutine that may not fail the test. The caller closes the connection.
func TryDial(address string) (*Client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(Limit)); err != nil {
		return nil, err
	}
	return newClient(nil, conn), nil
}

// Handshake returns the request of a handshake for a path, with further lines of its head, each of which
// ends in "\r\n".
func Handshake(path string, lines ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + strings.Join(lines, "") + "\r\n"
}

// TryOpen makes a handshake. If the server refuses it, the error has the status and the body of the answer:
// "404 Not Found: there is no such resource".
func (c *Client) TryOpen(path string, lines ...string) error {
	if _, err := io.WriteString(c.Conn, Handshake(path, lines...)); err != nil {
		return err
	}
	_, err := c.readAnswer()
	return err
}

func (c *Client) readAnswer() (*http.Response, error) {
	r, err := http.ReadResponse(c.In, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the answer to the handshake: %w", err)
	}
	if r.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(r.Body)
		return nil, fmt.Errorf("%s: %s", r.Status, strings.TrimSpace(string(body)))
	}
	return r, nil
}

// Open makes a handshake that the server must accept.
func (c *Client) Open(path string, lines ...string) *Client {
	c.T.Helper()
	c.Raw([]byte(Handshake(path, lines...)))
	c.Accepted()
	return c
}

// Accepted reads the answer to a handshake, which must accept it.
func (c *Client) Accepted() *http.Response {
	c.T.Helper()
	r, err := c.readAnswer()
	if err != nil {
		c.T.Fatal(err)
	}
	return r
}

// AppendFrame appends a masked frame. first is its first byte: FIN, RSV1–3 and the opcode (RFC 6455 §5.2).
func AppendFrame(dst []byte, first byte, payload string) []byte {
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

// Write sends one frame with FIN.
func (c *Client) Write(op websocket.Opcode, payload string) error {
	_, err := c.Conn.Write(AppendFrame(nil, 0x80|byte(op), payload))
	return err
}

// Raw sends bytes as they are.
func (c *Client) Raw(p []byte) {
	c.T.Helper()
	if _, err := c.Conn.Write(p); err != nil {
		c.T.Fatal("writing: ", err)
	}
}

// Send sends one frame with FIN.
func (c *Client) Send(op websocket.Opcode, payload string) {
	c.T.Helper()
	if err := c.Write(op, payload); err != nil {
		c.T.Fatal("writing: ", err)
	}
}

// SendText sends a text message.
func (c *Client) SendText(text string) {
	c.T.Helper()
	c.Send(websocket.Text, text)
}

// Close sends a Close with a code and a reason. It does not wait for the answer.
func (c *Client) Close(code int, reason string) {
	c.T.Helper()
	c.Send(websocket.Close, ClosePayload(code, reason))
}

// ClosePayload returns the payload of a Close (RFC 6455 §5.5.1).
func ClosePayload(code int, reason string) string {
	return string([]byte{byte(code >> 8), byte(code)}) + reason
}

// Read returns the next frame. One that a server may not send is an error: with reserved bits, masked, or a
// fragment.
func (c *Client) Read() (op websocket.Opcode, payload string, err error) {
	var head [8]byte
	if _, err := io.ReadFull(c.In, head[:2]); err != nil {
		return 0, "", err
	}
	if head[0]&0x70 != 0 || head[0]&0x80 == 0 || head[1]&0x80 != 0 {
		return 0, "", fmt.Errorf("frame begins with % x", head[:2])
	}
	op = websocket.Opcode(head[0] & 0xf)
	n := int(head[1])
	switch n {
	case 126:
		_, err = io.ReadFull(c.In, head[:2])
		n = int(binary.BigEndian.Uint16(head[:]))
	case 127:
		_, err = io.ReadFull(c.In, head[:8])
		n = int(binary.BigEndian.Uint64(head[:]))
	}
	if err != nil {
		return 0, "", err
	}
	p := make([]byte, n)
	_, err = io.ReadFull(c.In, p)
	return op, string(p), err
}

// ReadAnswering returns the next frame that is no Ping, and answers those before it.
func (c *Client) ReadAnswering() (op websocket.Opcode, payload string, err error) {
	for {
		op, payload, err = c.Read()
		if err != nil || op != websocket.Ping {
			return op, payload, err
		}
		if err := c.Write(websocket.Pong, payload); err != nil {
			return 0, "", err
		}
	}
}

// Next returns the next text message. Pings before it are answered, and other frames ignored.
func (c *Client) Next() string {
	c.T.Helper()
	for {
		op, payload, err := c.ReadAnswering()
		if err != nil {
			c.T.Fatal(err)
		}
		if op == websocket.Text {
			return payload
		}
	}
}

// AwaitClose waits for a Close, answers it, and waits until the server has closed the connection. It returns
// the code; 0 if the Close had none, or did not come.
func (c *Client) AwaitClose() (code int, err error) {
	for {
		op, payload, err := c.ReadAnswering()
		if err != nil {
			return 0, err
		}
		if op != websocket.Close {
			continue
		}
		if len(payload) >= 2 {
			code = int(payload[0])<<8 | int(payload[1])
		}
		_ = c.Write(websocket.Close, payload[:min(len(payload), 2)])
		_, _ = io.Copy(io.Discard, c.In)
		return code, c.Conn.Close()
	}
}

// Want reads a frame that must be this one.
func (c *Client) Want(op websocket.Opcode, payload string) {
	c.T.Helper()
	gotOp, got, err := c.Read()
	if err != nil {
		c.T.Fatalf("reading a frame with opcode %d and %.40q: %v", op, payload, err)
	}
	if gotOp != op || got != payload {
		c.T.Fatalf("frame with opcode %d and %.40q (%d bytes), want %d and %.40q (%d bytes)", gotOp, got, len(got), op, payload, len(payload))
	}
}

// WantClose reads a frame that must be a Close with this code, whatever its reason.
func (c *Client) WantClose(code int) {
	c.T.Helper()
	op, payload, err := c.Read()
	if err != nil || op != websocket.Close || !strings.HasPrefix(payload, ClosePayload(code, "")) {
		c.T.Fatalf("opcode %d, payload %q, error %v; want a Close with %d", op, payload, err, code)
	}
}

// WantEnd expects that the server sends nothing more and closes the connection.
func (c *Client) WantEnd() {
	c.T.Helper()
	if b, err := c.In.ReadByte(); err != io.EOF {
		c.T.Fatalf("byte %#x, error %v; want the end", b, err)
	}
}
