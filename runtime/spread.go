package runtime

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/dop251/goja"
)

// A swap moves the open connections of a worker to the version that a reload has installed.
//
// Where a new prototype is enough, all of them get it in the turn of the reload, because modules may keep
// instances in lists, and call methods of the new version on all of them. A new instance takes far longer
// to make, and is no member of such lists anyway. So these are made a few at a time, in turns between
// which messages are delivered. A connection whose message, or other event, comes before its turn is
// swapped before that is handled: no event after the reload is handled by the old version, except on a
// connection whose onData has returned a promise that has not settled. That one's instance serves until
// then, because the code after an await works on it.
//
// A reload may come while the swap before it is still going on. It then replaces that one: connections
// that were left are moved from their version to the newest, with one onReload.
type swap struct {
	version *version
	rebuild bool         // see needsNewInstances
	probe   *goja.Object // an instance for the next connection; nil: to be made
	err     error        // why no further connection can be moved; nil: they can
	next    *Conn        // the next in the worker's list to look at; nil at the end
	left    int          // about the number of connections from next on
	kept    int          // connections that keep their version
	silent  bool         // the version has no onReload, or it ran over its limit
	asked   bool         // whether it has one is known
	began   time.Time
	turns   int
}

const (
	// maxSwap is the time that a swap takes of one turn, and swapPause the time from one to the next, which
	// leaves the processor to the clients, and to the garbage collector. Nothing waits for the end of a swap.
	maxSwap   = time.Millisecond
	swapPause = 2 * time.Millisecond
	// maxKeptTold bounds the connections of a reload for which the log says why they keep their version.
	// Their number is always logged.
	maxKeptTold = 10
)

// beginSwap changes the prototypes, and moves the first of the connections that need more than that.
func (w *worker) beginSwap() {
	s := &w.swap
	s.err = w.Try("reload", func() (err error) {
		s.rebuild, s.probe, err = s.version.needsNewInstances()
		return err
	})
	for c := w.first; c != nil && s.err == nil; c = c.next {
		if !c.needsNewInstance(s.rebuild) {
			c.move()
		}
	}
	w.goOnSwapping()
}

// goOnSwapping updates connections for up to maxSwap, and leaves the others to a later turn.
func (w *worker) goOnSwapping() {
	s := &w.swap
	s.turns++
	began := time.Now()
	for s.next != nil {
		if w.stopped {
			return
		}
		if time.Since(began) > maxSwap {
			if !w.swapping {
				w.swapping = true
				time.AfterFunc(swapPause, func() { // ends with its turn
					w.post(func() {
						w.swapping = false
						w.goOnSwapping()
					})
				})
			}
			return
		}
		c := s.next
		s.next = c.next
		s.left--
		c.update()
	}
	s.left = 0
	if s.turns == 1 {
		return // the line about the reload tells of it
	}
	var attrs []slog.Attr
	if s.kept > 0 {
		attrs = append(attrs, slog.Int("keeping_their_version", s.kept))
	}
	w.resource.log.LogAttrs(w.resource.runtime.context, slog.LevelInfo, fmt.Sprintf("version %d: the last instance was replaced after %d ms and %d turns",
		s.version.number, time.Since(s.began).Milliseconds(), s.turns), attrs...)
}

// update moves c to the current version and calls its onReload, unless that has been done or tried. It
// must be called in a turn, before anything is done with c's instance.
func (c *Conn) update() {
	w := c.worker
	s := &w.swap
	if c.offered == w.current || !c.connected || w.stopped {
		return
	}
	if c.version != s.version {
		if s.err == nil && c.pending && c.needsNewInstance(s.rebuild) {
			return // until the promise has settled; see await
		}
		c.move()
	}
	c.offered = s.version
	if c.version == s.version && !s.silent {
		c.tellReload()
	}
}

// move moves c to the version of the swap, or reports why it keeps its own.
func (c *Conn) move() {
	w := c.worker
	s := &w.swap
	failure := s.err
	if failure == nil {
		var probe *goja.Object
		if c.needsNewInstance(s.rebuild) {
			probe, s.probe = s.probe, nil
		}
		failure = c.adopt(s.version, s.rebuild, probe)
	}
	if failure == nil {
		return
	}
	c.offered = s.version
	if s.kept++; s.kept <= maxKeptTold {
		w.report(c, "reload", failure, slog.Int("keeps_version", c.version.number))
	}
	if isUncatchable(failure) { // the next connection's would take as long
		s.err = failure
	}
}

// tellReload calls onReload, if the new version has it.
func (c *Conn) tellReload() {
	s := &c.worker.swap
	if !s.asked {
		s.asked, s.silent = true, !c.has("onReload") // if this instance has none, no other has it
		if s.silent {
			return
		}
	}
	began := time.Now()
	c.handler("onReload")
	if r := c.worker.resource; time.Since(began) >= c.worker.stopwatch.limitOr(r.runtime.options.TurnLimit) {
		s.silent = true
		r.log.Error("onReload ran over its limit; it is not called for the connections after this one", "id", c.id, "version", s.version.number)
	}
}

// has reports whether the instance has a handler of that name.
func (c *Conn) has(name string) (found bool) {
	_ = c.worker.Try("reload", func() error {
		_, found = goja.AssertFunction(c.instance.Get(name))
		return nil
	})
	return found
}
