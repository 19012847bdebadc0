package runtime

import (
	"errors"
	"fmt"
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
		go func() { // ends with refresh's turns, or when the workers are given up
			defer close(done)
			read := read
			select {
			case resource.refreshing <- struct{}{}:
			default:
				resource.refreshing <- struct{}{}
				read = r.folder.ReadOnce() // files may have changed while this waited
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
	now, ok := r.loaded()
	if !ok || source.IsShortage(err) { // the watcher tries again
		return
	}
	deleted := r.deleted.Swap(err != nil)
	current := now.current
	switch {
	case now.stopped || current == nil && now.failure == nil || errors.Is(err, os.ErrClosed):
		return
	case err != nil:
		if !deleted && current != nil {
			fate := "are refused"
			if other, err := r.runtime.folder.Match(r.name); err == nil {
				fate = "go to " + other.Name
			}
			r.log.Warn(fmt.Sprintf("deleted; version %d serves its %s on, and new ones %s", current.number, connections(r.connections()), fate))
		}
		return
	case deleted && current != nil:
		r.log.Info(fmt.Sprintf("put back; version %d serves it", current.number))
	}
	changed := force || current != nil && entry != current.entry
	for file, hash := range now.seen {
		if read(file) != hash {
			r.runtime.folder.ForgetBundles(file, read(file))
			changed = true
		}
	}
	if changed && !force && r.runtime.folder.IsShort() { // perhaps nothing has; the watcher tries again
		return
	}
	// A package's missing dependency may be there now. Its possible places are not in seen.
	load, _ := now.failure.(*loadError)
	if missing := load != nil && load.missing; !changed && !missing {
		return
	}
	re := &reload{resource: r, workers: r.all(), entry: entry, stale: map[*worker][]string{}, ready: &source.Prepared{}, changed: changed}
	if requests, ok := re.look(force, read); ok {
		for key := range re.keys() {
			r.runtime.folder.Prepare(re.ready, key, requests, now.number)
		}
		re.replace()
	}
	r.unfilled = time.Time{}
	r.fill()
}

// loaded is the state of a resource's workers before a reload.
type loaded struct {
	current *version // of one of the workers, for its number and entry
	failure error    // of the last load in any of them; nil if it succeeded in all
	seen    source.Inputs
	number  int // of the next version
	stopped bool
}

// loaded returns the state of the workers. ok is false if all of them were given up.
func (r *Resource) loaded() (l loaded, ok bool) {
	l.seen = source.Inputs{}
	for _, w := range r.all() {
		var one loaded
		if !w.do(func() {
			one = loaded{w.current, w.failure, maps.Clone(w.seen), w.loads + 1, w.stopped}
		}) {
			continue
		}
		ok = true
		maps.Copy(l.seen, one.seen)
		l.number = max(l.number, one.number)
		l.stopped = l.stopped || one.stopped
		if l.current == nil {
			l.current = one.current
		}
		if l.failure == nil {
			l.failure = one.failure
		}
	}
	return l, ok
}

// A reload is the reload of one resource, in all its workers at once.
type reload struct {
	resource *Resource
	workers  []*worker
	entry    string
	stale    map[*worker][]string // the keys of the files to evaluate again
	ready    *source.Prepared
	changed  bool // a file has changed
}

// look sets stale. It returns, for every file of the current version, the request by which a package was
// required. ok is false if all workers were given up.
func (re *reload) look(force bool, read func(string) uint64) (requests map[string]string, ok bool) {
	requests = map[string]string{}
	for _, w := range re.workers {
		var keys []string
		var own map[string]string
		if w.do(func() {
			if keys, own = w.stale(w.current, re.entry, force, read); w.current == nil {
				keys = []string{re.entry}
			}
		}) {
			re.stale[w], ok = keys, true
			maps.Copy(requests, own)
		}
	}
	return requests, ok
}

// anyStale reports whether a file has to be evaluated again in some worker. Workers differ by what their
// handlers have required.
func (re *reload) anyStale() bool {
	for _, stale := range re.stale {
		if len(stale) > 0 {
			return true
		}
	}
	return false
}

// keys returns the keys of the files to compile.
func (re *reload) keys() map[string]bool {
	keys := map[string]bool{re.entry: true}
	for _, stale := range re.stale {
		for _, key := range stale {
			keys[key] = true
		}
	}
	return keys
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
