package runtime

import (
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
)

// A watchdog interrupts calls into JavaScript that run over their limit. It looks at the number of the
// call in progress at intervals, so a call costs one atomic store and one compare-and-swap, and reads
// no clock.
type watchdog struct {
	limit time.Duration // of the VMs that have none of their own; fixed
	done  chan struct{} // closed by stop

	mu      sync.Mutex
	watched map[*stopwatch]struct{} // guarded by mu
}

// A stopwatch is the watchdog's view of one VM.
type stopwatch struct {
	// fixed once the watchdog watches it
	vm      *goja.Runtime
	version func() int     // returns the number of the version in a call
	lost    func(lostCall) // called, on a goroutine of its own, for a call that does not end

	// shared by the turn and the watchdog. state is the number of the call in progress, shifted left
	// by three, with the bits below; 0 between calls.
	state  atomic.Uint64
	limit  atomic.Int64 // the ns that a call may take; 0: as the watchdog says
	paused atomic.Int64 // the ns for which the call that was seen has been paused

	// only in a turn; the watchdog reads what while it interrupts the call
	calls uint64 // the number of the last call
	what  string // the name of the handler, for the log

	// only the watchdog's, with its mu held
	seen  uint64    // the call in progress at the last look
	since time.Time // when it was first seen
	ended lostCall  // the call that was interrupted
}

// A lostCall is a call that has not ended even though it was interrupted, because goja does not check
// for interrupts in native code.
type lostCall struct {
	what    string // the name of the handler
	version int
}

// lostAfter is the time after the look that follows its interrupt at which a call is given up.
const lostAfter = time.Second

const (
	interrupting = 1 // the watchdog is about to interrupt this call
	interrupted  = 2 // and it has
	pausing      = 4 // the call compiles, and is not interrupted
)

// startWatchdog starts the goroutine that watches all VMs. stop ends it.
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

// look interrupts every call that is over the limit, and gives up those that did not end after that.
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
			go w.lost(w.ended) // ends when it has abandoned the sessions
			continue
		}
		limit := w.limitOr(d.limit)
		if s&(interrupted|pausing) != 0 || now.Sub(w.since)-min(time.Duration(w.paused.Load()), pauseLimit) < limit {
			continue
		}
		if w.state.CompareAndSwap(s, s|interrupting) {
			// stop waits for interrupted, so this call cannot end, and no other begin, before that.
			w.ended = lostCall{w.what, w.version()}
			w.vm.Interrupt(fmt.Errorf("ran longer than the limit of %v and was ended", limit))
			w.state.Store(s | interrupting | interrupted)
		}
	}
}

// limitOr returns the limit of the VM's calls: its own, or else this one.
func (w *stopwatch) limitOr(common time.Duration) time.Duration {
	if own := time.Duration(w.limit.Load()); own != 0 {
		return own
	}
	return common
}

// start marks the start of a call of the handler what, and returns the call's number, which stop takes
// at its end. A call within another is part of the outer one, and its number is 0. Both are called in
// a turn.
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

// next marks the end of the call whose number start or next returned, and the start of another of the
// same handler, what. It returns the new call's number. After 0 it is start.
func (w *stopwatch) next(s uint64, what string) uint64 {
	if s != 0 {
		w.calls++
		if next := w.calls << 3; w.state.CompareAndSwap(s, next) {
			return next
		}
		w.stop(s)
	}
	return w.start(what)
}

// running reports whether a call is in progress.
func (w *stopwatch) running() bool { return w.state.Load() != 0 }

// pause runs f, which compiles and runs no JavaScript, without counting its time against the limit of
// the call in progress, up to pauseLimit for each call. On a busy machine a big package takes seconds
// to compile.
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

// pauseLimit ends a loop that keeps requiring a file that does not compile.
const pauseLimit = time.Minute

// stop marks the end of the call whose number start returned.
func (w *stopwatch) stop(s uint64) {
	if s == 0 || w.state.CompareAndSwap(s, 0) {
		return
	}
	// The watchdog is interrupting this call. Wait for it before clearing the interrupt, which would
	// otherwise hit the next call.
	for w.state.Load()&interrupted == 0 {
		goruntime.Gosched()
	}
	w.vm.ClearInterrupt()
	w.state.Store(0)
}
