package transport

import (
	"errors"
	"io"
	"os"

	"node.websocket/transport/websocket"
)

// read reads the session to its end: a Close, a fault, or the end of the socket; it says whether it was that.
// The session's state then tells which.
func (w *wire) read(first []byte) (hungUp bool) {
	if len(first) > 0 && !w.input(first) {
		return false
	}
	for {
		w.awaitRoom()
		b, err := w.socket.Read()
		if err != nil {
			return w.ended(err)
		}
		if b == nil {
			continue
		}
		w.heard.Store(w.server.now())
		more := w.input(b.B)
		b.Release()
		if !more {
			return false
		}
	}
}

// ended notes why there is nothing more to read, and says whether the client has hung up.
func (w *wire) ended(err error) (hungUp bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.codec.lacks()&lacksClose != 0 {
		switch {
		case err == io.EOF: // just so it is closed
			w.code = websocket.CloseNoStatus
			if w.state == stateOpen {
				w.state, w.cause = stateClosing, causeClient
			}
			return true
		case w.state == stateClosing && errors.Is(err, os.ErrDeadlineExceeded): // leave
			w.code = websocket.CloseNoStatus
			return false
		}
	}
	w.vanishedLocked(unexpected(err))
	return true
}
