package transport

import (
	"crypto/tls"
	"net"
	"net/http"

	"node.websocket/transport/socket"
)

// An eventWire is the carrier of a session that has a connection to itself, which a loop reads. While it is
// idle it has no goroutine, no buffer and no net.Conn.
//
// All that is read and all that ends the session is done by its loop. Any goroutine may write, and close
// the descriptor, at once: then the loop is told, and does the rest when it comes to it.
type eventWire struct {
	link

	loop *loop // fixed

	// Only in the loop, and before it is added.
	held      *held // what the conversation has not taken; nil: nothing
	unreadAt  int64 // since when the client is not read; 0: it is
	token     socket.Token
	lingering int32           // bytes that were discarded
	phase     phase           // how far it has come
	watched   socket.Interest // what the loop waits for; 0 or HungUp while the client is not read
	added     bool            // to the loop, so token is valid
	inRound   bool            // its messages are being delivered
	hungUp    bool            // the client has, as far as can be read
	stuck     bool            // the client has not taken the end of the queue
	cut       bool            // the session was

	// Guarded by mu.
	left   bool // see leave
	closed bool // the phase is phaseClosed

	// Guarded by loop.mu.
	started bool       // Connected has returned
	looked  bool       // is in the loop's list
	next    *eventWire // in the list

	// Guarded by mu.
	fd      socket.Descriptor
	stalled int64 // when the kernel last took anything of a queue that it has not taken all of; 0: it has
	until   int64 // when the phase ends in any case; 0: it may last
}

// A phase is one in the life of an eventWire. The loop alone changes it.
type phase uint8

const (
	phaseReading       phase = iota
	phaseSettling            // nothing more is read; the rest of the queue goes out
	phaseDisconnecting       // a Drained under way must return before Disconnected
	phaseLingering           // a FIN is sent; the client's is awaited
	phaseClosed
)

// newEventWire makes a session that a loop reads. It returns nil if the connection cannot be read so, for what
// it is, or for want of descriptors; then conn is as it was.
func newEventWire(a *admission, open opening, conn net.Conn, r *http.Request, e *endpoint) (_ *eventWire, greeting []byte) {
	_, secure := conn.(*tls.Conn)
	_, challenges := open.(hixieOpening) // which is read with conn
	if a.server.options.NoEventLoop || secure && challenges || !socket.CanDetach(conn) {
		return nil, nil
	}
	l, err := a.server.loops.join(a.conversation.Worker())
	if err != nil {
		return nil, nil
	}
	fd, err := socket.Detach(conn)
	if err != nil {
		a.server.loops.release(l)
		return nil, nil
	}
	w := &eventWire{loop: l, fd: fd}
	codec, greeting := sockJSCodec(open.codec(a.options), &w.session, a.options, r, e)
	a.initialize(&w.session, w, codec)
	return w, greeting
}

// start begins the session, with the answer to its handshake, and hands it to its loop. first are bytes that
// arrived with the handshake.
func (w *eventWire) start(greeting, first []byte) {
	s := &w.session
	s.announce()
	w.startHeartbeat()
	s.enqueue(greeting)
	w.flush(false)
	s.connect()
	if len(first) > 0 {
		w.held = &held{first: first}
	}
	w.loop.start(w)
}

// abandon ends a session whose handshake has failed after its head was sent.
func (w *eventWire) abandon() {
	s := &w.session
	s.abandon()
	w.stopHeartbeat()
	w.mu.Lock()
	w.closeLocked(false)
	w.mu.Unlock()
	w.loop.loops.release(w.loop)
	s.remove()
}

// wake has the loop look at the session: what it waits for may have come.
func (w *eventWire) wake() { w.loop.look(w) }

// flush writes what the kernel takes. The rest follows when it takes more.
func (w *eventWire) flush(urgent bool) {
	w.mu.Lock()
	closeOut, err := w.writeLocked(urgent)
	w.mu.Unlock()
	if closeOut {
		w.startCloseTimeout()
	}
	if err != nil {
		w.session.cut(causeVanished, err)
	}
}

// writeLocked writes the queue until it is empty or the kernel takes no more. If it has taken no more before,
// nothing is done unless urgent is set. closeOut reports that the Close has been sent, and all before it.
func (w *eventWire) writeLocked(urgent bool) (closeOut bool, err error) {
	if !w.fd.IsOpen() || w.stalled != 0 && !urgent {
		return false, nil
	}
	for {
		p := w.session.front()
		if p == nil {
			all, err := w.fd.Flush()
			if err == nil && !all {
				return closeOut, w.stallLocked(false)
			}
			w.drainedLocked()
			return closeOut, err
		}
		n, err := w.fd.Write(p)
		if w.session.took(n) {
			closeOut = true
		}
		if err != nil {
			return closeOut, err
		}
		if n < len(p) {
			return closeOut, w.stallLocked(n > 0)
		}
	}
}

// stallLocked notes that the kernel takes no more, but may just have taken something, and has the rest sent
// when it does.
func (w *eventWire) stallLocked(some bool) error {
	now := w.session.now()
	if w.stalled == 0 {
		w.stalled = now
		w.session.ringBy(now + int64(w.session.settings().HeartbeatTimeout))
		return w.loop.loops.drains.add(w, w.fd)
	}
	if some {
		w.stalled = now
	}
	return nil
}

// drainedLocked notes that the kernel has taken everything.
func (w *eventWire) drainedLocked() {
	if w.stalled != 0 {
		w.stalled = 0
		w.loop.loops.drains.remove(w.fd)
	}
}

// watchFor sets what the loop waits for. Only the loop calls it. What is pending already, no event tells.
func (w *eventWire) watchFor(in socket.Interest) {
	w.mu.Lock()
	var err error
	if in != w.watched && w.fd.IsOpen() {
		err = w.loop.poller.Watch(w.fd, w.token, w.watched, in)
		w.watched = in
	}
	pending := in&socket.Readable != 0 && w.fd.Pending()
	w.mu.Unlock()
	if pending {
		w.loop.look(w)
	}
	if err != nil {
		w.session.cut(causeVanished, err)
	}
}

// hangUp closes the descriptor at once.
func (w *eventWire) hangUp(c cause) {
	w.mu.Lock()
	w.closeLocked(c.resets())
	w.mu.Unlock()
	w.loop.look(w)
}

// closeLocked closes the descriptor, unless it is closed. With forget, the kernel keeps nothing of what the
// client has not taken.
func (w *eventWire) closeLocked(forget bool) {
	if w.fd.IsOpen() {
		w.drainedLocked()
		w.fd.Close(forget)
	}
}

// leave has the loop read no further.
func (w *eventWire) leave() {
	w.mu.Lock()
	w.left = true
	w.mu.Unlock()
	w.loop.look(w)
}

// ring looks at the session, and sets when to look again. It cuts a client that takes nothing. If the time of
// a phase is over, it tells the loop.
func (w *eventWire) ring() {
	now := w.session.now()
	timeout := int64(w.session.settings().HeartbeatTimeout)
	w.mu.Lock()
	slow := w.stalled != 0 && now >= w.stalled+timeout
	late := w.until != 0 && now >= w.until
	unread := w.fd.IsOpen() && w.fd.Unread()
	w.mu.Unlock()
	switch {
	case slow:
		w.session.cutStuck()
		return
	case late:
		w.loop.look(w)
		return
	}
	next := w.beat(unread)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	if w.stalled != 0 {
		next = sooner(next, w.stalled+timeout)
	}
	if next = sooner(next, w.until); next != 0 {
		w.session.ringBy(next)
	}
}

// sooner returns the earlier of two times, of which 0 is never.
func sooner(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
