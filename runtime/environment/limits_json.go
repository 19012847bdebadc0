package environment

import (
	"strconv"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// parse puts a check of the depth before JSON.parse. A text shorter than the limit is not scanned.
func (l *limiter) parse(json *goja.Object) {
	original := l.original(json, "parse")
	l.put(json, "parse", 2, func(call goja.FunctionCall) goja.Value {
		if s, ok := call.Argument(0).(goja.String); ok && s.Length() > nestingLimit && nestedOver(s.String(), nestingLimit) {
			panic(rangeError(l.vm, "JSON.parse: the text is nested deeper than the limit of "+strconv.Itoa(nestingLimit)+" levels"))
		}
		return original(call.This, call.Arguments)
	})
}

// stringify puts a check of an array's length before JSON.stringify. What is inside the array is
// not checked.
func (l *limiter) stringify(json *goja.Object) {
	original := l.original(json, "stringify")
	l.put(json, "stringify", 3, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.Argument(0).(*goja.Object); ok && !inspect.IsProxy(o) && o.ClassName() == "Array" {
			if n := number(o.Get("length")); n > arrayLimit {
				checkItems(l.vm, "JSON.stringify", n)
			}
		}
		return original(call.This, call.Arguments)
	})
}

// nestedOver reports whether the brackets of text are nested deeper than limit. Those in strings do
// not count.
func nestedOver(text string, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > limit {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}
