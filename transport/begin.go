package transport

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"time"

	"node.websocket/transport/socket"
)

// begin begins the session of a handshake that goes ahead, on a connection to itself. first are bytes that
// arrived with the handshake; they are not kept.
func (s *Server) begin(a *admission, open opening, conn net.Conn, first []byte, r *http.Request, e *endpoint) {
	if w, greeting := newEventWire(a, open, conn, r, e); w != nil {
		s.add(&w.session)
		first, ok := w.meetChallenge(open, conn, first)
		if _, secure := conn.(*tls.Conn); !secure { // w has a duplicate
			conn.Close()
		}
		if ok {
			w.start(greeting, slices.Clone(first))
		} else {
			w.abandon()
		}
		return
	}
	w := newWire(a, open, socket.New(conn), r, e)
	s.add(&w.session)
	first = slices.Clone(first)
	// The session gets a new goroutine, so that this one's stack and net/http's buffers are freed.
	go func() {
		if first, ok := w.meetChallenge(open, conn, first); ok {
			w.run(first)
		} else {
			w.abandon()
		}
	}()
}

// meetChallenge sends the head, reads the challenge of hixie-76, which begins with p and may arrive only after
// the head, and queues its answer. It returns the bytes after the challenge, or false if that does not arrive
// within HandshakeTimeout. Other versions have no challenge.
func (l *link) meetChallenge(open opening, conn net.Conn, p []byte) (rest []byte, ok bool) {
	hixie, ok := open.(hixieOpening)
	if !ok {
		return p, true
	}
	conn.SetReadDeadline(time.Now().Add(l.session.settings().HandshakeTimeout))
	l.session.Flush()
	in := socket.TakeBuffer(socket.MinBuffer)
	defer in.Release()
	for {
		answered, rest, done := hixie.h.Answer(nil, p)
		if done {
			if !l.session.enqueue(answered) {
				return nil, false
			}
			conn.SetReadDeadline(time.Time{})
			return slices.Clone(rest), true
		}
		n, err := conn.Read(in.B[:socket.MinBuffer])
		if n == 0 && err != nil {
			return nil, false
		}
		p = in.B[:n]
	}
}
