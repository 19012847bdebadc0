package transport

import (
	"fmt"
	"time"

	"node.websocket/transport/websocket"
)

// rateWindow is the time over which Options.MessageRate and ByteRate are averaged. It is long because what
// a client sends evenly can arrive all at once: after a stall of the network, or when a module was busy.
const rateWindow = 10 * time.Second

// A rateLimit bounds how much a client sends, as two token buckets. It belongs to the goroutine that reads,
// and on a relay to whoever holds talking.
//
// Of a bucket only the time is kept at which it will be full again. A message advances that by the time
// which its tokens take to come back, and exceeds the limit if the bucket would then be full later than
// rateWindow from now.
type rateLimit struct {
	server  *Server
	options *Options

	messages, bytes int64 // when the buckets will be full, on the Server's clock
	lent            int64 // ns that are added to rateWindow: the client was not read for so long
	lentAt          int64 // when some of it was added last
}

// newRateLimit returns the limit of a session, or nil if there is none.
func newRateLimit(s *Server, o *Options) *rateLimit {
	if o.MessageRate <= 0 && o.ByteRate <= 0 {
		return nil
	}
	return &rateLimit{server: s, options: o}
}

// take takes what a message of so many bytes costs. The error is a *websocket.CloseError.
func (l *rateLimit) take(size int) error {
	now := l.server.now()
	if l.messages <= now && l.bytes <= now && now-l.lentAt > int64(rateWindow) {
		l.lent = 0 // the client has caught up
	}
	full := now + int64(rateWindow) + l.lent
	if rate := l.options.MessageRate; rate > 0 {
		if l.messages = max(l.messages, now) + int64(time.Second)/int64(rate); l.messages > full {
			return rateError(rate, "messages")
		}
	}
	if rate := l.options.ByteRate; rate > 0 {
		if l.bytes = max(l.bytes, now) + int64(size)*int64(time.Second)/int64(rate); l.bytes > full {
			return rateError(rate, "bytes")
		}
	}
	return nil
}

// lend allows for the time in which the client was not read: what it has sent meanwhile arrives at once.
func (l *rateLimit) lend(unread int64) {
	l.lent += unread
	l.lentAt = l.server.now()
}

func rateError(rate int, unit string) error {
	return &websocket.CloseError{Code: websocket.ClosePolicyViolation, Reason: fmt.Sprintf("more than %d %s a second", rate, unit)}
}
