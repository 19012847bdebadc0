package environment

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"
)

// MaxCalls is the depth of calls at which JavaScript gets a RangeError; Node's is about the same. A
// call of a script's function by a built-in, such as forEach, counts as two or three.
//
// The RangeError of 10,000 calls takes 10 ms to reach its catch, through 5,000 of forEach 50 ms. An
// interrupt at that depth of built-ins still takes seconds, because goja throws it anew, with all
// that was on the stack, at each of them.
const MaxCalls = 10_000

// stackFrames is the number of frames that the RangeError keeps, of the ten thousand on the stack.
const stackFrames = 50

// goja's own error for calls that are too deep passes every catch and finally. Before it throws that
// one it collects the names of all calls on the stack, and asks the function objects of built-ins
// for theirs. So below every call from Go lies a built-in whose name is a getter: at the limit, it
// throws a RangeError first. Nothing is added to a call in JavaScript.

const tooDeep = "Maximum call stack size exceeded"

// bottomName is the name of that built-in at any other time, for the stacks of errors. Error objects
// are made without it.
const bottomName = "node.websocket"

// A bottom lies below the calls of one VM.
type bottom struct {
	machine  machine
	stack    []goja.Value // the function and its this; the machine uses the rest
	throwing bool
}

// bottomStack is the size of the stack that calls from Go begin with. Few need more.
const bottomStack = 64

// installBottom makes what Enter puts below calls, and hides it.
func (l *limiter) installBottom() error {
	b := &l.bottom
	b.machine = l.in.machine(l.vm)
	l.vm.SetMaxCallStackSize(MaxCalls)
	f := l.vm.ToValue(func(goja.FunctionCall) goja.Value { return goja.Undefined() }).ToObject(l.vm)
	name := l.vm.ToValue(bottomName)
	get := l.vm.ToValue(func(goja.FunctionCall) goja.Value {
		if len(*b.machine.calls) > MaxCalls && !b.throwing {
			b.throwing = true // the new error collects the names, too
			err := l.made(l.rangeErrors, tooDeep)
			b.throwing = false
			l.in.cutStack(err, stackFrames)
			panic(err)
		}
		return name
	})
	if err := f.DefineAccessorProperty("name", get, nil, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		return err
	}
	b.stack = make([]goja.Value, 2, bottomStack)
	b.stack[0], b.stack[1] = f, goja.Undefined()

	for class := range strings.FieldsSeq("Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError") {
		object := l.vm.Get(class).ToObject(l.vm)
		call, construct, err := l.in.code(object)
		if err != nil {
			return err
		}
		mends := class == "TypeError" || class == "ReferenceError" || class == "SyntaxError" || class == "URIError"
		f, c := *call, *construct
		*call = func(call goja.FunctionCall) goja.Value {
			v := f(call)
			if o, ok := v.(*goja.Object); ok {
				l.in.dropFrame(o, bottomName)
			}
			return v
		}
		*construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
			if mends && newTarget == object && len(args) == 1 { // goja's own; new TypeError() has no newTarget
				if message, ok := args[0].(goja.String); ok && message.Length() < messageLimit {
					args = []goja.Value{l.vm.ToValue(l.mend(message.String()))}
				}
			}
			o := c(args, newTarget)
			l.in.dropFrame(o, bottomName)
			return o
		}
	}
	return nil
}

// aroundGenerator counts the generators that stand in each other's next: yield* calls that of the
// inner one when goja has taken the outer one off the stack of calls.
func aroundGenerator(l *limiter, _ string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		if l.generators >= MaxCalls/3 {
			l.refuse(tooDeep)
		}
		l.generators++
		defer func() { l.generators-- }()
		return f(call)
	}
}

// Enter prepares the VM for a call from Go, so that a script can catch the RangeError of calls that
// are too deep: its own error takes the place of goja's StackOverflowError. It does nothing within a
// call. [goja.Runtime.RunProgram] and its like undo it at their end, unless they run within a call.
func (e *Environment) Enter() {
	m, b := &e.limiter.bottom.machine, &e.limiter.bottom
	if len(*m.calls) > 0 {
		return
	}
	if e.async != nil {
		e.async.frame = nil // an interrupt has left it, or AsyncLocalStorage.enterWith
	}
	e.limiter.regexp.watch.total = 0
	if stack := *m.stack; *m.top == 2 && *m.base == 1 && cap(stack) == bottomStack && unsafe.SliceData(stack) == unsafe.SliceData(b.stack) {
		return // nothing has undone the last Enter
	}
	clear(b.stack[2:cap(b.stack)])
	*m.stack, *m.top, *m.base = b.stack, 2, 1
}

// A microtask queue is goja's, which runs it when a call that was made with a [goja.Callable] ends. Code
// that calls functions otherwise has to run it.

// HasMicrotasks reports whether microtasks wait. Call it in a turn.
func (e *Environment) HasMicrotasks() bool { return len(*e.limiter.in.microtasks(e.vm)) > 0 }

// DropMicrotasks drops those that wait, as goja does when a call is interrupted. Call it in a turn.
func (e *Environment) DropMicrotasks() { *e.limiter.in.microtasks(e.vm) = nil }

func (in *inside) microtasks(vm *goja.Runtime) *[]func() {
	return field[[]func()](unsafe.Pointer(vm), in.runtimeJobs)
}
