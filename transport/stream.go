package transport

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// streamQueue is how many times MaxQueue may wait for a stream. It cannot be written without waiting, so while a turn lasts, nothing of what it
// sends may be taken; and there is no buffer of the kernel behind it, which holds megabytes of other connections.
const streamQueue = 4

// A stream is a stream of an HTTP/2 connection, as a wire reads and writes it: HTTP/2's flow control holds up who writes more than the client
// takes, and the client, if it is not read.
//
// It lives in its handler. What is called when that has returned fails, as on a connection that is closed.
type stream struct {
	request *http.Request
	writer  http.ResponseWriter
	control *http.ResponseController

	using sync.RWMutex // held, for reading, by who uses writer and control; for writing, by finish
	over  bool         // guarded by using
}

func newStream(w http.ResponseWriter, r *http.Request) *stream {
	return &stream{request: r, writer: w, control: http.NewResponseController(w)}
}

// answer sends the head of the answer, and takes off the time limits that a request has.
func (s *stream) answer() error {
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

// finish is called before the handler returns. It waits for a Write, which a cut has ended or ends.
func (s *stream) finish() {
	s.using.Lock()
	s.over = true
	s.using.Unlock()
}

// use calls f, unless the handler has returned.
func (s *stream) use(f func() error) error {
	s.using.RLock()
	defer s.using.RUnlock()
	if s.over {
		return net.ErrClosed
	}
	return f()
}

func (s *stream) Read(p []byte) (int, error) { return s.request.Body.Read(p) }

// Write waits until the client's flow control has let p through.
func (s *stream) Write(p []byte) (n int, err error) {
	err = s.use(func() error {
		if n, err = s.writer.Write(p); err != nil {
			return err
		}
		return s.control.Flush()
	})
	return n, err
}

// Close does nothing: the stream ends when its handler returns.
func (s *stream) Close() error { return nil }

// cut resets the stream, which ends a Read and a Write.
func (s *stream) cut() {
	past := time.Unix(1, 0)
	s.SetReadDeadline(past)
	s.SetWriteDeadline(past)
}

func (s *stream) SetReadDeadline(t time.Time) error {
	return s.use(func() error { return s.control.SetReadDeadline(t) })
}

// SetWriteDeadline sets when the stream is reset. Unlike a connection, it does not come back from that.
func (s *stream) SetWriteDeadline(t time.Time) error {
	return s.use(func() error { return s.control.SetWriteDeadline(t) })
}

func (s *stream) SetDeadline(t time.Time) error {
	if err := s.SetReadDeadline(t); err != nil {
		return err
	}
	return s.SetWriteDeadline(t)
}

func (s *stream) LocalAddr() net.Addr {
	a, _ := s.request.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return a
}

func (s *stream) RemoteAddr() net.Addr { return streamAddr(s.request.RemoteAddr) }

type streamAddr string

func (streamAddr) Network() string  { return "tcp" }
func (a streamAddr) String() string { return string(a) }

// A connect is the handshake of a WebSocket on a stream of HTTP/2 (RFC 8441).
type connect struct {
	upgrade
	header http.Header // of the answer
}

// answer makes the header, and no head: that is HTTP/2's.
func (c *connect) answer(o *Options, _ bool, protocol string, header http.Header) (_ []byte, err error) {
	c.agree(o)
	c.header, err = c.h.ConnectHeader(protocol, header)
	return nil, err
}

// http2Config is how HTTP/2 is spoken.
func http2Config(o *Options) *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams: 250,
		// What is received of a session that waits for its module is at most so much, and the others of its connection are held up only if more
		// than sixty wait: the connection's share is the most that net/http allows.
		MaxReceiveBufferPerStream:     64 << 10,
		MaxReceiveBufferPerConnection: 4<<20 - 1,
		// One who takes not a byte is gone.
		WriteByteTimeout: o.HeartbeatTimeout,
	}
}
