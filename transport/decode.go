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
func (w *wire) input(p []byte) (more bool) {
	f := framesPool.Get().(*frames)
	defer f.release()
	var err error
	f.decoded, err = w.codec.feed(f.decoded, p)
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
		w.pong(f.decoded, pings)
	}
	if len(f.batch) > 0 {
		w.deliver(f.batch)
	}
	if closing != nil && err == nil {
		var code int
		var reason string
		if code, reason, err = websocket.ParseClose(closing.Payload); err == nil {
			w.answerClose(code, reason)
			return false
		}
	}
	if err != nil {
		c, fault := causeOf(err)
		w.shut(c, fault.Code, fault.Reason, err)
		return false
	}
	return true
}

// pong answers pings, of which there are so many. While the queue is over its high-water mark, it answers the last alone, as
// RFC 6455 §5.5.3 has it.
func (w *wire) pong(decoded []websocket.Message, pings int) {
	w.mu.Lock()
	for _, m := range decoded {
		if m.Opcode != websocket.Ping {
			continue
		}
		pings--
		if w.state == stateOpen && (pings == 0 || !w.fullLocked()) {
			b := w.queue.grow(len(m.Payload) + maxOverhead)
			b.B = w.codec.pong(b.B, m.Payload)
		}
	}
	w.mu.Unlock()
	w.flush(false)
}
