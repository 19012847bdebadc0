package transport

import (
	"sync"

	"node.websocket/transport/websocket"
)

// frames is what one read is decoded into. It is reused.
type frames struct {
	decoded []websocket.Message
	batch   []Message
}

var framesPool = sync.Pool{New: func() any { return new(frames) }}

// maxFrames is the most messages of a frames that is reused: 64 KiB of empty frames make 400 KB of
// slices.
const maxFrames = 1 << 10

// release allows f to be reused. It holds no message any more.
func (f *frames) release() {
	if cap(f.decoded) > maxFrames {
		return
	}
	clear(f.decoded)
	clear(f.batch)
	f.decoded, f.batch = f.decoded[:0], f.batch[:0]
	framesPool.Put(f)
}

// input decodes what one read brought, answers its pings, and delivers its messages, all at once.
// It returns false if nothing more is to be read.
func (s *Session) input(p []byte) (more bool) {
	f := framesPool.Get().(*frames)
	defer f.release()
	err := s.decode(f, p)
	s.answerPings(f.decoded)
	return s.take(f, err)
}

// answerPings answers the pings among what was decoded, before deliver, which may take long.
func (s *Session) answerPings(decoded []websocket.Message) {
	pings := 0
	for _, m := range decoded {
		if m.Opcode == websocket.Ping {
			pings++
		}
	}
	if pings > 0 {
		s.enqueuePongs(decoded, pings)
		s.carrier.flush(false)
	}
}

// take takes what was decoded, up to a fault, if there is one. It returns false if nothing more is to be read.
func (s *Session) take(f *frames, err error) (more bool) {
	var closing *websocket.Message
	for i, m := range f.decoded {
		switch m.Opcode {
		case websocket.Text, websocket.Binary:
			f.batch = append(f.batch, Message{m.Opcode == websocket.Binary, m.Payload})
		case websocket.Close:
			closing = &f.decoded[i]
		}
	}
	if len(f.batch) > 0 {
		if closing != nil || err != nil {
			s.ending = true
			s.conversation.Ending()
		}
		s.deliver(f.batch)
	}
	if closing != nil && err == nil {
		var code int
		var reason string
		if code, reason, err = websocket.ParseClose(closing.Payload); err == nil {
			s.answerClose(code, reason)
			return false
		}
	}
	if err != nil {
		c, fault := causeOf(err)
		s.shut(c, fault.Code, fault.Reason, err)
		return false
	}
	return true
}
