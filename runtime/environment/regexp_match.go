package environment

import (
	"errors"
	"fmt"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment/regexp"
	"node.websocket/runtime/inspect"
)

const (
	// regexpLimit bounds the time of one match.
	regexpLimit = time.Second

	// regexpTotal bounds the time of all matches in one call from Go. Built-ins may make many before
	// JavaScript runs again.
	regexpTotal = 3 * time.Second

	// patternLimit bounds the length of a regular expression.
	patternLimit = 1 << 20
)

// A matchWatch takes the time of matches: of those alone that take 65,536 steps or more, since
// reading the clock for each would cost as much as a short match.
type matchWatch struct {
	began time.Time     // the match; zero until it has taken that many steps
	total time.Duration // of all matches, since JavaScript was entered
}

// mayGoOn reports whether the match is within its limits.
func (w *matchWatch) mayGoOn() bool {
	now := time.Now()
	if w.began.IsZero() {
		w.began = now
	}
	took := now.Sub(w.began)
	return took < regexpLimit && w.total+took < regexpTotal
}

// match looks for the first match in a text. It returns the bounds of the match and of its captures, or
// nil. They are overwritten by the next match.
func (l *limiter) match(p *pattern, text stringText, start int) []int32 {
	w := &l.regexp.watch
	var bounds []int32
	var err error
	if text.ascii != nil {
		bounds, err = regexp.Match(p.program, &l.regexp.matcher, text.ascii, start)
	} else {
		bounds, err = regexp.Match(p.program, &l.regexp.matcher, text.utf16, start)
	}
	if !w.began.IsZero() {
		w.total += time.Since(w.began)
		w.began = time.Time{}
	}
	if err == nil {
		return bounds
	}
	limit := regexpLimit
	if w.total >= regexpTotal {
		limit, w.total = regexpTotal, 0 // JavaScript that catches this goes on
	}
	shown := inspect.Cut("/"+p.source.String()+"/"+p.program.Flags.String(), 200)
	message := fmt.Sprintf("the regular expression %s took longer than %v on a text of %d characters", shown, limit, len(text.ascii)+len(text.utf16))
	if errors.Is(err, regexp.ErrTooDeep) {
		message = fmt.Sprintf("the regular expression %s needs more than 64 MiB on a text of %d characters", shown, len(text.ascii)+len(text.utf16))
	}
	if l.warn != nil {
		l.warn(message)
	}
	panic(l.made(l.errors, message))
}

// lastIndex returns the lastIndex of a regular expression, converted by ToLength.
func (l *limiter) lastIndex(o *goja.Object) int64 {
	v, _ := l.in.lastIndex(o)
	return max((*v).ToInteger(), 0)
}

func (l *limiter) setLastIndex(o *goja.Object, n int) {
	v, writable := l.in.lastIndex(o)
	if !writable {
		panic(l.vm.NewTypeError("Cannot assign to read only property 'lastIndex' of object"))
	}
	*v = l.vm.ToValue(n)
}

// matchNext is RegExpBuiltinExec (ECMA-262 §22.2.7.2) without its result: it returns the bounds.
func (l *limiter) matchNext(o *goja.Object, p *pattern, s goja.String) []int32 {
	start := l.lastIndex(o)
	flags := &p.program.Flags
	if !flags.Global && !flags.Sticky {
		return l.match(p, l.in.regexp.text(s), 0)
	}
	var bounds []int32
	if text := l.in.regexp.text(s); start <= int64(len(text.ascii)+len(text.utf16)) {
		bounds = l.match(p, text, int(start))
	}
	if bounds == nil {
		l.setLastIndex(o, 0)
	} else {
		l.setLastIndex(o, int(bounds[1]))
	}
	return bounds
}

// result makes what exec returns of the bounds of a match.
func (l *limiter) result(p *pattern, s goja.String, bounds []int32) goja.Value {
	items := make([]any, len(bounds)/2)
	for i := range items {
		items[i] = capture(s, bounds, i)
	}
	o := l.vm.NewArray(items...)
	set := func(name string, v any) {
		if err := o.Set(name, v); err != nil {
			panic(err)
		}
	}
	set("index", int(bounds[0]))
	set("input", s)
	groups := l.groups(p, bounds, func(i int) goja.Value { return capture(s, bounds, i) })
	set("groups", groups)
	if p.program.Flags.HasIndices {
		for i := range items {
			items[i] = l.indices(bounds, i)
		}
		indices := l.vm.NewArray(items...)
		set("indices", indices)
		if err := indices.Set("groups", l.groups(p, bounds, func(i int) goja.Value { return l.indices(bounds, i) })); err != nil {
			panic(err)
		}
	}
	return o
}

// capture returns the text of the match, 0, or of a capture.
func capture(s goja.String, bounds []int32, i int) goja.Value {
	if bounds[2*i] < 0 || bounds[2*i+1] < 0 {
		return goja.Undefined()
	}
	return s.Substring(int(bounds[2*i]), int(bounds[2*i+1]))
}

func (l *limiter) indices(bounds []int32, i int) goja.Value {
	if bounds[2*i] < 0 || bounds[2*i+1] < 0 {
		return goja.Undefined()
	}
	return l.vm.NewArray(int(bounds[2*i]), int(bounds[2*i+1]))
}

