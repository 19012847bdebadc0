package transport

import (
	"node.websocket/transport/socket"
	"node.websocket/transport/websocket"
)

const (
	// roundBytes bounds the bytes read in a round, and sessionBytes those of one session. A message of 64 KiB
	// that has arrived is read at once, and is not copied.
	roundBytes   = 256 << 10
	sessionBytes = 128 << 10
	// leastRead is the least room for a read, in bytes: if there is less, the round is delivered first.
	leastRead = 64<<10 + 1<<10
	// roundMessages is the least number of messages of a round that is delivered before all that is ready
	// was read.
	roundMessages = 512
	// maxOffer is the most messages of one session in a round.
	maxOffer = 128
)

// A round has all that a loop reads and decodes before it delivers it in one turn.
type round struct {
	in      *socket.Buffer // what was read; nil: nothing yet
	decoded []websocket.Message
	batch   []Message
	parts   []part
}

// A part is a session's share of a round: data messages, perhaps followed by a Close.
type part struct {
	wire    *eventWire
	decoded []websocket.Message
	batch   []Message // what is offered of it
	err     error     // what the codec said of what came next
	taken   int       // how many messages the conversation has taken
}

// space returns memory for a read. What has been read before is delivered first, if there is much of it.
func (l *loop) space() []byte {
	r := &l.round
	if r.in != nil && (cap(r.in.B)-len(r.in.B) < leastRead || len(r.batch) >= roundMessages) {
		l.deliver()
		r.empty()
	}
	if r.in == nil {
		r.in = socket.TakeBuffer(roundBytes)
	}
	return r.in.B[len(r.in.B):min(cap(r.in.B), len(r.in.B)+sessionBytes)]
}

// feed decodes p, which was read of a session, answers its pings, and adds its messages to the round.
func (l *loop) feed(w *eventWire, p []byte) {
	r, s := &l.round, &w.session
	start := len(r.decoded)
	var err error
	r.decoded, err = s.decode(r.decoded, p)
	s.answerPings(r.decoded[start:])
	l.enter(w, r.decoded[start:], err)
}

// enter adds decoded messages of a session to the round. They stay as they are until it is delivered.
func (l *loop) enter(w *eventWire, decoded []websocket.Message, err error) {
	r, s := &l.round, &w.session
	start := len(r.batch)
	r.batch = appendData(r.batch, decoded)
	data := len(r.batch) - start
	if data == 0 || !s.offering() {
		r.batch = r.batch[:start]
		l.conclude(w, decoded, err)
		return
	}
	if endsWith(decoded, err) {
		s.announceEnd()
	}
	if data < len(decoded) {
		decoded = withoutPings(decoded)
	}
	w.inRound = true
	offered := min(data, maxOffer)
	r.batch = r.batch[:start+offered]
	r.parts = append(r.parts, part{wire: w, decoded: decoded, batch: r.batch[start:], err: err})
}

// withoutPings removes pings and pongs, which have been answered.
func withoutPings(decoded []websocket.Message) []websocket.Message {
	kept := decoded[:0]
	for _, m := range decoded {
		if m.Opcode != websocket.Ping && m.Opcode != websocket.Pong {
			kept = append(kept, m)
		}
	}
	return kept
}

// deliver delivers the round.
func (l *loop) deliver() {
	r := &l.round
	if len(r.parts) == 0 {
		return
	}
	alive := l.worker.Round(l.offer)
	for i := range r.parts {
		l.delivered(&r.parts[i], alive)
	}
	clear(r.parts)
	r.parts = r.parts[:0]
}

// offerRound offers each session's part to its conversation, in a turn of the Worker.
func (l *loop) offerRound() {
	for i := range l.round.parts {
		p := &l.round.parts[i]
		p.taken = p.wire.session.receiveInRound(p.batch)
	}
}

// delivered holds what a conversation has not taken of its part, and goes on with the session if there is
// nothing left. If the Worker is not alive, everything is dropped.
func (l *loop) delivered(p *part, alive bool) {
	w := p.wire
	w.inRound = false
	rest := p.decoded[p.taken:]
	if !alive {
		for rest = p.decoded; len(rest) > 0 && rest[0].Opcode != websocket.Close; {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 && rest[0].Opcode != websocket.Close {
		l.hold(w, rest, p)
		return
	}
	l.conclude(w, rest, p.err)
}

// conclude does what is left of a part when its data messages have been delivered, and reads on, if that is
// not the end.
func (l *loop) conclude(w *eventWire, decoded []websocket.Message, err error) {
	if !w.session.conclude(decoded, err) {
		l.stopReading(w)
		return
	}
	if h := w.held; h != nil {
		w.held = nil
		if h.over != nil {
			l.readEnded(w, h.over)
		} else {
			l.readOn(w)
		}
	}
}

// empty forgets the messages of the round, and what was read. The buffer is kept.
func (r *round) empty() {
	clear(r.decoded)
	clear(r.batch)
	r.decoded, r.batch = r.decoded[:0], r.batch[:0]
	if cap(r.decoded) > maxFrames {
		r.decoded = nil
	}
	if cap(r.batch) > maxFrames {
		r.batch = nil
	}
	if r.in != nil {
		r.in.B = r.in.B[:0]
	}
}

// reset forgets everything, so that a loop that waits holds no memory but a little for the next round.
func (r *round) reset() {
	r.empty()
	if r.in != nil {
		r.in.Release()
		r.in = nil
	}
}
