package command

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A client is the least that speaks RFC 6455: text messages of less than 64 KiB, and the close. It is for tests that
// count and measure; whether the server speaks the protocol is shown with clients that others wrote.
type client struct {
	t      testing.TB
	conn   net.Conn
	in     *bufio.Reader
	closed chan int
}

func dial(t testing.TB, port int, resource, origin string) *client {
	t.Helper()
	c, err := connect(port, resource, origin)
	if err != nil {
		t.Fatal(err)
	}
	c.t = t
	t.Cleanup(func() { _ = c.conn.Close() })
	return c
}

func connect(port int, resource, origin string) (*client, error) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		return nil, err
	}
	return connectOver(conn, resource, origin)
}

// connectOver makes the handshake over a connection; lines are further lines of its head.
func connectOver(conn net.Conn, resource, origin string, lines ...string) (*client, error) {
	c := &client{conn: conn, in: bufio.NewReaderSize(conn, 1<<10), closed: make(chan int, 1)}
	if origin != "" {
		origin = "Origin: " + origin + "\r\n"
	}
	for _, line := range lines {
		origin += line + "\r\n"
	}
	_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n%s"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", resource, origin)
	if err != nil {
		return nil, err
	}
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, err
	}
	if r.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(r.Body)
		return nil, fmt.Errorf("%s: %s", r.Status, strings.TrimSpace(string(body)))
	}
	return c, nil
}

// appendMasked appends a masked frame.
func appendMasked(b []byte, opcode byte, payload string) []byte {
	b = append(b, 0x80|opcode)
	if len(payload) < 126 {
		b = append(b, 0x80|byte(len(payload)))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(len(payload)))
	}
	key := [4]byte{1, 2, 3, 4}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i&3])
	}
	return b
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := c.conn.Write(appendMasked(nil, 1, text)); err != nil {
		c.t.Fatal(err)
	}
}

// next is the next text message.
func (c *client) next() string {
	c.t.Helper()
	for {
		opcode, payload, err := c.read()
		if err != nil {
			c.t.Fatal(err)
		}
		if opcode == 1 {
			return string(payload)
		}
	}
}

// read is the next frame that is no ping; a ping is answered.
func (c *client) read() (opcode byte, payload []byte, err error) {
	for {
		opcode, payload, err = c.readFrame()
		if err != nil || opcode != 9 {
			return opcode, payload, err
		}
		if _, err := c.conn.Write(appendMasked(nil, 10, string(payload))); err != nil {
			return 0, nil, err
		}
	}
}

func (c *client) readFrame() (opcode byte, payload []byte, err error) {
	head := make([]byte, 2, 4)
	if _, err := io.ReadFull(c.in, head); err != nil {
		return 0, nil, err
	}
	n := int(head[1] & 127)
	if n == 126 {
		if _, err := io.ReadFull(c.in, head[2:4]); err != nil {
			return 0, nil, err
		}
		n = int(binary.BigEndian.Uint16(head[2:4]))
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.in, payload)
	return head[0] & 15, payload, err
}

// echoClose waits for a close, answers it, tells its code, and closes the connection when the server has.
func (c *client) echoClose(t testing.TB) {
	for {
		opcode, payload, err := c.read()
		if err != nil {
			t.Error(err)
			c.closed <- 0
			return
		}
		if opcode == 8 && len(payload) >= 2 {
			_, _ = c.conn.Write(appendMasked(nil, 8, string(payload[:2])))
			c.closed <- int(binary.BigEndian.Uint16(payload))
			_, _ = io.Copy(io.Discard, c.conn)
			_ = c.conn.Close()
			return
		}
	}
}
