package runtime

import (
	"container/heap"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// timers is a worker's heap of timers and the one clock that waits for the earliest. All of it belongs to the turn.
type timers struct {
	heap    timerHeap
	byID    map[int64]*timer
	lastID  int64
	clock   *time.Timer
	waiting time.Time // when clock fires; zero: it does not
	stopped bool
}

// A timer is one setTimeout, setInterval or setImmediate.
type timer struct {
	id      int64
	due     time.Time
	delay   time.Duration
	repeat  bool // cleared by cancel, which a callback may call on its own interval
	cleared bool // by JavaScript: refresh does not start it again
	unref   bool // what hasRef tells; nothing else
	f       goja.Callable
	args    []goja.Value
	object  *goja.Object // what JavaScript holds
	file    *loadedFile  // that made it; nil: the global function
	version int          // that served, or loaded, when it was made
	atLoad  bool         // it was made while that version, or its file, loaded
	index   int          // in the heap; -1: not in it
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

// maxTimers bounds the timers of one worker: past it setTimeout throws, before memory runs out.
const maxTimers = 1_000_000

// installTimers makes the global timer functions. They belong to whichever version serves when they are called.
func (w *worker) installTimers() {
	vm := w.vm
	w.timers.byID = map[int64]*timer{}
	w.timeout = vm.NewObject()
	method := func(name string, f func(t *timer, this goja.Value) goja.Value) {
		_ = w.timeout.DefineDataProperty(name, vm.ToValue(func(call goja.FunctionCall) goja.Value {
			return f(w.timerOf(call.This), call.This)
		}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	reference := func(unref bool) func(*timer, goja.Value) goja.Value { // the server outlives its timers: there is nothing to hold
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
		if t := w.timerOf(call.This); t != nil {
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

// timerFunctions are the timer functions of a file, in the order of wrapperParams; the global ones for nil. A file has its
// own so that it is known whose timers still run after a reload, and which go with the file that made them.
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
			t := w.timerOf(call.Argument(0))
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

// delayOf is a delay as Node takes it: anything below 1 ms, above 2^31-1 ms, or no number at all is 1 ms.
func delayOf(v goja.Value) time.Duration {
	ms := v.ToFloat()
	if !(ms >= 1 && ms <= math.MaxInt32) {
		ms = 1
	}
	return time.Duration(ms * float64(time.Millisecond))
}

func (w *worker) checkTimers() {
	if len(w.timers.heap) >= maxTimers {
		panic(w.vm.NewTypeError("a module may have 1,000,000 timers and no more; clear those that are not needed"))
	}
}

func (w *worker) schedule(owner *loadedFile, f goja.Callable, delay time.Duration, repeat bool, args []goja.Value) goja.Value {
	w.checkTimers()
	w.timers.lastID++
	t := &timer{id: w.timers.lastID, due: time.Now().Add(delay), f: f, args: append([]goja.Value(nil), args...),
		delay: delay, repeat: repeat, file: owner}
	if t.atLoad = w.resource.loading != nil; t.atLoad {
		t.version = w.resource.loading.number
	} else if owner != nil {
		t.atLoad, t.version = owner.loading, owner.version.number // required by a handler
	} else if w.resource.current != nil {
		t.version = w.resource.current.number
	}
	t.object = w.vm.CreateObject(w.timeout)
	w.setHandle(t.object, t)
	w.timers.byID[t.id] = t
	heap.Push(&w.timers.heap, t)
	w.arm()
	return t.object
}

// promised makes the form of setTimeout or setImmediate that util.promisify gives: (delay, value), or (value), to a promise.
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

// restart lets a timer begin anew, one that has fired as well.
func (w *worker) restart(t *timer) {
	if t == nil || t.cleared {
		return
	}
	t.due = time.Now().Add(t.delay)
	if t.index >= 0 {
		heap.Fix(&w.timers.heap, t.index)
	} else {
		w.checkTimers()
		w.timers.byID[t.id] = t
		heap.Push(&w.timers.heap, t)
	}
	w.arm()
}

func (w *worker) timerOf(v goja.Value) *timer {
	t, _ := w.handleOf(v).(*timer)
	return t
}

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

// finish forgets a timer that will not fire again, unless JavaScript holds it and refreshes it.
func (w *worker) finish(t *timer) {
	delete(w.timers.byID, t.id)
	w.dropHandle(t.object, !t.cleared)
}

// arm sets the clock for the earliest timer. A clock that is set too early costs one turn that finds nothing due.
func (w *worker) arm() {
	ts := &w.timers
	if len(ts.heap) == 0 || ts.stopped {
		return
	}
	due := ts.heap[0].due
	if !ts.waiting.IsZero() && !due.Before(ts.waiting) {
		return
	}
	ts.waiting = due
	if ts.clock == nil {
		ts.clock = time.AfterFunc(time.Until(due), w.tick)
	} else {
		ts.clock.Reset(time.Until(due))
	}
}

// tick has what is due run, in one turn. It is the clock's function.
func (w *worker) tick() { w.post(w.runTimers) }

func (w *worker) runTimers() {
	ts := &w.timers
	ts.waiting = time.Time{}
	if ts.stopped {
		return
	}
	now := time.Now()
	last := ts.lastID // what a callback starts is for the next turn
	for len(ts.heap) > 0 && !ts.heap[0].due.After(now) && ts.heap[0].id <= last {
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

// discard clears what a version that will never serve has started.
func (w *worker) discardTimers(v *version) {
	for _, t := range w.timers.byID {
		if t.atLoad && t.version == v.number {
			w.cancel(t)
		}
	}
}

// retire clears the timers that versions before v made while they loaded, but for those of files that v has taken over. It
// tells, in words, which timers of theirs run on.
func (ts *timers) retire(w *worker, v *version) string {
	running := map[int]int{}
	for _, t := range ts.byID {
		if t.version == v.number || t.file != nil && v.files[t.file.key] == t.file {
			continue
		}
		if t.atLoad {
			w.cancel(t)
		} else {
			running[t.version]++
		}
	}
	var words []string
	for _, number := range slices.Sorted(maps.Keys(running)) {
		words = append(words, fmt.Sprintf("%d of version %d", running[number], number))
	}
	return strings.Join(words, ", ")
}

func (ts *timers) stop() {
	ts.stopped = true
	if ts.clock != nil {
		ts.clock.Stop()
	}
	ts.heap, ts.byID = nil, nil
}
