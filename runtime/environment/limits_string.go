package environment

import (
	"math"

	"github.com/dop251/goja"
)

// this returns the string that a method of String.prototype was called on.
func (l *limiter) this(call goja.FunctionCall, method string) goja.String {
	if s, ok := call.This.(goja.String); ok {
		return s
	}
	if goja.IsUndefined(call.This) || goja.IsNull(call.This) {
		panic(l.vm.NewTypeError("String.prototype." + method + " called on null or undefined"))
	}
	return stringOf(l.vm, call.This)
}

// repeat is String.prototype.repeat (ECMA-262 §22.1.3.18). It does not call the original, because
// that takes longer than repeating.
func (l *limiter) repeat(call goja.FunctionCall) goja.Value {
	s := l.this(call, "repeat")
	n := call.Argument(0).ToFloat()
	if n <= -1 || math.IsInf(n, 0) {
		panic(rangeError(l.vm, "Invalid count value: "+call.Argument(0).String()))
	}
	if math.IsNaN(n) || n < 1 || s.Length() == 0 {
		return goja.StringFromUTF16(nil)
	}
	n = math.Floor(n)
	checkBytes(l.vm, "String.prototype.repeat", n*float64(s.Length()))
	var b goja.StringBuilder
	if n > 1 && s.Length()*int(n) > 64 {
		b.Grow(s.Length() * int(n))
	}
	for range int(n) {
		b.WriteString(s)
	}
	return b.String()
}

// pad is padStart and padEnd (ECMA-262 §22.1.3.17).
func (l *limiter) pad(call goja.FunctionCall, method string) goja.Value {
	s := l.this(call, method)
	target := call.Argument(0).ToFloat()
	length := s.Length()
	if math.IsNaN(target) || target <= float64(length) {
		return s
	}
	filler := l.space
	if v := call.Argument(1); !goja.IsUndefined(v) {
		filler = stringOf(l.vm, v)
	}
	if filler.Length() == 0 {
		return s
	}
	checkBytes(l.vm, "String.prototype."+method, target)
	room := int(target) - length
	var b goja.StringBuilder
	if method == "padEnd" {
		b.WriteString(s)
	}
	for ; room >= filler.Length(); room -= filler.Length() {
		b.WriteString(filler)
	}
	b.WriteString(filler.Substring(0, room))
	if method == "padStart" {
		b.WriteString(s)
	}
	return b.String()
}

// replaceAll puts a check before String.prototype.replaceAll, which can multiply the lengths of two
// strings. Matches are only counted if their largest possible number would be too many.
func (l *limiter) replaceAll(proto *goja.Object) {
	original := l.original(proto, "replaceAll")
	l.put(proto, "replaceAll", 2, func(call goja.FunctionCall) goja.Value {
		s, ok := call.This.(goja.String)
		pattern, ok2 := call.Argument(0).(goja.String)
		by, ok3 := call.Argument(1).(goja.String)
		if ok && ok2 && ok3 && float64(s.Length()+1)*float64(by.Length()) > byteLimit {
			n := s.Length() + 1
			if pattern.Length() > 0 {
				n = countUnits(s, pattern)
			}
			checkBytes(l.vm, "String.prototype.replaceAll", float64(s.Length())+float64(n)*float64(by.Length()-pattern.Length()))
		}
		return original(call.This, call.Arguments)
	})
}

// countUnits counts the matches of pattern in s that do not overlap.
func countUnits(s, pattern goja.String) (n int) {
	length, first := pattern.Length(), pattern.CharAt(0)
	for i := 0; i+length <= s.Length(); i++ {
		if s.CharAt(i) == first && s.Substring(i, i+length).StrictEquals(pattern) {
			n++
			i += length - 1
		}
	}
	return n
}
