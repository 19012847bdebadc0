package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"node.websocket/runtime/source"
)

// Reload reloads the modules of which a file has changed, or all of them if all is set. It returns
// when the new versions serve or have failed to load. It waits at most 250 ms for each module: a busy
// one is reloaded when it has time, so that it does not delay the others.
func (r *Runtime) Reload(all bool) { r.reload(all, patience) }

// patience is the time for which the reload of one module may delay those of others.
const patience = 250 * time.Millisecond

func (r *Runtime) reload(all bool, patience time.Duration) {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	if r.folder.Reopen() {
		r.watcher.Again()
	}
	r.mu.Lock()
	resources := slices.Collect(maps.Values(r.resources))
	r.mu.Unlock()
	slices.SortFunc(resources, func(a, b *Resource) int { return strings.Compare(a.name, b.name) })
	read := r.folder.ReadOnce()
	if all {
		r.folder.ClearBundles()
	}
	for _, resource := range resources {
		done := make(chan struct{})
		go func() { // ends with refresh's turns, or when the worker is given up
			defer close(done)
			read := read
			select {
			case resource.refreshing <- struct{}{}:
			default:
				select {
				case resource.refreshing <- struct{}{}:
					read = r.folder.ReadOnce() // files may have changed while this waited
				case <-resource.worker.gone: // the other refresh may be in a call that does not end
					return
				}
			}
			defer func() { <-resource.refreshing }()
			resource.refresh(all, read)
		}()
		late := time.NewTimer(patience)
		select {
		case <-done:
		case <-late.C:
		}
		late.Stop()
	}
	r.checkIdle(read)
}

// refresh reloads the module if one of its files has changed, or if force is set. read returns the
// hash of a file. refresh is called outside a turn, while the caller occupies refreshing.
func (r *Resource) refresh(force bool, read func(string) uint64) {
	entry, err := r.runtime.folder.Find(r.name)
	var seen source.Inputs
	var current *version
	var failure error
	var number, clients int
	var stopped bool
	if !r.worker.do(func() {
		w := r.worker
		seen, current, failure = maps.Clone(w.seen), w.current, w.failure
		number, clients, stopped = w.loads+1, w.clients, w.stopped
	}) {
		return
	}
	if source.IsShortage(err) {
		return // the watcher tries again
	}
	deleted := r.deleted.Swap(err != nil)
	switch {
	case stopped || current == nil && failure == nil || errors.Is(err, os.ErrClosed):
		return
	case err != nil:
		if !deleted && current != nil {
			r.log.Warn(fmt.Sprintf("deleted; version %d serves its %s on, and new ones are refused", current.number, connections(clients)))
		}
		return
	case deleted && current != nil:
		r.log.Info(fmt.Sprintf("put back; version %d serves it", current.number))
	}
	changed := force || current != nil && entry != current.entry
	for file, hash := range seen {
		if read(file) != hash {
			r.runtime.folder.ForgetBundles(file, read(file))
			changed = true
		}
	}
	if changed && !force && r.runtime.folder.IsShort() { // perhaps nothing has; the watcher tries again
		return
	}
	// A package's missing dependency may be there now. Its possible places are not in seen.
	load, _ := failure.(*loadError)
	if missing := load != nil && load.missing; !changed && !missing {
		return
	}
	var stale []string
	var requests map[string]string
	if !r.worker.do(func() { stale, requests = r.worker.stale(current, entry, force, read) }) {
		return
	}
	ready := source.Prepared{}
	for _, key := range append(stale, entry) {
		r.runtime.folder.Prepare(ready, key, requests, number)
	}
	r.worker.do(func() { r.worker.replace(entry, stale, ready, changed) })
}

// stale returns the keys of the files of v, which may be nil, that must be evaluated again: those
// whose inputs have changed, and those that required them. It also returns, for every file of v, the
// request by which a package was required. It is called in a turn.
func (w *worker) stale(v *version, entry string, all bool, read func(string) uint64) (keys []string, requests map[string]string) {
	if v == nil {
		return nil, map[string]string{}
	}
	stale := map[string]bool{}
	for key, f := range v.files {
		stale[key] = all || key == v.entry && entry != v.entry
		for file, hash := range f.inputs {
			stale[key] = stale[key] || read(file) != hash
		}
	}
	for again := true; again; {
		again = false
		for key, f := range v.files {
			if !stale[key] && slices.ContainsFunc(f.needs, func(n string) bool { return stale[n] }) {
				stale[key], again = true, true
			}
		}
	}
	maps.DeleteFunc(stale, func(_ string, is bool) bool { return !is })
	requests = map[string]string{}
	for key, f := range v.files {
		requests[key] = f.request
	}
	return slices.Sorted(maps.Keys(stale)), requests
}

// replace loads a new version beside the current one, in a turn, and installs it if it loads. If no
// file has changed, and it fails with the same error as the last one, it does not log that again.
func (w *worker) replace(entry string, stale []string, ready source.Prepared, changed bool) {
	if w.stopped {
		return
	}
	began := time.Now()
	old, mended := w.current, w.failure != nil
	if old != nil && len(stale) == 0 { // the files are again as the current version read them
		w.failure = nil
		w.seen = old.inputs()
		if mended {
			w.resource.log.Info(fmt.Sprintf("mended: version %d serves %s on", old.number, connections(w.clients)))
		}
		return
	}
	before := w.failure
	w.prepared = ready
	v, err := w.load(entry, old, stale)
	w.prepared = nil
	if err != nil {
		w.failed = time.Now()
		w.failure = err
		if changed || before == nil || before.Error() != err.Error() {
			w.report(nil, "reload", err)
			if old != nil {
				w.resource.log.Warn(fmt.Sprintf("version %d serves %s on", old.number, connections(w.clients)))
			}
		}
		return
	}
	running, kept := w.install(v)
	took := float64(time.Since(began)) / float64(time.Millisecond)
	var attrs []slog.Attr
	if mended {
		attrs = append(attrs, slog.Bool("mended", true))
	}
	if kept > 0 {
		attrs = append(attrs, slog.Int("keeping_their_version", kept))
	}
	if running != "" {
		attrs = append(attrs, slog.String("timers_running", running))
	}
	w.resource.log.LogAttrs(w.resource.runtime.context, slog.LevelInfo,
		fmt.Sprintf("%s: version %d serves %s, %.1f ms", w.resource.name, v.number, connections(w.clients), took), attrs...)
}

// inputs returns all files that v was made of, or looked for.
func (v *version) inputs() source.Inputs {
	all := source.Inputs{}
	for _, f := range v.files {
		maps.Copy(all, f.inputs)
	}
	return all
}

// connections returns n connections in words, for a log line.
func connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}
