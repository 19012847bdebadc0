package transport

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"node.websocket/transport/front"
	"node.websocket/transport/hixie"
	"node.websocket/transport/socket"
	"node.websocket/transport/websocket"
)

// serve answers every HTTP request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	opening, e := isOpening(r), s.endpoint(r)
	switch {
	case e != nil && !(e.action == "websocket" && (opening && r.Method == http.MethodGet || websocket.IsConnect(r))):
		s.fallback(w, r, e)
	case opening:
		s.handshake(w, r, e)
	default:
		s.page(w, r)
	}
}

// handshake answers a client that wants a WebSocket, at a resource's own path or at an endpoint below it. Whatever comes to nothing is answered
// with an HTTP error, by refuse, before the connection stops being HTTP; from then on it is a session.
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
		s.refuse(w, r, http.StatusNotFound, err.Error())
		return
	case err != nil:
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	open, err := s.open(r)
	if err != nil {
		status, why, header := refusalOf(err)
		addHeader(w.Header(), header)
		s.refuse(w, r, status, why)
		return
	}
	asked := open.asked()
	if err := s.acquire(); err != nil {
		w.Header().Set("Retry-After", "10")
		s.refuse(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	started := false
	defer func() {
		if !started {
			s.release()
		}
	}()
	resource, status, why := s.find(name)
	if status != 0 {
		s.refuse(w, r, status, why)
		return
	}
	options := cmp.Or(resource.Options(), &s.options)
	if !options.serves(transportWebSocket) {
		s.refuse(w, r, http.StatusNotFound, "this transport is not served")
		return
	}
	if !originAllowed(options.Origins, asked.origins) {
		s.refuse(w, r, http.StatusForbidden, "the origin is not allowed")
		return
	}

	address, secure := s.client(r)
	request := &Request{
		ID: rand.Text(), HTTP: asHandshake(r, e, path), Resource: name, Path: path, Host: r.Host, RemoteAddress: address,
		Transport: transportWebSocket, Version: asked.version, Secure: secure, Protocols: asked.protocols,
	}
	if len(asked.origins) > 0 {
		request.Origin = asked.origins[0]
	}
	conversation, answer, refused := s.ask(r, resource, request, options)
	if refused != nil {
		s.refuse(w, r, refused.status, refused.why)
		return
	}
	head, err := open.answer(options, secure, answer.Protocol, answer.Header)
	if err != nil {
		refused = s.wrongAnswer(name, err)
		s.refuse(w, r, refused.status, refused.why)
		return
	}
	if answer.Status != 0 {
		addHeader(w.Header(), answer.Header)
		s.refuseAs(w, r, answer.Status, "the module refused", answer.Body)
		return
	}

	session := &wire{
		Session: Session{
			server: s, conversation: conversation, codec: open.codec(options), id: request.ID, resource: name,
			client: logAddress(r, address), protocol: answer.Protocol, version: request.Version, options: options, opened: time.Now(),
			state: stateOpen, code: websocket.CloseAbnormal, most: options.MaxQueue,
		},
	}
	session.carrier = session
	if c, ok := open.(*connect); ok {
		addHeader(w.Header(), c.header)
		stream := socket.NewStream(w, r)
		defer stream.Finish()
		if err := stream.Answer(); err != nil {
			return // the client has gone
		}
		started = true
		session.socket, session.http = socket.NewPlain(stream), r.Proto
		session.most *= streamQueue
		session.speakSockJS(r, e)
		s.add(&session.Session)
		session.run(nil)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.refuse(w, r, http.StatusInternalServerError, "the connection cannot become a WebSocket")
		return
	}
	started = true
	first, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	conn, first = front.Unwrap(conn, first)
	session.socket = socket.New(conn)
	if h, ok := open.(hixieOpening); ok {
		session.challenge = h.challenge()
	}
	b := session.queue.grow(len(head))
	b.B = append(b.B, head...)
	session.speakSockJS(r, e)
	s.add(&session.Session)
	// The session has a goroutine of its own, so that this one's stack and net/http's buffers are freed.
	go session.run(slices.Clone(first))
}

// refusalOf returns what a handshake is refused with, and headers that go with it.
func refusalOf(err error) (status int, why string, header http.Header) {
	if e, ok := errors.AsType[*websocket.HandshakeError](err); ok {
		return e.Status, e.Message, e.Header
	}
	if e, ok := errors.AsType[*hixie.HandshakeError](err); ok {
		return e.Status, e.Message, e.Header
	}
	return http.StatusBadRequest, "the handshake is wrong", nil
}

// A refusal is how a handshake is answered that comes to nothing.
type refusal struct {
	status int
	why    string
}

// ask has a resource open its side of a session and answer the handshake, on any transport. An answer that makes no sense is refused, and logged.
func (s *Server) ask(r *http.Request, resource Resource, request *Request, options *Options) (Conversation, Answer, *refusal) {
	ctx, cancel := context.WithTimeout(r.Context(), s.options.HandshakeTimeout)
	defer cancel()
	conversation, answer, err := resource.Open(ctx, request)
	switch {
	case err != nil && r.Context().Err() != nil:
		return conversation, answer, &refusal{http.StatusServiceUnavailable, "the client hung up, or its time was over"}
	case err != nil && ctx.Err() != nil:
		return conversation, answer, &refusal{http.StatusServiceUnavailable, "the module took too long to answer"}
	case err != nil:
		return conversation, answer, &refusal{http.StatusInternalServerError, "the module failed"}
	case answer.Status != 0 && (answer.Status < 200 || answer.Status > 599):
		err = errors.New("a handshake is refused with a status of 200 to 599, not " + strconv.Itoa(answer.Status))
	case answer.Status == 0 && conversation == nil:
		err = errors.New("there is no conversation to connect to")
	}
	if err != nil {
		return conversation, answer, s.wrongAnswer(request.Resource, err)
	}
	if answer.Protocol == "" && answer.Status == 0 {
		answer.Protocol = favourite(request.Protocols, options.Protocols)
	}
	return conversation, answer, nil
}

// wrongAnswer logs what is wrong with a module's answer, which is not the client's to know.
func (s *Server) wrongAnswer(resource string, err error) *refusal {
	s.log.Error("a module's answer to a handshake is wrong", slog.String("resource", resource), slog.String("error", err.Error()))
	return &refusal{http.StatusInternalServerError, "the module failed"}
}

// find asks the handler for a resource. status is 0 if it has it.
func (s *Server) find(name string) (resource Resource, status int, why string) {
	resource, err := s.handler.Resource(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, http.StatusNotFound, errResource.Error()
	case err != nil:
		return nil, http.StatusInternalServerError, "the module fails to load"
	}
	return resource, 0, ""
}

// refuse answers with a status and a line of text, and logs it.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	s.refuseAs(w, r, status, why, why+"\n")
}

