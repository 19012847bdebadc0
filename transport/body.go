package transport

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"node.websocket/transport/socket"
	"node.websocket/transport/sockjs"
	"node.websocket/transport/websocket"
)

const (
	// slowestBody is the least speed of a body, in bytes per second, over each HandshakeTimeout.
	slowestBody = 16 << 10
	// bodyRead is the most bytes of a body that are read at once.
	bodyRead = 16 << 10
	// batchBytes and batchMessages bound what one call of Receive is offered.
	batchBytes    = 64 << 10
	batchMessages = 256
)

var errLateBody = errors.New("the body did not arrive in time")

// A body is a request that brings messages, while it is read. It holds no more of them than the longest
// message may have, however long the request is.
type body struct {
	relay    *relay
	pace     *pace
	decoder  sockjs.Decoder
	form     *sockjs.Form // nil: the body is not in a form
	most     int          // bytes that are held before some of them are delivered
	numbered bool         // by client.js; see relay.numberOf
	seen     int          // messages that were decoded
	fast     error        // the client has sent more than its rate; nil: no
	big      bool         // a message was too big that is no frame
}

// A pace bounds the time of a body: the client has timeout for its end, or for as much of it as the
// least speed asks.
type pace struct {
	control *http.ResponseController
	timeout time.Duration
	arrived int // bytes since the time limit was set
}

func newPace(w http.ResponseWriter, timeout time.Duration) *pace {
	return &pace{control: http.NewResponseController(w), timeout: timeout}
}

// begin begins, or goes on after end.
func (p *pace) begin() {
	p.arrived = 0
	p.control.SetReadDeadline(time.Now().Add(p.timeout))
}

// came notes that n bytes have come.
func (p *pace) came(n int) {
	if p.arrived += n; p.arrived >= int(p.timeout.Seconds()*slowestBody) {
		p.begin()
	}
}

// end lifts the limit, and that on the answer, for which a module may take its time.
func (p *pace) end() {
	p.control.SetReadDeadline(time.Time{})
	p.control.SetWriteDeadline(time.Time{})
}

// take reads a body and delivers its messages: all of them at its end, so that nothing of a broken
// body is delivered, unless they are more than may be held. If status is not 0, the request is refused
// with it, because of err.
func (r *relay) take(w http.ResponseWriter, q *http.Request, e *endpoint, numbered bool) (status int, err error) {
	most := r.options.MaxMessage
	if r.framed {
		most += ownRoom
	}
	limit := sockjs.BodyLimit(most)
	b := &body{
		relay: r, pace: newPace(w, r.options.HandshakeTimeout), numbered: numbered,
		decoder: sockjs.Decoder{Limit: most, Extended: r.secret != ""},
		most:    max(most, batchBytes),
	}
	if e.action == "jsonp_send" {
		limit *= 3 // in a form, a backslash is %5C
		if kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
			b.form = new(sockjs.Form)
		}
	}
	tooLong := fmt.Errorf("a body has at most %d bytes", limit)
	if q.ContentLength > int64(limit) { // it is not read at all
		hangUp(w, q)
		return r.tooBig(tooLong)
	}
	broken, err := b.read(http.MaxBytesReader(w, q.Body, int64(limit)))
	b.pace.end()
	switch _, over := errors.AsType[*http.MaxBytesError](err); {
	case over:
		return r.tooBig(tooLong)
	case err != nil:
		hangUp(w, q)
		return http.StatusRequestTimeout, errLateBody
	case b.fast != nil:
		hangUp(w, q)
		return r.tooFast(b.fast)
	case broken == sockjs.ErrTooBig || b.big: // the messages before it are delivered, as on a WebSocket
		if !b.big {
			b.deliver()
		}
		hangUp(w, q)
		return r.tooBig(fmt.Errorf("a message has more than %d bytes", r.options.MaxMessage))
	case broken != nil:
		return http.StatusInternalServerError, broken
	}
	if b.decoder.Closes {
		r.session.clientLeaves() // before the messages, in case they wait
	}
	b.deliver()
	if b.big {
		return r.tooBig(fmt.Errorf("a message has more than %d bytes", r.options.MaxMessage))
	}
	if b.fast == nil && b.seen == 0 && !b.decoder.Closes {
		b.fast = r.futile()
	}
	if b.fast != nil {
		return r.tooFast(b.fast)
	}
	if b.decoder.Closes {
		b.close()
	}
	r.partly = 0
	return 0, nil
}

