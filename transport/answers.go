package transport

import (
	"net/http"
	"sync"
	"time"
)

const (
	// mostAnswers is the most bytes of long answers that wait for their clients, all together. Otherwise clients
	// that ask for something large and then read nothing would fill the memory.
	mostAnswers = 128 << 20
	// stalledAfter is the time without progress after which an answer may have to make room.
	stalledAfter = 5 * time.Second
)

// answers are the long answers that are being written.
type answers struct {
	// Fixed before the server serves.
	most    int           // bytes; an answer that is alone may be longer
	stalled time.Duration // stalledAfter, but in tests

	mu   sync.Mutex
	all  map[*outgoing]bool // guarded by mu
	held int                // guarded by mu: the bytes of all
}

// An outgoing is an answer that is being written.
type outgoing struct {
	// Fixed.
	control *http.ResponseController
	size    int // bytes

	// Guarded by the mutex of answers.
	progress time.Time // when the client last took a part
	cut      bool      // it had to make room
}

// begin adds an answer of this size. It returns nil if there is no room for it, even without those that have stalled.
func (a *answers) begin(control *http.ResponseController, size int) *outgoing {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	for len(a.all) > 0 && a.held+size > a.most {
		var last *outgoing
		for o := range a.all {
			if last == nil || o.progress.Before(last.progress) {
				last = o
			}
		}
		if now.Sub(last.progress) < a.stalled {
			return nil
		}
		last.cut = true
		last.control.SetWriteDeadline(now)
		a.removeLocked(last)
	}
	o := &outgoing{control: control, size: size, progress: now}
	if a.all == nil {
		a.all = map[*outgoing]bool{}
	}
	a.all[o] = true
	a.held += size
	return o
}

// proceed gives the client pageTimeout for the next part. It returns false if the answer had to make room.
func (a *answers) proceed(o *outgoing) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if o.cut {
		return false
	}
	o.progress = time.Now()
	o.control.SetWriteDeadline(o.progress.Add(pageTimeout))
	return true
}

// end removes an answer. It must be called before the handler of its request returns, after which the control is
// not to be used. It reports whether the answer had to make room.
func (a *answers) end(o *outgoing) (cut bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.removeLocked(o)
	return o.cut
}

func (a *answers) removeLocked(o *outgoing) {
	if a.all[o] {
		delete(a.all, o)
		a.held -= o.size
	}
}
