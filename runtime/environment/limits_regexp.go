package environment

import (
	"fmt"
	"reflect"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

const (
	// regexpLimit bounds the time of one match that backtracks.
	regexpLimit = time.Second

	// regexpTotal bounds the time of all such matches in one call from Go. Built-ins may make many
	// matches before JavaScript runs again.
	regexpTotal = 3 * time.Second

	// patternLimit bounds the length of a regular expression, patternNesting the depth of its groups.
	patternLimit   = 1 << 20
	patternNesting = 1_000
)

func init() {
	// The limit is a variable of the regexp package that goja uses, for the whole process, and goja
	// has no setting for it. Nothing else here needs that import.
	regexp2.DefaultMatchTimeout = regexpLimit
}

// goja answers that there is no match when a match ran into regexp2's limit. Whoever filters what
// clients send would let it pass. So the time is taken of the matches that can backtrack: those of
// expressions with what Go's regexp lacks, and those of the flags g and y, which may begin within a
// text. A match that took about the limit, and found nothing, throws an Error instead. The clock of
// regexp2 is up to a tenth of a second slow, and more on a busy machine.

// aroundMatch is for built-ins that match once.
func aroundMatch(l *limiter, _ string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		o, ok := call.This.(*goja.Object)
		if !ok {
			return f(call)
		}
		if _, perhaps := l.in.backtracks(o); !perhaps {
			return f(call)
		}
		return l.timed(o, f, call, true)
	}
}

// timed calls f, and throws if that took too long. alone says that no JavaScript runs within.
func (l *limiter) timed(o *goja.Object, f native, call goja.FunctionCall, alone bool) goja.Value {
	start := time.Now()
	v := f(call)
	took := time.Since(start)
	if alone {
		l.regexpTime += took
	}
	if took >= regexpLimit/2 && isNoMatch(v, call) {
		l.tookTooLong(o, lengthOf(call.Argument(0)), regexpLimit)
	}
	if l.regexpTime >= regexpTotal {
		l.regexpTime = 0 // JavaScript that catches this goes on
		l.tookTooLong(o, lengthOf(call.Argument(0)), regexpTotal)
	}
	return v
}

// isNoMatch reports whether v is what a built-in returns that found no match in its argument.
func isNoMatch(v goja.Value, call goja.FunctionCall) bool {
	switch v := v.(type) {
	case goja.String: // replace: the text as it was
		return v.StrictEquals(call.Argument(0))
	case *goja.Object: // split: one piece
		return v.ClassName() == "Array" && v.Get("index") == nil && v.Get("length").ToInteger() == 1
	}
	return goja.IsNull(v) || goja.IsNumber(v) && v.ToInteger() == -1 || v.ExportType() == boolType && !v.ToBoolean()
}

var boolType = reflect.TypeFor[bool]()

func (l *limiter) tookTooLong(o *goja.Object, length int, limit time.Duration) {
	message := fmt.Sprintf("the regular expression %s took longer than %v on a text of %d characters", inspect.Cut(o.String(), 200), limit, length)
	if l.warn != nil {
		l.warn(message)
	}
	panic(l.made(l.errors, message))
}

// aroundMatches is for built-ins that match as often as they can if the expression is global. goja
// makes all the matches at once, each with the whole limit. So in a long text that makes
// it backtrack goja is led to call exec for each.
func aroundMatches(l *limiter, name string, f native) native {
	replaces := name == "RegExp.prototype.@@replace"
	return func(call goja.FunctionCall) goja.Value {
		o, ok := call.This.(*goja.Object)
		s, ok2 := call.Argument(0).(goja.String)
		if !ok || !ok2 {
			return f(call)
		}
		always, perhaps := l.in.backtracks(o)
		global := l.in.isGlobal(o)
		n := float64(s.Length())
		if global {
			l.items(name, n, solidLimit)
		}
		alone := true
		if replaces {
			if by, ok := call.Argument(1).(goja.String); ok {
				matches := 1.0
				if global {
					matches = n + 1
				}
				call = l.bounded(name, call, n, matches, by, always)
			} else {
				alone = false
			}
		}
		if !perhaps {
			return f(call)
		}
		if global && s.Length() > oneByOne && s.Length() <= arrayLimit && (always || !isASCII(s)) {
			if standard := l.in.standard(o); *standard {
				*standard = false
				defer func() { *standard = true }()
			}
			return f(call)
		}
		return l.timed(o, f, call, alone)
	}
}

