package transport

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/transport/sockjs"
)

// closedTimeout is the time for which a session that has ended is remembered, so that its client can be told
// how.
const closedTimeout = 5 * time.Second

// abortedTimeout is the time that a request waits for another receiver to end before it is refused. If a
// client hangs up and comes again at once, by another connection, its second request may be seen
// before the end of the first.
const abortedTimeout = 250 * time.Millisecond

var (
	errUnclaimed = errors.New("no request came to take what is sent")
	errAborted   = errors.New("the request that takes what is sent was aborted")
)

// What clients are told, in the words of SockJS's own tests.
const (
	frameBusy        = `c[2010,"Another connection still open"]`
	frameInterrupted = `c[1002,"Connection interrupted"]`
	frameUnknown     = `c[1006,"There is no such session"]`
)

// A relay is the carrier of a session whose client comes with one request after the other: one at a
// time takes what is sent, the receiver, and others bring what the client sends. It has no
// goroutine of its own.
//
// It stays in its Server's table for closedTimeout after its end.
type relay struct {
	session Session

	// Fixed before it is in the table.
	server  *Server
	options *Options
	key     string // in the table of relays
	secret  string // the key that the requests of client.js have; "": another client
	framed  bool   // see Request.Framed

	sending sync.Mutex   // held by the request whose body is being delivered: one after the other
	senders atomic.Int32 // requests that hold sending or wait for it
	talking sync.Mutex   // held over calls of the Conversation, except for Drained; taken before mu

	mu sync.Mutex // taken before the session's

	// Guarded by mu.
	bound     binding
	receiver  *receiver // nil: no request is there
	leaving   int       // former receivers whose last response is still being written
	final     []byte    // the last frame, which is all that further requests get; nil: not yet
	finishing bool      // finish was started

	// Guarded by sending.
	bodies uint64 // the number of the last body that was delivered
	partly int    // messages of the next body that were delivered, before the request failed
}

// claim makes rx the receiver. Otherwise it returns the frame to answer the request with, and the
// present receiver if that is the reason.
func (r *relay) claim(rx *receiver) (instead []byte, other *receiver) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.final != nil:
		return r.final, nil
	case r.receiver != nil:
		return []byte(frameBusy), r.receiver
	}
	r.receiver = rx
	r.server.deadlines.clear(&r.session)
	return nil, nil
}

// leaveLocked ends a claim, so that the next request may be the receiver. left must follow.
func (r *relay) leaveLocked() {
	r.receiver = nil
	r.leaving++
}

// left starts the time that the next request has to arrive, because the last response has been
// written. The request may have arrived already.
func (r *relay) left() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leaving--
	if r.receiver == nil && r.leaving == 0 && !r.finishing {
		r.ringIn(r.options.UnclaimedTimeout)
	}
}

// flush wakes the receiver, which writes the queue.
func (r *relay) flush(bool) {
	r.mu.Lock()
	rx := r.receiver
	r.mu.Unlock()
	if rx != nil {
		rx.wakeUp()
	}
}

// hangUp ends the session. Its receiver, if there is one, notices and ends as well.
func (r *relay) hangUp(cause) {
	r.mu.Lock()
	rx := r.receiver
	r.receiver = nil
	r.endLocked([]byte(frameInterrupted))
	r.mu.Unlock()
	if rx != nil {
		rx.wakeUp()
	}
}

// endLocked sets the last frame, unless there has been one, and starts finish.
func (r *relay) endLocked(final []byte) {
	if r.final == nil {
		r.final = final
	}
	if !r.finishing {
		r.finishing = true
		r.server.deadlines.clear(&r.session)
		go r.finish()
	}
}

// closed ends the session after its client has received the Close.
func (r *relay) closed() {
	r.session.closeTaken()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endLocked(nil)
}

// closedByClient closes the session at client.js's wish. If there is no receiver, a later request
// gets the answer.
func (r *relay) closedByClient(code int, reason string) {
	r.session.answerClose(code, reason)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.receiver == nil {
		code, reason := r.session.closeUntaken()
		r.endLocked(sockjs.AppendClose(nil, code, reason))
	}
}

// finish ends the conversation, after the call of it that is under way.
func (r *relay) finish() {
	r.talking.Lock()
	r.session.disconnect()
	r.talking.Unlock()
	r.mu.Lock()
	r.ringIn(closedTimeout)
	r.mu.Unlock()
	r.server.remove(&r.session)
}

// wait waits for a Resume. Meanwhile the client can end the session by aborting its receiver, or can say
// with another request that it is closing.
func (r *relay) wait() { r.session.awaitResume() }

// leave does nothing: SockJS has a Close, and nothing reads between requests.
func (r *relay) leave() {}

// hasten does nothing: a request that takes what is sent has a time limit for each write, and for its whole
// length ResponseLimit, and the next one has to come in time.
func (r *relay) hasten() {}

// ringIn has ring called after a while, unless it is called off. It is for the time in which there is no
// receiver and no response is being written.
func (r *relay) ringIn(d time.Duration) {
	r.server.deadlines.set(&r.session, r.server.now()+int64(d))
}

// ring tells that no receiver has come in time, or that the session has been remembered long enough.
func (r *relay) ring() {
	r.mu.Lock()
	over, claimed := r.finishing, r.receiver != nil
	r.mu.Unlock()
	switch {
	case over:
		r.server.relays.remove(r.key)
	case !claimed:
		r.session.cut(causeVanished, errUnclaimed)
	}
}
