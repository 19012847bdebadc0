//go:build unix

package socket

import (
	"crypto/tls"
	"net"
	"sync"
)

// A tlsSocket is TLS over a file descriptor, which it writes without waiting. A tls.Conn always writes
// everything; so it writes into a sealedConn, from which its records go out as the kernel takes them.
type tlsSocket struct {
	plainSocket // for Read
	tls         *tls.Conn
	sealed      *sealedConn

	held int // bytes at the front of TryWrite's argument that sealed holds; only in TryWrite
}

// newTLSSocket returns nil if there is no file descriptor under the TLS, or no Divertible between them.
func newTLSSocket(t *tls.Conn) Socket {
	c, ok := t.NetConn().(Divertible)
	if !ok {
		return nil
	}
	inner := c.NetConn()
	raw, ok := New(inner).(*rawSocket)
	if !ok {
		return nil
	}
	s := &tlsSocket{plainSocket: plainSocket{c: t}, tls: t, sealed: &sealedConn{Conn: inner, raw: raw}}
	c.Divert(s.sealed)
	return s
}

func (s *tlsSocket) Direct() bool { return true }

// TryWrite counts bytes as taken once the kernel has all of the record that they are in. Until then it
// is called with the same bytes again.
func (s *tlsSocket) TryWrite(p []byte) (n int, err error) {
	for {
		out, err := s.sealed.flush()
		if err != nil || !out {
			return n, err
		}
		n += s.held
		s.held = 0
		if n == len(p) {
			return n, nil
		}
		chunk := p[n:min(len(p), n+MaxWrite)]
		s.sealed.collect(len(chunk))
		_, err = s.tls.Write(chunk)
		s.sealed.collect(0)
		if err != nil {
			return n, err
		}
		s.held = len(chunk)
	}
}

func (s *tlsSocket) WaitWrite(try func() bool) error { return s.sealed.raw.WaitWrite(try) }

// A sealedConn is the connection under a tlsSocket. It collects the records of one write, and what TLS itself
// answers to the client while it is read.
type sealedConn struct {
	net.Conn // for all but writing

	mu sync.Mutex

	// Guarded by mu.
	raw        *rawSocket // only for writing
	sealed     sealed
	collecting bool // more follows before the next flush
}

// NetConn returns the connection that is wrapped.
func (s *sealedConn) NetConn() net.Conn { return s.Conn }

// Write takes everything. It is called by tls.Conn.
func (s *sealedConn) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sealed.add(p); err != nil {
		return 0, err
	}
	if !s.collecting {
		// What the kernel does not take now waits for the next message or ping.
		if _, err := s.sealed.flush(s.raw.TryWrite); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// collect begins the records of n bytes: until it is called with 0, Write leaves flushing to the next flush.
// tls.Conn writes each record by itself, and the first records of a connection are small.
func (s *sealedConn) collect(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.collecting = n > 0; s.collecting {
		s.sealed.expect(n)
	}
}

// flush writes what the kernel takes, and reports whether that was all.
func (s *sealedConn) flush() (all bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sealed.flush(s.raw.TryWrite)
}
