package runtime

import "github.com/dop251/goja"

// handles tie JavaScript objects to what they stand for: open connections, or pending timers. They
// are used in a turn only.
type handles[T any] struct {
	// live takes a seventh of the time and less of the memory of a property on each object, but keeps
	// the objects in it alive.
	live map[*goja.Object]*T
	key  *goja.Symbol // of the property of objects that were dropped from live
}

// A handle is the value of that property. It has no exported fields, so that JavaScript that gets hold
// of it can do nothing with it.
type handle[T any] struct{ of *T }

func newHandles[T any]() handles[T] {
	return handles[T]{live: map[*goja.Object]*T{}, key: goja.NewSymbol("node.websocket")}
}

// set ties o to what it stands for.
func (h *handles[T]) set(o *goja.Object, of *T) { h.live[o] = of }

// drop stops keeping o alive. If keep is set, o stays tied to what it stands for by a property, for as
// long as JavaScript holds it.
func (h *handles[T]) drop(vm *goja.Runtime, o *goja.Object, keep bool) {
	if of, ok := h.live[o]; ok && keep {
		_ = o.DefineDataPropertySymbol(h.key, vm.ToValue(&handle[T]{of}), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	delete(h.live, o)
}

// of returns what an object stands for, or nil. An object stands for the same as one that it inherits
// from.
func (h *handles[T]) of(v goja.Value) *T {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	if of, ok := h.live[o]; ok {
		return of
	}
	if kept, ok := o.GetSymbol(h.key).(*goja.Object); ok {
		if kept, ok := kept.Export().(*handle[T]); ok {
			return kept.of
		}
	}
	for depth := 0; o != nil && depth < 10; depth++ {
		if of, ok := h.live[o]; ok {
			return of
		}
		o = o.Prototype()
	}
	return nil
}
