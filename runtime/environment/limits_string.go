package environment

import (
	"strings"

	"github.com/dop251/goja"
)

// searchLimit bounds the product of the lengths of a text and of what is looked for in it, if the
// text is not ASCII. goja may compare almost everything with everything then: two seconds for this.
const searchLimit = 1 << 37

// checkRepeat multiplies. It takes what is no string for one character.
func checkRepeat(l *limiter, name string, call goja.FunctionCall) {
	if n := number(call.Argument(0)); n > 1 {
		if s, ok := call.This.(goja.String); ok {
			n *= float64(s.Length())
		}
		l.bytes(name, n)
	}
}

func checkPad(l *limiter, name string, call goja.FunctionCall) {
	if s, ok := call.Argument(1).(goja.String); ok && s.Length() == 0 {
		return
	}
	l.bytes(name, number(call.Argument(0)))
}

func checkStringConcat(l *limiter, name string, call goja.FunctionCall) {
	total := lengthOf(call.This)
	for _, v := range call.Arguments {
		total += lengthOf(v)
	}
	l.bytes(name, float64(total))
}

// lengthOf returns the length of a string, and 0 for anything else.
func lengthOf(v goja.Value) int {
	if s, ok := v.(goja.String); ok {
		return s.Length()
	}
	return 0
}

// checkSearch is for built-ins that look for a string in a string.
func checkSearch(l *limiter, name string, call goja.FunctionCall) {
	n, what := lengthOf(call.This), lengthOf(call.Argument(0))
	if float64(n)*float64(what) <= searchLimit || what > n {
		return
	}
	if s := call.This.(goja.String); l.in.regexp.text(s).ascii == nil {
		l.refuse("%s: to look for %d characters in %d is over the limit", name, what, n)
	}
}

// checkSplit counts the pieces of a long string.
func checkSplit(l *limiter, name string, call goja.FunctionCall) {
	s, ok := call.This.(goja.String)
	if !ok || s.Length() <= 1<<12 {
		return
	}
	separator, ok := call.Argument(0).(goja.String)
	if !ok {
		return
	}
	checkSearch(l, name, call)
	if s.Length() > solidLimit {
		n := countOf(s, separator)
		if most := call.Argument(1); goja.IsNumber(most) {
			n = min(n, uint32(most.ToInteger()))
		}
		l.items(name, float64(n), solidLimit)
	}
}

// countOf returns how often what is in s, as String.prototype.split and replaceAll find it.
func countOf(s, what goja.String) uint32 {
	if what.Length() == 0 {
		return uint32(s.Length()) + 1
	}
	return uint32(strings.Count(s.String(), what.String()))
}

// checkText is for built-ins that look every character up in Unicode's tables.
func checkText(l *limiter, name string, call goja.FunctionCall) {
	l.items(name, float64(lengthOf(call.This)+lengthOf(call.Argument(0))), solidLimit)
}

// checkLetters is for built-ins that convert a text to another encoding and back.
func checkLetters(l *limiter, name string, call goja.FunctionCall) {
	l.items(name, float64(lengthOf(call.This)), byteLimit/4)
}

// checkEscape is for the functions whose results are up to nine times as long as their argument.
func checkEscape(l *limiter, name string, call goja.FunctionCall) {
	l.items(name, float64(lengthOf(call.Argument(0))), byteLimit/9)
}

func checkRaw(l *limiter, name string, call goja.FunctionCall) {
	if o, ok := call.Argument(0).(*goja.Object); ok && !l.in.isProxy(o) {
		if raw := o.Get("raw"); raw != nil {
			l.walk(name, raw, solidLimit)
		}
	}
}
