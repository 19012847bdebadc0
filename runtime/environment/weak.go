package environment

import (
	"weak"

	"github.com/dop251/goja"
)

// A symbolKeys holds an object for each symbol that is a key of a WeakMap or in a WeakSet, because
// goja's take objects only. What a symbol that nothing else refers to has in them goes with a later one.
type symbolKeys struct {
	objects map[weak.Pointer[goja.Symbol]]*goja.Object // only in a turn
	swept   int                                        // how many there were after the last sweep
	keyFor  native                                     // Symbol.keyFor
}

// objectOf returns the object for a symbol, or nil for a registered one, which cannot be such a key.
func (l *limiter) objectOf(s *goja.Symbol) *goja.Object {
	k := &l.symbols
	if !goja.IsUndefined(k.keyFor(goja.FunctionCall{Arguments: []goja.Value{s}})) {
		return nil
	}
	p := weak.Make(s)
	if o := k.objects[p]; o != nil {
		return o
	}
	if k.objects == nil {
		k.objects = map[weak.Pointer[goja.Symbol]]*goja.Object{}
	}
	if len(k.objects) > 2*k.swept+100 {
		for p := range k.objects {
			if p.Value() == nil {
				delete(k.objects, p)
			}
		}
		k.swept = len(k.objects)
	}
	o := l.vm.NewObject()
	k.objects[p] = o
	return o
}

// aroundWeak is for the methods of WeakMap and WeakSet, whose first argument is a key.
func aroundWeak(l *limiter, _ string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		if s, ok := call.Argument(0).(*goja.Symbol); ok {
			if o := l.objectOf(s); o != nil {
				call.Arguments = append([]goja.Value{o}, call.Arguments[1:]...)
			}
		}
		return f(call)
	}
}

// installWeak has the constructors add what they are given by the methods.
func (l *limiter) installWeak() error {
	code, _, err := l.in.code(l.object("Symbol").Get("keyFor").ToObject(l.vm))
	if err != nil {
		return err
	}
	l.symbols.keyFor = *code
	for name, method := range map[string]string{"WeakMap": "set", "WeakSet": "add"} {
		_, construct, err := l.in.code(l.object(name))
		if err != nil {
			return err
		}
		original := *construct
		*construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
			if len(args) == 0 || goja.IsUndefined(args[0]) || goja.IsNull(args[0]) {
				return original(nil, newTarget)
			}
			l.walk(name, args[0], arrayLimit)
			o := original(nil, newTarget)
			add, ok := goja.AssertFunction(orUndefined(o.Get(method)))
			if !ok {
				panic(l.vm.NewTypeError("%s.prototype.%s is not a function", name, method))
			}
			l.vm.ForOf(args[0], func(item goja.Value) bool {
				items := []goja.Value{item}
				if name == "WeakMap" {
					entry, ok := item.(*goja.Object)
					if !ok {
						panic(l.vm.NewTypeError("Iterator value %s is not an entry object", item))
					}
					items = []goja.Value{orUndefined(entry.Get("0")), orUndefined(entry.Get("1"))}
				}
				if _, err := add(o, items...); err != nil {
					panic(err)
				}
				return true
			})
			return o
		}
	}
	return nil
}
