package runtime

import (
	"context"
	"log/slog"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment"
)

// A worker is one VM that runs one module for all connections of its resource. Whatever is in it happens in a
// turn.
type worker struct {
	resource *Resource // fixed

	turn // everything below belongs to the goroutine that has it

	stopped bool
	vm      *goja.Runtime // nil until the module was loaded once
	natives
	environment *environment.Environment
	timers      timers
	server      *goja.Object // connection.server
	fanOut      fanOut       // of broadcast

	// changed in a turn with mu held, so that either is enough to read them
	clients     int
	first, last *Conn // the open connections, oldest first
}

// maxStack is the depth of calls at which JavaScript gets its RangeError. goja's own limit is none at all; unwinding
// through native functions grows as its square, and takes 30 ms at 1,000.
const maxStack = 1_000

func newWorker(r *Resource) *worker {
	w := &worker{resource: r}
	w.turn.worker, w.runCall, w.gone = w, w.run, make(chan struct{})
	w.stopwatch.version, w.stopwatch.lost = r.serving, w.giveUp
	w.fanOut.last = &publication{}
	return w
}

func (w *worker) makeVM() error {
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
	w.resource.runtime.watchdog.add(&w.stopwatch)
	return nil
}

// addConn adds to the open connections, removeConn takes away.
func (w *worker) addConn(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.prev = w.last; c.prev != nil {
		c.prev.next = c
	} else {
		w.first = c
	}
	w.last = c
	w.clients++
}

func (w *worker) removeConn(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		w.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		w.last = c.prev
	}
	c.next, c.prev = nil, nil
	w.clients--
}

// construct makes an instance. It is called within Call or Try.
func (w *worker) construct(constructor *goja.Object) (*goja.Object, error) {
	v, err := w.instantiate(goja.Undefined(), constructor)
	if err != nil {
		return nil, err
	}
	return v.ToObject(w.vm), nil
}

// stop ends the worker: its timers do not fire any more, and no turn runs JavaScript.
func (w *worker) stop() {
	w.do(func() {
		w.stopped = true
		w.timers.stop()
		w.resource.runtime.watchdog.remove(&w.stopwatch)
	})
}

// logAt logs a line of the module's own, for the connection whose handler runs unless attrs say whose.
func (w *worker) logAt(level slog.Level, message string, attrs ...any) {
	if c := w.call.conn; len(attrs) == 0 && c != nil {
		attrs = []any{"client", c.request.RemoteAddress, "id", c.request.ID}
	}
	w.resource.log.Log(context.Background(), level, message, append(attrs, "version", w.resource.serving())...)
}
