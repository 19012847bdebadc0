package environment

import (
	"slices"

	"github.com/dop251/goja"
)

// parseLimit bounds the length of a text that JSON.parse reads.
const parseLimit = 1 << 24

// checkParse measures the depth. A text shorter than the limit is not scanned.
func checkParse(l *limiter, name string, call goja.FunctionCall) {
	s, ok := call.Argument(0).(goja.String)
	if !ok || s.Length() <= nestingLimit {
		return
	}
	if s.Length() > parseLimit {
		l.refuse("%s: a text of %d characters is over the limit of %d", name, s.Length(), parseLimit)
	}
	if nestedOver(s.String(), nestingLimit) {
		l.refuse("%s: the text is nested deeper than the limit of %d levels", name, nestingLimit)
	}
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

// checkStringify measures what is to become text: its depth, the number of values in it, and at
// least how long they are. It looks into arrays and ordinary objects, and calls nothing. So it does
// not see what a getter or toJSON returns.
func checkStringify(l *limiter, name string, call goja.FunctionCall) {
	o, ok := call.Argument(0).(*goja.Object)
	if !ok {
		return
	}
	m := measure{l: l, name: name, indents: !goja.IsUndefined(call.Argument(2))}
	m.object(o)
}

// A measure is the sum of what is in an object.
type measure struct {
	l       *limiter
	name    string
	indents bool // each line of the text begins with up to ten characters for each level

	path          []*goja.Object // the objects that the next one is in, outermost first
	values, bytes float64
}

func (m *measure) value(v goja.Value) {
	switch v := m.l.in.valueOf(v).(type) {
	case *goja.Object:
		m.object(v)
	case goja.String:
		m.bytes += float64(v.Length())
	}
}

func (m *measure) object(o *goja.Object) {
	in := m.l.in
	properties, isPlain := in.properties(o)
	elements, length, isArray := in.elements(o)
	var items []sparseItem
	if !isPlain && !isArray {
		if items, length, isArray = in.sparseElements(o); !isArray {
			return
		}
	}
	if slices.Contains(m.path, o) {
		return // a cycle, which goja finds, too
	}
	if len(m.path) >= nestingLimit {
		m.l.refuse("%s: the value is nested deeper than the limit of %d levels", m.name, nestingLimit)
	}
	m.path = append(m.path, o)
	n := float64(max(length, len(properties)))
	m.values += n
	m.bytes += 2 * n
	if m.indents {
		m.bytes += 10 * n * float64(len(m.path))
	}
	for _, v := range properties {
		m.value(v)
	}
	for _, v := range elements {
		m.value(v)
	}
	for _, item := range items {
		m.value(item.value)
	}
	m.path = m.path[:len(m.path)-1]
	m.l.items(m.name, m.values, solidLimit)
	m.l.bytes(m.name, m.bytes)
}
