package transport

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"

	"node.websocket/transport/front"
	"node.websocket/transport/socket"
	"node.websocket/transport/websocket"
)

// serve answers every HTTP request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if c := connOf(r); c != nil {
		s.conns.ask(c)
	}
	if s.checkExtended(w, r) {
		return
	}
	if s.contradicts(r) {
		s.refuse(w, r, refuse(http.StatusBadRequest, errForwarded.Error()))
		return
	}
	opening, e := isOpening(r), s.endpoint(r)
	switch {
	case e != nil && !(e.action == "websocket" && (opening && r.Method == http.MethodGet || websocket.IsConnect(r))):
		s.fallback(w, r, e)
	case opening:
		s.handshake(w, r, e)
	default:
		if s.options.AccessLog {
			s.pageLogged(w, r)
		} else {
			s.page(w, r)
		}
	}
}

// handshake answers a client that asks for a WebSocket, at a resource's own path or at an endpoint
// below it. A refusal is an HTTP response. After any other answer the connection is a session's.
func (s *Server) handshake(w http.ResponseWriter, r *http.Request, e *endpoint) {
	path, err := decodePath(r.RequestURI)
	name := ""
	if e != nil {
		path, name = max(e.base, "/"), e.name
	} else if err == nil {
		name, err = resourceName(path)
	}
	switch {
	case err == errResource:
		s.refuse(w, r, refuse(http.StatusNotFound, err.Error()))
		return
	case err != nil:
		s.refuse(w, r, refuse(http.StatusBadRequest, err.Error()))
		return
	}
	open, refused := s.open(r)
	if refused != nil {
		s.refuse(w, r, refused)
		return
	}
	ctx, head := r.Context(), ""
	if h, ok := w.(*early); ok {
		ctx, head = h, h.head
	}
	a, refused := s.admit(inquiry{ctx, r, head}, asHandshake(r, e, path), open, name, path)
	if refused != nil {
		s.refuse(w, r, refused)
		return
	}
	if c, ok := open.(*connect); ok {
		s.serveStream(w, r, a, c, e)
		return
	}
	conn, first, err := takeConn(w)
	if err != nil {
		a.cancel()
		s.refuse(w, r, refuse(http.StatusInternalServerError, "the connection cannot become a WebSocket"))
		return
	}
	s.begin(a, open, conn, first, r, e)
}

// takeConn returns the connection of a request for a session, and what the client has sent after the
// head.
func takeConn(w http.ResponseWriter) (conn net.Conn, first []byte, err error) {
	if h, ok := w.(*early); ok {
		conn, first = h.take()
		return conn, first, nil
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	first, _ = buffered.Reader.Peek(buffered.Reader.Buffered())
	conn, first = front.Unwrap(conn, slices.Clone(first))
	return conn, first, nil
}

// serveStream answers a handshake over HTTP/2, and runs the session in the goroutine of its
// request.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request, a *admission, open *connect, e *endpoint) {
	addHeader(w.Header(), open.header)
	stream := socket.NewStream(w, r)
	defer stream.Finish()
	if err := stream.Answer(); err != nil { // the client is gone
		a.cancel()
		return
	}
	session := newWire(a, open, socket.NewPlain(stream), r, e)
	session.http = r.Proto
	s.add(&session.session)
	session.run(nil)
}

// refuse answers a request with a refusal, and logs it. A client that asked for a WebSocket may
// send frames next, which must not be taken for HTTP, so its connection is closed. The refusal of a
// page is nothing special.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, f *refusal) {
	addHeader(w.Header(), f.header)
	level := slog.LevelDebug
	if isOpening(r) {
		level = slog.LevelInfo
		if r.ProtoMajor < 2 && w.Header().Get("Connection") != "close" { // over HTTP/2 it would end the other streams as well
			// It precedes the Upgrade that a 426 has there, because net/http only looks at the first.
			w.Header()["Connection"] = append([]string{"close"}, w.Header()["Connection"]...)
		}
	}
	if level == slog.LevelInfo || f.resource != "" { // not for a page
		s.tallies.refuse(f.reason)
	}
	s.logRefused(level, r, f)
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(f.status)
	io.WriteString(w, f.body)
}

// addHeader adds fields under the names that net/http looks for.
func addHeader(to, from http.Header) {
	for name, values := range from {
		for _, value := range values {
			to.Add(name, value)
		}
	}
}

// ValidProtocol reports whether a client can offer an entry of Options.Protocols: subprotocols are
// tokens (RFC 6455 §4.1, RFC 9110 §5.6.2), which have neither commas nor spaces. Any goroutine may
// call it.
func ValidProtocol(name string) bool { return websocket.ValidToken(name) }
