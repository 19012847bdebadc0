package runtime

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/dop251/goja"
)

// hot is the state of a file's module.hot, through which the file hands data to its replacement.
type hot struct {
	previous  *loadedFile // while the version loads: the file that this one replaces; otherwise nil
	disposers []goja.Callable
	disposed  bool       // the disposers were called, for the load in progress or for good
	handed    goja.Value // the data that the disposers filled; undefined if there are none
	data      goja.Value // module.hot.data; nil until it is read
}

// jsHot makes module.hot. Its data is an accessor, so that the previous file is disposed of as late as
// possible: when the new file reads data while it loads, or else when the new version is installed.
// If the load fails before that, the previous file is untouched.
func (f *loadedFile) jsHot(number int) *goja.Object {
	w := f.version.worker
	o := w.vm.NewObject()
	_ = o.Set("version", number)
	_ = o.DefineAccessorProperty("data", w.named("get data", 0, func(goja.FunctionCall) goja.Value {
		return f.takeData()
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	_ = o.Set("dispose", w.named("dispose", 1, func(call goja.FunctionCall) goja.Value {
		fn, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			panic(w.vm.NewTypeError("module.hot.dispose takes a function"))
		}
		f.hot.disposers = append(f.hot.disposers, fn)
		return goja.Undefined()
	}))
	return o
}

// takeData returns module.hot.data. The first call disposes of the previous file.
func (f *loadedFile) takeData() goja.Value {
	h := &f.hot
	if h.data == nil {
		h.data = goja.Undefined()
		if h.previous != nil {
			h.data = h.previous.dispose()
		}
	}
	return h.data
}

// dispose calls the file's disposers, once for each load, and returns the data for its replacement.
func (f *loadedFile) dispose() goja.Value {
	h := &f.hot
	if h.disposed {
		return h.handed
	}
	h.disposed, h.handed = true, goja.Undefined()
	if len(h.disposers) == 0 {
		return h.handed
	}
	w := f.version.worker
	h.handed = w.vm.NewObject()
	h.disposers = slices.DeleteFunc(h.disposers, func(d goja.Callable) bool {
		err := w.Try("dispose", func() error {
			_, err := d(goja.Undefined(), h.handed)
			return err
		})
		if err != nil {
			w.fail(nil, "dispose", err)
		}
		return err != nil && isUncatchable(err) // or every later load would run over its limit, too
	})
	return h.handed
}

// revive undoes dispose for a file that serves on because the load that disposed of it failed. The
// next load disposes of it again, and so gets its state of that time.
func (f *loadedFile) revive() { f.hot.disposed, f.hot.handed = false, nil }

// Dispose calls what the files of all modules have given to module.hot.dispose, because the program is
// about to stop. Connections are open, and JavaScript runs on, until Close. It waits until all have
// returned or ctx ends; a worker that is busy calls them later.
func (r *Runtime) Dispose(ctx context.Context) error {
	r.mu.Lock()
	resources := slices.Collect(maps.Values(r.resources))
	r.mu.Unlock()
	var all sync.WaitGroup
	for _, resource := range resources {
		for _, w := range resource.all() {
			all.Go(func() { w.do(w.dispose) }) // ends with the turn, or when the worker is given up
		}
	}
	done := make(chan struct{})
	go func() { // ends with the last of these
		all.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("dispose of the modules: a turn is still under way: %w", ctx.Err())
	}
}

// dispose disposes of the files of the current version, in a turn.
func (w *worker) dispose() {
	if w.current == nil || w.stopped {
		return
	}
	for _, f := range w.current.files {
		f.dispose()
	}
}
