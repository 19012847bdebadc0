package socket

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// A Stream is a stream of an HTTP/2 connection, as a wire reads and writes it: HTTP/2's flow control holds up who writes more than the client
// takes, and the client, if it is not read.
//
// It lives in its handler. What is called when that has returned fails, as on a connection that is closed.
type Stream struct {
	request *http.Request
	writer  http.ResponseWriter
	control *http.ResponseController

	using sync.RWMutex // held, for reading, by who uses writer and control; for writing, by Finish
	over  bool         // guarded by using
}

func NewStream(w http.ResponseWriter, r *http.Request) *Stream {
	return &Stream{request: r, writer: w, control: http.NewResponseController(w)}
}

// Answer sends the head of the answer, and takes off the time limits that a request has.
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

// Finish is called before the handler returns. It waits for a Write, which a cut has ended or ends.
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

func (s *Stream) Read(p []byte) (int, error) { return s.request.Body.Read(p) }

// Write waits until the client's flow control has let p through.
func (s *Stream) Write(p []byte) (n int, err error) {
	err = s.use(func() error {
		if n, err = s.writer.Write(p); err != nil {
			return err
		}
		return s.control.Flush()
	})
	return n, err
}

// Close does nothing: the stream ends when its handler returns.
func (s *Stream) Close() error { return nil }

// cut resets the stream, which ends a Read and a Write.
func (s *Stream) cut() {
	past := time.Unix(1, 0)
	s.SetReadDeadline(past)
	s.SetWriteDeadline(past)
}

func (s *Stream) SetReadDeadline(t time.Time) error {
	return s.use(func() error { return s.control.SetReadDeadline(t) })
}

// SetWriteDeadline sets when the stream is reset. Unlike a connection, it does not come back from that.
func (s *Stream) SetWriteDeadline(t time.Time) error {
	return s.use(func() error { return s.control.SetWriteDeadline(t) })
}

func (s *Stream) SetDeadline(t time.Time) error {
	if err := s.SetReadDeadline(t); err != nil {
		return err
	}
	return s.SetWriteDeadline(t)
}

func (s *Stream) LocalAddr() net.Addr {
	a, _ := s.request.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return a
}

func (s *Stream) RemoteAddr() net.Addr { return streamAddr(s.request.RemoteAddr) }

type streamAddr string

func (streamAddr) Network() string  { return "tcp" }
func (a streamAddr) String() string { return string(a) }
