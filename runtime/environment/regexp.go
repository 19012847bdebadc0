package environment

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf16"
	"unsafe"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment/regexp"
	"node.websocket/runtime/inspect"
)

// Regular expressions are goja's objects with patterns of the package regexp. RegExp makes them, and
// the literals of programs, which Rewrite makes calls of newLiteral. Those in code that a script makes
// of text are goja's until one of the built-ins here first meets them.

// patterns are the patterns in use in the process, by flags and source. They are shared because
// modules make the same expressions again and again.
var patterns = struct {
	sync.RWMutex
	by   map[patternKey]*pattern
	size int // of the sources
}{by: map[patternKey]*pattern{}}

type patternKey struct{ flags, source string }

// maxPatterns bounds the patterns that are kept, and maxPatternText their sources, in UTF-16 units.
const (
	maxPatterns    = 4_096
	maxPatternText = 1 << 20
)

// patternFor returns the pattern of a source and flags. The error is the message of a SyntaxError.
func patternFor(in *insideRegexp, source goja.String, flags string) (*pattern, error) {
	text := in.text(source)
	key := patternKey{flags, unsafe.String(unsafe.SliceData(text.ascii), len(text.ascii))} // goja's strings do not change
	if text.ascii == nil {
		key.source = unitsKey(text.utf16)
	}
	patterns.RLock()
	p := patterns.by[key]
	patterns.RUnlock()
	if p != nil {
		return p, nil
	}
	f, ok := regexp.ParseFlags(flags)
	if !ok {
		return nil, fmt.Errorf("Invalid flags supplied to RegExp constructor '%s'", inspect.Cut(flags, 40))
	}
	units := text.utf16
	if text.ascii != nil {
		units = make([]uint16, len(text.ascii))
		for i, c := range text.ascii {
			units[i] = uint16(c)
		}
	}
	program, err := regexp.Compile(units, f)
	if err != nil {
		return nil, fmt.Errorf("Invalid regular expression: /%s/%s: %w", inspect.Cut(source.String(), 200), flags, err)
	}
	p = in.newPattern(program, source)
	patterns.Lock()
	defer patterns.Unlock()
	if patterns.size += len(units); len(patterns.by) >= maxPatterns || patterns.size > maxPatternText {
		clear(patterns.by)
		patterns.size = len(units)
	}
	key.flags, key.source = strings.Clone(flags), strings.Clone(key.source)
	patterns.by[key] = p
	return p, nil
}

// unitsKey returns the bytes of a text that is not ASCII, after a byte that ASCII does not have.
func unitsKey(units []uint16) string {
	var b strings.Builder
	b.Grow(2*len(units) + 1)
	b.WriteByte(0xff)
	for _, u := range units {
		b.WriteByte(byte(u >> 8))
		b.WriteByte(byte(u))
	}
	return b.String()
}

// checkLiteral returns why a literal of a program is no regular expression.
func checkLiteral(pattern, flags string) error {
	in, err := gojaInside()
	if err == nil {
		_, err = patternFor(&in.regexp, goja.StringFromUTF16(utf16.Encode([]rune(pattern))), flags)
	}
	return err
}

// A regexps holds the state that the regular expressions of one VM share.
type regexps struct {
	// fixed after installRegexps
	class, prototype *goja.Object
	standard         *interfaceValue // the prototype, while nothing in it that matters has been changed
	blank            *goja.Object    // cloned for each new expression
	construct        nativeConstruct // goja's own

	matcher regexp.Matcher
	watch   matchWatch
}

// patternOf returns the pattern of a regular expression. One of goja's gets one first.
func (l *limiter) patternOf(o *goja.Object) *pattern {
	if p := l.in.regexp.patternOf(o); p != nil {
		return p
	}
	source, flags := l.in.regexp.foreign(o)
	p := l.pattern(source, flags.String())
	l.in.regexp.setPattern(o, p)
	return p
}

// pattern is patternFor with exceptions.
func (l *limiter) pattern(source goja.String, flags string) *pattern {
	if n := source.Length(); n > patternLimit {
		l.items("RegExp", float64(n), patternLimit)
	}
	p, err := patternFor(&l.in.regexp, source, flags)
	if err != nil {
		panic(l.made(l.syntaxErrors, err.Error()))
	}
	return p
}

// newRegExp makes a regular expression of a class, which is nil for RegExp.
func (l *limiter) newRegExp(p *pattern, newTarget *goja.Object) *goja.Object {
	o := l.regexp.construct([]goja.Value{l.regexp.blank}, nil)
	l.in.regexp.setPattern(o, p)
	if newTarget != nil && newTarget != l.regexp.class {
		if proto, ok := newTarget.Get("prototype").(*goja.Object); ok && proto != l.regexp.prototype {
			if err := o.SetPrototype(proto); err != nil {
				panic(err)
			}
		}
	}
	return o
}

