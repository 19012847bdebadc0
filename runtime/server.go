package runtime

import (
	"github.com/dop251/goja"
)

// installServer makes connection.server, one object for all connections of the resource. Modules may
// put properties of their own on it.
func (w *worker) installServer() {
	vm := w.vm
	w.server = vm.NewObject()
	options := vm.NewObject()
	for name, value := range w.resource.runtime.options.Server {
		_ = options.Set(name, value)
	}
	hidden := func(name string, v goja.Value) {
		_ = w.server.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	hidden("options", options)
	getter := func(name string, get func() goja.Value) {
		_ = w.server.DefineAccessorProperty(name, w.named("get "+name, 0, func(goja.FunctionCall) goja.Value { return get() }), nil,
			goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	getter("clients", func() goja.Value { return vm.ToValue(w.resource.connections()) })
	getter("connections", func() goja.Value {
		// A copy, because a module may close connections while it iterates over them.
		open := make([]any, 0, w.clients.Load())
		for c := w.first; c != nil; c = c.next {
			open = append(open, c.jsObject())
		}
		return vm.NewArray(open...)
	})
	hidden("publish", w.named("publish", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(w.publish(w.name("publish", call), call.Argument(1), nil))
	}))
	hidden("subscriberCount", w.named("subscriberCount", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(w.resource.runtime.topics.Count(w.pattern("subscriberCount", call)))
	}))
	w.installPolls(hidden)
	hidden("broadcast", w.named("broadcast", 2, func(call goja.FunctionCall) goja.Value {
		w.broadcast(call.Argument(0), call.Argument(1))
		return goja.Undefined()
	}))
	w.showAs(w.server, "Server", w.showServer)
}
