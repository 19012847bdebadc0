package front

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"node.websocket/transport/socket"
)

// An arrival is a connection whose first bytes have been looked at. They are read again from it.
type arrival struct {
	net.Conn

	// Fixed once it has been handed on.
	remote net.Addr // of the client that a PROXY header names; nil: the connection's own
	secure bool     // that client has TLS, says the PROXY header

	// Fixed once a session with TLS has begun.
	sealed io.Writer // takes what is written instead of Conn, and does not wait; nil: Conn takes it

	// Only of the goroutine that reads.
	seen *socket.Buffer // nil: nothing
	read int            // bytes of seen that were read again
}

func newArrival(c net.Conn) *arrival {
	return &arrival{Conn: c, seen: socket.TakeBuffer(socket.MinBuffer)}
}

// RemoteAddr is the address of the client, as the proxy in front has it, if one is trusted to.
func (a *arrival) RemoteAddr() net.Addr {
	if a.remote != nil {
		return a.remote
	}
	return a.Conn.RemoteAddr()
}

// Read reads again what was looked at, and then on.
func (a *arrival) Read(p []byte) (int, error) {
	if a.seen == nil {
		return a.Conn.Read(p)
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

// Write writes, and waits until all is written, but for sealed.
func (a *arrival) Write(p []byte) (int, error) {
	if a.sealed != nil {
		return a.sealed.Write(p)
	}
	return a.Conn.Write(p)
}

// Divert has all further writes go to w instead of the connection inside.
func (a *arrival) Divert(w io.Writer) { a.sealed = w }

// NetConn returns the connection inside.
func (a *arrival) NetConn() net.Conn { return a.Conn }

// Unwrap returns the connection inside, if c is an arrival whose first bytes have all been read again, and what is left of them added to first.
func Unwrap(c net.Conn, first []byte) (net.Conn, []byte) {
	a, ok := c.(*arrival)
	if !ok {
		return c, first
	}
	if a.seen != nil {
		first = append(slices.Clone(first), a.seen.B[a.read:]...)
		a.seen.Release()
		a.seen = nil
	}
	return a.Conn, first
}

// Secure says whether the client of a connection that Accept has returned came over TLS up to a proxy, as that says in its PROXY header.
func Secure(c net.Conn) bool {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	a, ok := c.(*arrival)
	return ok && a.secure
}

// CloseWrite sends a FIN, if the connection has such a thing.
func (a *arrival) CloseWrite() error {
	if !socket.CloseWrite(a.Conn) {
		return errors.ErrUnsupported
	}
	return nil
}

// peek returns the next bytes, at least n of them and at most what a buffer holds, without taking them.
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

// say sends a last word.
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

// portOf returns the port of an address, or 0.
func portOf(a net.Addr) int {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}
