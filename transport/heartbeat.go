package transport

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A link is the common part of the carriers whose session has a connection to itself: the watch over
// its client. It uses the session's time in the Server's deadlines, which is not set again for each
// message: when it has come, beat looks how long ago the last message was, and waits for the rest.
type link struct {
	session Session

	heard atomic.Int64 // when bytes arrived last, on the Server's clock

	mu sync.Mutex // taken before the session's

	// Guarded by mu.
	pinged  int64 // when a ping was sent, if nothing has been heard since; else 0
	closeAt int64 // when the client is cut, if it has not answered the Close; 0: none was sent; or watchOver
}

// watchOver as link.closeAt means that beat has nothing more to do.
const watchOver = -1

// startHeartbeat begins the watch. A Close may have been sent already.
func (l *link) startHeartbeat() {
	now := l.session.now()
	l.heard.Store(now)
	l.session.ringBy(now + int64(min(l.silence(), messageTimeout, l.session.idleIn(now, true))))
}

// silence returns after how much silence a client is sent a ping.
func (l *link) silence() time.Duration {
	if o := l.session.settings(); o.Heartbeat >= 0 && !l.session.lacks(lacksPing) {
		return o.Heartbeat
	}
	return math.MaxInt64 // never
}

// startCloseTimeout gives the client CloseTimeout to answer the Close, which has just been sent.
func (l *link) startCloseTimeout() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closeAt == 0 {
		l.closeAt = l.session.now() + int64(l.session.settings().CloseTimeout)
		l.session.ringBy(l.closeAt)
	}
}

// hasten implements carrier.
func (l *link) hasten() { l.startCloseTimeout() }

// stopHeartbeat ends the watch.
func (l *link) stopHeartbeat() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closeAt = watchOver
	l.session.ringNever()
}

// beat looks at the session, and returns when the next look is due, on the Server's clock, or 0 if none
// is. unread tells that the client has sent what has not been read.
func (l *link) beat(unread bool) (next int64) {
	open, read, empty := l.session.pulse()
	now := l.session.now()
	l.mu.Lock()
	switch {
	case l.closeAt == watchOver:
		l.mu.Unlock()
		return 0
	case l.closeAt != 0:
		next := l.closeAt
		l.mu.Unlock()
		if next > now {
			return next
		}
		l.session.cutUnanswered()
		return 0
	case !open: // until the Close has been sent, whoever writes watches whether the client takes anything
		l.mu.Unlock()
		return 0
	}
	read = read && !unread
	wait, ping, dead := l.pulseLocked(now, read, empty)
	l.mu.Unlock()
	idle := l.session.idleIn(now, read)
	left := messageTimeout
	if read {
		left = l.session.finishIn(now)
	}
	switch {
	case left <= 0:
		l.session.cut(causeUnfinished, errUnfinished)
		return 0
	case dead:
		l.session.cut(causePong, fmt.Errorf("no answer to a ping within %v", l.session.settings().HeartbeatTimeout))
		return 0
	case idle <= 0:
		l.session.closeIdle()
		return 0
	case ping:
		l.session.enqueuePing()
		l.session.Flush()
	}
	return now + int64(min(wait, left, idle))
}

// pulseLocked decides about an open session: how long to wait until the next look, whether to ping,
// and whether the client is dead. Any byte from the client is a sign of life.
//
// While the session is not read, no pong can be seen, so no client is dead for lack of one. A ping
// is sent all the same, unless something else is: in the end it makes the kernel notice that the
// client is gone.
func (l *link) pulseLocked(now int64, read, empty bool) (next time.Duration, ping, dead bool) {
	heard := l.heard.Load()
	interval, timeout := l.silence(), l.session.settings().HeartbeatTimeout
	if !read {
		l.pinged = 0
		if silent := time.Duration(now - heard); silent < interval {
			return interval - silent, false, false
		}
		return interval, empty, false
	}
	if l.pinged != 0 && heard < l.pinged {
		since := time.Duration(now - l.pinged)
		return min(timeout-since, interval), false, since >= timeout
	}
	l.pinged = 0
	if silent := time.Duration(now - heard); silent < interval {
		return interval - silent, false, false
	}
	l.pinged = now
	return min(timeout, interval), true, false // the pong may be followed by another interval of silence before the timeout
}
