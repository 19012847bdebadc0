package transport

import (
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/transport/socket"
)

// A wire is the carrier of a session that has a connection of its own for as long as it lasts.
type wire struct {
	session Session

	// Fixed before run.
	server   *Server
	options  *Options
	socket   socket.Socket
	greeting []byte // queued once the handshake is whole
	// challenge answers what follows the head of hixie-76, which may come later, and only when the head is out; nil: nothing does.
	challenge func(dst, p []byte) (answered, rest []byte, done bool)
	http      string // the version of HTTP, if it is not 1.1, for the log

	ahead *ahead // only of run: what was read while deliver waited; nil: nothing

	heard atomic.Int64 // when bytes came last, on the Server's clock
	taken atomic.Int64 // bytes that the network has taken

	// writer is held by who writes to a direct socket, from the front of the queue to took. It is taken before mu.
	writer sync.Mutex

	mu sync.Mutex // taken before the session's

	// Guarded by mu.
	drainer bool        // drain is under way
	timer   *time.Timer // of beat
	over    bool        // the timer is not set again
	pinged  int64       // when a ping went out that nothing has been heard since; 0: none
	closeAt int64       // when a close that is not answered is over; 0: no Close is out
}

// newWire makes a session that is carried by the socket. run starts it.
func newWire(a *admission, open opening, socket socket.Socket, r *http.Request, e *endpoint) *wire {
	w := &wire{server: a.server, options: a.options, socket: socket}
	codec, greeting := sockJSCodec(open.codec(a.options), &w.session, a.options, r, e)
	w.greeting = greeting
	a.initialize(&w.session, w, codec)
	return w
}

// run serves the session, from the answer to its handshake to its end. first are bytes that came with the handshake.
// It ends as the package comment says.
func (w *wire) run(first []byte) {
	s := &w.session
	if w.challenge != nil {
		var ok bool
		if first, ok = w.meetChallenge(first); !ok {
			w.abandon()
			return
		}
	}
	if w.http != "" {
		s.announce(slog.String("http", w.http))
	} else {
		s.announce()
	}
	w.startHeartbeat()
	s.enqueue(w.greeting)
	w.flush(false)
	s.connect()
	hungUp := w.read(first)

	// The Close, and what was queued before it, goes out. One who has closed or hung up will not take it for long.
	stuck, cut := s.settle()
	w.stopHeartbeat()
	s.disconnect()

	conn := w.socket.Conn()
	switch {
	case stuck:
		socket.Cut(conn, true)
	case !cut && !hungUp && socket.CloseWrite(conn):
		socket.Linger(conn, w.options.CloseTimeout)
	}
	conn.Close()
	w.server.remove(s)
}

// meetChallenge sends the head, reads the challenge, of which p has come, and queues its answer. It returns what came after the challenge, or false
// if that did not come within HandshakeTimeout.
func (w *wire) meetChallenge(p []byte) (rest []byte, ok bool) {
	conn := w.socket.Conn()
	conn.SetReadDeadline(time.Now().Add(w.options.HandshakeTimeout))
	w.flush(false)
	for {
		answered, rest, done := w.challenge(nil, p)
		if done {
			if !w.session.enqueue(answered) {
				return nil, false
			}
			conn.SetReadDeadline(time.Time{})
			return slices.Clone(rest), true
		}
		b, err := w.socket.Read()
		if err != nil {
			return nil, false
		}
		p = nil
		if b != nil {
			p = slices.Clone(b.B)
			b.Release()
		}
	}
}

// abandon ends a session whose handshake has failed after its head was sent, before its conversation has heard of it.
func (w *wire) abandon() {
	s := &w.session
	s.abandon()
	w.stopHeartbeat()
	socket.Cut(w.socket.Conn(), false)
	w.server.remove(s)
}

// leave ends the reader's waiting.
func (w *wire) leave() { w.socket.Conn().SetReadDeadline(time.Unix(1, 0)) }

// hangUp closes the socket, which ends the reader's and the writer's waiting.
func (w *wire) hangUp(c cause) {
	switch c {
	case causeSlow, causeHeartbeat, causeShutdown:
		socket.Cut(w.socket.Conn(), true)
	default:
		socket.Cut(w.socket.Conn(), false)
	}
}
