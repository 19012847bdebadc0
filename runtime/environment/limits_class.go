package environment

import (
	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// constructor replaces a global class by one that calls check with the arguments and then makes
// what the original makes. Both have the same prototype, so that instanceof, subclasses and what
// goja makes itself agree.
func (l *limiter) constructor(name string, check func(args []goja.Value)) {
	original := l.vm.Get(name).ToObject(l.vm)
	construct, ok := goja.AssertConstructor(original)
	if !ok {
		panic(l.vm.NewTypeError("%s is missing", name))
	}
	wrapper := l.vm.ToValue(func(call goja.ConstructorCall) *goja.Object {
		// goja does not show whether this was called with new: Uint8Array(3) makes an array here,
		// and throws in the original.
		check(call.Arguments)
		o, err := construct(call.NewTarget, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return o
	}).ToObject(l.vm)
	for _, key := range original.GetOwnPropertyNames() {
		if key == "prototype" {
			continue
		}
		if err := wrapper.DefineDataProperty(key, original.Get(key), goja.FLAG_FALSE, flagOf(key != "BYTES_PER_ELEMENT"), goja.FLAG_FALSE); err != nil {
			panic(err)
		}
	}
	_ = wrapper.SetPrototype(original.Prototype())
	switch name {
	case "Array", "ArrayBuffer", "Uint8Array", "RegExp":
		l.species(wrapper, original) // the others are rare, and do with the inherited one
	}
	l.originals[wrapper] = original
	proto := original.Get("prototype").ToObject(l.vm)
	if err := wrapper.DefineDataProperty("prototype", proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
	if err := proto.DefineDataProperty("constructor", wrapper, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
	if err := l.vm.GlobalObject().DefineDataProperty(name, wrapper, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// flagOf returns yes as goja's property flags have it.
func flagOf(yes bool) goja.Flag {
	if yes {
		return goja.FLAG_TRUE
	}
	return goja.FLAG_FALSE
}

// species gives the class a Symbol.species of its own. It answers with its receiver, as the
// original's does, except for the class itself: there it answers with the original, so that map,
// slice and others, which make no more than there is, take goja's faster way.
func (l *limiter) species(wrapper, original *goja.Object) {
	if original.GetSymbol(goja.SymSpecies) == nil {
		return
	}
	get := l.vm.ToValue(func(call goja.FunctionCall) goja.Value {
		if call.This == goja.Value(wrapper) {
			return original
		}
		return call.This
	})
	if err := wrapper.DefineAccessorPropertySymbol(goja.SymSpecies, get, nil, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// typedArray puts a check before both forms of a typed array's constructor that allocate: with a
// length, and with an object that has a length.
func (l *limiter) typedArray(name string) {
	size := l.vm.Get(name).ToObject(l.vm).Get("BYTES_PER_ELEMENT").ToFloat()
	l.constructor(name, func(args []goja.Value) {
		if len(args) == 0 {
			return
		}
		n := number(args[0])
		if o, ok := args[0].(*goja.Object); ok && !inspect.IsProxy(o) && o.ExportType() != arrayBufferType {
			if length := o.Get("length"); length != nil {
				n = number(length)
			}
		}
		if n*size > byteLimit {
			checkBytes(l.vm, name, n*size)
		}
	})
}
