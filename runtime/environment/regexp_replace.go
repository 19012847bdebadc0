package environment

import "github.com/dop251/goja"

// replaceOf is RegExp.prototype[Symbol.replace] (ECMA-262 §22.2.6.11).
func (l *limiter) replaceOf(o *goja.Object, call goja.FunctionCall) goja.Value {
	p, s := l.patternOf(o), stringOf(l.vm, call.Argument(0))
	by := call.Argument(1)
	function, isFunction := goja.AssertFunction(by)
	var template goja.String
	if !isFunction {
		template = stringOf(l.vm, by)
	}
	// All matches are made before a function is called, because that may change lastIndex.
	var all []int32
	n := 2 * (p.program.Groups + 1)
	if p.program.Flags.Global {
		l.items("RegExp.prototype.@@replace", float64(s.Length()), solidLimit)
		l.eachMatch(o, p, s, func(bounds []int32) { all = append(all, bounds...) })
	} else if bounds := l.matchNext(o, p, s); bounds != nil {
		all = append(all, bounds...)
	}
	if len(all) == 0 {
		return s
	}
	r := replacer{l: l, pattern: p, text: s}
	if !isFunction {
		r.parse(template)
	}
	from := 0
	for ; len(all) > 0; all = all[n:] {
		bounds := all[:n]
		if from < int(bounds[0]) {
			r.write(s.Substring(from, int(bounds[0])))
		}
		if isFunction {
			r.write(r.call(function, bounds))
		} else {
			r.substitute(bounds)
		}
		from = int(bounds[1])
	}
	if from < s.Length() {
		r.write(s.Substring(from, s.Length()))
	}
	return r.out.String()
}

// A replacer puts the result of a replacement together.
type replacer struct {
	l       *limiter
	pattern *pattern
	text    goja.String
	parts   []substitutionPart
	out     goja.StringBuilder
	total   float64
}

func (r *replacer) write(piece goja.String) {
	if n := piece.Length(); n > 0 {
		r.total += float64(n)
		r.l.bytes("RegExp.prototype.@@replace", r.total)
		r.out.WriteString(piece)
	}
}

// call returns what a function makes of a match.
func (r *replacer) call(f goja.Callable, bounds []int32) goja.String {
	args := make([]goja.Value, 0, len(bounds)/2+3)
	for i := range len(bounds) / 2 {
		args = append(args, capture(r.text, bounds, i))
	}
	args = append(args, r.l.vm.ToValue(int(bounds[0])), r.text)
	if groups := r.l.groups(r.pattern, bounds, func(i int) goja.Value { return args[i] }); !goja.IsUndefined(groups) {
		args = append(args, groups)
	}
	v, err := f(goja.Undefined(), args...)
	if err != nil {
		panic(err)
	}
	return stringOf(r.l.vm, v)
}

// parse takes a template such as "$1-$2" apart.
func (r *replacer) parse(template goja.String) {
	s := substitution{l: r.l, template: template}
	s.parse(r.pattern.program.Groups+1, len(r.pattern.program.Names) > 0)
	r.parts = s.parts
}

// substitute writes the template for a match.
func (r *replacer) substitute(bounds []int32) {
	group := func(i int) {
		if piece, ok := capture(r.text, bounds, i).(goja.String); ok {
			r.write(piece)
		}
	}
	for _, part := range r.parts {
		switch {
		case part.text != nil:
			r.write(part.text)
		case part.before:
			r.write(r.text.Substring(0, int(bounds[0])))
		case part.after:
			r.write(r.text.Substring(int(bounds[1]), r.text.Length()))
		case part.group != nil:
			for _, name := range r.pattern.program.Names {
				if name.Name == part.group.String() {
					for _, g := range name.Groups {
						group(g)
					}
				}
			}
		default:
			group(part.capture)
		}
	}
}
