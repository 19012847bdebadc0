package environment

import "github.com/dop251/goja"

// checkRepeat multiplies. It leaves what is no string to goja, but converts it for the length.
func checkRepeat(l *limiter, name string, call goja.FunctionCall) {
	if n := number(call.Argument(0)); n > 1 {
		if s, ok := call.This.(goja.String); ok {
			l.bytes(name, n*float64(s.Length()))
		} else {
			l.bytes(name, n)
		}
	}
}

func checkPad(l *limiter, name string, call goja.FunctionCall) {
	if s, ok := call.Argument(1).(goja.String); ok && s.Length() == 0 {
		return
	}
	l.bytes(name, number(call.Argument(0)))
}

// checkReplaceAll is for a method that can multiply the lengths of two strings. It counts the matches
// only if their largest possible number would be too many.
func checkReplaceAll(l *limiter, name string, call goja.FunctionCall) {
	s, ok := call.This.(goja.String)
	pattern, ok2 := call.Argument(0).(goja.String)
	by, ok3 := call.Argument(1).(goja.String)
	if ok && ok2 && ok3 && float64(s.Length()+1)*float64(by.Length()) > byteLimit {
		n := s.Length() + 1
		if pattern.Length() > 0 {
			n = countUnits(s, pattern)
		}
		l.bytes(name, float64(s.Length())+float64(n)*float64(by.Length()-pattern.Length()))
	}
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
