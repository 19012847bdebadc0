package environment

import "github.com/dop251/goja"

// checkParse measures the depth. A text shorter than the limit is not scanned.
func checkParse(l *limiter, name string, call goja.FunctionCall) {
	if s, ok := call.Argument(0).(goja.String); ok && s.Length() > nestingLimit && nestedOver(s.String(), nestingLimit) {
		l.refuse("%s: the text is nested deeper than the limit of %d levels", name, nestingLimit)
	}
}

func checkStringify(l *limiter, name string, call goja.FunctionCall) { l.walk(name, call.Argument(0)) }

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
