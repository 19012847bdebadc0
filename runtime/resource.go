package runtime

import (
	"log/slog"
	"sync/atomic"
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
}

// newResource returns a resource whose first version has the number after loads.
func newResource(r *Runtime, name string, loads int) *Resource {
	resource := &Resource{runtime: r, name: name, log: r.log.With("resource", name), refreshing: make(chan struct{}, 1)}
	resource.worker = newWorker(resource, loads)
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
	if !r.worker.do(func() { failed <- r.worker.start(file) }) {
		return errLost
	}
	return <-failed
}
