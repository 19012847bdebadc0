package command

import (
	"io"
	"sync"
	"time"
)

// A logWriter writes lines on a goroutine of its own, so that nobody who logs waits for who reads the log: a
// pipe that is full stops the goroutine and nothing else. What comes while it writes goes with its next write,
// which many handshakes at once share.
//
// Its methods may be called from any goroutine, close once.
type logWriter struct {
	to   io.Writer
	tell func(lost int) // logs that lines were dropped; set before the first Write, called by the goroutine

	mu sync.Mutex

	// guarded by mu
	waiting []byte
	lost    int // lines that found no room, and have not been told
	closed  bool

	wake chan struct{} // of capacity 1
	done chan struct{} // closed when the goroutine has ended
}

const (
	// maxUnwritten is the largest number of bytes that wait for the reader of the log.
	maxUnwritten = 1 << 20
	// lastWrite bounds the program's wait, at its end, for the reader of the log.
	lastWrite = time.Second
)

// newLogWriter returns a logWriter whose tell has to be set. The caller must call close.
func newLogWriter(to io.Writer) *logWriter {
	w := &logWriter{to: to, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run() // ends at close, or when who reads the log reads on after it
	return w
}

// Write takes all of p, whole lines, or drops and counts it where too much waits already. It never waits, and
// keeps nothing of p.
func (w *logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	if w.lost > 0 || len(w.waiting)+len(p) > maxUnwritten && len(w.waiting) > 0 {
		w.lost++ // until that is told, so that the order of the lines shows where some are missing
	} else {
		w.waiting = append(w.waiting, p...)
	}
	w.mu.Unlock()
	w.signal()
	return len(p), nil
}

// close waits until everything is written, but at most for lastWrite. What is written later may be lost.
func (w *logWriter) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.signal()
	timer := time.NewTimer(lastWrite)
	defer timer.Stop()
	select {
	case <-w.done:
	case <-timer.C:
	}
}

func (w *logWriter) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run writes what waits until w is closed.
func (w *logWriter) run() {
	defer close(w.done)
	var taken []byte
	for range w.wake {
		for {
			w.mu.Lock()
			taken, w.waiting = w.waiting, taken[:0]
			lost, closed := w.lost, w.closed
			if len(taken) == 0 {
				w.lost = 0
			}
			w.mu.Unlock()
			if len(taken) > 0 {
				w.to.Write(taken) // nowhere is left to say that it failed
				if cap(taken) > mostReused {
					taken = nil
				}
				continue
			}
			if lost > 0 {
				w.tell(lost)
				continue
			}
			if closed {
				return
			}
			break
		}
	}
}