// newLiteral is called for a literal of a program, with its pattern and its flags.
func (l *limiter) newLiteral(call goja.FunctionCall) goja.Value {
	flags := l.in.regexp.text(call.Arguments[1].(goja.String)).ascii
	return l.newRegExp(l.pattern(call.Arguments[0].(goja.String), unsafe.String(unsafe.SliceData(flags), len(flags))), nil)
}

// sourceAndFlags returns what new RegExp(pattern, flags) is to be made of (ECMA-262 §22.2.4.1).
func (l *limiter) sourceAndFlags(v, flags goja.Value, isRegexp bool) (goja.String, string) {
	var source goja.String
	if o, ok := v.(*goja.Object); ok && l.in.regexp.isRegexp(o) {
		p := l.patternOf(o)
		if source = p.source; goja.IsUndefined(flags) {
			return source, p.program.Flags.String()
		}
	} else if ok && isRegexp {
		source = stringOf(l.vm, orUndefined(o.Get("source")))
		if goja.IsUndefined(flags) {
			flags = orUndefined(o.Get("flags"))
		}
	} else if goja.IsUndefined(v) {
		source = emptyString
	} else {
		source = stringOf(l.vm, v)
	}
	if goja.IsUndefined(flags) {
		return source, ""
	}
	return source, stringOf(l.vm, flags).String()
}

var emptyString = goja.StringFromUTF16(nil)

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}

// isRegExp is IsRegExp of ECMA-262 §7.2.6.
func (l *limiter) isRegExp(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	if !ok {
		return false
	}
	if match := o.GetSymbol(goja.SymMatch); match != nil && !goja.IsUndefined(match) {
		return match.ToBoolean()
	}
	return l.in.regexp.isRegexp(o)
}

// callRegExp is RegExp, called.
func (l *limiter) callRegExp(call goja.FunctionCall) goja.Value {
	v, flags := call.Argument(0), call.Argument(1)
	isRegexp := l.isRegExp(v)
	if isRegexp && goja.IsUndefined(flags) && v.(*goja.Object).Get("constructor") == l.regexp.class {
		return v
	}
	return l.newRegExp(l.pattern(l.sourceAndFlags(v, flags, isRegexp)), nil)
}

// constructRegExp is RegExp, with new.
func (l *limiter) constructRegExp(args []goja.Value, newTarget *goja.Object) *goja.Object {
	call := goja.FunctionCall{Arguments: args}
	return l.newRegExp(l.pattern(l.sourceAndFlags(call.Argument(0), call.Argument(1), l.isRegExp(call.Argument(0)))), newTarget)
}

// compile is RegExp.prototype.compile.
func (l *limiter) compile(o *goja.Object, call goja.FunctionCall) goja.Value {
	v, flags := call.Argument(0), call.Argument(1)
	other, ok := v.(*goja.Object)
	isRegexp := ok && l.in.regexp.isRegexp(other)
	if isRegexp && !goja.IsUndefined(flags) {
		panic(l.vm.NewTypeError("Cannot supply flags when constructing one RegExp from another"))
	}
	p := l.pattern(l.sourceAndFlags(v, flags, isRegexp))
	l.in.regexp.setPattern(o, p)
	l.setLastIndex(o, 0)
	return o
}

// escapeRegExp is RegExp.escape (ECMA-262 §22.2.5.1).
func (l *limiter) escapeRegExp(call goja.FunctionCall) goja.Value {
	s, ok := call.Argument(0).(goja.String)
	if !ok {
		panic(l.vm.NewTypeError("RegExp.escape takes a string"))
	}
	l.items("RegExp.escape", float64(s.Length()), byteLimit/6)
	var out []uint16
	add := func(text string) { out = append(out, utf16.Encode([]rune(text))...) }
	n := s.Length()
	for i := range n {
		c := s.CharAt(i)
		isSurrogate := utf16.IsSurrogate(rune(c))
		if isSurrogate && (i+1 < n && utf16.DecodeRune(rune(c), rune(s.CharAt(i+1))) != 0xfffd || i > 0 && utf16.DecodeRune(rune(s.CharAt(i-1)), rune(c)) != 0xfffd) {
			out = append(out, c)
			continue
		}
		isWord := c < 128 && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
		switch {
		case i == 0 && isWord:
			add(fmt.Sprintf(`\x%02x`, c))
		case c < 128 && strings.ContainsRune(`^$\.*+?()[]{}|/`, rune(c)):
			out = append(out, '\\', c)
		case c >= '\t' && c <= '\r':
			out = append(out, '\\', uint16("tnvfr"[c-'\t']))
		case c < 128 && strings.ContainsRune(",-=<>#&!%:;@~'`\"", rune(c)), c == ' ', c == 0xa0:
			add(fmt.Sprintf(`\x%02x`, c))
		case isSurrogate || isSpace(c):
			add(fmt.Sprintf(`\u%04x`, c))
		default:
			out = append(out, c)
		}
	}
	return goja.StringFromUTF16(out)
}

// isSpace reports whether a unit that is not ASCII is white space or a line end.
func isSpace(c uint16) bool {
	return c == 0x1680 || c >= 0x2000 && c <= 0x200a || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff
}
