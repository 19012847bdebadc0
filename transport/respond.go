package transport

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"node.websocket/transport/socket"
	"node.websocket/transport/websocket"
)

// A Responder is a Resource that answers plain requests of its path as well, those that ask for no
// session. Pages of Options.Public come before it, and so do the paths of SockJS below a resource.
type Responder interface {
	Resource
	// Responds reports whether the resource answers plain requests now.
	Responds() bool
	// Respond answers a plain request, with any method, whose body has at most Options.MaxMessage bytes
	// and has arrived. Of the Answer, Protocol has no meaning, and a Status of 0 means 200. It may wait,
	// and may fail, as Open may.
	Respond(ctx context.Context, r *Request, body []byte) (Answer, error)
}

// writeAtOnce is the most bytes of an answer for which a client has pageTimeout.
const writeAtOnce = 64 << 10

// responds answers a plain request of a resource's own path, and reports whether the resource does so.
func (s *Server) responds(w http.ResponseWriter, r *http.Request, resource Resource, path string) bool {
	responder, ok := resource.(Responder)
	if !ok || strings.HasSuffix(path, "/") && path != "/" || !responder.Responds() {
		return false
	}
	address, _ := s.client(r)
	refused := s.takeSlot(address)
	if refused == nil {
		defer s.release(address)
		refused = s.respond(w, r, responder, resource.Name(), path)
	}
	if refused != nil {
		refused.resource = resource.Name()
		s.refuse(w, r, refused)
	}
	return true
}

// respond reads the body, asks the resource, and sends its answer, unless the request is refused.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, responder Responder, name, path string) *refusal {
	options := cmp.Or(responder.Options(), &s.options)
	if refused := options.check(r.Header["Origin"]); refused != nil {
		return refused
	}
	body, refused := s.readBody(w, r, options.MaxMessage)
	if refused != nil {
		return refused
	}
	address, secure := s.client(r)
	seen := r
	if origins := pageOrigins(r); !options.bringsCookies(r, origins, secure) {
		var some bool
		if seen, some = withoutCookies(r); some {
			s.logWithheld(name, r, origins)
		}
	}
	wait := newPatience(r.Context(), s.options.HandshakeTimeout)
	answer, err := responder.Respond(wait, &Request{
		ID: rand.Text(), Head: headOf(seen), Resource: name, Path: path, Origin: r.Header.Get("Origin"), Host: r.Host,
		RemoteAddress: address, Secure: secure,
	}, body)
	refused = unanswered(r.Context(), wait, err)
	wait.end()
	if refused != nil {
		return refused
	}
	if err := checkAnswer(&answer); err != nil {
		return s.wrongAnswer(name, "a request", err)
	}
	s.log.Debug("answered", slog.String("resource", name), slog.String("client", logAddress(r, address)), slog.String("method", r.Method),
		slog.Int("status", answer.Status))
	if len(answer.Body) <= writeAtOnce {
		s.write(w, &answer, nil)
		return nil
	}
	out := s.answers.begin(http.NewResponseController(w), len(answer.Body))
	if out == nil {
		refused = refuse(http.StatusServiceUnavailable, "too many long answers wait for their clients")
		refused.header = http.Header{"Retry-After": {"10"}}
		return refused
	}
	s.write(w, &answer, out)
	if s.answers.end(out) {
		s.log.Warn("an answer was cut: its client took nothing, and others need the memory", slog.String("resource", name),
			slog.String("client", logAddress(r, address)))
	}
	return nil
}

// pageOrigins returns the origins of the page that made a plain request, for bringsCookies. None means
// that there was no page, or that it was this server's own.
//
// Browsers send an Origin only with some requests. Sec-Fetch-Site, which they send over TLS and to
// localhost, tells of the others. A top-level navigation by GET, such as a click on a link, is the user's
// own request whatever page the link was on, as for cookies with SameSite=Lax. Where there is neither,
// the page is known by its Referer.
func pageOrigins(r *http.Request) []string {
	if origins := r.Header["Origin"]; len(origins) > 0 {
		return origins
	}
	referrer := ""
	if origins := requestOrigins(r); len(origins) > 0 {
		referrer = origins[0]
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "":
		if referrer == "" {
			return nil
		}
	case "none", "same-origin":
		return nil
	default:
		if isGet(r) && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
			return nil
		}
	}
	return []string{referrer}
}

func isGet(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// readBody reads the body of a plain request, which has at most limit bytes, with the least speed of all
// bodies.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, *refusal) {
	p := newPace(w, s.options.HandshakeTimeout)
	tooLong := refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("a body has at most %d bytes", limit))
	if r.ContentLength > int64(limit) { // it is not read at all
		hangUp(w, r)
		return nil, tooLong
	}
	if r.Body == http.NoBody || r.ContentLength == 0 {
		p.end()
		return nil, nil
	}
	p.begin()
	defer p.end()
	in := http.MaxBytesReader(w, r.Body, int64(limit))
	buffer := socket.TakeBuffer(bodyRead)
	defer buffer.Release()
	var body []byte // grows as it arrives: what a client announces costs nothing
	for {
		n, err := in.Read(buffer.B[:bodyRead])
		body = append(body, buffer.B[:n]...)
		p.came(n)
		if err == nil {
			continue
		}
		if _, over := errors.AsType[*http.MaxBytesError](err); over {
			return nil, tooLong
		}
		if err != io.EOF {
			hangUp(w, r)
			return nil, refuse(http.StatusRequestTimeout, errLateBody.Error())
		}
		return body, nil
	}
}

// checkAnswer checks what a resource answers to a plain request, and fills in what it has left out.
func checkAnswer(a *Answer) error {
	a.Status = cmp.Or(a.Status, http.StatusOK)
	if a.Status < 200 || a.Status > 599 {
		return errors.New("a request is answered with a status of 200 to 599, not " + strconv.Itoa(a.Status))
	}
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		switch strings.ToLower(name) {
		case "connection", "upgrade", "transfer-encoding", "keep-alive", "te", "trailer":
			return fmt.Errorf("the server itself sets the header %s", name)
		}
		if !websocket.ValidToken(name) {
			return fmt.Errorf("%q is not a name that a header can have", name)
		}
		for _, value := range a.Header[name] {
			if !websocket.ValidValue(value) {
				return fmt.Errorf("the header %s has a control character in its value: %q", name, value)
			}
		}
	}
	return nil
}

// write sends an answer. A client may take any time for a long one, but none without progress. out is nil for an
// answer that is written at once.
func (s *Server) write(w http.ResponseWriter, a *Answer, out *outgoing) {
	h := w.Header()
	addHeader(h, a.Header)
	h.Del("Content-Length") // the module may have counted characters
	bodiless := a.Status == http.StatusNoContent || a.Status == http.StatusNotModified
	if bodiless {
		a.Body = ""
	} else {
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", "text/plain; charset=utf-8")
		}
	}
	if h.Get("X-Content-Type-Options") == "" {
		h.Set("X-Content-Type-Options", "nosniff")
	}
	control := http.NewResponseController(w)
	control.SetWriteDeadline(time.Now().Add(pageTimeout))
	w.WriteHeader(a.Status)
	for rest := a.Body; rest != ""; {
		n := min(len(rest), writeAtOnce)
		if out != nil && !s.answers.proceed(out) {
			return
		}
		if _, err := io.WriteString(w, rest[:n]); err != nil { // the client is gone, or its request was HEAD
			return
		}
		rest = rest[n:]
	}
}
