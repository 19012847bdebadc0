package environment

import "github.com/dop251/goja"

func checkArray(l *limiter, name string, call goja.FunctionCall) {
	if len(call.Arguments) == 1 && goja.IsNumber(call.Arguments[0]) {
		l.items(name, call.Arguments[0].ToFloat(), solidLimit)
	}
}

// checkConcat takes the sum of the lengths of all arrays.
func checkConcat(l *limiter, name string, call goja.FunctionCall) {
	total, limit := 0.0, solidLimit
	add := func(v goja.Value) {
		o, ok := v.(*goja.Object)
		if !ok {
			return
		}
		if !l.isArray(o) {
			if s := o.GetSymbol(goja.SymIsConcatSpreadable); s == nil || !s.ToBoolean() {
				return
			}
		}
		n, solid := l.length(o)
		if total += n; !solid {
			limit = arrayLimit
		}
	}
	add(call.This)
	for _, v := range call.Arguments {
		add(v)
	}
	l.items(name, total, limit)
}

// aroundJoin counts the depth of arrays in each other, because join converts what is in an array to
// strings, and that is join again. It adds up what the result will hold at the least.
func aroundJoin(l *limiter, name string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		n, _ := l.length(call.This)
		l.items(name, n, arrayLimit)
		if n > 16 {
			total := 0.0
			if separator, ok := call.Argument(0).(goja.String); ok {
				total = (n - 1) * float64(separator.Length())
			}
			if o, ok := call.This.(*goja.Object); ok {
				values, _, _ := l.in.elements(o)
				for _, v := range values {
					if s, ok := v.(goja.String); ok {
						total += float64(s.Length())
					}
				}
			}
			l.bytes(name, total)
		}
		return l.nested(name, f, call)
	}
}

// aroundFlat measures the arrays that will become one, and how deep they are.
func aroundFlat(l *limiter, name string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		depth := 1.0
		if v := call.Argument(0); !goja.IsUndefined(v) {
			depth = number(v)
		}
		total := 0.0
		l.flatSize(name, call.This, depth, 0, &total)
		return f(call)
	}
}

// flatSize adds up the lengths of the arrays in v down to a depth.
func (l *limiter) flatSize(name string, v goja.Value, depth float64, level int, total *float64) {
	n, _ := l.length(v)
	*total += n
	l.items(name, *total, arrayLimit)
	if depth < 1 {
		return
	}
	if level == nestingLimit {
		l.refuse("%s: the arrays are nested deeper than the limit of %d levels", name, nestingLimit)
	}
	o, ok := v.(*goja.Object)
	if !ok {
		return
	}
	inner := func(v goja.Value) {
		if o, ok := v.(*goja.Object); ok && l.isArray(o) {
			l.flatSize(name, o, depth-1, level+1, total)
		}
	}
	values, _, _ := l.in.elements(o)
	for _, v := range values {
		inner(v)
	}
	items, _, _ := l.in.sparseElements(o)
	for _, item := range items {
		inner(item.value)
	}
}

func (l *limiter) isArray(o *goja.Object) bool {
	if _, _, ok := l.in.elements(o); ok {
		return true
	}
	_, _, ok := l.in.sparseElements(o)
	return ok
}

// aroundFlatMap measures what the function returns: an array of that becomes part of the result.
func aroundFlatMap(l *limiter, name string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		walksThisSlowly(l, name, call)
		total := 0.0
		return l.relay(f, call, func(callback native, call goja.FunctionCall) goja.Value {
			v := callback(call)
			if o, ok := v.(*goja.Object); ok && l.isArray(o) {
				n, _ := l.length(o)
				total += n
				l.items(name, total, arrayLimit)
			}
			return v
		})
	}
}

// aroundFind gives undefined for a hole to a function that is a built-in: [,,1].find(Boolean). goja
// calls those with nil, and they fall over it.
func aroundFind(l *limiter, name string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		l.walk(name, call.This, solidLimit)
		if callback, ok := call.Argument(0).(*goja.Object); !ok || l.in.isScript(callback) {
			return f(call)
		}
		return l.relay(f, call, func(callback native, call goja.FunctionCall) goja.Value {
			for i, v := range call.Arguments {
				if v == nil {
					call.Arguments[i] = goja.Undefined()
				}
			}
			return callback(call)
		})
	}
}

// relay calls the built-in f so that each call of its first argument, a function, goes through each.
// All the calls in one VM share a function object for that.
func (l *limiter) relay(f native, call goja.FunctionCall, each func(callback native, call goja.FunctionCall) goja.Value) goja.Value {
	o, ok := call.Argument(0).(*goja.Object)
	if !ok {
		return f(call)
	}
	callback, ok := o.Export().(native)
	if !ok { // a class, a proxy, or no function at all
		return f(call)
	}
	if l.relayed == nil {
		l.relayed = l.vm.ToValue(func(call goja.FunctionCall) goja.Value { return l.each(call) })
	}
	outer := l.each
	defer func() { l.each = outer }()
	l.each = func(call goja.FunctionCall) goja.Value { return each(callback, call) }
	args := append([]goja.Value(nil), call.Arguments...)
	args[0] = l.relayed
	return f(goja.FunctionCall{This: call.This, Arguments: args})
}
