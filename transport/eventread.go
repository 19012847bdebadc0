package transport

import (
	"node.websocket/transport/socket"
)

// happened does what an event asks for.
func (l *loop) happened(w *eventWire, ready socket.Interest) {
	switch {
	case w.inRound: // there will be another event
	case w.phase == phaseReading && ready&(socket.Readable|socket.HungUp) != 0:
		l.read(w, ready)
	case w.phase == phaseLingering && ready&socket.Readable != 0:
		l.linger(w)
	}
}

// read reads a session once. What is left, the next event tells.
func (l *loop) read(w *eventWire, ready socket.Interest) {
	s, h := &w.session, w.held
	switch {
	case h != nil && h.watches()&socket.Readable == 0: // enough is held, or there is nothing more to come
		if ready&socket.HungUp != 0 {
			s.announceEnd()
			w.watchFor(0)
		}
		return
	case h == nil && !s.ready(w, s.roomLocked):
		w.unread()
		w.watchFor(0)
		return
	}
	space := l.space()
	if h != nil {
		space = space[:socket.MinRead]
	}
	w.mu.Lock()
	if !w.fd.IsOpen() { // and the loop will be told
		w.mu.Unlock()
		return
	}
	n, err := w.fd.Read(space)
	pending, unsent := w.fd.Pending(), w.fd.Unsent()
	w.mu.Unlock()
	if unsent {
		w.flush(false)
	}
	if pending {
		l.look(w)
	}
	switch {
	case err != nil && h != nil:
		h.over = err
		l.heldMore(w)
	case err != nil:
		l.readEnded(w, err)
	case n == 0:
	default:
		w.heard.Store(s.now())
		if h != nil {
			l.feedAhead(w, space[:n])
			return
		}
		l.round.in.B = l.round.in.B[:len(l.round.in.B)+n]
		l.feed(w, space[:n:n])
	}
}

// progress looks at a session whose state may have changed.
func (l *loop) progress(w *eventWire) {
	if !w.added {
		l.add(w)
		if h := w.held; h != nil {
			w.held = nil
			l.feed(w, h.first)
		}
	}
	switch w.phase {
	case phaseReading:
		switch s := &w.session; {
		case w.inRound:
			l.look(w) // again
		case w.watched&socket.Readable != 0 && w.isPending():
			l.read(w, socket.Readable)
		case w.held == nil || w.isClosed():
			l.readOn(w)
		case s.ready(w, s.offerableLocked):
			if len(l.round.batch) >= roundMessages {
				l.deliver()
				l.round.empty()
			}
			l.enter(w, w.held.decoded, w.held.err)
		}
	case phaseSettling:
		l.settle(w)
	case phaseDisconnecting:
		l.disconnect(w)
	case phaseLingering:
		switch {
		case w.isClosed() || w.late():
			l.part(w)
		case w.isPending():
			l.linger(w)
		}
	}
}

// isClosed reports whether the descriptor is closed.
func (w *eventWire) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.fd.IsOpen()
}

// isPending reports whether there is something to read of which no event tells.
func (w *eventWire) isPending() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fd.Pending()
}
