package socket

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// A Stream is a stream of an HTTP/2 connection as a net.Conn (RFC 8441). HTTP/2's flow control makes
// Write wait for a client that does not read, and the client for a server that does not.
//
// It lives as long as its request's handler. After that, its methods fail as those of a closed
// connection do.
type Stream struct {
	request *http.Request
	writer  http.ResponseWriter
	control *http.ResponseController

	using sync.RWMutex // held for reading while writer or control is used, for writing by Finish
	over  bool         // guarded by using
}

// NewStream returns the stream of a request. Answer comes before all else, and Finish before the handler
// returns.
func NewStream(w http.ResponseWriter, r *http.Request) *Stream {
	return &Stream{request: r, writer: w, control: http.NewResponseController(w)}
}

// Answer sends the response's header, and removes the time limits that a request has.
func (s *Stream) Answer() error {
	s.writer.WriteHeader(http.StatusOK)
	err := s.control.Flush()
	if err == nil {
		err = s.control.SetReadDeadline(time.Time{})
	}
	if err == nil {
		err = s.control.SetWriteDeadline(time.Time{})
	}
	return err
}

// Finish is to be called before the handler returns. It waits for a Write that is under way, which Cut
// ends.
func (s *Stream) Finish() {
	s.using.Lock()
	s.over = true
	s.using.Unlock()
}

// use calls f, unless the handler has returned.
func (s *Stream) use(f func() error) error {
	s.using.RLock()
	defer s.using.RUnlock()
	if s.over {
		return net.ErrClosed
	}
	return f()
}

// Read reads what the client sends.
func (s *Stream) Read(p []byte) (int, error) { return s.request.Body.Read(p) }

// Write waits until the client's flow control lets p through.
func (s *Stream) Write(p []byte) (n int, err error) {
	err = s.use(func() error {
		if n, err = s.writer.Write(p); err != nil {
			return err
		}
		return s.control.Flush()
	})
	return n, err
}

// Close does nothing: a stream ends when its handler returns.
func (s *Stream) Close() error { return nil }

// cut resets the stream, which ends a Read and a Write that are under way.
func (s *Stream) cut() {
	past := time.Unix(1, 0)
	s.SetReadDeadline(past)
	s.SetWriteDeadline(past)
}

// SetReadDeadline sets the time at which Read fails.
func (s *Stream) SetReadDeadline(t time.Time) error {
	return s.use(func() error { return s.control.SetReadDeadline(t) })
}

// SetWriteDeadline sets the time at which the stream is reset. Unlike a connection, it does not recover
// from that.
func (s *Stream) SetWriteDeadline(t time.Time) error {
	return s.use(func() error { return s.control.SetWriteDeadline(t) })
}

// SetDeadline sets both deadlines.
func (s *Stream) SetDeadline(t time.Time) error {
	if err := s.SetReadDeadline(t); err != nil {
		return err
	}
	return s.SetWriteDeadline(t)
}

// LocalAddr returns the address of the listener's end of the connection.
func (s *Stream) LocalAddr() net.Addr {
	a, _ := s.request.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return a
}

// RemoteAddr returns the address of the client's end of the connection.
func (s *Stream) RemoteAddr() net.Addr { return streamAddr(s.request.RemoteAddr) }

type streamAddr string

func (streamAddr) Network() string  { return "tcp" }
func (a streamAddr) String() string { return string(a) }
