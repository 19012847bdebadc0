package runtime

import (
	"slices"

	"github.com/dop251/goja"
)

// hot is what stands behind the module.hot of one file: how it hands state on to the file that takes its place.
type hot struct {
	previous  *loadedFile // whose place this file takes; nil once it has, and at first
	disposers []goja.Callable
	disposed  bool       // by the load that is under way, or for good
	handed    goja.Value // what the disposers put on data; undefined without a disposer
	data      goja.Value // module.hot.data, once it was asked for
}

// jsHot makes module.hot. Its data is an accessor: a file that reads it while it loads gets what the file before it hands
// on, which is then disposed of at that moment, and one that does not read it leaves that file whole until the new version
// is known to be good.
func (f *loadedFile) jsHot(number int) *goja.Object {
	w := f.version.worker
	o := w.vm.NewObject()
	_ = o.Set("version", number)
	_ = o.DefineAccessorProperty("data", w.named("get data", 0, func(goja.FunctionCall) goja.Value {
		return f.takeData()
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	_ = o.Set("dispose", w.named("dispose", 1, func(call goja.FunctionCall) goja.Value {
		fn, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			panic(w.vm.NewTypeError("module.hot.dispose takes a function"))
		}
		f.hot.disposers = append(f.hot.disposers, fn)
		return goja.Undefined()
	}))
	return o
}

func (f *loadedFile) takeData() goja.Value {
	h := &f.hot
	if h.data == nil {
		h.data = goja.Undefined()
		if h.previous != nil {
			h.data = h.previous.dispose()
		}
	}
	return h.data
}

// dispose calls the file's disposers, once for each load, and returns what they hand on.
func (f *loadedFile) dispose() goja.Value {
	h := &f.hot
	if h.disposed {
		return h.handed
	}
	h.disposed, h.handed = true, goja.Undefined()
	if len(h.disposers) == 0 {
		return h.handed
	}
	w := f.version.worker
	h.handed = w.vm.NewObject()
	h.disposers = slices.DeleteFunc(h.disposers, func(d goja.Callable) bool {
		err := w.Try("dispose", func() error {
			_, err := d(goja.Undefined(), h.handed)
			return err
		})
		if err != nil {
			w.fail(nil, "dispose", err)
		}
		return err != nil && isUncatchable(err) // it would keep every load from ending
	})
	return h.handed
}

// revive is for a file that serves on because the load that disposed of it failed. The next load disposes of it again, and
// so gets what has become of its state until then.
func (f *loadedFile) revive() { f.hot.disposed, f.hot.handed = false, nil }
