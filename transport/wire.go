package transport

import (
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/transport/socket"
)

// A wire is the carrier of a session that has a connection to itself.
type wire struct {
	link

	// Fixed before run.
	server   *Server
	options  *Options
	socket   socket.Socket
	greeting []byte // sent once the handshake is complete
	http     string // the version of HTTP for the log; "": 1.1

	ahead *ahead // only in run: what was read while deliver waited; nil: nothing

	taken atomic.Int64 // bytes that the network has taken

	// writer is held while a Direct socket is written, from front to took. It is taken before mu.
	writer sync.Mutex

	drainer bool // drain is under way; guarded by mu
}

// newWire makes a session that the socket carries. run starts it.
func newWire(a *admission, open opening, socket socket.Socket, r *http.Request, e *endpoint) *wire {
	w := &wire{server: a.server, options: a.options, socket: socket}
	codec, greeting := sockJSCodec(open.codec(a.options), &w.session, a.options, r, e)
	w.greeting = greeting
	a.initialize(&w.session, w, codec)
	return w
}

// run runs the session, from the answer to its handshake to its end. first are bytes that arrived
// with the handshake. What ends it is in the package comment.
func (w *wire) run(first []byte) {
	s := &w.session
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

	// The Close is sent, and what was queued before it. A client that has closed or hung up will not take
	// that for long.
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

// abandon ends a session whose handshake has failed after its head was sent.
func (w *wire) abandon() {
	s := &w.session
	s.abandon()
	w.stopHeartbeat()
	socket.Cut(w.socket.Conn(), false)
	w.server.remove(s)
}

// ring looks at the session, and sets when to look again.
func (w *wire) ring() {
	next := w.beat(false)
	w.mu.Lock()
	defer w.mu.Unlock()
	if next != 0 && w.closeAt != watchOver {
		w.session.ringBy(next)
	}
}

// leave ends a Read that waits.
func (w *wire) leave() { w.socket.Conn().SetReadDeadline(time.Unix(1, 0)) }

// hangUp closes the socket, which ends a Read and a write that wait.
func (w *wire) hangUp(c cause) { socket.Cut(w.socket.Conn(), c.resets()) }
