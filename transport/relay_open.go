package transport

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

// receive answers a request that takes what is sent. It opens the session if there is none with
// that name.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, e *endpoint) {
	style := sockjs.ResponseTo(e.action)
	rx := &receiver{style: style, w: w, control: http.NewResponseController(w), wake: make(chan struct{}, 1), over: make(chan struct{}), options: e.options}
	if style.Callback {
		callback, why := callbackOf(r)
		if why != "" {
			f := refuse(http.StatusInternalServerError, why) // the status that SockJS prescribes
			f.reason = reasonRequest
			s.deny(w, r, f)
			return
		}
		rx.callback = callback
	}
	if !emptyBody(r) {
		s.deny(w, r, refuse(http.StatusRequestEntityTooLarge, "this request has no body"))
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
	case relay == nil: // another request is opening it
		rx.last([]byte(frameBusy))
		return
	default:
		relay.mu.Lock()
		admitted := relay.admitsLocked(bindingOf(r), secret, false)
		relay.mu.Unlock()
		if !admitted {
			s.deny(w, r, refuse(http.StatusNotFound, "the session is somebody else's"))
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
		if other != nil {
			if err := relay.futile(); err != nil {
				relay.tooFast(err)
			}
		}
		rx.last(instead)
		return
	}
	rx.serve(r.Context(), relay)
}

// openRelay opens a session with its first receiver, and puts it into the table. If the handshake
// is refused, it answers the request and returns nil.
func (s *Server) openRelay(rx *receiver, r *http.Request, e *endpoint, key string, own url.Values) *relay {
	path := max(e.base, "/")
	open := &relayOpening{request: r, transport: rx.style.Transport, own: own}
	a, refused := s.admit(inquiry{ctx: r.Context(), request: r}, asHandshake(r, e, path), open, e.name, path)
	if refused != nil {
		s.deny(rx.w, r, refused)
		return nil
	}
	addHeader(rx.w.Header(), a.answer.Header)
	relay := &relay{server: s, options: a.options, key: key, secret: open.secret, framed: a.request.Framed, bound: bindingOf(r), receiver: rx}
	a.initialize(&relay.session, relay, open.codec(a.options))

	relay.session.announce(slog.String("transport", rx.style.Transport))
	relay.talking.Lock()
	s.add(&relay.session)
	relay.session.connect()
	relay.talking.Unlock()
	s.relays.put(relay)
	return relay
}

// A relayOpening is the handshake of a session without a WebSocket: its first request.
type relayOpening struct {
	request   *http.Request
	transport string
	own       url.Values // what client.js has added to the query; nil: another client
	secret    string     // the key for the further requests of client.js; set by answer
}

func (o *relayOpening) asked() asked {
	a := asked{transport: o.transport, origins: requestOrigins(o.request)}
	if p := o.own.Get("protocols"); p != "" {
		a.protocols = strings.Split(p, ",")
	}
	return a
}

// answer returns the open frame, as an element of the out-queue.
func (o *relayOpening) answer(_ *Options, _ bool, protocol string, header http.Header) ([]byte, error) {
	if offered := o.asked().protocols; protocol != "" && !slices.Contains(offered, protocol) {
		return nil, fmt.Errorf("subprotocol %q was not offered by the client, which offered %q", protocol, offered)
	}
	if err := websocket.CheckHeader(header); err != nil {
		return nil, err
	}
	if o.own == nil {
		return []byte(sockjs.Open + "\n"), nil
	}
	o.secret = rand.Text()
	return append(sockjs.AppendOpen(nil, protocol, o.secret), '\n'), nil
}

func (o *relayOpening) codec(*Options) codec { return &elements{extended: o.own != nil} }

// callbackOf returns the name of the function that a script is to call, or why there is no valid
// one.
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

// emptyBody reads a body and reports whether it has next to nothing in it. Until a body has been
// read, net/http does not notice that the client hangs up.
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
