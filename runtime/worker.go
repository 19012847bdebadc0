package runtime

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
)

// A Worker is one VM that runs one module for all connections of its resource. Its exported methods may be called
// from any goroutine but one that is in a turn of the same worker.
type Worker struct {
	// fixed after newWorker
	runtime *Runtime
	name    string // the resource
	log     *slog.Logger
	// overrides are those of the version that serves; nil before the first load. Anyone may read it.
	overrides atomic.Pointer[Overrides]
	// deleted says that the module's file is gone. Set by refresh; anyone may read it.
	deleted atomic.Bool

	// turnMu is the turn. Everything below belongs to who holds it.
	turnMu  sync.Mutex
	vm      *goja.Runtime // nil until the module was loaded once
	watch   watch
	current *version // the version that serves
	loads   int      // the number of the last version that served
	loading *version // the version that is being evaluated
	failure error    // of the last load
	failed  time.Time
	stopped bool
	// seen is every file that the last load read or looked for, whether it went well or not.
	seen     inputs
	prepared prepared // only while a version is loaded

	natives
	environment environment
	entry       entry        // the call that is under way
	runEntry    func() error // w.run
	sources     sources
	timers      timers
	rejected    []*goja.Promise // rejected in this call and not handled so far
	touched     []*Conn         // sent to in this turn
	server      *goja.Object    // connection.server
	clients     int
	first       *Conn // open connections, oldest first
	last        *Conn
	conn        *Conn // whose handler runs, for console and reports; nil for a timer's
}

// natives are the functions of a fresh VM that Go calls. They are taken before any module runs, so that a module
// that replaces a global only fools itself.
type natives struct {
	parseJSON      goja.Callable
	isView         goja.Callable
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
	return &Worker{runtime: r, name: name, log: r.log.With("resource", name)}
}

// Options are what the module overrides for its resource.
func (w *Worker) Options() Overrides { return *w.overrides.Load() }

// start loads the module unless it was loaded before.
func (w *Worker) start(file string) error {
	if w.overrides.Load() != nil {
		return nil
	}
	w.begin()
	defer w.end()
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
	w.log.Info("module loaded", "file", w.runtime.show(file), "version", v.number)
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
	w.seen = inputs{}
	w.loading = v
	err := w.guard(v.load)
	w.loading = nil
	if len(w.rejected) > 0 && err == nil {
		err = &rejection{reason: w.rejected[0].Result()}
	}
	w.rejected = nil
	w.runtime.watch(w.seen)
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
	w.vm, w.watch.vm = vm, vm
	w.runEntry = w.run
	vm.SetMaxCallStackSize(maxStack)
	vm.SetParserOptions(noSourceMaps)
	vm.SetPromiseRejectionTracker(w.trackRejection)
	w.uint8Array = vm.Get("Uint8Array").ToObject(vm) // before the limits: a message is no larger than it may be
	if err := limitAllocators(vm); err != nil {
		return err
	}
	w.environment = environment{
		Log:    func(level slog.Level, message string) { w.logAt(level, message) },
		Report: func(thrown error) { w.fail(w.conn, "microtask", thrown) },
	}
	if err := w.environment.install(vm); err != nil {
		return err
	}
	if err := w.takeNatives(); err != nil {
		return err
	}
	w.installTimers()
	w.installConnection()
	w.installServer()
	w.runtime.watchdog.add(&w.watch)
	return nil
}

// begin takes the turn, end gives it back. Between them a goroutine owns the worker.
func (w *Worker) begin() { w.turnMu.Lock() }

// end flushes what the turn sent, once for each session, after the turn has been given back: writing takes longer
// than running, and the next reader need not wait for it.
func (w *Worker) end() {
	if len(w.touched) == 0 {
		w.turnMu.Unlock()
		return
	}
	if len(w.touched) == 1 { // the usual: an answer to whoever asked
		s := w.touched[0].session
		w.touched[0].touched = false
		w.touched[0] = nil
		w.touched = w.touched[:0]
		w.turnMu.Unlock()
		s.Flush()
		return
	}
	sessions := make([]Session, 0, len(w.touched))
	for i, c := range w.touched {
		c.touched = false
		sessions = append(sessions, c.session)
		w.touched[i] = nil
	}
	w.touched = w.touched[:0]
	if cap(w.touched) > maxKept {
		w.touched = nil
	}
	w.turnMu.Unlock()
	for _, s := range sessions {
		s.Flush()
	}
}

// maxKept is how long a slice may be for a worker to keep it between turns.
const maxKept = 1 << 10

