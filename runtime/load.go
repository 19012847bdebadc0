package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"node.websocket/runtime/source"
)

// start loads the module from file unless it has been loaded, and logs that with a level, in a turn.
func (w *worker) start(file string, level slog.Level) error {
	switch {
	case w.stopped:
		return ErrClosed
	case w.current != nil:
		return nil
	case w.failure != nil && time.Since(w.failed) < retryAfter:
		return w.failure
	}
	if w.prepared == nil {
		w.prepared = &source.Prepared{} // for the other workers; see fill
		w.resource.runtime.compiled.Move(w.resource.runtime.folder.Name(file, w.loads+1), w.prepared)
	}
	v, err := w.load(file, nil, nil)
	if err != nil {
		w.failure, w.failed = err, time.Now()
		if load, ok := err.(*loadError); !ok || !load.short { // otherwise the folder has told, and the watcher tries again
			w.report(nil, "load", err)
		}
		return err
	}
	if v.options.Workers == 1 {
		w.prepared = nil
	}
	first := w.resource.options.Load() == nil
	w.install(v)
	if !first { // the others have said so
		return nil
	}
	w.resource.log.Log(w.resource.runtime.context, level, "module loaded", "file", w.resource.runtime.folder.Show(file), "version", v.number)
	return nil
}

// load makes a new version, in a turn. It keeps the files of old, which may be nil, except the stale
// ones, and evaluates the others. A promise that is rejected meanwhile and is not handled makes the
// load fail, as an exception does.
func (w *worker) load(entry string, old *version, stale []string) (*version, error) {
	if w.vm == nil {
		if err := w.makeVM(); err != nil {
			w.vm = nil
			return nil, fmt.Errorf("make a JavaScript VM: %w", err)
		}
	}
	v := &version{worker: w, number: w.loads + 1, entry: entry, files: map[string]*loadedFile{}, previous: old}
	if old != nil {
		for key, f := range old.files {
			if !slices.Contains(stale, key) {
				v.files[key] = f
			}
		}
	}
	w.seen = source.Inputs{}
	w.loading = v
	err := w.protect("load", v.load)
	w.loading = nil
	if len(w.rejected) > 0 && err == nil {
		err = &rejection{reason: w.rejected[0].Result()}
	}
	w.rejected = nil
	w.resource.runtime.watcher.Add(w.seen)
	if err != nil {
		w.discard(v, old)
		return nil, w.loadError(v, err)
	}
	v.prune()
	return v, nil
}

// discard undoes the load of a version beside old, which serves on, or is nil.
func (w *worker) discard(v, old *version) {
	w.discardTimers(v)
	for key, f := range v.files {
		maps.Copy(w.seen, f.inputs) // a reload has to look at the files kept from old as well
		if old == nil || old.files[key] != f {
			f.endOperations()
		}
	}
	if old != nil {
		for _, f := range old.files {
			f.revive()
		}
	}
}

// A loadError is the reason why a version does not serve. Any goroutine may read it, except for cause.
type loadError struct {
	message string
	number  int   // the version's
	missing bool  // a file or a package was not found
	short   bool  // a file could not be read for lack of file descriptors
	cause   error // only in a turn: it may hold a value of the VM, and printing it may run JavaScript
}

func (e *loadError) Error() string { return e.message }

// loadError makes the error of a version that did not load. It is called in a turn.
func (w *worker) loadError(v *version, cause error) *loadError {
	message, _ := w.describe(cause)
	e := &loadError{message: fmt.Sprintf("load module %s: %s", w.resource.name, message), number: v.number, cause: cause}
	_ = w.protect("load", func() error { // an exception is unwrapped by reading a property
		_, e.missing = errors.AsType[*source.NotFoundError](cause)
		e.short = source.IsShortage(cause)
		return nil
	})
	return e
}

// serving returns the version to show in logs: the one loading, else the current one; before the first
// load, 0 or the last one of a worker that was given up. The code in progress may be older, in a timer or a closure.
func (w *worker) serving() int {
	if w.loading != nil {
		return w.loading.number
	}
	return w.loads
}
