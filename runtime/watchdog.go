package runtime

import (
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
)

// A watchdog interrupts calls into JavaScript that run over their limit. Calls are watched by number: a look every
// so often costs a call nothing but one atomic store and one compare-and-swap, and no clock is read on the way of a
// message.
type watchdog struct {
	limit time.Duration // fixed
	done  chan struct{} // closed by stop

	mu      sync.Mutex
	watched map[*stopwatch]struct{} // guarded by mu
}

// A stopwatch is the watchdog's view of one VM.
type stopwatch struct {
	vm      *goja.Runtime
	version func() int     // the number of the version that is in a call
	lost    func(lostCall) // called, on a goroutine of its own, for a call that does not end
	// state is the number of the call that is under way, shifted by three, with the bits below; 0 between calls.
	state  atomic.Uint64
	paused atomic.Int64 // ns of the call that is seen
	calls  uint64       // only in a turn
	what   string       // what is called; only in a turn

	// the watchdog's own
	seen  uint64
	since time.Time
	ended lostCall // the call that was interrupted
}

// A lostCall is a call that has not ended although it was interrupted: goja does not look for an interrupt in
// native code.
type lostCall struct {
	what    string // the handler
	version int
}

// lostAfter is how long after its interrupt a call is given up.
const lostAfter = time.Second

const (
	interrupting = 1 // the watchdog is about to interrupt this call
	interrupted  = 2 // and it has
	pausing      = 4 // the call compiles; the watchdog leaves it alone
)

// startWatchdog starts the goroutine that looks after all VMs; stop ends it.
func startWatchdog(limit time.Duration) *watchdog {
	d := &watchdog{limit: limit, done: make(chan struct{}), watched: map[*stopwatch]struct{}{}}
	interval := min(max(limit/20, time.Millisecond), 250*time.Millisecond)
	go func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-d.done:
				return
			case now := <-tick.C:
				d.look(now)
			}
		}
	}()
	return d
}

func (d *watchdog) stop() { close(d.done) }

func (d *watchdog) add(w *stopwatch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watched[w] = struct{}{}
}

func (d *watchdog) remove(w *stopwatch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.watched, w)
}

func (d *watchdog) look(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for w := range d.watched {
		s := w.state.Load()
		if call := s &^ pausing; call == 0 || call != w.seen {
			w.seen, w.since = call, now
			w.paused.Store(0)
			continue
		}
		if s&interrupted != 0 && now.Sub(w.since) >= lostAfter { // since the look after the interrupt
			delete(d.watched, w)
			go w.lost(w.ended)
			continue
		}
		if s&(interrupted|pausing) != 0 || now.Sub(w.since)-min(time.Duration(w.paused.Load()), pauseLimit) < d.limit {
			continue
		}
		if w.state.CompareAndSwap(s, s|interrupting) {
			// Until it is seen to be interrupted, the call cannot end, nor another begin.
			w.ended = lostCall{w.what, w.version()}
			w.vm.Interrupt(fmt.Errorf("ran longer than the limit of %v and was ended", d.limit))
			w.state.Store(s | interrupting | interrupted)
		}
	}
}

// start marks the start of a call of a handler, and returns its number; stop, with that number, marks its end. Both are called in a turn.
// A call within a call (onError, from a promise that settles) is part of the outer one: its number is 0.
func (w *stopwatch) start(what string) uint64 {
	if w.running() {
		return 0
	}
	w.calls++
	w.what = what
	s := w.calls << 3
	w.state.Store(s)
	return s
}

// running reports whether a call is under way.
func (w *stopwatch) running() bool { return w.state.Load() != 0 }

// pause runs f without counting its time, up to pauseLimit in a call, against the limit of the call that is under way: f
// compiles, and runs no JavaScript. On a busy machine a big package takes seconds of that.
func (w *stopwatch) pause(f func()) {
	s := w.state.Load()
	if s == 0 || s&interrupting != 0 || !w.state.CompareAndSwap(s, s|pausing) {
		f()
		return
	}
	start := time.Now()
	defer func() {
		w.paused.Add(int64(time.Since(start)))
		w.state.Store(s)
	}()
	f()
}

// pauseLimit keeps a loop that requires what cannot be compiled, again and again, from running for ever.
const pauseLimit = time.Minute

func (w *stopwatch) stop(s uint64) {
	if s == 0 || w.state.CompareAndSwap(s, 0) {
		return
	}
	// The watchdog chose this call. Its interrupt must have landed before it is cleared, or it would hit the next one.
	for w.state.Load()&interrupted == 0 {
		goruntime.Gosched()
	}
	w.vm.ClearInterrupt()
	w.state.Store(0)
}