// groups returns an object of the named groups, or undefined if there are none.
func (l *limiter) groups(p *pattern, bounds []int32, of func(i int) goja.Value) goja.Value {
	if len(p.program.Names) == 0 {
		return goja.Undefined()
	}
	o := l.vm.CreateObject(nil)
	for _, name := range p.program.Names {
		v := goja.Value(goja.Undefined())
		for _, g := range name.Groups {
			if bounds[2*g] >= 0 && bounds[2*g+1] >= 0 {
				v = of(g)
			}
		}
		if err := o.DefineDataProperty(name.Name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE); err != nil {
			panic(err)
		}
	}
	return o
}

// execOf is RegExp.prototype.exec.
func (l *limiter) execOf(o *goja.Object, call goja.FunctionCall) goja.Value {
	p, s := l.patternOf(o), stringOf(l.vm, call.Argument(0))
	bounds := l.matchNext(o, p, s)
	if bounds == nil {
		return goja.Null()
	}
	return l.result(p, s, bounds)
}

// testOf is RegExp.prototype.test.
func (l *limiter) testOf(o *goja.Object, call goja.FunctionCall) goja.Value {
	p, s := l.patternOf(o), stringOf(l.vm, call.Argument(0))
	return l.vm.ToValue(l.matchNext(o, p, s) != nil)
}

// matchOf is RegExp.prototype[Symbol.match].
func (l *limiter) matchOf(o *goja.Object, call goja.FunctionCall) goja.Value {
	p, s := l.patternOf(o), stringOf(l.vm, call.Argument(0))
	if !p.program.Flags.Global {
		if bounds := l.matchNext(o, p, s); bounds != nil {
			return l.result(p, s, bounds)
		}
		return goja.Null()
	}
	l.items("RegExp.prototype.@@match", float64(s.Length()), solidLimit)
	var items []any
	l.eachMatch(o, p, s, func(bounds []int32) { items = append(items, capture(s, bounds, 0)) })
	if items == nil {
		return goja.Null()
	}
	return l.vm.NewArray(items...)
}

// eachMatch calls f with the bounds of every match of a global expression, which are valid in f only.
func (l *limiter) eachMatch(o *goja.Object, p *pattern, s goja.String, f func(bounds []int32)) {
	l.setLastIndex(o, 0)
	text := l.in.regexp.text(s)
	for at, n := 0, s.Length(); at <= n; {
		bounds := l.match(p, text, at)
		if bounds == nil {
			break
		}
		f(bounds)
		if at = int(bounds[1]); bounds[0] == bounds[1] {
			at = advance(p, text, at)
		}
	}
}

// advance is AdvanceStringIndex (ECMA-262 §22.2.7.3).
func advance(p *pattern, text stringText, at int) int {
	if u := text.utf16; p.program.Flags.FullUnicode() && at+1 < len(u) && u[at]&0xfc00 == 0xd800 && u[at+1]&0xfc00 == 0xdc00 {
		return at + 2
	}
	return at + 1
}

// searchOf is RegExp.prototype[Symbol.search].
func (l *limiter) searchOf(o *goja.Object, call goja.FunctionCall) goja.Value {
	p, s := l.patternOf(o), stringOf(l.vm, call.Argument(0))
	if bounds := l.match(p, l.in.regexp.text(s), 0); bounds != nil {
		return l.vm.ToValue(int(bounds[0]))
	}
	return l.vm.ToValue(-1)
}

// splitOf is RegExp.prototype[Symbol.split] (ECMA-262 §22.2.6.14), with a search from each place in the
// place of a match there.
func (l *limiter) splitOf(o *goja.Object, call goja.FunctionCall) goja.Value {
	p, s := l.patternOf(o), stringOf(l.vm, call.Argument(0))
	l.items("RegExp.prototype.@@split", float64(s.Length()), solidLimit)
	limit := uint32(1<<32 - 1)
	if most := call.Argument(1); !goja.IsUndefined(most) {
		limit = uint32(most.ToInteger())
	}
	if p.program.Flags.Sticky { // as if it were not
		flags := p.program.Flags
		flags.Sticky = false
		p = l.pattern(p.source, flags.String())
	}
	text, n := l.in.regexp.text(s), s.Length()
	var pieces []any
	add := func(v goja.Value) bool {
		pieces = append(pieces, v)
		return uint32(len(pieces)) < limit
	}
	if limit == 0 || n == 0 && l.match(p, text, 0) != nil {
		return l.vm.NewArray()
	}
	from := 0 // of the next piece
	for at := 0; at < n; {
		bounds := l.match(p, text, at)
		if bounds == nil || int(bounds[0]) >= n {
			break
		}
		begin, end := int(bounds[0]), min(int(bounds[1]), n)
		if end == from {
			at = advance(p, text, begin)
			continue
		}
		if !add(s.Substring(from, begin)) {
			return l.vm.NewArray(pieces...)
		}
		for i := 1; i < len(bounds)/2; i++ {
			if !add(capture(s, bounds, i)) {
				return l.vm.NewArray(pieces...)
			}
		}
		from, at = end, end
	}
	add(s.Substring(from, n))
	return l.vm.NewArray(pieces...)
}
