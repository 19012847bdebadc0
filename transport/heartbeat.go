package transport

import (
	"errors"
	"math"
	"time"
)

var errNoPong = errors.New("a ping was not answered")

// startHeartbeat makes the session's only timer. It is not reset for each message: when it fires,
// it looks how long ago the last message was, and waits for the rest.
func (w *wire) startHeartbeat() {
	w.heard.Store(w.server.now())
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		return // a Close has been sent already
	}
	w.timer = time.AfterFunc(min(w.silence(), messageTimeout), w.beat)
}

// silence returns after how much silence a client is sent a ping.
func (w *wire) silence() time.Duration {
	if w.options.Heartbeat < 0 || w.session.lacks(lacksPing) {
		return math.MaxInt64 // never
	}
	return w.options.Heartbeat
}

// startCloseTimeout gives the client CloseTimeout to answer the Close, which has just been sent.
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
	case !open: // until the Close has been sent, drain watches whether the client takes anything
		w.mu.Unlock()
	default:
		next, ping, dead := w.pulseLocked(now, read, empty)
		left := messageTimeout
		if read {
			left = w.session.finishIn(now)
		}
		if !dead && left > 0 {
			w.timer.Reset(min(next, left))
		}
		w.mu.Unlock()
		if left <= 0 {
			w.session.cut(causeSlow, errUnfinished)
		} else if dead {
			w.session.cut(causeHeartbeat, errNoPong)
		} else if ping {
			w.session.enqueuePing()
			w.flush(false)
		}
	}
}

// pulseLocked decides about an open session: how long to wait until the next look, whether to ping,
// and whether the client is dead. Any byte from the client is a sign of life.
//
// While the session is not read, no pong can be seen, so no client is dead for lack of one. A ping
// is sent all the same, unless something else is: in the end it makes the kernel notice that the
// client is gone.
func (w *wire) pulseLocked(now int64, read, empty bool) (next time.Duration, ping, dead bool) {
	heard := w.heard.Load()
	interval, timeout := w.silence(), w.options.HeartbeatTimeout
	if !read {
		w.pinged = 0
		if silent := time.Duration(now - heard); silent < interval {
			return interval - silent, false, false
		}
		return interval, empty, false
	}
	if w.pinged != 0 && heard < w.pinged {
		since := time.Duration(now - w.pinged)
		return min(timeout-since, interval), false, since >= timeout
	}
	w.pinged = 0
	if silent := time.Duration(now - heard); silent < interval {
		return interval - silent, false, false
	}
	w.pinged = now
	return min(timeout, interval), true, false // the pong may be followed by another interval of silence before the timeout
}
