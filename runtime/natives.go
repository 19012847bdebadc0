package runtime

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
	"node.websocket/runtime/source"
)

// natives are the functions of a fresh VM that Go calls. They are taken before any module runs, so
// that a module which replaces a global cannot change them.
type natives struct {
	parseJSON      goja.Callable
	stringifyJSON  goja.Callable
	noop           goja.Callable
	instantiate    goja.Callable // (C) => new C()
	ownKeys        goja.Callable // Reflect.ownKeys
	ownCode        goja.Callable // (o) => the keys of its own functions and accessors
	carryOver      goja.Callable // (from, to, made) copies own properties except those with keys in made
	copyShown      goja.Callable // (from, to) copies own enumerable properties as they are
	functionSource func(f goja.Value) (goja.Value, error)
	resolvePromise goja.Callable // (thenable) => Promise
	prototype      *goja.Object  // of connection objects
	timeout        *goja.Object  // prototype of what setTimeout returns
	promisified    *goja.Symbol  // util.promisify.custom
	inspectSymbol  *goja.Symbol  // util.inspect.custom
	sleep, yield   goja.Value    // util.promisify(setTimeout), util.promisify(setImmediate)
}

// helpers is evaluated once in each VM. It defines functions that are shorter in JavaScript.
var helpers = goja.MustCompile("helpers.js", `(function(){
	var describe = Object.getOwnPropertyDescriptor, define = Object.defineProperty, ownKeys = Reflect.ownKeys;
	return ({
	instantiate: function(C){ return new C(); },
	resolvePromise: function(v){ return Promise.resolve(v); },
	parseJSON: JSON.parse,
	stringifyJSON: JSON.stringify,
	noop: function(){ },
	ownKeys: ownKeys,
	promisified: Symbol.for('nodejs.util.promisify.custom'),
	inspectSymbol: Symbol.for('nodejs.util.inspect.custom'),
	functionSource: Function.prototype.call.bind(Function.prototype.toString),
	ownCode: function(o){
		return ownKeys(o).filter(function(k){
			var d = describe(o, k);
			return typeof d.value == 'function' || !!d.get || !!d.set;
		});
	},
	copyShown: function(from, to){
		ownKeys(from).forEach(function(k){
			var d = describe(from, k);
			if (d.enumerable) define(to, k, d);
		});
	},
	carryOver: function(from, to, made){
		ownKeys(from).forEach(function(k){
			if (made && made.indexOf(k) >= 0) return;
			var d = describe(from, k), own = describe(to, k);
			// A function of the new code takes precedence over one of the same name that was put
			// there since, and an accessor over what was there.
			if (own && (own.get || own.set || typeof d.value == 'function' && typeof own.value == 'function')) return;
			define(to, k, d);
		});
	}
})
})()`, true)

func (w *worker) takeNatives() error {
	v, err := w.vm.RunProgram(helpers)
	if err != nil {
		return fmt.Errorf("prepare a VM: %w", err)
	}
	o := v.ToObject(w.vm)
	for name, f := range map[string]*goja.Callable{
		"instantiate": &w.instantiate, "resolvePromise": &w.resolvePromise, "parseJSON": &w.parseJSON, "stringifyJSON": &w.stringifyJSON,
		"noop": &w.noop, "ownKeys": &w.ownKeys, "ownCode": &w.ownCode, "carryOver": &w.carryOver, "copyShown": &w.copyShown,
	} {
		var ok bool
		if *f, ok = goja.AssertFunction(o.Get(name)); !ok {
			return fmt.Errorf("prepare a VM: %s is no function", name)
		}
	}
	w.promisified, _ = o.Get("promisified").(*goja.Symbol)
	w.inspectSymbol, _ = o.Get("inspectSymbol").(*goja.Symbol)
	source, _ := goja.AssertFunction(o.Get("functionSource"))
	w.functionSource = func(f goja.Value) (goja.Value, error) { return source(goja.Undefined(), f) }
	w.conns, w.timers.objects = newHandles[Conn](), newHandles[timer]()
	return nil
}

// named makes a JavaScript function of f that prints and counts its parameters as a native one
// does.
func (w *worker) named(name string, length int, f func(goja.FunctionCall) goja.Value) goja.Value {
	return inspect.NativeFunction(w.vm, name, length, f)
}

// throwable returns what to panic with so that JavaScript sees err. Exceptions are thrown on as
// they are; errors of the watchdog pass every catch; errors of Go become Error objects, which keep
// their error for the report.
func (w *worker) throwable(err error) any {
	if stop, ok := errors.AsType[*goja.InterruptedError](err); ok {
		return stop
	}
	if overflow, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		return overflow
	}
	if thrown, ok := err.(*goja.Exception); ok {
		return thrown
	}
	return w.errorObject(err)
}

// errorObject makes the Error object that JavaScript sees for an error of Go.
func (w *worker) errorObject(err error) *goja.Object {
	name := "Error"
	if _, ok := errors.AsType[*source.CompileError](err); ok {
		name = "SyntaxError"
	} else if _, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		name, err = "RangeError", errors.New("Maximum call stack size exceeded")
	} else if stop, ok := errors.AsType[*goja.InterruptedError](err); ok {
		err = stop.Unwrap()
	}
	o := w.vm.NewGoError(err)
	_ = o.DefineDataProperty("name", w.vm.ToValue(name), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	_ = o.DefineDataProperty("value", o.Get("value"), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	if _, ok := errors.AsType[*source.NotFoundError](err); ok {
		_ = o.Set("code", "MODULE_NOT_FOUND")
	}
	return o
}

// errorValue returns the value that onError is given for an error.
func (w *worker) errorValue(err error) goja.Value {
	if r, ok := within[*rejection](err); ok {
		return r.reason
	}
	if thrown, ok := err.(*goja.Exception); ok {
		return thrown.Value()
	}
	return w.errorObject(err)
}

var promiseType = reflect.TypeFor[*goja.Promise]()

// whenSettled calls one of two functions when a promise settles, in the turn in which it does; in
// this turn if it has settled already. It reports whether o is a promise, or anything with a method
// then. It must be called within Call or Try.
func (w *worker) whenSettled(o *goja.Object, fulfilled, rejected func(goja.Value)) (isPromise bool, err error) {
	if o.ExportType() != promiseType {
		if _, ok := goja.AssertFunction(o.Get("then")); !ok {
			return false, nil
		}
		v, err := w.resolvePromise(goja.Undefined(), o)
		if err != nil {
			return true, err
		}
		o = v.ToObject(w.vm)
	}
	then, ok := goja.AssertFunction(o.Get("then"))
	if !ok {
		return false, nil
	}
	react := func(f func(goja.Value)) goja.Value {
		return w.vm.ToValue(func(call goja.FunctionCall) goja.Value {
			f(call.Argument(0))
			return goja.Undefined()
		})
	}
	_, err = then(o, react(fulfilled), react(rejected))
	return true, err
}
