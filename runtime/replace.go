package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
)

// A replacement is the load of a new version beside the current one, in all workers of a resource, and
// the swap. It has the turns of all workers from the first load to the last swap, so that no client sees
// the new version in one worker and the old one in another.
type replacement struct {
	reload   *reload
	turns    *heldTurns
	attempts map[*worker]*attempt
}

// An attempt is the load of a new version beside the current one in one worker. It is used in the
// worker's turn.
type attempt struct {
	stopped bool
	old, v  *version // either may be nil
	before  error    // of the load before
	err     error
	cleared int         // timers
	timers  map[int]int // running on: the number of timers by version
	kept    int         // connections that keep their version
	left    int         // connections whose instances are replaced in later turns
}

var errLostInLoad = errors.New("load: a worker was given up")

// replace loads a new version in each worker, and installs it if it has loaded in all of them. If no file
// has changed, and the load fails with the same error as the last one, replace does not log that again.
func (re *reload) replace() {
	r := replacement{re, holdTurns(re.workers), map[*worker]*attempt{}}
	defer r.turns.release()
	for _, w := range re.workers {
		r.attempts[w] = &attempt{}
	}
	began := time.Now()
	if !re.anyStale() { // the files are again as the current version read them
		r.mended()
		return
	}
	whole := r.turns.each(func(w *worker) { r.attempts[w].load(w, re) })
	var failing *worker
	var mended bool
	for _, w := range r.turns.workers() {
		switch a := r.attempts[w]; {
		case a.stopped:
			return
		case a.err != nil && failing == nil:
			failing = w
		case a.before != nil:
			mended = true
		}
	}
	switch {
	case failing != nil:
		r.undo(r.attempts[failing].err, failing)
	case !whole:
		r.undo(errLostInLoad, nil) // giveUp has logged it
	default:
		r.turns.each(func(w *worker) { r.attempts[w].install(w) })
		r.logInstalled(mended, time.Since(began))
	}
}

// mended goes on with the current version, whose files are as they were.
func (r *replacement) mended() {
	r.turns.each(func(w *worker) {
		a := r.attempts[w]
		a.old, a.before = w.current, w.failure
		w.failure, w.seen = nil, w.current.inputs()
		w.resource.tally.failure.Store(nil)
	})
	for _, w := range r.turns.workers() {
		if a := r.attempts[w]; a.before != nil {
			resource := r.reload.resource
			resource.log.Info(fmt.Sprintf("mended: version %d serves %s on", a.old.number, connections(resource.connections())))
			return
		}
	}
}

// load loads the new version, if the worker has not stopped.
func (a *attempt) load(w *worker, re *reload) {
	if a.stopped = w.stopped; a.stopped {
		return
	}
	a.old, a.before = w.current, w.failure
	w.prepared = re.ready
	a.v, a.err = w.load(re.entry, a.old, re.stale[w])
	w.prepared = nil
}

// undo goes on with the current version in all workers, because of an error in one of them, which is to
// report it, or nil.
func (r *replacement) undo(err error, failing *worker) {
	var serving *version
	tell := false
	r.turns.each(func(w *worker) {
		a := r.attempts[w]
		if a.v != nil {
			w.discard(a.v, a.old)
		}
		w.failure, w.failed = err, time.Now()
		if w != failing {
			return
		}
		serving = a.old
		if tell = r.reload.changed || a.before == nil || a.before.Error() != err.Error(); tell {
			w.report(nil, "reload", err)
		}
	})
	resource := r.reload.resource
	resource.tally.failedReloads.Add(1)
	if tell && serving != nil {
		resource.log.Warn(fmt.Sprintf("version %d serves %s on", serving.number, connections(resource.connections())))
	}
}

// install makes the new version the current one.
func (a *attempt) install(w *worker) {
	a.cleared, a.timers, a.kept = w.install(a.v)
	a.left = w.swap.left
}

// logInstalled logs that the new version serves.
func (r *replacement) logInstalled(mended bool, took time.Duration) {
	resource := r.reload.resource
	kept, left, cleared, timers := 0, 0, 0, map[int]int{}
	var v, old *version
	for _, w := range r.turns.workers() {
		a := r.attempts[w]
		v, old = a.v, a.old
		kept += a.kept
		left += a.left
		cleared += a.cleared
		for version, n := range a.timers {
			timers[version] += n
		}
	}
	if v == nil { // all workers were given up
		return
	}
	resource.tally.reloads.Add(1)
	var attrs []slog.Attr
	if mended {
		attrs = append(attrs, slog.Bool("mended", true))
	}
	if kept > 0 {
		attrs = append(attrs, slog.Int("keeping_their_version", kept))
	}
	if left > 0 {
		attrs = append(attrs, slog.Int("instances_still_to_replace", left))
	}
	if cleared > 0 {
		attrs = append(attrs, slog.Int("timers_cleared", cleared))
	}
	var running []string
	for _, version := range slices.Sorted(maps.Keys(timers)) {
		running = append(running, fmt.Sprintf("%d of version %d", timers[version], version))
	}
	if len(running) > 0 {
		attrs = append(attrs, slog.String("timers_running", strings.Join(running, ", ")))
	}
	resource.log.LogAttrs(resource.runtime.context, slog.LevelInfo,
		fmt.Sprintf("%s: version %d serves %s, %.1f ms", resource.name, v.number, connections(resource.connections()), float64(took)/float64(time.Millisecond)), attrs...)
	if old != nil && v.options.Workers != old.options.Workers {
		resource.log.Warn("Module.options.workers has changed, which counts when the server is started again", "workers", v.options.Workers, "running", len(resource.all()))
	}
}
