package transport

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/transport/sockjs"
)

// closedTimeout is how long a session that is over is remembered, so that its client is told how it ended.
const closedTimeout = 5 * time.Second

// abortedTimeout is how long a request waits for another receiver to go before it is told of it. Of a client that hangs up and comes again at once, by
// another connection, the second may be seen first.
const abortedTimeout = 250 * time.Millisecond

var (
	errUnclaimed = errors.New("no request came to take what is sent")
	errAborted   = errors.New("the request that takes what is sent was aborted")
)

// What is said to clients, in the words of SockJS's own tests.
const (
	frameBusy        = `c[2010,"Another connection still open"]`
	frameInterrupted = `c[1002,"Connection interrupted"]`
	frameUnknown     = `c[1006,"There is no such session"]`
)

// A relay is the carrier of a session whose client comes and goes with requests: one at a time takes what is sent (a receiver), others
// bring what the client sends. It has no goroutine of its own.
//
// It stays in the table of its Server for closedTimeout after its end.
type relay struct {
	session Session

	// Fixed before it is in the table.
	server  *Server
	options *Options
	key     string // in the table
	secret  string // what the requests of client.js have to know; "": another client

	sending sync.Mutex   // held by the request whose body is being taken: bodies are taken one by one, as they came
	senders atomic.Int32 // requests that hold sending, or wait for it
	talking sync.Mutex   // held over calls of the Conversation but Drained; taken before mu

	mu sync.Mutex // taken before the session's

	// Guarded by mu.
	bound     binding
	receiver  *receiver   // nil: no request is there
	leaving   int         // requests that are receivers no more, while their response is being written
	final     []byte      // the last frame, when there has been one: all that requests get from then on
	finishing bool        // finish has begun
	timer     *time.Timer // of tick; runs while there is no receiver, and no response is being written

	// Guarded by sending.
	bodies uint64 // the number of the last body
}

// claim makes rx the session's receiver. Otherwise it returns the frame that the request gets instead, and the receiver, if that is why.
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
	r.timer.Stop()
	return nil, nil
}

// leaveLocked ends a claim: the next request may come. left has to follow.
func (r *relay) leaveLocked() {
	r.receiver = nil
	r.leaving++
}

// left begins the time that the next request has to come, now that the response of the last is out. It may have come already.
func (r *relay) left() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leaving--
	if r.receiver == nil && r.leaving == 0 && !r.finishing {
		r.timer.Reset(r.options.UnclaimedTimeout)
	}
}

// flush wakes the receiver, who takes what is in the queue.
func (r *relay) flush(bool) {
	r.mu.Lock()
	rx := r.receiver
	r.mu.Unlock()
	if rx != nil {
		rx.wakeUp()
	}
}

// hangUp ends the session; its receiver, if there is one, finds that it is not any more, and ends too.
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

// endLocked makes this the last frame, and has the session finished.
func (r *relay) endLocked(final []byte) {
	if r.final == nil {
		r.final = final
	}
	if !r.finishing {
		r.finishing = true
		r.timer.Stop()
		go r.finish()
	}
}

// closed ends the session, whose client has the Close.
func (r *relay) closed() {
	r.session.closeTaken()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endLocked(nil)
}

// closedByClient closes the session with client.js's close. If no request is there to be told of it, that is for one that may come yet.
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
	r.timer.Reset(closedTimeout)
	r.mu.Unlock()
	r.server.remove(&r.session)
}

// wait waits. What else the client sends comes with other requests.
func (r *relay) wait() { r.session.await(0, r.session.resumedLocked) }

// leave has nothing to do: in SockJS a Close is said, and nobody reads between requests.
func (r *relay) leave() {}

// tick is the timer's function: no receiver came, or the session has been remembered for long enough.
func (r *relay) tick() {
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
