package environment

import (
	"strings"

	"github.com/dop251/goja"
)

// aroundReplace is for replacing a string by another one. Regular expressions have methods of their
// own for that, which these call.
func aroundReplace(l *limiter, name string, f native) native {
	all := name == "String.prototype.replaceAll"
	return func(call goja.FunctionCall) goja.Value {
		s, ok := call.This.(goja.String)
		pattern, ok2 := call.Argument(0).(goja.String)
		by, ok3 := call.Argument(1).(goja.String)
		if !ok || !ok2 {
			return f(call)
		}
		checkSearch(l, name, call)
		matches := 1.0
		if all && s.Length() > 1<<10 {
			matches = float64(countOf(s, pattern))
			l.items(name, matches, solidLimit)
		} else if all {
			matches = float64(s.Length() + 1)
		}
		if ok3 {
			return f(l.bounded(name, call, float64(s.Length()), matches, by, false))
		}
		return f(call)
	}
}

// bounded returns a call of a replacing built-in that throws when its result becomes too long. It is
// the same call unless the result might. n is the length of the text, wide whether a capture may
// be longer than the match that it is part of.
func (l *limiter) bounded(name string, call goja.FunctionCall, n, matches float64, by goja.String, wide bool) goja.FunctionCall {
	length := float64(by.Length())
	if n+matches*(length+length/2*n) <= byteLimit {
		return call
	}
	text := by.String()
	far := float64(strings.Count(text, "$`") + strings.Count(text, "$'"))
	near := float64(strings.Count(text, "$")) - far
	if wide {
		far, near = far+near, 0
	}
	if n+matches*length+near*n+far*matches*n <= byteLimit {
		return call
	}
	s := &substitution{l: l, name: name, template: by, total: n}
	args := append([]goja.Value(nil), call.Arguments...)
	args[1] = l.vm.ToValue(s.replacement)
	return goja.FunctionCall{This: call.This, Arguments: args}
}

// A substitution makes replacements of a template such as "$1-$2" (GetSubstitution of ECMA-262
// §22.1.3.19.1), and counts how long they are together.
type substitution struct {
	l        *limiter
	name     string
	template goja.String
	parts    []substitutionPart // made for the first match, because they depend on how many captures there are
	total    float64
}

// A substitutionPart is a part of a template.
type substitutionPart struct {
	text    goja.String // as it is; or nil
	capture int         // "$n"; 0 is the whole match
	group   goja.String // "$<name>"; or nil
	before  bool        // "$`"
	after   bool        // "$'"
}

// replacement is called with the match, its captures, its place, the text, and the named groups if
// there are any.
func (s *substitution) replacement(call goja.FunctionCall) goja.Value {
	args := call.Arguments
	var groups *goja.Object
	if o, ok := args[len(args)-1].(*goja.Object); ok {
		groups, args = o, args[:len(args)-1]
	}
	captures, at, text := args[:len(args)-2], int(args[len(args)-2].ToInteger()), args[len(args)-1].(goja.String)
	if s.parts == nil {
		s.parse(len(captures), groups != nil)
	}
	match, _ := captures[0].(goja.String)
	var b goja.StringBuilder
	write := func(piece goja.String) {
		s.total += float64(piece.Length())
		s.l.bytes(s.name, s.total)
		b.WriteString(piece)
	}
	for _, p := range s.parts {
		switch {
		case p.text != nil:
			write(p.text)
		case p.before:
			write(text.Substring(0, at))
		case p.after:
			write(text.Substring(min(at+match.Length(), text.Length()), text.Length()))
		case p.group != nil:
			if v := groups.Get(p.group.String()); v != nil && !goja.IsUndefined(v) {
				write(stringOf(s.l.vm, v))
			}
		default:
			if capture, ok := captures[p.capture].(goja.String); ok {
				write(capture)
			}
		}
	}
	return b.String()
}

// parse takes the template apart, for n captures, of which the first is the match.
func (s *substitution) parse(n int, named bool) {
	t, from := s.template, 0
	add := func(at, length int, p substitutionPart) {
		if at > from {
			s.parts = append(s.parts, substitutionPart{text: t.Substring(from, at)})
		}
		s.parts = append(s.parts, p)
		from = at + length
	}
	digit := func(i int) int {
		if i < t.Length() && t.CharAt(i) >= '0' && t.CharAt(i) <= '9' {
			return int(t.CharAt(i) - '0')
		}
		return -1
	}
	s.parts = []substitutionPart{}
	for i := 0; i+1 < t.Length(); i++ {
		if t.CharAt(i) != '$' {
			continue
		}
		at := i
		switch c := t.CharAt(i + 1); {
		case c == '$':
			add(at, 2, substitutionPart{text: t.Substring(i, i+1)})
		case c == '&':
			add(at, 2, substitutionPart{})
		case c == '`':
			add(at, 2, substitutionPart{before: true})
		case c == '\'':
			add(at, 2, substitutionPart{after: true})
		case c == '<' && named:
			end := i + 2
			for end < t.Length() && t.CharAt(end) != '>' {
				end++
			}
			if end == t.Length() {
				continue
			}
			add(at, end+1-at, substitutionPart{group: t.Substring(i+2, end)})
		case digit(i+1) >= 0:
			one, two := digit(i+1), -1
			if d := digit(i + 2); d >= 0 {
				two = one*10 + d
			}
			if two >= 1 && two < n {
				add(at, 3, substitutionPart{capture: two})
			} else if one >= 1 && one < n {
				add(at, 2, substitutionPart{capture: one})
			} else {
				continue
			}
		default:
			continue
		}
		i = from - 1
	}
	if from < t.Length() {
		s.parts = append(s.parts, substitutionPart{text: t.Substring(from, t.Length())})
	}
}
