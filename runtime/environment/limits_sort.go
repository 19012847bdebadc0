package environment

import (
	"slices"

	"github.com/dop251/goja"
)

// sortLimit bounds the length of an array that goja sorts without a function that compares. It turns
// two elements into strings to compare them, again and again.
const sortLimit = 1 << 16

// aroundSort sorts long arrays without a function that compares (ECMA-262 §23.1.3.30) itself: each
// element becomes a string once. With a function goja does, which the watchdog can end.
func aroundSort(l *limiter, name string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		n, _ := l.length(call.This)
		if n <= 1<<10 {
			return f(call)
		}
		compare, _ := call.Argument(0).(*goja.Object)
		if compare != nil && l.in.isScript(compare) {
			l.walk(name, call.This, solidLimit)
			return f(call)
		}
		o, isObject := call.This.(*goja.Object)
		if isObject && goja.IsUndefined(call.Argument(0)) {
			if values, length, ok := l.in.elements(o); ok && length == len(values) && !slices.ContainsFunc(values, l.isNoElement) {
				l.items(name, n, arrayLimit)
				sorted := l.sorted(values)
				if name == "Array.prototype.toSorted" {
					return l.vm.NewArray(sorted...)
				}
				now, _, _ := l.in.elements(o)
				if len(now) != len(sorted) || &now[0] != &values[0] {
					panic(l.vm.NewTypeError("the array changed while its elements were turned into strings"))
				}
				for i, v := range sorted {
					values[i] = v.(goja.Value)
				}
				return o
			}
		}
		l.items(name, n, sortLimit)
		return f(call)
	}
}

// isNoElement reports whether v, out of an array, is a hole or a property with attributes.
func (l *limiter) isNoElement(v goja.Value) bool {
	return v == nil || l.in.isProperty(v)
}

// sorted returns the values in the order of the strings that they become. Undefined goes last.
func (l *limiter) sorted(values []goja.Value) []any {
	type element struct {
		key   goja.String // nil for undefined
		value goja.Value
	}
	elements := make([]element, len(values))
	for i, v := range values {
		if elements[i].value = v; !goja.IsUndefined(v) {
			elements[i].key = stringOf(l.vm, v)
		}
	}
	slices.SortStableFunc(elements, func(a, b element) int {
		switch {
		case a.key == nil && b.key == nil:
			return 0
		case a.key == nil:
			return 1
		case b.key == nil:
			return -1
		}
		return a.key.CompareTo(b.key)
	})
	sorted := make([]any, len(values))
	for i, e := range elements {
		sorted[i] = e.value
	}
	return sorted
}
