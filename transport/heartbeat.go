package transport

import (
	"errors"
	"math"
	"time"
)

var errNoPong = errors.New("a ping was not answered")

// startHeartbeat makes the session's one timer. It is not set again for each message: it looks, when it fires, how long ago the last
// came, and sleeps for the rest.
func (w *wire) startHeartbeat() {
	w.heard.Store(w.server.now())
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		return // a Close came first
	}
	wait := w.options.Heartbeat
	if wait < 0 || w.session.lacks(lacksPing) {
		wait = math.MaxInt64 // until a Close needs the timer
	}
	w.timer = time.AfterFunc(wait, w.beat)
}

// startCloseTimeout gives the client its time to answer the Close that has just gone out.
func (w *wire) startCloseTimeout() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closeAt != 0 || w.over {
		return
	}
	w.closeAt = w.server.now() + int64(w.options.CloseTimeout)
	if w.timer == nil {
		w.timer = time.AfterFunc(w.options.CloseTimeout, w.beat)
		return
	}
	w.timer.Reset(w.options.CloseTimeout)
}

// stopHeartbeat stops the timer for good.
func (w *wire) stopHeartbeat() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
}

// beat is the timer's function.
func (w *wire) beat() {
	open, read, empty := w.session.pulse()
	w.mu.Lock()
	now := w.server.now()
	switch {
	case w.over:
		w.mu.Unlock()
	case w.closeAt != 0:
		left := time.Duration(w.closeAt - now)
		if left > 0 {
			w.timer.Reset(left)
		}
		w.mu.Unlock()
		if left <= 0 {
			w.session.cutUnanswered()
		}
	case !open: // before the Close is out, it is for drain to see whether the client still takes anything
		w.mu.Unlock()
	default:
		next, ping, dead := w.pulseLocked(now, read, empty)
		if !dead {
			w.timer.Reset(next)
		}
		w.mu.Unlock()
		if dead {
			w.session.cut(causeHeartbeat, errNoPong)
		} else if ping {
			w.session.enqueuePing()
			w.flush(false)
		}
	}
}

// pulseLocked says, of an open session, how long to wait until the next look, whether to ping, and whether the client is dead.
// Any byte of it counts as life.
//
// While the session is not read, a pong cannot be seen, so nobody is declared dead for lack of one. A ping goes out all the same if nothing else
// does: in the end it makes the kernel notice a client that is not there any more.
func (w *wire) pulseLocked(now int64, read, empty bool) (next time.Duration, ping, dead bool) {
	heard := w.heard.Load()
	interval, timeout := w.options.Heartbeat, w.options.HeartbeatTimeout
	if !read {
		w.pinged = 0
		return interval, empty, false
	}
	if w.pinged != 0 && heard < w.pinged {
		since := time.Duration(now - w.pinged)
		return timeout - since, false, since >= timeout
	}
	w.pinged = 0
	if silent := time.Duration(now - heard); silent < interval {
		return interval - silent, false, false
	}
	w.pinged = now
	return timeout, true, false
}
