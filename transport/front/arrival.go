package front

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"node.websocket/transport/socket"
)

// An arrival is a connection whose first bytes have been peeked at. Read returns them again.
type arrival struct {
	net.Conn

	// Fixed once Accept has returned it.
	remote net.Addr // the client's, from a PROXY header; nil: the connection's own
	secure bool     // the client uses TLS, according to a PROXY header

	// Only in Read and peek.
	seen  *socket.Buffer // peeked at; nil: nothing
	read  int            // bytes of seen that Read has returned
	split bool           // see splitHello
}

func newArrival(c net.Conn) *arrival {
	return &arrival{Conn: c, seen: socket.TakeBuffer(socket.MinBuffer)}
}

// RemoteAddr returns the address of the client, which is that of a PROXY header if there is one.
func (a *arrival) RemoteAddr() net.Addr {
	if a.remote != nil {
		return a.remote
	}
	return a.Conn.RemoteAddr()
}

// Read returns what was peeked at, and then what follows.
func (a *arrival) Read(p []byte) (int, error) {
	if a.seen == nil {
		return a.Conn.Read(p)
	}
	if a.split {
		p = p[:min(len(p), recordHeader+helloPart-a.read%(recordHeader+helloPart))]
	}
	n := copy(p, a.seen.B[a.read:])
	a.read += n
	if a.read == len(a.seen.B) {
		a.seen.Release()
		a.seen = nil
		if n == 0 {
			return a.Conn.Read(p)
		}
	}
	return n, nil
}

// Divert implements socket.Divertible.
func (a *arrival) Divert(c net.Conn) { a.Conn = c }

// NetConn returns the connection that the listener has accepted, or what has taken its place.
func (a *arrival) NetConn() net.Conn { return a.Conn }

// Unwrap returns the connection that the listener has accepted, if c is a connection of Accept's without
// TLS, and first with the bytes appended that were peeked at and not read. Any other c it returns as it
// is. c must not be used any more.
func Unwrap(c net.Conn, first []byte) (net.Conn, []byte) {
	a, ok := c.(*arrival)
	if !ok {
		return c, first
	}
	if a.seen != nil {
		first = append(first, a.seen.B[a.read:]...)
		a.seen.Release()
		a.seen = nil
	}
	return a.Conn, first
}

// Skip marks the next n of the bytes that Options.Early was given as read. It may be called once for a
// connection.
func Skip(c net.Conn, n int) {
	a := c.(*arrival)
	a.read += n
	if a.read == len(a.seen.B) {
		a.seen.Release()
		a.seen = nil
	}
}

// Secure reports whether the client of a connection that Accept has returned uses TLS up to a proxy,
// according to the PROXY header.
func Secure(c net.Conn) bool {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	a, ok := c.(*arrival)
	return ok && a.secure
}

// CloseWrite sends a FIN. The error is errors.ErrUnsupported if the connection cannot.
func (a *arrival) CloseWrite() error {
	if !socket.CloseWrite(a.Conn) {
		return errors.ErrUnsupported
	}
	return nil
}

// peek returns the next bytes without consuming them: at least n, and at most what seen has room for.
func (a *arrival) peek(n int) ([]byte, error) {
	for len(a.seen.B)-a.read < n {
		at := len(a.seen.B)
		if at == cap(a.seen.B) {
			return nil, io.ErrShortBuffer
		}
		got, err := a.Conn.Read(a.seen.B[at:cap(a.seen.B)])
		a.seen.B = a.seen.B[:at+got]
		if err != nil && at+got-a.read < n {
			return nil, err
		}
	}
	return a.seen.B[a.read:], nil
}

// say answers the client, and waits a while for it to hang up.
func (a *arrival) say(text string, timeout time.Duration) error {
	a.SetWriteDeadline(time.Now().Add(timeout))
	if _, err := io.WriteString(a.Conn, text); err != nil {
		return err
	}
	if socket.CloseWrite(a.Conn) {
		socket.Linger(a.Conn, min(lookLinger, timeout))
	}
	return nil
}

// portOf returns the port of a TCP address, or 0.
func portOf(a net.Addr) int {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}
