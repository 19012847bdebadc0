package runtime

import (
	"container/heap"
	"math"
	"strconv"
	"time"

	"github.com/dop251/goja"
)

// timers holds a worker's timers, and the one clock that fires for the earliest. It is used in a turn
// only.
type timers struct {
	heap    timerHeap
	byID    map[int64]*timer
	objects handles[timer] // Timeout objects
	lastID  int64
	clock   *time.Timer
	waiting time.Time // when clock fires; zero if it is not set
	stopped bool
}

// A timer is one setTimeout, setInterval or setImmediate.
type timer struct {
	id      int64
	due     time.Time
	delay   time.Duration
	repeat  bool // reset by cancel, which a callback may call on its own interval
	cleared bool // by JavaScript, so that refresh does not start it again
	unref   bool // for hasRef only
	f       goja.Callable
	args    []goja.Value
	object  *goja.Object // the Timeout object
	file    *loadedFile  // the file that made it; nil for the global functions
	version int          // the version that served, or loaded, when it was made
	atLoad  bool         // it was made while that version, or its file, loaded
	index   int          // in the heap; -1 if it is not in it
}

type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].id < h[j].id
	}
	return h[i].due.Before(h[j].due)
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}

// maxTimers bounds the timers of one worker. Beyond it setTimeout throws, so that memory does not run
// out.
const maxTimers = 1_000_000

