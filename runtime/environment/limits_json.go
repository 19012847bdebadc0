package environment

import (
	"strconv"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// parse refuses JSON that is nested too deep. Only a text long enough to be so is looked at, once.
func (l *limiter) parse(json *goja.Object) {
	original := l.original(json, "parse")
	l.put(json, "parse", 2, func(call goja.FunctionCall) goja.Value {
		if s, ok := call.Argument(0).(goja.String); ok && s.Length() > nestingLimit && nestedOver(s.String(), nestingLimit) {
			panic(rangeError(l.vm, "JSON.parse: the text is nested deeper than the limit of "+strconv.Itoa(nestingLimit)+" levels"))
		}
		return original(call.This, call.Arguments)
	})
}

// stringify checks the length of an array that is turned into JSON; of what is inside it, goja tells nothing beforehand.
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

// nestedOver says whether the brackets of a text go deeper than limit, those in its strings left out.
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
