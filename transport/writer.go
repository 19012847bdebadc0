package transport

import (
	"errors"
	"os"
	"time"

	"node.websocket/transport/socket"
)

// flush writes what the kernel takes, and leaves the rest to drain. Where the socket cannot be written without waiting, that is all of it.
func (w *wire) flush(urgent bool) {
	if !w.socket.Direct() {
		w.startDrain()
		return
	}
	w.writer.Lock()
	_, err := w.writeSome(urgent)
	w.writer.Unlock()
	if err != nil {
		w.session.cut(causeVanished, err)
	}
}

// writeSome writes the queue until it is empty or the kernel takes no more, which it then leaves to drain. If drain is under way already, it
// writes only if urgent. It says whether the kernel took any. Its caller holds writer.
func (w *wire) writeSome(urgent bool) (any bool, err error) {
	w.mu.Lock()
	left := w.drainer && !urgent
	w.mu.Unlock()
	if left {
		return false, nil
	}
	for {
		p := w.session.front()
		if p == nil {
			return any, nil
		}
		n, err := w.socket.TryWrite(p)
		w.wrote(n)
		any = any || n > 0
		if err != nil {
			return any, err
		}
		if n < len(p) {
			w.startDrain()
			return any, nil
		}
	}
}

// wrote notes that n bytes of the front are out.
func (w *wire) wrote(n int) {
	closeOut := w.session.took(n)
	w.taken.Add(int64(n))
	if closeOut {
		w.startCloseTimeout()
	}
}

// startDrain starts drain if there is something to be written, unless it is under way.
func (w *wire) startDrain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.drainer && w.session.BufferedAmount() > 0 {
		w.drainer = true
		go w.drain()
	}
}

// drain writes the queue as the network takes it, until it is empty. It cuts the session if that takes nothing for HeartbeatTimeout.
func (w *wire) drain() {
	conn := w.socket.Conn()
	step := w.drainPlain
	if w.socket.Direct() {
		step = w.drainDirect
	}
	for !w.drained() {
		taken := w.taken.Load()
		conn.SetWriteDeadline(time.Now().Add(w.options.HeartbeatTimeout))
		err := step()
		progress := w.taken.Load() != taken // by whomever: an urgent flush may have got ahead
		switch late := errors.Is(err, os.ErrDeadlineExceeded); {
		case err == nil, late && progress:
		case late:
			w.session.cut(causeSlow, nil)
			return
		default:
			w.session.cut(causeVanished, err)
			return
		}
	}
	conn.SetWriteDeadline(time.Time{}) // lets go of its timer; what writes next does not wait, or sets its own
}

// drained reports whether the queue is empty, which is the end of drain.
func (w *wire) drained() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drainer = w.session.BufferedAmount() > 0
	return !w.drainer
}

// drainDirect waits until the kernel takes something, or the queue is empty.
func (w *wire) drainDirect() error {
	var failed error
	err := w.socket.WaitWrite(func() bool {
		w.writer.Lock()
		any, err := w.writeSome(true)
		w.writer.Unlock()
		failed = err
		// With nothing taken and something left, the kernel has just said that it takes no more, so it will say when it does.
		return any || err != nil || w.session.BufferedAmount() == 0
	})
	if err == nil {
		err = failed
	}
	return err
}

// drainPlain writes one chunk. It is the only writer of its socket.
func (w *wire) drainPlain() error {
	p := w.session.front()
	if p == nil {
		return nil
	}
	n, err := w.socket.Conn().Write(p[:min(len(p), socket.MaxWrite)])
	w.wrote(n)
	return err
}
