package runtime

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dop251/goja"

	"node.websocket/runtime/storage"
)

// The arguments of require('storage'). These methods throw a TypeError that names what is wrong.

// maxTTL is the longest time to live, in seconds: a hundred years.
const maxTTL = 100 * 365 * 24 * 60 * 60

func (w *worker) storageKey(v goja.Value) string {
	key := w.storageString("the key", v)
	if key == "" {
		panic(w.vm.NewTypeError("storage: the key is empty"))
	}
	return key
}

// storageString returns a key, or a part of one.
func (w *worker) storageString(what string, v goja.Value) string {
	s, ok := v.(goja.String)
	if !ok {
		panic(w.vm.NewTypeError("storage: %s must be a string", what))
	}
	text := s.String()
	if len(text) > storage.MaxKey {
		panic(w.vm.NewTypeError("storage: %s has %d bytes, more than %d", what, len(text), storage.MaxKey))
	}
	if strings.ContainsRune(text, utf8.RuneError) { // which stands for each half of a surrogate pair
		panic(w.vm.NewTypeError("storage: %s is not well-formed text", what))
	}
	return text
}

// storageText returns the JSON text of a value. Where there is none, as of undefined, it returns nil, or
// throws if absent is false.
func (w *worker) storageText(v goja.Value, absent bool) []byte {
	text, err := w.stringifyJSON(goja.Undefined(), v)
	if err != nil {
		panic(w.throwable(err))
	}
	s, ok := text.(goja.String)
	switch {
	case !ok && absent && goja.IsUndefined(v):
		return nil
	case !ok:
		panic(w.vm.NewTypeError("storage: the value has no JSON text, because it is undefined, a function or a symbol"))
	case s.Length() > storage.MaxValue:
		panic(w.vm.NewTypeError("storage: the value's JSON text has more than %d bytes", storage.MaxValue))
	}
	json := []byte(s.String())
	if len(json) > storage.MaxValue {
		panic(w.vm.NewTypeError("storage: the value's JSON text has %d bytes, more than %d", len(json), storage.MaxValue))
	}
	return json
}

// storageOptions returns an argument that is an object of options, or nil where it is not given.
func (w *worker) storageOptions(v goja.Value, form string) *goja.Object {
	if !given(v) {
		return nil
	}
	o, ok := v.(*goja.Object)
	if !ok {
		panic(w.vm.NewTypeError("storage: the options must be an object: %s", form))
	}
	return o
}

// ttl returns the time to live in an object of options, which is in seconds; 0 if there is none.
func (w *worker) ttl(v goja.Value) time.Duration {
	o := w.storageOptions(v, "{ttl: seconds}")
	if o == nil || !given(o.Get("ttl")) {
		return 0
	}
	seconds, ok := number(o.Get("ttl"))
	if !ok || !(seconds > 0 && seconds <= maxTTL) {
		panic(w.vm.NewTypeError("storage: ttl must be a number of seconds above 0, at most %d", int64(maxTTL)))
	}
	return time.Duration(math.Ceil(seconds*1000)) * time.Millisecond
}

// storageNumber returns an argument that is a whole number, or otherwise where it is not given.
func (w *worker) storageNumber(name string, v goja.Value, otherwise, least, most int64) int64 {
	if !given(v) {
		return otherwise
	}
	n, ok := number(v)
	if !ok || n != math.Trunc(n) || n < float64(least) || n > float64(most) {
		panic(w.vm.NewTypeError("storage: %s must be a whole number from %d to %d", name, least, most))
	}
	return int64(n)
}

// number returns the value of a JavaScript number.
func number(v goja.Value) (n float64, ok bool) {
	switch n := v.Export().(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// storageList reads the options of list.
func (w *worker) storageList(call goja.FunctionCall) storage.Operation {
	op := storage.Operation{Kind: storage.List, Limit: 100}
	o := w.storageOptions(call.Argument(0), "{prefix, limit, after}")
	if o == nil {
		return op
	}
	if v := o.Get("prefix"); given(v) {
		op.Key = w.storageString("prefix", v)
	}
	if v := o.Get("after"); given(v) {
		op.After = w.storageString("after", v)
	}
	op.Limit = int(w.storageNumber("limit", o.Get("limit"), 100, 1, storage.MaxEntries))
	return op
}
