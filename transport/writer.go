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
		w.mu.Lock()
		w.startDrainLocked()
		w.mu.Unlock()
		return
	}
	w.writer.Lock()
	_, err := w.writeSome(urgent)
	w.writer.Unlock()
	if err != nil {
		w.cut(causeVanished, err)
	}
}

// writeSome writes the queue until it is empty or the kernel takes no more, which it then leaves to drain. If drain is under way already, it
// writes only if urgent. It says whether the kernel took any. Its caller holds writer.
func (w *wire) writeSome(urgent bool) (any bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.drainer && !urgent {
		return false, nil
	}
	for {
		p := w.queue.front()
		if p == nil {
			return any, nil
		}
		w.mu.Unlock()
		n, err := w.socket.TryWrite(p)
		w.mu.Lock()
		w.wroteLocked(n)
		any = any || n > 0
		if err != nil {
			return any, err
		}
		if n < len(p) {
			w.startDrainLocked()
			return any, nil
		}
	}
}

// wroteLocked notes that n bytes of the queue are out.
func (w *wire) wroteLocked(n int) {
	w.taken += int64(n)
	w.tookLocked(n)
	if w.closeSent && w.closeAt == 0 && w.queue.size() == 0 && !w.cutOff {
		w.startCloseTimeoutLocked()
	}
}

// startDrainLocked starts drain if there is something to be written and nobody to see to it.
func (w *wire) startDrainLocked() {
	if !w.drainer && w.queue.size() > 0 {
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
	for {
		w.mu.Lock()
		if w.queue.size() == 0 {
			w.drainer = false
			w.mu.Unlock()
			conn.SetWriteDeadline(time.Time{}) // lets go of its timer; what writes next does not wait, or sets its own
			return
		}
		taken := w.taken
		w.mu.Unlock()
		conn.SetWriteDeadline(time.Now().Add(w.options.HeartbeatTimeout))
		err := step()
		w.mu.Lock()
		progress := w.taken != taken // by whomever: an urgent flush may have got ahead
		w.mu.Unlock()
		switch late := errors.Is(err, os.ErrDeadlineExceeded); {
		case err == nil, late && progress:
		case late:
			w.cut(causeSlow, nil)
			return
		default:
			w.cut(causeVanished, err)
			return
		}
	}
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
		return any || err != nil || w.BufferedAmount() == 0
	})
	if err == nil {
		err = failed
	}
	return err
}

// drainPlain writes one chunk. It is the only writer of its socket.
func (w *wire) drainPlain() error {
	w.mu.Lock()
	p := w.queue.front()
	w.mu.Unlock()
	if p == nil {
		return nil
	}
	n, err := w.socket.Conn().Write(p[:min(len(p), socket.MaxWrite)])
	w.mu.Lock()
	w.wroteLocked(n)
	w.mu.Unlock()
	return err
}