// refuseAs answers with a status and a body, and logs it with the reason. Who wanted a WebSocket may send frames next, which are not to be taken
// for HTTP, so it also closes the connection; a page that is not there is nothing special.
func (s *Server) refuseAs(w http.ResponseWriter, r *http.Request, status int, why, body string) {
	level := slog.LevelDebug
	if isOpening(r) {
		level = slog.LevelInfo
		if r.ProtoMajor < 2 { // over HTTP/2, it would end the other streams as well
			// It goes before the Upgrade that a 426 has there: net/http looks at the first alone.
			w.Header()["Connection"] = append([]string{"close"}, w.Header()["Connection"]...)
		}
	}
	s.log.LogAttrs(context.Background(), level, "refused", slog.String("resource", r.URL.Path), slog.String("client", r.RemoteAddr),
		slog.Int("status", status), slog.String("cause", why), slog.String("origin", r.Header.Get("Origin")))
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write([]byte(body))
}

// addHeader adds fields, under the names that net/http looks for.
func addHeader(to, from http.Header) {
	for name, values := range from {
		for _, value := range values {
			to.Add(name, value)
		}
	}
}

// favourite returns the first of the offered subprotocols that is served, or "".
func favourite(offered, served []string) string {
	for _, p := range offered {
		if slices.Contains(served, p) {
			return p
		}
	}
	return ""
}

// ValidProtocol reports whether a client can offer an entry of Options.Protocols: subprotocols are tokens (RFC 6455 §4.1,
// RFC 9110 §5.6.2), which have neither commas nor spaces. Any goroutine may call it.
func ValidProtocol(name string) bool { return websocket.ValidToken(name) }

// logAddress is the client's address for the log: with the port, if it is the one that connects.
func logAddress(r *http.Request, address string) string {
	if hostOf(r.RemoteAddr) == address {
		return r.RemoteAddr
	}
	return address
}

// hostOf returns an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
