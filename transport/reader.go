package transport

// read reads the session until there is a Close, a fault, or the end of the socket, and reports
// whether the client has hung up.
func (w *wire) read(first []byte) (hungUp bool) {
	if len(first) > 0 && !w.session.input(first, w) {
		return false
	}
	for {
		if w.ahead != nil {
			if more, over, err := w.takeAhead(); over {
				return w.session.inputEnded(err)
			} else if !more {
				return false
			}
		}
		w.session.awaitRoom()
		b, err := w.socket.Read()
		if err != nil {
			return w.session.inputEnded(err)
		}
		if b == nil {
			continue
		}
		w.heard.Store(w.server.now())
		more := w.session.input(b.B, w)
		b.Release()
		if !more {
			return false
		}
	}
}
