package runtime

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment"
	"node.websocket/runtime/source"
)

// A Worker is one VM that runs one module for all connections of its resource. Its exported methods may be called
// from any goroutine but one that is in a turn of the same worker.
type Worker struct {
	// fixed after newWorker
	runtime *Runtime
	name    string // the resource
	log     *slog.Logger
	// overrides is what Options.ReadOptions returned for the version that serves; nil before the first load. Anyone may read it.
	overrides atomic.Pointer[any]
	// deleted says that the module's file is gone. Set by refresh; anyone may read it.
	deleted atomic.Bool

	turn // everything below belongs to the goroutine that has it

	vm      *goja.Runtime // nil until the module was loaded once
	current *version      // the version that serves
	loads   int           // the number of the last version that served
	loading *version      // the version that is being evaluated
	failure error         // of the last load
	failed  time.Time
	stopped bool
	// seen is every file that the last load read or looked for, whether it went well or not.
	seen     source.Inputs
	prepared source.Prepared // only while a version is loaded

	natives
	environment *environment.Environment
	sources     sources
	timers      timers
	server      *goja.Object // connection.server
	clients     int
	first       *Conn // open connections, oldest first
	last        *Conn
	fanOut      fanOut // of broadcast
}

// natives are the functions of a fresh VM that Go calls. They are taken before any module runs, so that a module
// that replaces a global only fools itself.
type natives struct {
	parseJSON      goja.Callable
	uint8Array     *goja.Object  // the constructor that goja brings
	instantiate    goja.Callable // (C) => new C()
	ownCode        goja.Callable // (o) => the keys of its own functions and accessors
	carryOver      goja.Callable // (from, to, made) => copies own properties but those whose keys are in made
	functionSource func(f goja.Value) (goja.Value, error)
	resolvePromise goja.Callable // (thenable) => Promise
	prototype      *goja.Object  // of connection objects
	timeout        *goja.Object  // prototype of what setTimeout returns
	promisified    *goja.Symbol  // where util.promisify looks for a function's own form
	sleep, yield   goja.Value    // util.promisify(setTimeout), util.promisify(setImmediate)
	handle         *goja.Symbol  // where a connection object keeps its *Conn once it is closed
	handles        map[*goja.Object]any
}

// maxStack is the depth of calls at which JavaScript gets its RangeError. goja's own limit is none at all; unwinding
// through native functions grows as its square, and takes 30 ms at 1,000.
const maxStack = 1_000

func newWorker(r *Runtime, name string) *Worker {
	w := &Worker{runtime: r, name: name, log: r.log.With("resource", name)}
	w.turn.worker, w.runCall = w, w.run
	w.fanOut.last = &publication{}
	return w
}

// Options returns what Options.ReadOptions made of the Module.options of the version that serves.
func (w *Worker) Options() any { return *w.overrides.Load() }

// start loads the module unless it was loaded before.
func (w *Worker) start(file string) error {
	if w.overrides.Load() != nil {
		return nil
	}
	var err error
	w.do(func() { err = w.startInTurn(file) })
	return err
}

func (w *Worker) startInTurn(file string) error {
	switch {
	case w.stopped:
		return ErrClosed
	case w.current != nil:
		return nil
	case w.failure != nil && time.Since(w.failed) < retryAfter:
		return w.failure
	}
	v, err := w.load(file, nil, nil)
	if err != nil {
		w.failure, w.failed = err, time.Now()
		w.report(nil, "load", err)
		return err
	}
	w.install(v)
	w.log.Info("module loaded", "file", w.runtime.folder.Show(file), "version", v.number)
	return nil
}

// load makes a version, in a turn: of the files of an older one, but for those that are stale, and of what is loaded
// afresh. A promise that is rejected meanwhile, and that nobody handles, is as a throw.
func (w *Worker) load(entry string, old *version, stale []string) (*version, error) {
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
	err := w.protect(v.load)
	w.loading = nil
	if len(w.rejected) > 0 && err == nil {
		err = &rejection{reason: w.rejected[0].Result()}
	}
	w.rejected = nil
	w.runtime.watcher.Add(w.seen)
	if err != nil {
		w.discardTimers(v)
		for _, f := range v.files { // what stays was seen, too
			maps.Copy(w.seen, f.inputs)
		}
		if old != nil {
			for _, f := range old.files {
				f.revive()
			}
		}
		return nil, &loadError{w.name, v.number, err}
	}
	v.prune()
	return v, nil
}

// A loadError says why a version does not serve.
type loadError struct {
	module string
	number int // of the version
	err    error
}

func (e *loadError) Error() string { return fmt.Sprintf("load module %s: %v", e.module, e.err) }
func (e *loadError) Unwrap() error { return e.err }

func (w *Worker) makeVM() error {
	vm := goja.New()
	w.vm, w.stopwatch.vm = vm, vm
	vm.SetMaxCallStackSize(maxStack)
	vm.SetPromiseRejectionTracker(w.trackRejection)
	w.uint8Array = vm.Get("Uint8Array").ToObject(vm) // before the limits: a message is no larger than it may be
	var err error
	w.environment, err = environment.New(vm, environment.Options{
		Log:    func(level slog.Level, message string) { w.logAt(level, message) },
		Report: func(thrown error) { w.fail(w.call.conn, "microtask", thrown) },
	})
	if err != nil {
		return err
	}
	if err := w.takeNatives(); err != nil {
		return err
	}
	w.installTimers()
	w.installConnection()
	w.installServer()
	w.runtime.watchdog.add(&w.stopwatch)
	return nil
}

// construct makes an instance. It is called within a guard.
func (w *Worker) construct(constructor *goja.Object) (*goja.Object, error) {
	v, err := w.instantiate(goja.Undefined(), constructor)
	if err != nil {
		return nil, err
	}
	return v.ToObject(w.vm), nil
}

// stop ends the worker: its timers do not fire any more, and no turn runs JavaScript.
func (w *Worker) stop() {
	w.do(func() {
		w.stopped = true
		w.timers.stop()
		w.runtime.watchdog.remove(&w.stopwatch)
	})
}

// logAt logs a line of the module's own, for the connection whose handler runs unless attrs say whose.
func (w *Worker) logAt(level slog.Level, message string, attrs ...any) {
	if c := w.call.conn; len(attrs) == 0 && c != nil {
		attrs = []any{"client", c.request.RemoteAddress, "id", c.request.ID}
	}
	w.log.Log(context.Background(), level, message, append(attrs, "version", w.serving())...)
}

// serving is the number of the version whose code runs now, as far as that can be told: timers and closures of older ones
// may. 0: none yet.
func (w *Worker) serving() int {
	if w.loading != nil {
		return w.loading.number
	}
	return w.loads
}