// installTimers makes the global timer functions. Their timers belong to the version that serves when
// they are called.
func (w *worker) installTimers() {
	vm := w.vm
	w.timers.byID = map[int64]*timer{}
	w.timeout = vm.NewObject()
	method := func(name string, f func(t *timer, this goja.Value) goja.Value) {
		_ = w.timeout.DefineDataProperty(name, vm.ToValue(func(call goja.FunctionCall) goja.Value {
			return f(w.timers.objects.of(call.This), call.This)
		}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	// The server outlives its timers, so ref and unref only change what hasRef returns.
	reference := func(unref bool) func(*timer, goja.Value) goja.Value {
		return func(t *timer, this goja.Value) goja.Value {
			if t != nil {
				t.unref = unref
			}
			return this
		}
	}
	method("ref", reference(false))
	method("unref", reference(true))
	method("hasRef", func(t *timer, _ goja.Value) goja.Value { return vm.ToValue(t != nil && !t.unref) })
	method("close", func(t *timer, this goja.Value) goja.Value { w.cancel(t); return this })
	method("refresh", func(t *timer, this goja.Value) goja.Value { w.restart(t); return this })
	class := w.named("Timeout", 0, func(goja.FunctionCall) goja.Value { panic(vm.NewTypeError("a Timeout is what setTimeout returns")) })
	_ = class.ToObject(vm).DefineDataProperty("prototype", w.timeout, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	_ = w.timeout.DefineDataProperty("constructor", class, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	w.sleep, w.yield = w.promised("setTimeout"), w.promised("setImmediate")
	_ = w.timeout.DefineDataPropertySymbol(goja.SymToPrimitive, vm.ToValue(func(call goja.FunctionCall) goja.Value {
		if t := w.timers.objects.of(call.This); t != nil {
			return vm.ToValue(t.id)
		}
		return goja.Undefined()
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)

	global := vm.GlobalObject()
	for i, f := range w.timerFunctions(nil) {
		_ = global.DefineDataProperty(timerNames[i], f, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

var timerNames = []string{"setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"}

// timerFunctions returns the timer functions of a file, or the global ones if owner is nil, in the
// order of timerNames. The wrapper of source.Compile has parameters in the same order. A file has its
// own because a reload has to know which file and version made each timer.
func (w *worker) timerFunctions(owner *loadedFile) []goja.Value {
	vm := w.vm
	set := func(name string, repeat, immediate bool) goja.Value {
		return w.named(name, 2, func(call goja.FunctionCall) goja.Value {
			f, ok := goja.AssertFunction(call.Argument(0))
			if !ok {
				panic(vm.NewTypeError(name + ": the first argument must be a function"))
			}
			var delay time.Duration
			args := call.Arguments[1:]
			if !immediate {
				delay = delayOf(call.Argument(1))
				args = args[min(1, len(args)):]
			}
			return w.schedule(owner, f, delay, repeat, args)
		})
	}
	clearTimer := func(name string) goja.Value {
		return w.named(name, 1, func(call goja.FunctionCall) goja.Value {
			t := w.timers.objects.of(call.Argument(0))
			if t == nil {
				switch id := call.Argument(0); id.(type) { // anything else is no timer, as in Node
				case goja.String:
					n, _ := strconv.ParseInt(id.String(), 10, 64)
					t = w.timers.byID[n]
				case *goja.Object, *goja.Symbol:
				default:
					n, _ := id.Export().(int64)
					t = w.timers.byID[n]
				}
			}
			w.cancel(t)
			return goja.Undefined()
		})
	}
	promisified := func(f, form goja.Value) goja.Value {
		_ = f.ToObject(vm).DefineDataPropertySymbol(w.promisified, form, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		return f
	}
	return []goja.Value{
		promisified(set("setTimeout", false, false), w.sleep), set("setInterval", true, false), promisified(set("setImmediate", false, true), w.yield),
		clearTimer("clearTimeout"), clearTimer("clearInterval"), clearTimer("clearImmediate"),
	}
}

// delayOf reads a delay like Node: values below 1 ms or above 2^31-1 ms, and those that are not
// numbers, are 1 ms.
func delayOf(v goja.Value) time.Duration {
	ms := v.ToFloat()
	if !(ms >= 1 && ms <= math.MaxInt32) {
		ms = 1
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// checkTimers throws if there are too many timers to start another.
func (w *worker) checkTimers() {
	if len(w.timers.heap) >= maxTimers {
		panic(w.vm.NewTypeError("a module may have 1,000,000 timers and no more; clear those that are not needed"))
	}
}

func (w *worker) schedule(owner *loadedFile, f goja.Callable, delay time.Duration, repeat bool, args []goja.Value) goja.Value {
	w.checkTimers()
	w.timers.lastID++
	t := &timer{id: w.timers.lastID, due: w.now().Add(delay), f: w.environment.Bind(f), args: append([]goja.Value(nil), args...),
		delay: delay, repeat: repeat, file: owner}
	if t.atLoad = w.loading != nil; t.atLoad {
		t.version = w.loading.number
	} else if owner != nil {
		t.atLoad, t.version = owner.loading, owner.version.number // required by a handler
	} else if w.current != nil {
		t.version = w.current.number
	}
	t.object = w.vm.CreateObject(w.timeout)
	w.timers.objects.set(t.object, t)
	w.timers.byID[t.id] = t
	heap.Push(&w.timers.heap, t)
	w.arm()
	return t.object
}

// promised makes the function that util.promisify returns for setTimeout, (delay, value) → promise,
// or for setImmediate, (value) → promise.
func (w *worker) promised(name string) goja.Value {
	return w.named(name, 2, func(call goja.FunctionCall) goja.Value {
		delay, value := time.Duration(0), call.Argument(0)
		if name == "setTimeout" {
			delay, value = delayOf(call.Argument(0)), call.Argument(1)
		}
		promise, resolve, _ := w.vm.NewPromise()
		w.schedule(nil, func(goja.Value, ...goja.Value) (goja.Value, error) { return goja.Undefined(), resolve(value) }, delay, false, nil)
		return w.vm.ToValue(promise)
	})
}

// restart starts a timer's delay again, even if the timer has fired, but not if it was cleared.
func (w *worker) restart(t *timer) {
	if t == nil || t.cleared {
		return
	}
	t.due = w.now().Add(t.delay)
	if t.index >= 0 {
		heap.Fix(&w.timers.heap, t.index)
	} else {
		w.checkTimers()
		w.timers.byID[t.id] = t
		heap.Push(&w.timers.heap, t)
	}
	w.arm()
}

// cancel clears a timer, which may be nil.
func (w *worker) cancel(t *timer) {
	if t == nil {
		return
	}
	t.repeat, t.cleared = false, true
	w.finish(t)
	if t.index >= 0 {
		heap.Remove(&w.timers.heap, t.index)
	}
}

// finish forgets a timer that has fired for the last time or was cleared. One that has fired can still
// be refreshed by its Timeout object.
func (w *worker) finish(t *timer) {
	delete(w.timers.byID, t.id)
	w.timers.objects.drop(w.vm, t.object, !t.cleared)
}

// arm sets the clock for the earliest timer. It does not set a clock back that fires too early, which
// only costs a turn that finds nothing due.
func (w *worker) arm() {
	ts := &w.timers
	if len(ts.heap) == 0 || ts.stopped {
		return
	}
	due := ts.heap[0].due
	if !ts.waiting.IsZero() && !due.Before(ts.waiting) {
		return
	}
	now := w.now()
	if clock := w.resource.runtime.clock; clock != nil && clock.stands() && due.After(now) {
		return // tick runs it
	}
	ts.waiting = due
	if ts.clock == nil {
		ts.clock = time.AfterFunc(due.Sub(now), w.tick)
	} else {
		ts.clock.Reset(due.Sub(now))
	}
}

// tick runs the timers that are due in a turn. The clock calls it on a goroutine of its own.
func (w *worker) tick() { w.post(w.runTimers) }

func (w *worker) runTimers() {
	ts := &w.timers
	ts.waiting = time.Time{}
	if ts.stopped {
		return
	}
	now, began := w.now(), time.Now()
	last := ts.lastID // timers that a callback starts are for the next turn
	for len(ts.heap) > 0 && !ts.heap[0].due.After(now) && ts.heap[0].id <= last {
		if time.Since(began) > maxDrain { // let the connections in; the clock fires at once
			break
		}
		t := heap.Pop(&ts.heap).(*timer)
		if !t.repeat {
			w.finish(t)
		}
		w.Call(call{name: "timer", function: t.f, this: t.object, args: t.args})
		if t.repeat && t.index < 0 {
			t.due = now.Add(t.delay)
			heap.Push(&ts.heap, t)
		}
	}
	w.arm()
}

// discardTimers clears the timers of a version that failed to load.
func (w *worker) discardTimers(v *version) {
	for _, t := range w.timers.byID {
		if t.atLoad && t.version == v.number {
			w.cancel(t)
		}
	}
}

// retire clears the timers that versions before v made while they loaded, except those of files that v
// has kept. It returns the number of timers that it cleared, and those of their timers that keep running, by
// version.
func (ts *timers) retire(w *worker, v *version) (cleared int, running map[int]int) {
	running = map[int]int{}
	for _, t := range ts.byID {
		if t.version == v.number || t.file != nil && v.files[t.file.key] == t.file {
			continue
		}
		if t.atLoad {
			w.cancel(t)
			cleared++
		} else {
			running[t.version]++
		}
	}
	return cleared, running
}

// stop clears all timers for good.
func (ts *timers) stop() {
	ts.stopped = true
	if ts.clock != nil {
		ts.clock.Stop()
	}
	ts.heap, ts.byID = nil, nil
}
