package transport

import (
	"bytes"
	"time"

	"node.websocket/transport/socket"
	"node.websocket/transport/websocket"
)

// While the conversation does not take a session's messages, the client is not read: that is the
// back-pressure on input. But then neither would be seen that it closes or goes, for as long as the module
// likes. So a wire reads a little further while it waits.

const (
	// aheadAfter is the time before a wire reads ahead: for a worker that was only busy, the wait is over by then.
	aheadAfter = 100 * time.Millisecond
	// maxAhead is the number of bytes that it reads ahead. Behind more messages than these, a Close waits
	// until they are taken.
	maxAhead = 64 << 10
)

// An ahead has the messages that were read while those before them waited. It belongs to the goroutine of wire.run.
type ahead struct {
	reading chan aheadRead // of the read that is under way; nil: none
	size    int            // bytes that were read, and those that they decode to
	decoded []websocket.Message
	err     error // what the codec said of them
	over    error // of the read that found the end of the socket
}

type aheadRead struct {
	b   *socket.Buffer
	err error
}

// ending reports whether the client has said or done what ends its session.
func (a *ahead) ending() bool {
	return a.over != nil || endsWith(a.decoded, a.err)
}

// wait waits for a Resume, or the end of the session, and reads ahead meanwhile.
func (w *wire) wait() {
	s := &w.session
	if s.ending {
		s.await(0, s.resumedLocked)
		return
	}
	if w.ahead == nil {
		wake := s.change(s.resumedLocked)
		if wake == nil {
			return
		}
		timer := time.NewTimer(aheadAfter)
		defer timer.Stop()
		select {
		case <-wake:
			return
		case <-timer.C:
			w.ahead = &ahead{}
		}
	}
	a := w.ahead
	for {
		wake := s.change(s.resumedLocked)
		if wake == nil {
			return
		}
		if a.reading == nil && a.size < maxAhead && !a.ending() {
			reading := make(chan aheadRead, 1)
			a.reading = reading
			go func() { // ends with the read, which a cut ends
				for {
					if b, err := w.socket.Read(); b != nil || err != nil {
						reading <- aheadRead{b, err}
						return
					}
				}
			}()
		}
		select {
		case <-wake:
			return
		case r := <-a.reading:
			w.gotAhead(r)
		}
	}
}

// gotAhead decodes what a read ahead has brought, and tells the conversation if it is the end.
func (w *wire) gotAhead(r aheadRead) {
	a, s := w.ahead, &w.session
	a.reading = nil
	if a.over = r.err; r.err == nil {
		w.heard.Store(w.server.now())
		a.size += len(r.b.B)
		f := framesPool.Get().(*frames)
		f.decoded, a.err = s.decode(f.decoded, r.b.B)
		s.answerPings(f.decoded)
		for _, m := range f.decoded {
			if m.Opcode != websocket.Ping {
				if !m.Owned { // it lies in the buffer, or in the decoder
					m.Payload, m.Owned = bytes.Clone(m.Payload), true
				}
				a.decoded = append(a.decoded, m)
				a.size += len(m.Payload)
			}
		}
		f.release()
		r.b.Release()
	}
	if a.ending() {
		s.conversation.Ending()
	}
}

// takeAhead takes what was read ahead. more is false if nothing more is to be read, and over reports that
// there is nothing more, because of err.
func (w *wire) takeAhead() (more, over bool, err error) {
	for {
		a := w.ahead
		if len(a.decoded) > 0 || a.err != nil {
			f := &frames{decoded: a.decoded}
			fault := a.err
			a.decoded, a.err, a.size = nil, nil, 0
			if !w.session.take(f, fault, w) { // which may read ahead again
				return false, false, nil
			}
			continue
		}
		if a.over != nil {
			return false, true, a.over
		}
		if a.reading == nil {
			w.ahead = nil
			return true, false, nil
		}
		w.session.awaitRoom()
		w.gotAhead(<-a.reading)
	}
}
