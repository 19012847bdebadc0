package runtime

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/runtime/source"
)

// A Resource is a name that clients can ask for, and the workers that run its module: one, or as many
// as the module's options ask for. Its exported methods may be called from any goroutine, except in a
// turn of one of those workers.
type Resource struct {
	// fixed after newResource
	runtime *Runtime
	name    string
	log     *slog.Logger
	tally   *tally

	everyone everyone

	refreshing chan struct{} // a lock, of capacity 1, held during refresh and fill

	// read by any goroutine
	options  atomic.Pointer[any]       // ModuleOptions.Read of the version that serves; nil before the first load
	version  atomic.Int64              // the number of the version that serves; 0 before the first load
	responds atomic.Bool               // the version that serves has an onRequest
	deleted  atomic.Bool               // the module's file is gone; set by refresh
	workers  atomic.Pointer[[]*worker] // never empty; the slice does not change
	missing  atomic.Int32              // workers that the module asked for and that have not loaded it, or were given up
	filled   atomic.Bool               // fill was called
	picked   atomic.Uint32             // the number of calls of pick

	usual [16]atomic.Pointer[usual] // of the last connections; set by any goroutine

	mu    sync.Mutex // held while workers is replaced
	ended bool       // guarded by mu: no worker is added any more

	unfilled time.Time // when fill last failed; only with refreshing
}

// newResource returns a resource whose first version has the number after loads.
func newResource(r *Runtime, name string, loads int) *Resource {
	resource := &Resource{runtime: r, name: name, log: r.log.With("resource", name), tally: r.tallies.of(name), refreshing: make(chan struct{}, 1)}
	resource.workers.Store(&[]*worker{newWorker(resource, loads)})
	return resource
}

// Name returns the resource's name: "chat", or "rooms/[id]" for all paths that it serves.
func (r *Resource) Name() string { return r.name }

// Options returns the ModuleOptions.Read of the current version.
func (r *Resource) Options() any { return *r.options.Load() }

// all returns the workers: those that serve, one that fill starts, and, before the first load, one
// that does not serve yet.
func (r *Resource) all() []*worker { return *r.workers.Load() }

// pick returns the worker for the next connection: of those that serve, the one with the fewest
// connections. Where several have as few, as during a burst of handshakes, it takes them in turns.
func (r *Resource) pick() *worker {
	workers := r.all()
	if len(workers) == 1 {
		return workers[0]
	}
	from := int(r.picked.Add(1) % uint32(len(workers)))
	var best *worker
	for i := range workers {
		w := workers[(from+i)%len(workers)]
		if w.serves.Load() && (best == nil || w.clients.Load() < best.clients.Load()) {
			best = w
		}
	}
	if best == nil {
		return workers[from]
	}
	return best
}

// connections returns the number of open connections of all workers.
func (r *Resource) connections() int {
	n := 0
	for _, w := range r.all() {
		n += int(w.clients.Load())
	}
	return n
}

// start loads the module from file unless it has been loaded, in all its workers. It waits for that,
// but not for workers that take the place of others, unless none is left. It logs the load with this level.
func (r *Resource) start(file string, level slog.Level) error {
	if r.options.Load() == nil {
		w := r.all()[0]
		failed := make(chan error, 1)
		if !w.do(func() { failed <- w.start(file, level) }) {
			return errLost
		}
		if err := <-failed; err != nil {
			return err
		}
	}
	if r.missing.Load() == 0 {
		return nil
	}
	if !r.filled.Load() {
		r.refreshing <- struct{}{}
		r.fill()
		<-r.refreshing
		return nil
	}
	select {
	case r.refreshing <- struct{}{}:
		go func() { // ends when the workers have loaded, or are given up
			r.fill()
			<-r.refreshing
		}()
	default: // a reload, which fills afterwards, or another fill
	}
	return nil
}

// fill starts the workers that are missing, with the version that the others serve. It does not if a
// file has changed since that version was loaded: the workers that it starts would run other code. They
// are then started by the reload. The caller occupies refreshing.
func (r *Resource) fill() {
	r.filled.Store(true)
	if r.missing.Load() == 0 || time.Since(r.unfilled) < retryAfter {
		return
	}
	var like *version
	var inputs source.Inputs
	var ready *source.Prepared
	first := r.all()[0]
	if !first.do(func() {
		if like = first.current; like != nil {
			inputs = like.inputs()
		}
		ready, first.prepared = first.prepared, nil
	}) || like == nil {
		return
	}
	r.unfilled = time.Now() // unless it succeeds
	read := r.runtime.folder.ReadOnce()
	for file, hash := range inputs {
		if read(file) != hash {
			r.log.Warn("a worker is missing, and is started by the next reload, because a file has changed since the others loaded it",
				"file", r.runtime.folder.Show(file), "version", like.number)
			return
		}
	}
	if ready == nil {
		ready = &source.Prepared{}
	}
	for r.missing.Load() > 0 {
		w := newWorker(r, like.number-1)
		if !r.add(w) {
			return
		}
		var err error
		if !w.do(func() {
			w.prepared = ready
			err = w.start(like.entry, slog.LevelInfo)
			w.prepared = nil
		}) {
			return // given up, and removed
		}
		if err != nil {
			r.remove(w)
			w.stop()
			return
		}
		r.missing.Add(-1)
	}
	r.unfilled = time.Time{}
	r.log.Info("module loaded in all workers", "workers", len(r.all()), "version", like.number)
}

// add adds a worker. It returns false if the resource has ended.
func (r *Resource) add(w *worker) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return false
	}
	workers := append(slices.Clone(r.all()), w)
	r.workers.Store(&workers)
	return true
}

// remove removes a worker that has stopped or was given up. It returns false if no other serves; the
// resource has then ended, and keeps the worker.
func (r *Resource) remove(w *worker) bool {
	r.mu.Lock()
	others := slices.DeleteFunc(slices.Clone(r.all()), func(o *worker) bool { return o == w })
	if r.ended || !slices.ContainsFunc(others, func(o *worker) bool { return o.serves.Load() }) {
		r.ended = true
		r.mu.Unlock()
		for _, o := range others {
			go o.stop() // ends with the worker's turn
		}
		return false
	}
	r.workers.Store(&others)
	r.mu.Unlock()
	if w.serves.Load() {
		r.missing.Add(1)
	}
	return true
}

// stop stops all workers, and waits for their turns in progress.
func (r *Resource) stop() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	var all sync.WaitGroup
	for _, w := range r.all() {
		all.Go(w.stop)
	}
	all.Wait()
}
