//go:build unix

package socket

import (
	"crypto/tls"
	"errors"
	"sync"
)

// A tlsSocket is TLS over a file descriptor, which it writes without waiting. A tls.Conn always writes
// everything; so it writes into a sealed, whose content goes out as the kernel takes it.
type tlsSocket struct {
	plainSocket // for Read
	tls         *tls.Conn
	sealed      *sealed

	held int // bytes at the front of TryWrite's argument that sealed holds; only in TryWrite
}

// newTLSSocket returns nil if there is no file descriptor under the TLS, or no Divertible between them.
func newTLSSocket(t *tls.Conn) Socket {
	c, ok := t.NetConn().(Divertible)
	if !ok {
		return nil
	}
	raw, ok := New(c.NetConn()).(*rawSocket)
	if !ok {
		return nil
	}
	s := &tlsSocket{plainSocket: plainSocket{c: t}, tls: t, sealed: &sealed{raw: raw}}
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
		s.sealed.collect(true)
		_, err = s.tls.Write(chunk)
		s.sealed.collect(false)
		if err != nil {
			return n, err
		}
		s.held = len(chunk)
	}
}

func (s *tlsSocket) WaitWrite(try func() bool) error { return s.sealed.raw.WaitWrite(try) }

// A sealed holds the TLS records of one tlsSocket that are on their way to the kernel: those of one
// write, and what TLS itself answers to the client while it is read.
type sealed struct {
	mu sync.Mutex

	// Guarded by mu.
	raw        *rawSocket // only for writing
	b          *Buffer    // nil: nothing waits
	out        int        // bytes of b that the kernel has
	collecting bool       // more follows before the next flush
}

// maxSealed is the most bytes that may wait in a sealed: several times the records of MaxWrite. A
// client can make TLS answer it (RFC 8446 §4.6.3) and not take the answers.
const maxSealed = 64 << 10

var errSealed = errors.New("the client has TLS answer it and does not take the answers")

// Write takes everything. It is called by tls.Conn.
func (s *sealed) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.b == nil:
		s.b = TakeBuffer(max(len(p), 2*MaxWrite))
	case len(s.b.B)-s.out+len(p) > maxSealed:
		return 0, errSealed
	}
	s.b.B = append(s.b.B, p...)
	if !s.collecting {
		// What the kernel does not take now waits for the next message or ping.
		if _, err := s.flushLocked(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// collect turns on and off that Write leaves flushing to the next flush: tls.Conn writes each record by
// itself, and the first records of a connection are small.
func (s *sealed) collect(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collecting = on
}

// flush writes what the kernel takes, and reports whether that was all.
func (s *sealed) flush() (all bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flushLocked()
}

func (s *sealed) flushLocked() (all bool, err error) {
	for s.b != nil {
		n, err := s.raw.TryWrite(s.b.B[s.out:])
		s.out += n
		switch {
		case err != nil:
			return false, err
		case s.out == len(s.b.B):
			s.b.Release()
			s.b, s.out = nil, 0
		case n == 0:
			return false, nil
		}
	}
	return true, nil
}
