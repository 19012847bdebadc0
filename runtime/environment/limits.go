package environment

import (
	"strconv"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// What one native call may make. The watchdog's interrupt does not reach native code, and Go's memory allocator ends
// the process when it cannot serve a request; so a call that would make more throws a RangeError before it begins.
const (
	// byteLimit bounds strings (in UTF-16 units), ArrayBuffers, typed arrays and Buffers (in bytes): 64 times the biggest
	// message there is by default, and still made within a tenth of a second.
	byteLimit = 64 << 20

	// arrayLimit bounds the length of an array made or walked by one native call. goja takes up to 1 µs an element
	// (fill, from), so that even the biggest ends before the watchdog's five seconds.
	arrayLimit = 1 << 22

	// nestingLimit bounds the depth of what JSON.parse reads. goja recurses, and at some millions of levels the stack limit of Go ends the
	// process; JSON.stringify takes the square of the depth, in time and, with indentation, in memory.
	nestingLimit = 2_000

	// regexpLimit bounds one match that backtracks. goja then answers "no match": there is no way to tell it otherwise.
	regexpLimit = time.Second
)

func init() {
	// The regexp package of goja's choice has its limit in a variable of the process, and goja offers no setting for it: the
	// only reason why this file imports it.
	regexp2.DefaultMatchTimeout = regexpLimit
}

// checkBytes throws a RangeError where n bytes or characters are more than one call may make.
func checkBytes(vm *goja.Runtime, what string, n float64) {
	if n > byteLimit {
		panic(rangeError(vm, what+": "+strconv.FormatFloat(n, 'f', -1, 64)+" is over the limit of 64 MiB ("+strconv.Itoa(byteLimit)+")"))
	}
}

func checkItems(vm *goja.Runtime, what string, n float64) {
	if n > arrayLimit {
		panic(rangeError(vm, what+": a length of "+strconv.FormatFloat(n, 'f', -1, 64)+" is over the limit of "+strconv.Itoa(arrayLimit)+" elements"))
	}
}

func rangeError(vm *goja.Runtime, message string) goja.Value {
	if f, ok := goja.AssertConstructor(vm.GlobalObject().Get("RangeError")); ok {
		if o, err := f(nil, vm.ToValue(message)); err == nil {
			return o
		}
	}
	return vm.NewTypeError(message)
}

// limitAllocators puts size checks before the built-ins that can end or hang the process with one call. Run once for a
// VM, before any module and before Environment.install, on the goroutine that owns the VM.
//
// Names, lengths, prototypes, instanceof and subclassing stay as they are. What is left outside, because goja has no place
// for a check or it would cost every call too much: strings that grow by +=, split, replace with a pattern, JSON.stringify
// of what is nested 100,000 deep, sort of millions of items, methods over an array whose length was assigned (not given to
// Array), BigInt powers and shifts. Each is one native call of up to half a minute and some GB, after which the watchdog's
// interrupt takes hold; a limit on the memory of the process (GOMEMLIMIT, a cgroup) is the last resort for these.
func limitAllocators(vm *goja.Runtime) error {
	l := &limiter{vm: vm, space: goja.StringFromUTF16([]uint16{' '}), originals: map[*goja.Object]*goja.Object{}}
	ex := vm.Try(func() {
		str := l.prototype("String")
		l.put(str, "repeat", 1, l.repeat)
		l.put(str, "padStart", 1, func(call goja.FunctionCall) goja.Value { return l.pad(call, "padStart") })
		l.put(str, "padEnd", 1, func(call goja.FunctionCall) goja.Value { return l.pad(call, "padEnd") })
		l.replaceAll(str)

		array := l.prototype("Array")
		for _, name := range []string{"fill", "join", "copyWithin", "reverse", "sort"} {
			l.walk(array, name)
		}
		l.concat(array)
		l.constructor("Array", func(args []goja.Value) {
			if len(args) == 1 {
				if _, isObject := args[0].(*goja.Object); !isObject && isNumber(args[0]) {
					checkItems(vm, "Array", args[0].ToFloat())
				}
			}
		})
		l.from(vm.Get("Array").ToObject(vm), "Array.from", func(n float64) { checkItems(vm, "Array.from", n) })

		l.constructor("ArrayBuffer", func(args []goja.Value) {
			if len(args) > 0 {
				checkBytes(vm, "ArrayBuffer", number(args[0]))
			}
		})
		for _, name := range []string{"Uint8Array", "Uint8ClampedArray", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array",
			"Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"} {
			l.typedArray(name)
		}
		if base := vm.Get("Uint8Array").ToObject(vm).Prototype(); base != nil {
			l.from(base, "TypedArray.from", func(n float64) { checkBytes(vm, "TypedArray.from", n) })
		}
		l.constructor("RegExp", expandArguments) // no limit, but the place where classes are replaced
		l.arguments(l.prototype("Function"), "apply", 1)
		l.arguments(vm.Get("Reflect").ToObject(vm), "apply", 2)
		l.arguments(vm.Get("Reflect").ToObject(vm), "construct", 1)
		json := vm.Get("JSON").ToObject(vm)
		l.parse(json)
		l.stringify(json)
	})
	if ex != nil {
		return ex
	}
	return nil
}

type limiter struct {
	vm        *goja.Runtime
	space     goja.String
	originals map[*goja.Object]*goja.Object // of a class that took another's place, that other
}

func (l *limiter) prototype(name string) *goja.Object {
	return l.vm.Get(name).ToObject(l.vm).Get("prototype").ToObject(l.vm)
}

func (l *limiter) put(o *goja.Object, name string, length int, f func(goja.FunctionCall) goja.Value) {
	if err := o.DefineDataProperty(name, inspect.NativeFunction(l.vm, name, length, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// original is the function that is about to be replaced. Its errors, interrupts among them, are passed on as they come.
func (l *limiter) original(o *goja.Object, name string) func(this goja.Value, args []goja.Value) goja.Value {
	f, ok := goja.AssertFunction(o.Get(name))
	if !ok {
		panic(l.vm.NewTypeError("%s is missing", name))
	}
	return func(this goja.Value, args []goja.Value) goja.Value {
		v, err := f(this, args...)
		if err != nil {
			panic(err)
		}
		return v
	}
}

func isNumber(v goja.Value) bool {
	switch v.Export().(type) {
	case int64, float64:
		return true
	}
	return false
}

// number is ToNumber for the check alone; objects are left to the original, which asks them once.
func number(v goja.Value) float64 {
	if _, isObject := v.(*goja.Object); isObject {
		return 0
	}
	if _, isSymbol := v.(*goja.Symbol); isSymbol {
		return 0
	}
	return v.ToFloat()
}

// walk checks the length of what a method goes over.
func (l *limiter) walk(proto *goja.Object, name string) {
	original, what := l.original(proto, name), "Array.prototype."+name
	length := int(proto.Get(name).ToObject(l.vm).Get("length").ToInteger())
	l.put(proto, name, length, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok && !inspect.IsProxy(o) {
			if n := o.Get("length"); n != nil {
				if size := number(n); size > arrayLimit {
					checkItems(l.vm, what, size)
				} else if name == "join" && size > 1000 {
					if sep, ok := call.Argument(0).(goja.String); ok {
						checkBytes(l.vm, what, (size-1)*float64(sep.Length()))
					}
				}
			}
		}
		return original(call.This, call.Arguments)
	})
}

func (l *limiter) concat(proto *goja.Object) {
	original := l.original(proto, "concat")
	l.put(proto, "concat", 1, func(call goja.FunctionCall) goja.Value {
		total := 0.0
		for n := -1; n < len(call.Arguments); n++ {
			v := call.This
			if n >= 0 {
				v = call.Arguments[n]
			}
			if o, ok := v.(*goja.Object); ok && !inspect.IsProxy(o) && o.ClassName() == "Array" {
				total += number(o.Get("length"))
			}
		}
		if total > arrayLimit {
			checkItems(l.vm, "Array.prototype.concat", total)
		}
		return original(call.This, call.Arguments)
	})
}

// from checks Array.from and TypedArray.from where they are given something with a length and no iterator. An iterator
// runs JavaScript, which the watchdog ends.
func (l *limiter) from(o *goja.Object, what string, check func(float64)) {
	original := l.original(o, "from")
	l.put(o, "from", 1, func(call goja.FunctionCall) goja.Value {
		if items, ok := call.Argument(0).(*goja.Object); ok && !inspect.IsProxy(items) {
			if n := items.Get("length"); n != nil {
				if size := number(n); size > 1000 {
					check(size)
				}
			}
		}
		if class, ok := call.This.(*goja.Object); ok && l.originals[class] != nil {
			call.This = l.originals[class] // goja has a short way for its own
		}
		return original(call.This, call.Arguments)
	})
}

// arguments checks the list of arguments of apply and construct: {"length": 1e9}, out of a client's JSON, is one.
func (l *limiter) arguments(o *goja.Object, name string, at int) {
	original := l.original(o, name)
	length := int(o.Get(name).ToObject(l.vm).Get("length").ToInteger())
	l.put(o, name, length, func(call goja.FunctionCall) goja.Value {
		if list, ok := call.Argument(at).(*goja.Object); ok && !inspect.IsProxy(list) {
			if n := list.Get("length"); n != nil {
				if size := number(n); size > arrayLimit {
					checkItems(l.vm, name, size)
				}
			}
		}
		return original(call.This, call.Arguments)
	})
}
