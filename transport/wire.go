package transport

import (
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/transport/socket"
)

// A wire is the carrier of a session that has a connection of its own for as long as it lasts.
type wire struct {
	Session

	// Fixed before run.
	socket socket.Socket
	// challenge answers what follows the head of hixie-76, which may come later, and only when the head is out; nil: nothing does.
	challenge func(dst, p []byte) (answered, rest []byte, done bool)
	http      string // the version of HTTP, if it is not 1.1, for the log

	heard atomic.Int64 // when bytes came last, on the Server's clock

	// writer is held by who writes to a direct socket, from the front of the queue to took. It is taken before mu.
	writer sync.Mutex

	// Guarded by mu.
	drainer bool        // drain is under way
	taken   int64       // bytes that the network has taken
	timer   *time.Timer // of beat
	pinged  int64       // when a ping went out that nothing has been heard since; 0: none
	closeAt int64       // when a close that is not answered is over; 0: no Close is out
}

// newWire makes a session that is carried by the socket. run starts it.
func newWire(a *admission, open opening, socket socket.Socket) *wire {
	w := &wire{socket: socket}
	a.begin(&w.Session, w, open.codec(a.options))
	return w
}

// run serves the session, from the answer to its handshake to its end. first are bytes that came with the handshake.
// It ends as the package comment says.
func (w *wire) run(first []byte) {
	s := &w.Session
	if w.challenge != nil {
		var ok bool
		if first, ok = w.meetChallenge(first); !ok {
			w.abandon()
			return
		}
	}
	attrs := []slog.Attr{slog.String("websocket", s.version)}
	if w.http != "" {
		attrs = append(attrs, slog.String("http", w.http))
	}
	s.log("connected", attrs...)
	s.server.clients.add(+1)
	w.startHeartbeat()
	w.greet()
	w.flush(false)
	s.connect()
	hungUp := w.read(first)

	// The Close, and what was queued before it, goes out. One who has closed or hung up will not take it for long.
	s.await(s.options.CloseTimeout, func() bool { return s.cutOff || s.queue.size() == 0 })
	w.mu.Lock()
	s.state = stateClosed
	stuck, cutOff := s.queue.size() > 0, s.cutOff
	w.timer.Stop()
	w.mu.Unlock()
	s.disconnect()
	s.server.clients.add(-1)
	s.logDisconnected()

	conn := w.socket.Conn()
	switch {
	case stuck:
		socket.Cut(conn, true)
	case !cutOff && !hungUp && socket.CloseWrite(conn):
		socket.Linger(conn, s.options.CloseTimeout)
	}
	conn.Close()
	s.server.remove(s)
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
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.cutOff {
				return nil, false
			}
			b := w.queue.grow(len(answered))
			b.B = append(b.B, answered...)
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
	w.mu.Lock()
	w.state = stateClosed
	w.queue.drop()
	if w.timer != nil {
		w.timer.Stop()
	}
	w.mu.Unlock()
	w.log("the client did not end its handshake", slog.String("websocket", w.version))
	socket.Cut(w.socket.Conn(), false)
	w.server.remove(&w.Session)
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

// unexpected is the error of a socket that ended, as it is worth a place in the log: nil for a plain end.
func unexpected(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
