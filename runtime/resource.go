package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"node.websocket/runtime/source"
)

// A Resource is a name that clients can ask for, with the current version of its module and the
// worker that runs it. Its exported methods may be called from any goroutine, except in a turn of
// that worker.
type Resource struct {
	// fixed after newResource
	runtime *Runtime
	name    string
	log     *slog.Logger
	worker  *worker

	refreshing chan struct{} // a lock, of capacity 1, held during refresh

	// read by any goroutine
	options atomic.Pointer[any] // result of Options.ReadOptions for current; nil before the first load
	deleted atomic.Bool         // the module's file is gone; set by refresh

	usual atomic.Pointer[usual] // of the last connection; set by any goroutine

	// only in a turn of the worker
	current  *version        // the version that serves; nil before the first
	loads    int             // the number of the last version that served
	loading  *version        // the version being evaluated; otherwise nil
	failure  error           // of the last load; nil if it succeeded
	failed   time.Time       // when failure was set
	seen     source.Inputs   // every file that the last load read or looked for, even if it failed
	prepared source.Prepared // programs compiled outside the turn; only during a reload
	sources  sources
}

// newResource returns a resource whose first version has the number after loads.
func newResource(r *Runtime, name string, loads int) *Resource {
	resource := &Resource{runtime: r, name: name, log: r.log.With("resource", name), refreshing: make(chan struct{}, 1), loads: loads}
	resource.worker = newWorker(resource)
	return resource
}

// Options returns the result of Options.ReadOptions for the current version.
func (r *Resource) Options() any { return *r.options.Load() }

// start loads the module from file unless it has been loaded. It waits for the load.
func (r *Resource) start(file string) error {
	if r.options.Load() != nil {
		return nil
	}
	failed := make(chan error, 1)
	if !r.worker.do(func() { failed <- r.startInTurn(file) }) {
		return errLost
	}
	return <-failed
}

func (r *Resource) startInTurn(file string) error {
	switch {
	case r.worker.stopped:
		return ErrClosed
	case r.current != nil:
		return nil
	case r.failure != nil && time.Since(r.failed) < retryAfter:
		return r.failure
	}
	v, err := r.load(file, nil, nil)
	if err != nil {
		r.failure, r.failed = err, time.Now()
		r.worker.report(nil, "load", err)
		return err
	}
	r.install(v)
	r.log.Info("module loaded", "file", r.runtime.folder.Show(file), "version", v.number)
	return nil
}

// load makes a new version, in a turn. It keeps the files of old, which may be nil, except the stale
// ones, and evaluates the others. A promise that is rejected meanwhile and is not handled makes the
// load fail, as an exception does.
func (r *Resource) load(entry string, old *version, stale []string) (*version, error) {
	if r.worker.vm == nil {
		if err := r.worker.makeVM(); err != nil {
			r.worker.vm = nil
			return nil, fmt.Errorf("make a JavaScript VM: %w", err)
		}
	}
	v := &version{worker: r.worker, number: r.loads + 1, entry: entry, files: map[string]*loadedFile{}, previous: old}
	if old != nil {
		for key, f := range old.files {
			if !slices.Contains(stale, key) {
				v.files[key] = f
			}
		}
	}
	r.seen = source.Inputs{}
	r.loading = v
	err := r.worker.protect("load", v.load)
	r.loading = nil
	if len(r.worker.rejected) > 0 && err == nil {
		err = &rejection{reason: r.worker.rejected[0].Result()}
	}
	r.worker.rejected = nil
	r.runtime.watcher.Add(r.seen)
	if err != nil {
		r.worker.discardTimers(v)
		for _, f := range v.files { // a reload has to look at the files kept from old as well
			maps.Copy(r.seen, f.inputs)
		}
		if old != nil {
			for _, f := range old.files {
				f.revive()
			}
		}
		return nil, r.loadError(v, err)
	}
	v.prune()
	return v, nil
}

// A loadError is the reason why a version does not serve. Any goroutine may read it, except for cause.
type loadError struct {
	message string
	number  int   // the version's
	missing bool  // a file or a package was not found
	cause   error // only in a turn: it may hold a value of the VM, and printing it may run JavaScript
}

func (e *loadError) Error() string { return e.message }

// loadError makes the error of a version that did not load. It is called in a turn.
func (r *Resource) loadError(v *version, cause error) *loadError {
	message, _ := r.worker.describe(cause)
	e := &loadError{message: fmt.Sprintf("load module %s: %s", r.name, message), number: v.number, cause: cause}
	_ = r.worker.protect("load", func() error { // an exception is unwrapped by reading a property
		_, e.missing = errors.AsType[*source.NotFoundError](cause)
		return nil
	})
	return e
}

// serving returns the version to show in logs: the one loading, else the current one; before the first
// load, 0 or the last one of a worker that was given up. The code in progress may be older, in a timer or a closure.
func (r *Resource) serving() int {
	if r.loading != nil {
		return r.loading.number
	}
	return r.loads
}
