package transport

import (
	"net"
	"time"

	"node.websocket/transport/socket"
)

// readEnded tells the session that nothing more will be read, because of err.
func (l *loop) readEnded(w *eventWire, err error) {
	w.hungUp = w.session.inputEnded(err)
	l.stopReading(w)
}

// stopReading begins the end: the Close is sent, and what was queued before it.
func (l *loop) stopReading(w *eventWire) {
	w.phase, w.held = phaseSettling, nil
	w.watchFor(0)
	l.settle(w)
}

// settle goes on when everything has been sent. A client that has closed or hung up will not take it for
// long.
func (l *loop) settle(w *eventWire) {
	s := &w.session
	if !s.ready(w, s.settledLocked) && !w.late() {
		w.endPhaseIn(w.session.settings().CloseTimeout)
		return
	}
	w.stuck, w.cut = s.settled()
	w.stopHeartbeat()
	w.phase = phaseDisconnecting
	l.disconnect(w)
}

// disconnect calls Disconnected, once no Drained is under way, and sends a FIN.
func (l *loop) disconnect(w *eventWire) {
	s := &w.session
	if !s.ready(w, s.calmLocked) {
		return
	}
	s.disconnected()
	w.mu.Lock()
	w.until = 0
	linger := w.fd.IsOpen() && !w.stuck && !w.cut && w.fd.CloseWrite() && !w.hungUp
	w.mu.Unlock()
	if !linger {
		l.part(w)
		return
	}
	w.phase = phaseLingering
	w.endPhaseIn(s.settings().CloseTimeout)
	w.watchFor(socket.Readable)
}

// linger reads and discards what still arrives, as socket.Linger does.
func (l *loop) linger(w *eventWire) {
	space := l.space()
	w.mu.Lock()
	n, err := 0, net.ErrClosed
	if w.fd.IsOpen() {
		n, err = w.fd.Read(space)
	}
	w.mu.Unlock()
	if w.lingering += int32(n); err != nil || w.lingering > socket.MaxLinger {
		l.part(w)
	}
}

// part parts with the client, and is the end of the session.
func (l *loop) part(w *eventWire) {
	w.mu.Lock()
	w.closeLocked(w.stuck)
	w.closed = true
	w.session.ringNever()
	w.mu.Unlock()
	w.phase = phaseClosed
	l.remove(w)
	w.session.remove()
}

// endPhaseIn has the loop look at the session after a while, unless that was set before.
func (w *eventWire) endPhaseIn(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.until == 0 {
		w.until = w.session.now() + int64(d)
		w.session.ringBy(w.until)
	}
}

// late reports whether the time of the phase is over.
func (w *eventWire) late() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.until != 0 && w.session.now() >= w.until
}
