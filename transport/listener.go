package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"node.websocket/transport/proxy"
	"node.websocket/transport/socket"
)

// A front stands between a listener and net/http: it looks at the first bytes of each connection and hands on what is HTTP, or TLS
// around it. What is something else (a PROXY header, a Flash client's question) it sees to itself.
//
// Each connection is looked at in a goroutine of its own, so that one which is silent holds nobody up.
type front struct {
	// Fixed.
	net.Listener
	server     *Server
	policyPort int // not 0: only Flash is answered here, with a policy for this port
	ready      chan arrived
	done       chan struct{} // closed by Close

	mu sync.Mutex

	// Guarded by mu.
	closed bool
	looked map[net.Conn]struct{} // those that are being looked at; Close closes them
}

// arrived is what Accept returns.
type arrived struct {
	conn net.Conn
	err  error
}

// lookLinger is how long one that gets an answer instead of a session may take to hang up.
const lookLinger = time.Second

// newFront starts the goroutine that accepts.
func newFront(s *Server, l net.Listener, policyPort int) *front {
	f := &front{
		Listener: l, server: s, policyPort: policyPort,
		ready: make(chan arrived), done: make(chan struct{}), looked: make(map[net.Conn]struct{}),
	}
	go f.accept()
	return f
}

// Accept returns the next connection that is HTTP or TLS, and what the listener says is wrong with it.
func (f *front) Accept() (net.Conn, error) {
	select {
	case a := <-f.ready:
		return a.conn, a.err
	case <-f.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept, and every connection that has not been handed on.
func (f *front) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	left := f.looked
	f.looked = nil
	f.mu.Unlock()
	close(f.done)
	for c := range left {
		c.Close()
	}
	return f.Listener.Close()
}

// accept takes connections until the listener fails for good.
func (f *front) accept() {
	for {
		c, err := f.Listener.Accept()
		if err == nil {
			if f.begin(c) {
				go f.look(c)
			} else {
				c.Close()
			}
			continue
		}
		select {
		case f.ready <- arrived{nil, err}: // who accepts waits a while after an error that passes
		case <-f.done:
			return
		}
		if !passes(err) {
			return
		}
	}
}

// passes says whether a listener's error is one that passes, such as having no file descriptors left. net/http asks the same way.
func passes(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && e.Temporary()
}

// begin notes a connection that will be looked at. It is false if there are too many, or if the front is closed.
func (f *front) begin(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || len(f.looked) >= f.server.options.MaxConnections {
		return false
	}
	f.looked[c] = struct{}{}
	return true
}

// end is the end of looking. It is false if Close has closed the connection meanwhile.
func (f *front) end(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.looked, c)
	return !f.closed
}

// look reads what a connection begins with, and hands it on.
func (f *front) look(c net.Conn) {
	next, err := f.recognize(newArrival(c))
	if err != nil {
		f.drop(c, err)
	}
	if !f.end(c) || next == nil {
		c.Close()
		return
	}
	select {
	case f.ready <- arrived{next, nil}:
	case <-f.done:
		c.Close()
	}
}

// drop says why a connection is not served. One that went without having said anything, as browsers' spare ones do, is no news.
func (f *front) drop(c net.Conn, err error) {
	level := slog.LevelDebug
	if _, ok := errors.AsType[*proxy.HeaderError](err); ok {
		level = slog.LevelWarn
	}
	f.server.log.LogAttrs(context.Background(), level, "dropped", slog.String("client", c.RemoteAddr().String()), slog.String("error", err.Error()))
}

// recognize returns what is to be handed on, if anything. It takes at most HandshakeTimeout.
func (f *front) recognize(a *arrival) (net.Conn, error) {
	o := &f.server.options
	a.SetReadDeadline(time.Now().Add(o.HandshakeTimeout))
	if o.ProxyProtocol && f.server.trustsProxy(a.Conn.RemoteAddr()) {
		if err := a.readProxyHeader(); err != nil {
			return nil, err
		}
	}
	if f.policyPort != 0 {
		return nil, a.answerFlash(f.server.flashPolicy(f.policyPort), o.HandshakeTimeout)
	}
	first, err := a.peek(1)
	if err != nil {
		return nil, err
	}
	switch {
	case first[0] == flashRequest[0]:
		return nil, a.answerFlash(f.server.flashPolicy(portOf(a.LocalAddr())), o.HandshakeTimeout)
	case o.TLS == nil:
		a.SetReadDeadline(time.Time{})
		return a, nil
	case first[0] == tlsHandshake:
		a.SetReadDeadline(time.Time{})
		return tls.Server(a, o.TLS), nil
	case 'A' <= first[0] && first[0] <= 'Z': // the method of a request
		if err := a.say(notTLS, o.HandshakeTimeout); err != nil {
			return nil, err
		}
	}
	return nil, errNotTLS
}

// tlsHandshake is the type of the record that a ClientHello comes in (RFC 8446 §5.1).
const tlsHandshake = 0x16

var errNotTLS = errors.New("this port speaks TLS, and the client does not")

// notTLS is the answer to plain HTTP on a port for TLS.
const notTLS = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"this port speaks TLS: use https:// and wss:// instead of http:// and ws://\n"

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

// unwrap returns the connection inside, if c is an arrival whose first bytes have all been read again, and what is left of them added to first.
func unwrap(c net.Conn, first []byte) (net.Conn, []byte) {
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

// arrivalOf returns the arrival that a connection of net/http's is, or has inside.
func arrivalOf(c net.Conn) *arrival {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	a, _ := c.(*arrival)
	return a
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
