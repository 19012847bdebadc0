package runtime

import (
	"github.com/dop251/goja"
)

// What console.log prints of a connection and of connection.server. Their properties are accessors of a
// prototype, which printing leaves alone; so each has a custom inspect function, which makes an object to
// print in its place: what tells one connection from another, and what the module has put there.

// showAs gives o, or what inherits from it, a custom inspect function. What it prints has the name of a
// class, the properties that fill sets, and the enumerable own properties of the object that is printed.
// fill reports whether this is such an object; otherwise it is printed like any other.
func (w *worker) showAs(o *goja.Object, class string, fill func(this goja.Value, view *goja.Object) bool) {
	var prototype *goja.Object // of what is printed; made when it is first needed
	inspect := w.named("inspect", 2, func(call goja.FunctionCall) goja.Value {
		if prototype == nil {
			prototype = w.vm.NewObject()
			constructor := w.named(class, 0, func(goja.FunctionCall) goja.Value { return goja.Undefined() }).ToObject(w.vm)
			_ = constructor.DefineDataProperty("prototype", prototype, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
			_ = prototype.DefineDataProperty("constructor", constructor, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
		view := w.vm.CreateObject(prototype)
		if !fill(call.This, view) {
			return call.This
		}
		if _, err := w.copyShown(goja.Undefined(), call.This, view); err != nil {
			panic(err)
		}
		return view
	})
	_ = o.DefineDataPropertySymbol(w.inspectSymbol, inspect, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// showConnection sets what is printed of a connection.
func (w *worker) showConnection(this goja.Value, view *goja.Object) bool {
	c := w.conns.of(this)
	if c == nil { // the prototype
		return false
	}
	_ = view.Set("id", c.id)
	_ = view.Set("remoteAddress", c.remoteAddress)
	_ = view.Set("transport", c.usual.transport)
	_ = view.Set("readyState", c.readyState())
	if c.paused {
		_ = view.Set("paused", true)
	}
	return true
}

// showServer sets what is printed of connection.server.
func (w *worker) showServer(_ goja.Value, view *goja.Object) bool {
	_ = view.Set("clients", w.resource.connections())
	return true
}
