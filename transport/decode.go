package transport

import (
	"sync"

	"node.websocket/transport/websocket"
)

// frames holds the messages of one read. It is reused.
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
func (s *Session) input(p []byte, w waiter) (more bool) {
	f := framesPool.Get().(*frames)
	defer f.release()
	var err error
	f.decoded, err = s.decode(f.decoded, p)
	s.answerPings(f.decoded)
	return s.take(f, err, w)
}

// answerPings answers the pings among what was decoded, before its messages are delivered, which may take
// long.
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
func (s *Session) take(f *frames, err error, w waiter) (more bool) {
	f.batch = appendData(f.batch, f.decoded)
	if len(f.batch) > 0 {
		if endsWith(f.decoded, err) {
			s.announceEnd()
		}
		s.deliver(f.batch, w)
	}
	return s.conclude(f.decoded, err)
}

// appendData appends the data messages among what was decoded.
func appendData(batch []Message, decoded []websocket.Message) []Message {
	for _, m := range decoded {
		if m.Opcode == websocket.Text || m.Opcode == websocket.Binary {
			batch = append(batch, Message{m.Opcode == websocket.Binary, m.Payload, m.Owned})
		}
	}
	return batch
}

// endsWith reports whether nothing follows what was decoded: it has a fault, err, or a Close, which is its
// last message.
func endsWith(decoded []websocket.Message, err error) bool {
	return err != nil || len(decoded) > 0 && decoded[len(decoded)-1].Opcode == websocket.Close
}

// announceEnd tells the conversation, once, that what is delivered from now on is the client's last.
func (s *Session) announceEnd() {
	if !s.ending {
		s.ending = true
		s.conversation.Ending()
	}
}

// conclude does what is left when the data messages have been delivered: it answers a Close, and closes the
// session for a fault. It returns false if nothing more is to be read.
func (s *Session) conclude(decoded []websocket.Message, err error) (more bool) {
	if !endsWith(decoded, err) {
		return true
	}
	if err == nil {
		var code int
		var reason string
		if code, reason, err = websocket.ParseClose(decoded[len(decoded)-1].Payload); err == nil {
			s.answerClose(code, reason)
			return false
		}
	}
	c, fault := causeOf(err)
	s.shut(c, fault.Code, fault.Reason, err)
	return false
}
