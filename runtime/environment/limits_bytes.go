package environment

import "github.com/dop251/goja"

func checkArrayBuffer(l *limiter, name string, call goja.FunctionCall) {
	if len(call.Arguments) > 0 {
		l.bytes(name, number(call.Arguments[0]))
	}
	if options, ok := call.Argument(1).(*goja.Object); ok {
		if most := options.Get("maxByteLength"); most != nil && !goja.IsUndefined(most) {
			panic(l.vm.NewTypeError("a resizable ArrayBuffer is not available: leave out maxByteLength, and use transfer(length)"))
		}
	}
}

// checkTypedArray is for both forms of a typed array's constructor that allocate: with a length, and
// with something that has a length.
func checkTypedArray(l *limiter, name string, call goja.FunctionCall) {
	if len(call.Arguments) == 0 {
		return
	}
	n := 0.0
	switch v := call.Arguments[0].(type) {
	case *goja.Object:
		if l.in.isArrayBuffer(v) {
			return
		}
		n, _ = l.length(v)
		if _, ok := l.in.typedArray(v); !ok {
			l.items(name, n, arrayLimit)
		}
	default:
		n = number(v)
	}
	l.bytes(name, n*elementSize[name])
}

// elementSize is the BYTES_PER_ELEMENT of the classes of typed arrays.
var elementSize = map[string]float64{
	"BigInt64Array": 8, "BigUint64Array": 8, "Float32Array": 4, "Float64Array": 8, "Int16Array": 2, "Int32Array": 4, "Int8Array": 1,
	"Uint16Array": 2, "Uint32Array": 4, "Uint8Array": 1, "Uint8ClampedArray": 1,
}

func checkTypedSet(l *limiter, name string, call goja.FunctionCall) {
	o, ok := call.Argument(0).(*goja.Object)
	if !ok {
		return
	}
	if _, isTyped := l.in.typedArray(o); !isTyped {
		l.walk(name, o, arrayLimit)
	}
}

// aroundTypedFrom also makes objects of strings and the like, which goja refuses.
func aroundTypedFrom(l *limiter, name string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		l.walk(name, v, solidLimit)
		if _, ok := v.(*goja.Object); !ok && !goja.IsUndefined(v) && !goja.IsNull(v) {
			call.Arguments = append([]goja.Value{v.ToObject(l.vm)}, call.Arguments[1:]...)
		}
		return f(call)
	}
}
