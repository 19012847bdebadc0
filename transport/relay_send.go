package transport

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

const (
	// mostSenders is the most requests with a body that a session has at once. SockJS sends one after the
	// other.
	mostSenders = 2
	// slowestBody is the least speed of a body, in bytes per second, counted after HandshakeTimeout.
	slowestBody = 16 << 10
	// batchBytes and batchMessages bound what one call of Receive is offered.
	batchBytes    = 64 << 10
	batchMessages = 256
)

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
		status, err := relay.take(w, r, e)
		if status != 0 {
			s.deny(w, r, refuse(status, err.Error()))
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

// take reads a body and delivers its messages. If status is not 0, the request is refused with it,
// because of err.
func (r *relay) take(w http.ResponseWriter, q *http.Request, e *endpoint) (status int, err error) {
	limit := sockjs.BodyLimit(e.options.MaxMessage)
	if e.action == "jsonp_send" {
		limit *= 3 // in a form, a backslash is %5C
	}
	p, status, err := readBody(w, q, e.options, limit)
	if status == http.StatusRequestEntityTooLarge { // it closes the session, as a big message does on every transport
		r.session.shut(causeTooBig, websocket.CloseTooBig, "message is too big", err)
	}
	if status != 0 {
		return status, err
	}
	if e.action == "jsonp_send" {
		if kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
			if p, err = sockjs.FormField(p); err != nil {
				return http.StatusInternalServerError, err
			}
		}
	}
	b, err := sockjs.ParseBody(p, r.secret != "", false)
	if err != nil {
		return http.StatusInternalServerError, err
	}
	return r.deliverBody(b)
}

// deliverBody delivers the messages of a body in batches, each when there is room for answers.
func (r *relay) deliverBody(b *sockjs.Body) (status int, err error) {
	r.talking.Lock()
	defer r.talking.Unlock()
	var batch []Message
	for more := true; more; {
		size := 0
		batch = batch[:0]
		for len(batch) < batchMessages && size < batchBytes {
			m, ok := b.Next()
			if !ok {
				more = false
				break
			}
			if len(m.Data) > r.options.MaxMessage {
				// The messages before it are delivered, as on a WebSocket.
				r.hand(batch)
				err := fmt.Errorf("a message has %d bytes, and the most is %d", len(m.Data), r.options.MaxMessage)
				r.session.shut(causeTooBig, websocket.CloseTooBig, "message is too big", err)
				return http.StatusRequestEntityTooLarge, err
			}
			batch = append(batch, m)
			size += len(m.Data)
		}
		r.hand(batch)
	}
	if b.Closes {
		if !websocket.ValidCloseCode(b.Code) {
			b.Code, b.Reason = websocket.CloseNoStatus, ""
		}
		r.closedByClient(b.Code, sockjs.CutReason(b.Reason))
	}
	return 0, nil
}

// hand delivers a batch, once the queue is below its high-water mark.
func (r *relay) hand(batch []Message) {
	if len(batch) == 0 {
		return
	}
	r.session.awaitRoom()
	r.session.deliver(batch)
}

// readBody reads a body, which must neither be longer than limit nor take too long. If its header
// says that it is longer, it is not read at all.
func readBody(w http.ResponseWriter, r *http.Request, o *Options, limit int) (p []byte, status int, err error) {
	if r.ContentLength > int64(limit) {
		hangUp(w, r)
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("a body has at most %d bytes", limit)
	}
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Now().Add(o.HandshakeTimeout + time.Duration(max(r.ContentLength, 0))*time.Second/slowestBody))
	p, err = io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	control.SetReadDeadline(time.Time{})
	control.SetWriteDeadline(time.Time{}) // the module may take its time
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("a body has at most %d bytes", limit)
	case err != nil:
		hangUp(w, r)
		return nil, http.StatusRequestTimeout, errors.New("the body did not arrive in time")
	}
	return p, 0, nil
}

// hangUp closes the connection after the response, because the rest of the body is in the way of
// the next request. Over HTTP/2 only the stream ends: the header would end the connection, and all
// sessions on it.
func hangUp(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor < 2 {
		w.Header().Set("Connection", "close")
	}
}
