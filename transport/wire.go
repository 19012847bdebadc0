package transport

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// A wire is the carrier of a session that has a connection of its own for as long as it lasts.
type wire struct {
	Session

	// Fixed before run.
	socket socket
	http   string // the version of HTTP, if it is not 1.1, for the log

	heard atomic.Int64 // when bytes came last, on the Server's clock

	// writer is held by who writes to a direct socket, from the front of the queue to took. It is taken before mu.
	writer sync.Mutex

	// Guarded by mu.
	drainer  bool        // drain is under way
	taken    int64       // bytes that the network has taken
	roomless bool        // the reader waits for room in the queue
	timer    *time.Timer // of beat
	pinged   int64       // when a ping went out that nothing has been heard since; 0: none
	closeAt  int64       // when a close that is not answered is over; 0: no Close is out
}

// run serves the session, from the answer to its handshake to its end. first are bytes that came with the handshake.
// It ends as the package comment says.
func (w *wire) run(first []byte) {
	s := &w.Session
	attrs := []slog.Attr{slog.String("websocket", s.version)}
	if w.http != "" {
		attrs = append(attrs, slog.String("http", w.http))
	}
	s.log("connected", attrs...)
	s.server.clients.add(+1)
	w.startHeartbeat()
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

	conn := w.socket.conn()
	switch {
	case stuck:
		cutConn(conn, true)
	case !cutOff && !hungUp && closeWrite(conn):
		linger(conn, s.options.CloseTimeout)
	}
	conn.Close()
	s.server.remove(w)
}

// hangUp closes the socket, which ends the reader's and the writer's waiting.
func (w *wire) hangUp(c cause) {
	switch c {
	case causeSlow, causeHeartbeat, causeShutdown:
		cutConn(w.socket.conn(), true)
	default:
		cutConn(w.socket.conn(), false)
	}
}

// unexpected is the error of a socket that ended, as it is worth a place in the log: nil for a plain end.
func unexpected(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
