package environment

import "github.com/dop251/goja"

// checkKeys is for built-ins that make something for each own key of an argument. Those of strings
// and typed arrays cost nothing until then.
func checkKeys(at int) func(*limiter, string, goja.FunctionCall) {
	return func(l *limiter, name string, call goja.FunctionCall) { l.keys(name, call.Argument(at)) }
}

func checkAssign(l *limiter, name string, call goja.FunctionCall) {
	for _, v := range call.Arguments[min(1, len(call.Arguments)):] {
		l.keys(name, v)
	}
}

// keys throws if v has too many own keys, as far as they can be counted.
func (l *limiter) keys(name string, v goja.Value) {
	n := 0
	switch v := v.(type) {
	case goja.String:
		n = v.Length()
	case *goja.Object:
		if properties, ok := l.in.properties(v); ok {
			n = len(properties)
		} else if values, _, ok := l.in.elements(v); ok {
			n = len(values)
		} else if items, _, ok := l.in.sparseElements(v); ok {
			n = len(items)
		} else if length, ok := l.in.typedArray(v); ok {
			n = length
		} else if v.ClassName() == "String" {
			n = int(v.Get("length").ToInteger())
		}
	}
	if n > arrayLimit {
		l.refuse("%s: %d keys are over the limit of %d", name, n, arrayLimit)
	}
}
