package transport

import (
	"net"
	"os"

	"node.websocket/transport/socket"
	"node.websocket/transport/websocket"
)

// A held has the input that an eventWire has read and its conversation has not taken: that is the back-pressure on
// input. It is read a little further all the same, so that a Close or the end is seen at once.
type held struct {
	first []byte // came with the handshake, and has not been decoded; then there is nothing else

	decoded []websocket.Message
	size    int   // of decoded, in bytes
	err     error // what the codec said of what came next
	over    error // of the read that found the end of the connection
}

// heldMessage is the size of a held message without its payload.
const heldMessage = 32

// ends reports whether nothing will follow what is held.
func (h *held) ends() bool { return h.over != nil || endsWith(h.decoded, h.err) }

// watches returns what a loop waits for meanwhile.
func (h *held) watches() socket.Interest {
	switch {
	case h.ends():
		return 0
	case h.size < maxAhead:
		return socket.Readable
	}
	return socket.HungUp
}

// add copies messages, which lie in the round's memory.
func (h *held) add(decoded []websocket.Message) {
	size := 0
	for _, m := range decoded {
		size += len(m.Payload)
	}
	payloads := make([]byte, 0, size)
	for _, m := range decoded {
		start := len(payloads)
		payloads = append(payloads, m.Payload...)
		m.Payload = payloads[start:len(payloads):len(payloads)]
		h.decoded = append(h.decoded, m)
	}
	h.size += size + heldMessage*len(decoded)
}

// drop forgets the first n messages.
func (h *held) drop(n int) {
	for _, m := range h.decoded[:n] {
		h.size -= heldMessage + len(m.Payload)
	}
	clear(h.decoded[:n])
	h.decoded = h.decoded[n:]
}

// hold keeps what is left of a session's part in a round until the conversation takes it.
func (l *loop) hold(w *eventWire, rest []websocket.Message, p *part) {
	if w.held == nil {
		w.held = &held{err: p.err}
		w.held.add(rest)
		w.session.setDelivering(true)
		w.unread()
	} else {
		w.held.drop(p.taken)
	}
	if p.taken == len(p.batch) { // there were more than one round takes
		w.session.Resume()
	}
	if w.session.ready(w, w.session.offerableLocked) {
		l.look(w)
	}
	w.watchFor(w.held.watches())
}

// feedAhead decodes p, which was read of a session that holds messages, answers its pings, and holds its
// messages, too. If it is the end, the conversation is told.
func (l *loop) feedAhead(w *eventWire, p []byte) {
	r, s, h := &l.round, &w.session, w.held
	start := len(r.decoded)
	r.decoded, h.err = s.decode(r.decoded, p)
	decoded := r.decoded[start:]
	s.answerPings(decoded)
	h.add(withoutPings(decoded))
	clear(decoded)
	r.decoded = r.decoded[:start]
	l.heldMore(w)
}

// heldMore is called when more is held.
func (l *loop) heldMore(w *eventWire) {
	if w.held.ends() {
		w.session.announceEnd()
	}
	w.watchFor(w.held.watches())
}

// unread notes that the client is not read from now on, or only ahead.
func (w *eventWire) unread() {
	if w.unreadAt == 0 {
		w.unreadAt = w.session.now()
	}
}

// readOn has the client read, if there is room for answers. The session holds nothing.
func (l *loop) readOn(w *eventWire) {
	s := &w.session
	s.setDelivering(false)
	w.mu.Lock()
	gone, left := !w.fd.IsOpen(), w.left
	w.mu.Unlock()
	switch {
	case gone:
		l.readEnded(w, net.ErrClosed)
	case left:
		l.readEnded(w, os.ErrDeadlineExceeded)
	case !s.ready(w, s.roomLocked):
		w.unread()
		w.watchFor(0)
	default:
		if w.unreadAt != 0 {
			s.extend(s.now() - w.unreadAt)
			w.unreadAt = 0
		}
		w.watchFor(socket.Readable)
	}
}
