package transport

import (
	"math"
	"sync/atomic"
	"time"

	"node.websocket/transport/websocket"
)

// limited is a codec that watches when and how much the client sends. Wrapping the codec costs sessions
// without these options neither time nor memory.
type limited struct {
	codec
	server *Server
	limit  *rateLimit   // nil: any rate
	last   atomic.Int64 // when the last message came, on the Server's clock; read by the timers' goroutine
}

// withLimits wraps a codec, if there is something to watch.
func withLimits(c codec, s *Server, o *Options) codec {
	rate := newRateLimit(s, o)
	if rate == nil && o.IdleTimeout <= 0 {
		return c
	}
	l := &limited{codec: c, server: s, limit: rate}
	l.last.Store(s.now())
	return l
}

// take notes a message of so many bytes, which is data or a control frame.
func (c *limited) take(size int, data bool) error {
	if data {
		c.last.Store(c.server.now())
	}
	if c.limit == nil {
		return nil
	}
	return c.limit.take(size)
}

// feed counts control frames, too, because a ping is answered, and what costs as much without being a
// message. The message that exceeds the limit is dropped, and what follows it.
func (c *limited) feed(dst []websocket.Message, p []byte) ([]websocket.Message, error) {
	before := len(dst)
	dst, err := c.codec.feed(dst, p)
	for i := before; i < len(dst); i++ {
		m := &dst[i]
		if m.Opcode == websocket.Close {
			break
		}
		if exceeded := c.take(len(m.Payload), m.Opcode == websocket.Text || m.Opcode == websocket.Binary); exceeded != nil {
			return dst[:i], exceeded
		}
	}
	for range c.futile() {
		if exceeded := c.take(0, false); exceeded != nil {
			return dst, exceeded
		}
	}
	return dst, err
}

// takeMessage is limited.take for the message of a body, which no codec decodes.
func (s *Session) takeMessage(size int) error { return s.takeOf(size, true) }

// takeFutile is takeMessage for a request of a session that brings no message and takes nothing.
func (s *Session) takeFutile() error { return s.takeOf(0, false) }

func (s *Session) takeOf(size int, data bool) error {
	if c, ok := s.codec.(*limited); ok {
		return c.take(size, data)
	}
	return nil
}

// excuse allows for the time in which the client was not read.
func (s *Session) excuse(unread int64) {
	c, ok := s.codec.(*limited)
	if !ok {
		return
	}
	if c.limit != nil {
		c.limit.lend(unread)
	}
	c.last.Store(min(c.last.Load()+unread, c.server.now())) // some may have come meanwhile
}

// idleIn returns how long it is until the client has sent no message for IdleTimeout. Without that, it is for ever. While
// the client is not read, it is IdleTimeout.
func (s *Session) idleIn(now int64, read bool) time.Duration {
	c, ok := s.codec.(*limited)
	switch timeout := s.options.IdleTimeout; {
	case !ok || timeout <= 0:
		return math.MaxInt64
	case !read:
		return timeout
	default:
		return timeout - time.Duration(now-c.last.Load())
	}
}

// closeIdle closes a session whose client sends nothing.
func (s *Session) closeIdle() {
	s.shut(causeIdle, websocket.CloseNormal, "no message came for "+s.options.IdleTimeout.String(), nil)
}
