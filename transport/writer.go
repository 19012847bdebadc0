package transport

import (
	"errors"
	"os"
	"time"

	"node.websocket/transport/socket"
)

// flush writes what the kernel takes, and leaves the rest to drain. If the socket is not Direct,
// that is everything.
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

// writeSome writes the queue until it is empty or the kernel takes no more, and then starts drain.
// If drain is under way, it does nothing unless urgent is set. any reports whether the kernel took
// anything. The caller holds writer.
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

// wrote tells the session that n bytes of its front were sent.
func (w *wire) wrote(n int) {
	closeOut := w.session.took(n)
	w.taken.Add(int64(n))
	if closeOut {
		w.startCloseTimeout()
	}
}

// startDrain starts drain, if there is something to write and drain is not under way.
func (w *wire) startDrain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.drainer && w.session.BufferedAmount() > 0 {
		w.drainer = true
		go w.drain()
	}
}

// drain writes the queue as the network takes it, and ends when the queue is empty. If the network
// takes nothing for HeartbeatTimeout, it cuts the session.
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
		progress := w.taken.Load() != taken // by an urgent flush, perhaps
		switch late := errors.Is(err, os.ErrDeadlineExceeded); {
		case err == nil, late && progress:
		case late:
			w.session.cutStuck()
			return
		default:
			w.session.cut(causeVanished, err)
			return
		}
	}
	conn.SetWriteDeadline(time.Time{}) // frees its timer; the next write does not wait, or sets its own
}

// drained reports whether the queue is empty, so that drain must end.
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
		// Otherwise the kernel has just refused to take anything, and will tell when it can.
		return any || err != nil || w.session.BufferedAmount() == 0
	})
	if err == nil {
		err = failed
	}
	return err
}

// drainPlain writes a part of the queue, and waits for that. Nothing else writes to its socket.
func (w *wire) drainPlain() error {
	p := w.session.front()
	if p == nil {
		return nil
	}
	n, err := w.socket.Conn().Write(p[:min(len(p), socket.MaxWrite)])
	w.wrote(n)
	return err
}
