package transport

import (
	"fmt"
	"net/http"
	"strconv"
)

// mostSenders is the most requests with a body that a session has at once. SockJS sends one after the
// other.
const mostSenders = 2

// send answers a request that brings messages, after the conversation has taken them all: that is
// the back-pressure on input.
func (s *Server) send(w http.ResponseWriter, r *http.Request, e *endpoint) {
	if e.options.Cookie {
		s.setCookie(w.Header(), r)
	}
	own := ownQuery(r)
	relay, _ := s.relays.find(e.name+"/"+e.session, false)
	if relay == nil || !relay.takes(bindingOf(r), own.Get("nws")) {
		s.deny(w, r, refuse(http.StatusNotFound, "there is no such session"))
		return
	}
	if own.Get("n") == "0" { // client.js tells that its close waits behind a body that is being delivered
		relay.session.clientLeaves()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if relay.senders.Add(1) > mostSenders {
		relay.senders.Add(-1)
		s.deny(w, r, refuse(http.StatusTooManyRequests, "the session has too many requests at once"))
		return
	}
	defer relay.senders.Add(-1)
	relay.sending.Lock()
	defer relay.sending.Unlock()

	number, numbered, err := relay.numberOf(own)
	if err != nil {
		s.deny(w, r, refuse(http.StatusConflict, err.Error()))
		return
	}
	if number > relay.bodies || !numbered {
		status, err := relay.take(w, r, e, numbered)
		if status != 0 {
			f := refuse(status, err.Error())
			f.reason = reasonRequest // whatever status SockJS prescribes for it
			s.deny(w, r, f)
			return
		}
		relay.bodies = number
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Cache-Control", cacheNone)
	h.Set("X-Content-Type-Options", "nosniff")
	if e.action == "jsonp_send" {
		w.Write([]byte("ok"))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// takes reports whether the session accepts this request with a body.
func (r *relay) takes(b binding, secret string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.session.ReadyState() != stateClosed && r.final == nil && r.admitsLocked(b, secret, true)
}

// numberOf returns the number of a body. client.js counts them, so that it may repeat one of which
// it does not know whether it has arrived: if it has, it is answered as before and does nothing.
// Other clients do not count, and what they send twice is delivered twice.
func (r *relay) numberOf(own map[string][]string) (n uint64, ok bool, err error) {
	if r.secret == "" {
		return 0, false, nil
	}
	if values := own["n"]; len(values) > 0 {
		n, err = strconv.ParseUint(values[0], 10, 53)
	}
	if n == 0 || err != nil || n > r.bodies+1 {
		return 0, true, fmt.Errorf("body %d was expected", r.bodies+1)
	}
	return n, true, nil
}