// tooBig closes the session, as a message that is too big does on every transport.
func (r *relay) tooBig(err error) (int, error) {
	r.session.shut(causeTooBig, websocket.CloseTooBig, "message too big", err)
	return http.StatusRequestEntityTooLarge, err
}

// tooFast closes the session, as a message over the rate does on every transport.
func (r *relay) tooFast(err error) (int, error) {
	c, fault := causeOf(err)
	r.session.shut(c, fault.Code, fault.Reason, err)
	return http.StatusTooManyRequests, errors.New(fault.Reason)
}

// futile takes what a request costs that brings no message and takes nothing.
func (r *relay) futile() error {
	r.talking.Lock()
	defer r.talking.Unlock()
	return r.session.takeFutile()
}

// read reads the body to its end, to a message that is too big, or to one over the rate. broken is what is wrong with the
// body; a malformed one is read on, and dropped, for the sake of the next request. err is that of in.
func (b *body) read(in io.Reader) (broken, err error) {
	b.pace.end() // the module may take its time
	b.pace.begin()
	buffer := socket.TakeBuffer(bodyRead)
	defer buffer.Release()
	for err == nil && broken != sockjs.ErrTooBig && b.fast == nil && !b.big {
		var n int
		n, err = in.Read(buffer.B[:bodyRead])
		b.relay.session.countIn(nil, n)
		if broken == nil {
			broken = b.feed(buffer.B[:n])
		}
		b.pace.came(n)
		if broken == nil && b.decoder.Held() > b.most {
			b.pace.end()
			b.deliver()
			b.pace.begin()
		}
	}
	switch {
	case b.fast != nil || b.big:
		return broken, nil
	case err != io.EOF:
		return broken, err
	}
	if broken == nil && b.form != nil {
		broken = b.form.End()
	}
	if broken == nil {
		broken = b.decoder.End()
	}
	return broken, nil
}

// feed decodes what has come.
func (b *body) feed(p []byte) (err error) {
	if b.form != nil {
		if p, err = b.form.Feed(p); err != nil {
			return err
		}
	}
	return b.decoder.Feed(p)
}

// deliver delivers the messages that are decoded in batches, each when there is room for answers, and
// forgets them. When client.js repeats a body of which a part was delivered, that part is left out.
func (b *body) deliver() {
	r := b.relay
	r.talking.Lock()
	defer r.talking.Unlock()
	var batch []Message
	for more := true; more; {
		size := 0
		batch = batch[:0]
		for len(batch) < batchMessages && size < batchBytes {
			m, ok := b.decoder.Next()
			if !ok {
				more = false
				break
			}
			if b.seen++; b.numbered {
				if b.seen <= r.partly {
					continue
				}
				r.partly = b.seen
			}
			if b.big = isTooBig(m.Data, r.options.MaxMessage, r.framed); b.big {
				more = false
				break
			}
			if b.fast = r.session.takeMessage(len(m.Data)); b.fast != nil {
				more = false
				break
			}
			batch = append(batch, Message{Binary: m.Binary, Data: m.Data})
			size += len(m.Data)
		}
		r.hand(batch)
	}
	b.decoder.Forget()
}

// close closes the session with the close of the body.
func (b *body) close() {
	r, code, why := b.relay, b.decoder.Code, b.decoder.Reason
	if !websocket.ValidCloseCode(code) {
		code, why = websocket.CloseNoStatus, ""
	}
	r.talking.Lock()
	defer r.talking.Unlock()
	r.closedByClient(code, sockjs.CutReason(why))
}

// hand delivers a batch, once the queue is below its high-water mark.
func (r *relay) hand(batch []Message) {
	if len(batch) == 0 {
		return
	}
	r.session.countReceived(len(batch), 0)
	r.session.awaitRoom()
	r.session.deliver(batch, r)
}

// hangUp closes the connection after the response, because the rest of the body is in the way of
// the next request. Over HTTP/2 only the stream ends: the header would end the connection, and all
// sessions on it.
func hangUp(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor < 2 {
		w.Header().Set("Connection", "close")
	}
}