// oneByOne is the length of a text in which goja may make all matches at once. It takes half the time
// of one after the other.
const oneByOne = 256

// isASCII reports whether all characters of a string are.
func isASCII(s goja.String) bool {
	switch reflect.TypeOf(s).Kind() {
	case reflect.String:
		return true
	case reflect.Slice:
		return false
	}
	return len(s.String()) == s.Length() // UTF-8 as it came from Go
}

// aroundSplit is aroundMatches for split, which goja does at each character if it calls exec.
func aroundSplit(l *limiter, name string, f native) native {
	return func(call goja.FunctionCall) goja.Value {
		o, ok := call.This.(*goja.Object)
		s, ok2 := call.Argument(0).(goja.String)
		if !ok || !ok2 {
			return f(call)
		}
		l.items(name, float64(s.Length()), solidLimit)
		always, _ := l.in.backtracks(o)
		switch {
		case !always && isASCII(s):
			return f(call)
		case s.Length() <= oneByOne || s.Length() > arrayLimit || !*l.in.standard(o):
			return l.timed(o, f, call, true)
		}
		return l.split(o, s, call.Argument(1))
	}
}

// split is ECMA-262 §22.2.6.14, with a search from each place in the place of a match there.
func (l *limiter) split(o *goja.Object, s goja.String, most goja.Value) goja.Value {
	limit := uint32(1<<32 - 1)
	if !goja.IsUndefined(most) {
		limit = uint32(most.ToInteger())
	}
	flags := "g"
	for _, c := range o.Get("flags").String() {
		if c != 'g' && c != 'y' {
			flags += string(c)
		}
	}
	matcher := l.made(l.regexps, o, flags).ToObject(l.vm)
	var pieces []any
	add := func(v goja.Value) bool {
		pieces = append(pieces, v)
		return uint32(len(pieces)) < limit
	}
	from := 0 // of the next piece
	for at := 0; limit > 0 && at < s.Length(); {
		_ = matcher.Set("lastIndex", at)
		match, ok := l.exec(goja.FunctionCall{This: matcher, Arguments: []goja.Value{s}}).(*goja.Object)
		if !ok {
			break
		}
		begin, end := int(match.Get("index").ToInteger()), int(matcher.Get("lastIndex").ToInteger())
		if begin >= s.Length() {
			break
		}
		if end == from {
			at = begin + 1
			continue
		}
		if !add(s.Substring(from, begin)) {
			return l.vm.NewArray(pieces...)
		}
		captures, _, _ := l.in.elements(match)
		for _, capture := range captures[1:] {
			if !add(capture) {
				return l.vm.NewArray(pieces...)
			}
		}
		from, at = end, max(end, begin+1)
	}
	if limit > 0 {
		add(s.Substring(from, s.Length()))
	}
	return l.vm.NewArray(pieces...)
}

// checkRegExp also gives goja the properties of Unicode that it does not know.
func checkRegExp(l *limiter, name string, call goja.FunctionCall) {
	checkPattern(l, name, call)
	expandArguments(call.Arguments)
}

// checkPattern is for built-ins that make a regular expression of a string.
func checkPattern(l *limiter, name string, call goja.FunctionCall) {
	s, ok := call.Argument(0).(goja.String)
	if !ok || s.Length() <= patternNesting {
		return
	}
	l.items(name, float64(s.Length()), patternLimit)
	depth, inClass, text := 0, false, s.String()
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case inClass:
			inClass = c != ']'
		case c == '[':
			inClass = true
		case c == ')':
			depth--
		case c == '(':
			if depth++; depth > patternNesting {
				panic(l.made(l.syntaxErrors, fmt.Sprintf("Invalid regular expression: its groups are nested deeper than the limit of %d levels", patternNesting)))
			}
		}
	}
}
