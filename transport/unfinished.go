package transport

import (
	"errors"
	"sync/atomic"
	"time"

	"node.websocket/transport/websocket"
)

const (
	// messageTimeout bounds the time from a message's first byte to its last, besides what leastSpeed
	// allows for its length.
	messageTimeout = time.Minute
	// leastSpeed is the least speed of a longer message, in bytes per second.
	leastSpeed = 1 << 10
)

var errUnfinished = errors.New("a message was not finished in time")

// An unfinished is a message of which a part has arrived. It holds memory, up to the limit of a message; if it is
// compressed, a thousand times what was sent. So it must end in time: there is no timer for that, but the heartbeat's
// looks at it. Control frames between its fragments do not count as progress.
//
// The goroutine that reads writes it, and the timer's reads it.
type unfinished struct {
	since   atomic.Int64 // when it began, on the Server's clock; 0: there is none
	arrived atomic.Int64 // bytes of it on the wire
}

// decode decodes what one read brought, appends the messages to dst, and notes whether one was left
// unfinished.
func (s *Session) decode(dst []websocket.Message, p []byte) ([]websocket.Message, error) {
	before := len(dst)
	dst, err := s.codec.feed(dst, p)
	s.countIn(dst[before:], len(p))
	if begun := s.unfinished.since.Load() != 0; begun || s.codec.unfinished() {
		s.noteUnfinished(dst[before:], len(p))
	}
	return dst, err
}

// countIn counts what a read of n bytes brought.
func (s *Session) countIn(decoded []websocket.Message, n int) {
	messages := 0
	for i := range decoded {
		if op := decoded[i].Opcode; op == websocket.Text || op == websocket.Binary {
			messages++
		}
	}
	s.countReceived(messages, n)
}

// noteUnfinished notes what a read of n bytes, which decoded to these messages, means for the unfinished message.
func (s *Session) noteUnfinished(decoded []websocket.Message, n int) {
	u := &s.unfinished
	if !s.codec.unfinished() {
		u.since.Store(0)
		return
	}
	another := u.since.Load() == 0
	for _, m := range decoded {
		switch m.Opcode {
		case websocket.Text, websocket.Binary:
			another = true
		default:
			n -= controlHead + len(m.Payload)
		}
	}
	if another {
		u.arrived.Store(0)
		u.since.Store(s.server.now())
		return
	}
	u.arrived.Add(int64(n))
}

// controlHead is the length of a control frame from a client without its payload.
const controlHead = 6

// extend adds to the time of the unfinished message, and to what the client may send, while it was not read.
func (s *Session) extend(unread int64) {
	s.excuse(unread)
	if since := s.unfinished.since.Load(); since != 0 {
		s.unfinished.since.Store(min(since+unread, s.server.now())) // it may have begun meanwhile
	}
}

// finishIn returns how much time is left for the unfinished message, or messageTimeout if there is none: the next
// one has no less.
func (s *Session) finishIn(now int64) time.Duration {
	since := s.unfinished.since.Load()
	if since == 0 {
		return messageTimeout
	}
	length := min(s.unfinished.arrived.Load(), int64(s.options.MaxMessage)) // empty fragments could go on for ever
	return messageTimeout + time.Duration(length)*time.Second/leastSpeed - time.Duration(now-since)
}
