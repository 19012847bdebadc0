package transport

import (
	"sync"

	"node.websocket/transport/websocket"
)

// frames is what a read is taken apart into. It is kept for use again.
type frames struct {
	decoded []websocket.Message
	batch   []Message
}

var framesPool = sync.Pool{New: func() any { return new(frames) }}

// maxFrames is the most messages that a frames is kept for: 64 KiB of empty ones would be 400 KB of slices.
const maxFrames = 1 << 10

// release gives f back, with no hold on any message.
func (f *frames) release() {
	if cap(f.decoded) > maxFrames {
		return
	}
	clear(f.decoded)
	clear(f.batch)
	f.decoded, f.batch = f.decoded[:0], f.batch[:0]
	framesPool.Put(f)
}

// input takes what came in one read: one Feed, one Receive. It returns false if nothing more is to be read.
func (s *Session) input(p []byte) (more bool) {
	f := framesPool.Get().(*frames)
	defer f.release()
	var err error
	f.decoded, err = s.codec.feed(f.decoded, p)
	var pings int
	var closing *websocket.Message
	for i, m := range f.decoded {
		switch m.Opcode {
		case websocket.Text, websocket.Binary:
			f.batch = append(f.batch, Message{m.Opcode == websocket.Binary, m.Payload})
		case websocket.Ping:
			pings++
		case websocket.Close:
			closing = &f.decoded[i]
		}
	}
	if pings > 0 { // before deliver, which may take long
		s.enqueuePongs(f.decoded, pings)
		s.carrier.flush(false)
	}
	if len(f.batch) > 0 {
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
