package environment

import (
	"strconv"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// Limits of one native call. The watchdog's interrupt does not reach native code, and Go's
// allocator ends the process when it cannot serve a request. So a call that would exceed them
// throws a RangeError before it begins.
const (
	// byteLimit bounds strings, in UTF-16 units, and ArrayBuffers, typed arrays and Buffers, in
	// bytes. It is 64 times the largest message by default, and still made within a tenth of a
	// second.
	byteLimit = 64 << 20

	// arrayLimit bounds the length of an array that one native call makes or walks. goja takes up
	// to 1 µs for an element (fill, from), so even the longest ends before the watchdog's five
	// seconds.
	arrayLimit = 1 << 22

	// nestingLimit bounds the depth of what JSON.parse reads. goja recurses: at some millions of
	// levels Go's stack limit ends the process, and JSON.stringify takes the square of the depth in
	// time and, if it indents, in memory.
	nestingLimit = 2_000

	// regexpLimit bounds a match that backtracks. goja then answers that there is no match; it has
	// no way to throw.
	regexpLimit = time.Second
)

func init() {
	// The limit is a variable of the regexp package that goja uses, for the whole process, and goja
	// has no setting for it. Nothing else here needs that import.
	regexp2.DefaultMatchTimeout = regexpLimit
}

// checkBytes throws a RangeError if n bytes or UTF-16 units are more than one call may make.
func checkBytes(vm *goja.Runtime, what string, n float64) {
	if n > byteLimit {
		panic(rangeError(vm, what+": "+strconv.FormatFloat(n, 'f', -1, 64)+" is over the limit of 64 MiB ("+strconv.Itoa(byteLimit)+")"))
	}
}

// checkItems throws a RangeError if n elements are more than one call may make or walk.
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

// limitAllocators puts a check of size before each built-in that can end the process, or hang it,
// with one call. Names, lengths, prototypes, instanceof and subclasses stay as they are. It is
// called before anything else uses the VM.
//
// Some are left out, because goja has no place for a check or because it would cost every call too
// much: strings that grow by +=, split, replace with a pattern, JSON.stringify of what is nested
// 100,000 levels deep, sort of millions of items, methods of an array whose length was assigned
// instead of given to Array, BigInt powers and shifts. Each of these is one native call of up to
// half a minute and some gigabytes, after which the watchdog's interrupt takes effect. The last
// resort for them is a limit on the memory of the process (GOMEMLIMIT, a cgroup).
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
		l.constructor("RegExp", expandArguments) // not a limit; but it has to replace a class too
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

// A limiter replaces the built-ins of one VM. It is used while the VM is made.
type limiter struct {
	vm        *goja.Runtime
	space     goja.String
	originals map[*goja.Object]*goja.Object // goja's own class for each that took its place
}

// prototype returns the prototype of a global class.
func (l *limiter) prototype(name string) *goja.Object {
	return l.vm.Get(name).ToObject(l.vm).Get("prototype").ToObject(l.vm)
}

// put sets a method that looks like one of the language.
func (l *limiter) put(o *goja.Object, name string, length int, f func(goja.FunctionCall) goja.Value) {
	if err := o.DefineDataProperty(name, inspect.NativeFunction(l.vm, name, length, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// original returns the method that is about to be replaced. It panics with the errors of that
// method, interrupts among them, so that they reach JavaScript or its caller unchanged.
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

// number is ToNumber for the check alone. It is 0 for an object: the original method converts that,
// so that its valueOf runs once.
func number(v goja.Value) float64 {
	if _, isObject := v.(*goja.Object); isObject {
		return 0
	}
	if _, isSymbol := v.(*goja.Symbol); isSymbol {
		return 0
	}
	return v.ToFloat()
}

// walk puts a check of the length before a method that walks an array or what looks like one.
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

// concat puts a check of the sum of all lengths before Array.prototype.concat.
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

// from puts a check before Array.from or TypedArray.from, for an argument with a length. An
// iterator needs none: it runs JavaScript, which the watchdog ends.
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
			call.This = l.originals[class] // goja has a faster way for its own class
		}
		return original(call.This, call.Arguments)
	})
}

// arguments puts a check of the list of arguments before apply or construct: {"length": 1e9}, which
// a client's JSON may hold, is such a list.
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
