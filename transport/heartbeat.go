package transport

import (
	"errors"
	"math"
	"time"
)

var (
	errNoPong  = errors.New("a ping was not answered")
	errNoClose = errors.New("the close was not answered")
)

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
	if wait < 0 || w.codec.lacks()&lacksPing != 0 {
		wait = math.MaxInt64 // until a Close needs the timer
	}
	w.timer = time.AfterFunc(wait, w.beat)
}

// startCloseTimeoutLocked gives the client its time to answer the Close that has just gone out.
func (w *wire) startCloseTimeoutLocked() {
	w.closeAt = w.server.now() + int64(w.options.CloseTimeout)
	if w.timer == nil {
		w.timer = time.AfterFunc(w.options.CloseTimeout, w.beat)
		return
	}
	w.timer.Reset(w.options.CloseTimeout)
}

// beat is the timer's function.
func (w *wire) beat() {
	w.mu.Lock()
	switch w.state {
	case stateOpen:
		next, ping, dead := w.pulseLocked(w.server.now())
		if ping {
			b := w.queue.grow(maxOverhead)
			b.B = w.codec.ping(b.B, nil)
		}
		if !dead {
			w.timer.Reset(next)
		}
		w.mu.Unlock()
		if dead {
			w.cut(causeHeartbeat, errNoPong)
		} else if ping {
			w.flush(false)
		}
		return
	case stateClosing:
		// Before the Close is out, it is for drain to see whether the client still takes anything.
		if w.closeAt != 0 {
			left := time.Duration(w.closeAt - w.server.now())
			if left <= 0 {
				c := w.cause
				w.mu.Unlock()
				w.cut(c, errNoClose)
				return
			}
			w.timer.Reset(left)
		}
	}
	w.mu.Unlock()
}

// pulseLocked says, of an open session, how long to wait until the next look, whether to ping, and whether the client is dead.
// Any byte of it counts as life.
//
// While the reader does not read, a pong cannot be seen, so nobody is declared dead for lack of one. A ping goes out all the same if nothing else
// does: in the end it makes the kernel notice a client that is not there any more.
func (w *wire) pulseLocked(now int64) (next time.Duration, ping, dead bool) {
	heard := w.heard.Load()
	interval, timeout := w.options.Heartbeat, w.options.HeartbeatTimeout
	if w.delivering.Load() || w.roomless {
		w.pinged = 0
		return interval, w.queue.size() == 0, false
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
