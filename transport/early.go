package transport

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"node.websocket/transport/front"
	"node.websocket/transport/socket"
)

// An early is a WebSocket's handshake that is answered where its first bytes are seen, without
// net/http's server, which costs several times as much. It is the ResponseWriter of the refusal, if it
// is refused, and the context of the request.
type early struct {
	server *Server
	conn   net.Conn
	head   string // as Request.Head has it

	// Only on the goroutine of serveEarly.
	header http.Header // nil: empty
	status int         // 0: WriteHeader was not called
	body   []byte
	taken  bool // conn is a session's

	mu sync.Mutex

	// Guarded by mu.
	done    chan struct{} // closed when the client has hung up; nil: nobody has asked
	hungUp  bool
	over    bool          // the handshake has been decided
	watched chan struct{} // closed at the end of watch
	first   []byte        // what the client has sent after the head
}

// serveEarly is front.Options.Early. It takes the connections whose request asks for a WebSocket, as
// far as parseEarly understands it. The others, and what is a matter for fallback, are net/http's.
func (s *Server) serveEarly(c net.Conn, first []byte) (taken bool) {
	r, head := parseEarly(first)
	if r == nil || !isOpening(r) {
		return false
	}
	if !s.conns.addEarly(c) {
		c.Close()
		return true
	}
	h := &early{server: s, conn: c, head: head}
	defer func() {
		if cause := recover(); cause != nil { // as net/http does
			taken = true
			s.http.ErrorLog.Printf("http: panic serving %v: %v\n%s", c.RemoteAddr(), cause, debug.Stack())
		}
		if !h.taken {
			s.conns.removeEarly(c)
			if taken {
				c.Close()
			}
		}
	}()
	r.RemoteAddr = c.RemoteAddr().String()
	if front.Secure(c) {
		r = r.WithContext(context.WithValue(r.Context(), secureKey{}, true))
	}
	if s.contradicts(r) {
		return false
	}
	e := s.endpoint(r)
	if e != nil && e.action != "websocket" {
		return false
	}
	front.Skip(c, len(head)+len(crlf))
	s.handshake(h, r, e)
	if !h.taken {
		h.answer()
	}
	return true
}

// Header implements http.ResponseWriter.
func (h *early) Header() http.Header {
	if h.header == nil {
		h.header = http.Header{}
	}
	return h.header
}

// WriteHeader implements http.ResponseWriter.
func (h *early) WriteHeader(status int) { h.status = status }

// Write implements http.ResponseWriter.
func (h *early) Write(p []byte) (int, error) {
	h.body = append(h.body, p...)
	return len(p), nil
}

// earlyLinger is the time that a refused client has to hang up.
const earlyLinger = time.Second

// answer sends the refusal, in the form that net/http gives it, and waits a while for the client to
// hang up.
func (h *early) answer() {
	h.stop()
	text := http.StatusText(h.status)
	if text == "" {
		text = "status code " + strconv.Itoa(h.status)
	}
	header := h.Header()
	if header["Date"] == nil {
		header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	switch h.status {
	case http.StatusNotModified:
		header.Del("Content-Type")
		h.body = nil
	case http.StatusNoContent:
		h.body = nil
	default:
		header.Set("Content-Length", strconv.Itoa(len(h.body)))
	}
	b := socket.TakeBuffer(socket.MinBuffer)
	defer b.Release()
	b.B = fmt.Appendf(b.B, "HTTP/1.1 %d %s\r\n", h.status, text)
	header.Write(appender{&b.B}) // appending does not fail
	b.B = append(append(b.B, crlf...), h.body...)
	h.conn.SetWriteDeadline(time.Now().Add(h.server.options.HandshakeTimeout))
	if _, err := h.conn.Write(b.B); err == nil && socket.CloseWrite(h.conn) {
		socket.Linger(h.conn, earlyLinger)
	}
}

// An appender is an io.Writer that appends.
type appender struct{ to *[]byte }

func (a appender) Write(p []byte) (int, error) {
	*a.to = append(*a.to, p...)
	return len(p), nil
}

// take returns the connection for a session, and what the client has sent after the head.
func (h *early) take() (conn net.Conn, first []byte) {
	h.stop()
	h.taken = true
	h.server.conns.removeEarly(h.conn)
	return front.Unwrap(h.conn, h.first)
}

// stop ends watch, once the handshake is decided.
func (h *early) stop() {
	h.mu.Lock()
	h.over = true
	watched := h.watched
	h.mu.Unlock()
	if watched != nil {
		h.conn.SetReadDeadline(time.Unix(1, 0))
		<-watched
		h.conn.SetReadDeadline(time.Time{})
	}
}

// Done implements context.Context. As long as nobody asks, nothing is read for the client's end.
func (h *early) Done() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.done == nil {
		h.done, h.watched = make(chan struct{}), make(chan struct{})
		go h.watch()
	}
	return h.done
}

// watch waits for the client to hang up. It ends when the client has done so, has sent something, after
// which nobody looks for its end before the session does, or when the handshake is decided.
func (h *early) watch() {
	defer close(h.watched)
	var next [1]byte
	n, err := h.conn.Read(next[:])
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first = append(h.first, next[:n]...)
	if n == 0 && err != nil && !h.over {
		h.hungUp = true
		close(h.done)
	}
}

// Err implements context.Context.
func (h *early) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hungUp {
		return context.Canceled
	}
	return nil
}

// Deadline implements context.Context: there is none but that of patience.
func (h *early) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Value implements context.Context: there are none.
func (h *early) Value(any) any { return nil }
