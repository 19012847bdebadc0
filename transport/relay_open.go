package transport

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

// receive answers a request that takes what is sent, and opens its session if there is none of that name.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, e *endpoint) {
	style := sockjs.ResponseTo(e.action)
	rx := &receiver{style: style, w: w, control: http.NewResponseController(w), wake: make(chan struct{}, 1), over: make(chan struct{}), options: e.options}
	if style.Callback {
		callback, why := callbackOf(r)
		if why != "" {
			s.deny(w, r, http.StatusInternalServerError, why)
			return
		}
		rx.callback = callback
	}
	if !emptyBody(r) {
		s.deny(w, r, http.StatusRequestEntityTooLarge, "this request has no body")
		return
	}
	if e.options.Cookie {
		s.setCookie(w.Header(), r)
	}
	own := ownQuery(r)
	rx.extended = own != nil
	secret := own.Get("nws")
	if secret == "1" {
		secret = ""
	}
	key := e.name + "/" + e.session
	relay, found := s.relays.find(key, secret == "")
	switch {
	case !found && secret != "":
		rx.last([]byte(frameUnknown))
		return
	case !found:
		if relay = s.openRelay(rx, r, e, key, own); relay == nil {
			s.relays.remove(key)
			return
		}
		rx.serve(r.Context(), relay)
		return
	case relay == nil: // it is being opened
		rx.last([]byte(frameBusy))
		return
	default:
		relay.mu.Lock()
		admitted := relay.admitsLocked(bindingOf(r), secret)
		relay.mu.Unlock()
		if !admitted {
			s.deny(w, r, http.StatusNotFound, "the session is somebody else's")
			return
		}
	}
	instead, other := relay.claim(rx)
	if other != nil {
		select {
		case <-other.over:
		case <-r.Context().Done():
		case <-time.After(abortedTimeout):
		}
		instead, _ = relay.claim(rx)
	}
	if instead != nil {
		rx.last(instead)
		return
	}
	rx.serve(r.Context(), relay)
}

// openRelay makes a session with its first receiver, and puts it into the table. It returns nil if it comes to nothing, which it has
// answered then.
func (s *Server) openRelay(rx *receiver, r *http.Request, e *endpoint, key string, own map[string][]string) *relay {
	w := rx.w
	if err := s.acquire(); err != nil {
		w.Header().Set("Retry-After", "10")
		s.deny(w, r, http.StatusServiceUnavailable, err.Error())
		return nil
	}
	opened := false
	defer func() {
		if !opened {
			s.release()
		}
	}()
	path := e.base
	if path == "" {
		path = "/"
	}
	address, secure := s.client(r)
	request := &Request{
		ID: rand.Text(), HTTP: asHandshake(r, e, path), Resource: e.name, Path: path, Host: r.Host, RemoteAddress: address,
		Transport: rx.style.Transport, Secure: secure, Protocols: offered(own),
	}
	if origins := requestOrigins(r); len(origins) > 0 {
		request.Origin = origins[0]
	}
	conversation, answer, refused := s.ask(r, e.resource, request, e.options)
	if refused == nil && answer.Protocol != "" && !slices.Contains(request.Protocols, answer.Protocol) {
		refused = s.wrongAnswer(e.name, fmt.Errorf("subprotocol %q was not offered by the client, which offered %q", answer.Protocol, request.Protocols))
	}
	if refused == nil {
		if err := websocket.CheckHeader(answer.Header); err != nil {
			refused, answer.Header = s.wrongAnswer(e.name, err), nil
		}
	}
	if refused == nil && answer.Status != 0 {
		refused = &refusal{answer.Status, strings.TrimSuffix(answer.Body, "\n")}
	}
	if refused != nil {
		addHeader(w.Header(), answer.Header)
		s.deny(w, r, refused.status, refused.why)
		return nil
	}
	addHeader(w.Header(), answer.Header)

	codec := &elements{extended: own != nil}
	relay := &relay{
		Session: Session{
			server: s, conversation: conversation, codec: codec, id: request.ID, resource: e.name,
			client: logAddress(r, address), protocol: answer.Protocol, options: e.options, opened: time.Now(),
			state: stateOpen, code: websocket.CloseAbnormal, most: e.options.MaxQueue,
		},
		key: key, elements: codec, bound: bindingOf(r), receiver: rx,
	}
	relay.carrier = relay
	b := relay.queue.grow(len(answer.Protocol) + 2*len(key) + maxOverhead)
	if own != nil {
		relay.secret = rand.Text()
		b.B = append(sockjs.AppendOpen(b.B, answer.Protocol, relay.secret), '\n')
	} else {
		b.B = append(b.B, sockjs.Open+"\n"...)
	}
	relay.timer = time.AfterFunc(e.options.UnclaimedTimeout, relay.tick)
	relay.timer.Stop() // until the receiver leaves
	opened = true

	relay.log("connected", slog.String("transport", rx.style.Transport))
	s.clients.add(+1)
	relay.talking.Lock()
	s.add(&relay.Session)
	relay.connect()
	relay.talking.Unlock()
	s.relays.put(relay)
	return relay
}

// offered is the subprotocols that client.js has offered.
func offered(own map[string][]string) []string {
	if p := own["protocols"]; len(p) > 0 && p[0] != "" {
		return strings.Split(p[0], ",")
	}
	return nil
}

// callbackOf returns the name of the function that a script calls, which is checked, since it becomes part of the script.
func callbackOf(r *http.Request) (name, why string) {
	query := r.URL.Query()
	if own := ownQuery(r); own != nil {
		query = own
	}
	name = query.Get("c")
	if name == "" {
		name = query.Get("callback")
	}
	if name == "" {
		return "", `"callback" parameter required`
	}
	if !sockjs.ValidCallback(name) {
		return "", `invalid "callback" parameter`
	}
	return name, ""
}

// emptyBody says whether a request has next to no body, and reads it. Until it is read, net/http does not notice that the client hangs up.
func emptyBody(r *http.Request) bool {
	if r.ContentLength > mostSegment {
		return false
	}
	var buf [mostSegment + 1]byte
	for n := 0; n < len(buf); {
		m, err := r.Body.Read(buf[n:])
		n += m
		if err != nil {
			var late interface{ Timeout() bool }
			return n <= mostSegment && !(errors.As(err, &late) && late.Timeout())
		}
	}
	return false
}