// guard is the one way into JavaScript: it lets the watchdog see the call, turns a panic of Go code below it into an error,
// and leaves the VM fit for use. It is called in a turn. A guard within a guard is part of the outer one.
func (w *Worker) guard(f func() error) (err error) {
	call := w.watch.enter()
	defer func() {
		if x := recover(); x != nil {
			err = panicError(x)
		}
		w.watch.leave(call)
	}()
	if call == 0 {
		return f()
	}
	return outermost(w.vm, f)
}

// call calls a method of this for a connection (nil: none), or f if it is given, and reports what goes wrong: an
// exception, and each promise that was rejected meanwhile and has no handler. ok says that there was such a method and
// that it returned.
func (w *Worker) call(c *Conn, name string, f goja.Callable, this *goja.Object, args ...goja.Value) (result goja.Value, ok bool) {
	result, ok = w.try(c, name, f, this, args)
	w.settleRejections(c)
	return result, ok
}

// try is call for who looks at the result before promises without a handler are reported: it may be one of them.
func (w *Worker) try(c *Conn, name string, f goja.Callable, this *goja.Object, args []goja.Value) (result goja.Value, ok bool) {
	before := w.conn
	w.conn = c
	result, ok, err := w.enter(name, f, this, args)
	if err != nil {
		w.fail(c, name, err)
	}
	w.conn = before
	return result, ok
}

// An entry is one call of call's, and what came of it.
type entry struct {
	name   string
	f      goja.Callable
	this   *goja.Object
	args   []goja.Value
	result goja.Value
	ok     bool
}

// enter is guard for call. It is on the way of every message, so it makes no closure: what it calls is in w.entry.
func (w *Worker) enter(name string, f goja.Callable, this *goja.Object, args []goja.Value) (result goja.Value, ok bool, err error) {
	before := w.entry
	w.entry = entry{name: name, f: f, this: this, args: args}
	err = w.guard(w.runEntry)
	result, ok = w.entry.result, w.entry.ok
	w.entry = before
	return result, ok && err == nil, err
}

// run makes the call that w.entry says.
func (w *Worker) run() error {
	e := w.entry
	if e.f == nil {
		// Looked up for each call: a module may put another function there at any time, and a reload does.
		if e.f, e.ok = goja.AssertFunction(e.this.Get(e.name)); !e.ok {
			return nil
		}
	}
	var receiver goja.Value = goja.Undefined()
	if e.this != nil {
		receiver = e.this
	}
	result, err := e.f(receiver, e.args...)
	w.entry.result, w.entry.ok = result, err == nil
	return err
}

// fail reports an exception of a handler and tells onError.
func (w *Worker) fail(c *Conn, handler string, err error) {
	w.report(c, handler, err)
	if c != nil && c.connected && handler != "onError" {
		w.call(c, "onError", nil, c.instance, w.errorValue(err), c.jsObject())
	}
}

// construct makes an instance. It is called within a guard.
func (w *Worker) construct(constructor *goja.Object) (*goja.Object, error) {
	v, err := w.instantiate(goja.Undefined(), constructor)
	if err != nil {
		return nil, err
	}
	return v.ToObject(w.vm), nil
}

func (w *Worker) trackRejection(p *goja.Promise, op goja.PromiseRejectionOperation) {
	if op == goja.PromiseRejectionReject {
		w.rejected = append(w.rejected, p)
		return
	}
	for i, q := range w.rejected {
		if q == p {
			w.rejected = append(w.rejected[:i], w.rejected[i+1:]...)
			return
		}
	}
}

// settleRejections reports the promises that were rejected in a call for c and that nobody handles. It runs when the
// microtasks have.
func (w *Worker) settleRejections(c *Conn) {
	for round := 0; len(w.rejected) > 0 && round < 3; round++ { // onError may itself leave one
		rejected := w.rejected
		w.rejected = nil
		for _, p := range rejected {
			w.fail(c, "promise", &rejection{reason: p.Result()})
		}
	}
	w.rejected = nil
}

// stop ends the worker: its timers do not fire any more, and no turn runs JavaScript.
func (w *Worker) stop() {
	w.begin()
	defer w.end()
	w.stopped = true
	w.timers.stop()
	w.runtime.watchdog.remove(&w.watch)
}

// panicError is an error for a panic in Go code that JavaScript called. The VM still answers after it.
func panicError(x any) error {
	switch x := x.(type) {
	case *goja.Exception: // a getter that throws, of a property that Go asked for
		return x
	case *goja.InterruptedError:
		return x
	case *goja.StackOverflowError:
		return x
	}
	return fmt.Errorf("panic in the server, please report it: %v\n%s", x, debug.Stack())
}

// logAt logs a line of the module's own, for the connection whose handler runs unless attrs say whose.
func (w *Worker) logAt(level slog.Level, message string, attrs ...any) {
	if len(attrs) == 0 && w.conn != nil {
		attrs = []any{"client", w.conn.request.RemoteAddress, "id", w.conn.request.ID}
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
