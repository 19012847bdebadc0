package runtime

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment"
	"node.websocket/runtime/inspect"
	"node.websocket/runtime/source"
)

// A Worker delivers the messages of many connections in one turn.
type Worker interface {
	// Round waits until the worker is free, calls f in one turn, and returns true. Within f,
	// [Conn.ReceiveInRound] may be called for the worker's connections. It returns false, without calling
	// f, if the worker has been given up. Only one goroutine at a time may call Round.
	Round(f func()) bool
}

// A worker is one VM that runs one module, for all connections of its resource or for its share of them.
type worker struct {
	// fixed after newWorker
	resource  *Resource
	context   context.Context // ends with the worker
	end       context.CancelFunc
	publisher string // its name in places

	turn
	outbox outbox

	// only in a turn
	stopped bool          // stop was called: no more JavaScript runs
	vm      *goja.Runtime // nil before the first load
	natives
	environment *environment.Environment
	timers      timers
	conns       handles[Conn]
	server      *goja.Object // connection.server
	delivery    delivery
	overruns    overruns              // of current
	polls       int                   // promises of server.subscribers and server.presence that have not settled; only in a turn
	askings     askings               // its queues are guarded by a lock of their own
	commands    commands              // as those of askings
	kept        int64                 // the number of the last message that it has published on a topic with a history
	inquiries   map[*Conn]*inquiries  // of connections that have open requests
	toldFull    *version              // the version of which the log says that a connection has too many subscriptions
	printed     *strings.Builder      // gets what an evaluation in progress prints; nil: there is none
	typed       map[string]goja.Value // the globals that Evaluate has defined; nil: none

	// only in a turn: the versions of the module
	current   *version         // the version that serves; nil before the first
	loads     int              // the number of the last version that served
	loading   *version         // the version being evaluated; otherwise nil
	innermost *loadedFile      // the file being evaluated that was required last; otherwise nil
	failure   error            // of the last load; nil if it succeeded
	failed    time.Time        // when failure was set
	seen      source.Inputs    // every file that the last load read or looked for, even if it failed
	prepared  *source.Prepared // programs compiled outside the turn or by another worker; only during a load
	sources   sources
	swap      swap // to current
	swapping  bool // goOnSwapping is in the queue

	// changed in a turn with turn.mu held, so either is enough to read them
	first, last *Conn // the open connections, oldest first

	// read by any goroutine
	clients atomic.Int64 // the number of open connections
	serves  atomic.Bool  // the worker has loaded the module
}

// newWorker returns a worker whose first version has the number after loads.
func newWorker(r *Resource, loads int) *worker {
	w := &worker{resource: r, loads: loads}
	w.context, w.end = context.WithCancel(context.Background())
	w.turn.worker, w.runCall, w.gone, w.granted = w, w.run, make(chan struct{}), make(chan struct{}, 1)
	w.stopwatch.version, w.stopwatch.lost = w.serving, w.giveUp
	w.outbox.runtime, w.publisher, w.timed = r.runtime, rand.Text()[:10], &r.runtime.timing
	w.delivery.worker, w.delivery.run = w, w.delivery.messages
	return w
}

func (w *worker) makeVM() error {
	vm := goja.New()
	w.vm, w.stopwatch.vm = vm, vm
	vm.SetPromiseRejectionTracker(w.trackRejection)
	if clock := w.resource.runtime.clock; clock != nil {
		vm.SetTimeSource(clock.dateNow)
	}
	var err error
	w.environment, err = environment.New(vm, environment.Options{
		Log:        func(level slog.Level, message string) { w.logAt(level, message) },
		Report:     func(thrown error) { w.fail(w.call.conn, "microtask", thrown) },
		Background: w.background,
		Now:        w.now,

		Permissions: w.resource.runtime.options.Permissions,
		Context:     w.operationContext,
		Hold:        w.resource.runtime.hold,
		Storage:     w.storageModule,
		Redis:       w.redisHost,
	})
	if err != nil {
		return err
	}
	if err := w.takeNatives(); err != nil {
		return err
	}
	w.installTimers()
	w.installConnection()
	w.installTopics()
	w.installServer()
	w.resource.runtime.watchdog.add(&w.stopwatch)
	return nil
}

// addConn appends c to the open connections.
func (w *worker) addConn(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.prev = w.last; c.prev != nil {
		c.prev.next = c
	} else {
		w.first = c
	}
	w.last = c
	w.clients.Add(1)
}

// removeConn removes c from the open connections.
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
	if w.swap.next == c {
		w.swap.next = c.next
	}
	c.next, c.prev = nil, nil
	w.clients.Add(-1)
}

// construct returns a new instance. It must be called within Call or Try.
func (w *worker) construct(constructor *goja.Object) (*goja.Object, error) {
	v, err := w.instantiate(goja.Undefined(), constructor)
	if err != nil {
		return nil, err
	}
	return v.ToObject(w.vm), nil
}

// stop ends the worker: its timers do not fire any more, and later turns run no JavaScript. It waits
// for the turn in progress unless the worker is given up.
func (w *worker) stop() {
	w.end()
	w.do(func() {
		w.stopped = true
		w.timers.stop()
		w.endStorage()
		w.resource.runtime.watchdog.remove(&w.stopwatch)
	})
}

// logAt logs a line that the module wrote. Without attrs, the line names the connection whose handler
// is running.
func (w *worker) logAt(level slog.Level, message string, attrs ...any) {
	if w.printed != nil && w.printed.Len() < maxShown {
		w.printed.WriteString(inspect.Cut(message, maxShown) + "\n")
	}
	if c := w.call.conn; len(attrs) == 0 && c != nil {
		attrs = []any{"client", c.remoteAddress, "id", c.id}
	}
	w.resource.log.Log(context.Background(), level, message, append(attrs, "version", w.serving())...)
}
