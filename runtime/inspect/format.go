package inspect

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// Format is util.format, and what console.log prints. If the first argument is a string, its
// directives %s %d %i %f %j %o %O %c and %% are filled in from the others. Arguments that are left
// over follow after a space each: strings as they are, anything else inspected.
//
// The text has at most LineLimit bytes, and a note of how much was cut. Call Format in a turn:
// objects may have an inspect function of their own.
func (i *Inspector) Format(args []goja.Value) string {
	f := formatter{Inspector: i}
	return f.format(args)
}

type formatter struct {
	*Inspector
	b       strings.Builder
	dropped int
}

func (f *formatter) room() int { return LineLimit - f.b.Len() }

func (f *formatter) write(text string) {
	if room := f.room(); len(text) > room {
		kept := Cut(text, max(room, 0))
		f.b.WriteString(strings.TrimSuffix(kept, "..."))
		f.dropped += len(text) - len(kept) + len("...")
		return
	}
	f.b.WriteString(text)
}

// writeString writes as much of a JavaScript string as there is room for. It cuts the string before
// it converts it, because strings may have megabytes.
func (f *formatter) writeString(s goja.String) {
	room := max(f.room(), 0)
	if n := s.Length(); n > room {
		f.dropped += n - room
		s = s.Substring(0, room)
	}
	f.write(s.String())
}

func (f *formatter) format(args []goja.Value) string {
	rest := args
	if len(args) > 1 {
		if first, ok := args[0].(goja.String); ok {
			rest = f.directives(first, args[1:])
		}
	}
	for n, v := range rest {
		if n > 0 || len(rest) < len(args) {
			f.write(" ")
		}
		if f.room() <= 0 && f.dropped > 0 {
			break
		}
		f.writeValue(v, defaults)
	}
	text := f.b.String()
	if f.dropped > 0 {
		text += "... (" + strconv.Itoa(f.dropped) + " more, cut)"
	}
	return text
}

func (f *formatter) writeValue(v goja.Value, opts options) {
	if s, ok := v.(goja.String); ok {
		f.writeString(s)
		return
	}
	f.write(f.inspect(v, opts))
}

// directives writes the format string with its directives filled in, and returns the arguments that
// no directive used.
func (f *formatter) directives(first goja.String, args []goja.Value) []goja.Value {
	if first.Length() > LineLimit {
		f.writeString(first)
		return args
	}
	text := first.String()
	last := 0
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		directive := text[i+1]
		if directive == '%' {
			f.write(text[last : i+1])
			i++
			last = i + 1
			continue
		}
		if len(args) == 0 || !strings.ContainsRune("sdifjoOc", rune(directive)) {
			i++
			continue
		}
		f.write(text[last:i])
		f.directive(directive, args[0])
		args = args[1:]
		i++
		last = i + 1
	}
	f.write(text[last:])
	return args
}

func (f *formatter) directive(directive byte, v goja.Value) {
	switch directive {
	case 's':
		f.writeAsString(v)
	case 'd', 'i', 'f':
		f.write(f.number(directive, v))
	case 'j':
		f.writeJSON(v)
	case 'O':
		f.write(f.inspect(v, defaults))
	case 'o':
		opts := defaults
		opts.hidden, opts.depth = true, 4
		f.write(f.inspect(v, opts))
	}
}

// writeAsString is %s: an object whose module gave it a toString is asked, any other is inspected
// to a depth of 0.
func (f *formatter) writeAsString(v goja.Value) {
	o, isObject := v.(*goja.Object)
	if s, ok := v.(goja.String); ok {
		f.writeString(s)
		return
	}
	if !isObject {
		f.write(f.primitiveOrUndefined(v))
		return
	}
	if _, callable := goja.AssertFunction(o); callable && !IsProxy(o) {
		if s, ok := f.call(f.functionSource, o).(goja.String); ok {
			f.writeString(s)
		}
		return
	}
	if !IsProxy(o) && f.ownToString(o) {
		if s, ok := f.guarded(func() goja.Value { return o.ToString() }); ok {
			f.writeValue(s, defaults)
			return
		}
	}
	opts := defaults
	opts.depth = 0
	f.write(f.inspect(v, opts))
}

// ownToString reports whether o's toString comes from a module, not from the language.
func (f *formatter) ownToString(o *goja.Object) bool {
	key := f.vm.ToValue("toString")
	for p, n := o, 0; p != nil && n < deepLimit && !IsProxy(p); n++ {
		if own := f.own(p, key); own.found {
			fn, ok := own.value.(*goja.Object)
			if !ok {
				return false
			}
			return !strings.HasSuffix(f.call(f.functionSource, fn).String(), "{ [native code] }")
		}
		p = p.Prototype()
	}
	return false
}

// guarded runs code of the module, and reports ok = false if it throws: a console call does not
// throw. An interrupt of the VM passes through.
func (i *Inspector) guarded(run func() goja.Value) (v goja.Value, ok bool) {
	ex := i.vm.Try(func() { v = run() })
	return v, ex == nil && v != nil
}

func (f *formatter) number(directive byte, v goja.Value) string {
	if _, symbol := v.(*goja.Symbol); symbol {
		return "NaN"
	}
	o, isObject := v.(*goja.Object)
	if !isObject && v.ExportType() == typeBigInt {
		return f.primitive(v)
	}
	if isObject && (IsProxy(o) || o.ClassName() != "Date" && o.ClassName() != "Number" && !f.ownToNumber(o)) {
		return "NaN"
	}
	parse := "Number"
	switch directive {
	case 'i':
		parse = "parseInt"
	case 'f':
		parse = "parseFloat"
	}
	n, ok := f.guarded(func() goja.Value { return f.toNumber(parse, v) })
	if !ok {
		return "NaN"
	}
	return f.primitive(n)
}

// ownToNumber reports whether Number(o) is worth a try, because o has a valueOf or toString of its
// module's or is an array of at most one item. A longer array gives NaN, after joining all its
// items.
func (f *formatter) ownToNumber(o *goja.Object) bool {
	for _, key := range []goja.Value{f.vm.ToValue("valueOf"), goja.SymToPrimitive} {
		if fn, ok := f.lookup(o, key).(*goja.Object); ok && !strings.HasSuffix(f.call(f.functionSource, fn).String(), "{ [native code] }") {
			return true
		}
	}
	return f.ownToString(o) || o.ClassName() == "Array" && o.Get("length").ToInteger() <= 1
}

func (f *formatter) toNumber(parse string, v goja.Value) goja.Value {
	if parse == "Number" {
		return v.ToNumber()
	}
	return f.call(f.native(parse), goja.Undefined(), v)
}

// isSmall reports whether JSON can be made of v in bounded time. goja takes 50 s for 100,000
// levels, and an interrupt does not reach it.
func (f *formatter) isSmall(v goja.Value, visited *int, path []*goja.Object) bool {
	o, ok := v.(*goja.Object)
	if !ok {
		s, isString := v.(goja.String)
		return !isString || s.Length() <= LineLimit
	}
	if slices.Contains(path, o) {
		return true // a cycle: JSON.stringify throws when it finds it
	}
	if *visited++; *visited > stepLimit/10 || len(path) > deepLimit || IsProxy(o) {
		return false
	}
	path = append(path, o)
	if o.ClassName() == "Array" && o.Get("length").ToInteger() > stepLimit {
		return false
	}
	keys := f.call(f.enumerableKeys, goja.Undefined(), o).ToObject(f.vm)
	n := int(keys.Get("length").ToInteger())
	if n > stepLimit {
		return false
	}
	for k := range n {
		p := f.own(o, keys.Get(strconv.Itoa(k)))
		if p.value != nil && !f.isSmall(p.value, visited, path) {
			return false
		}
	}
	return true
}

// writeJSON is %j. Like JSON.stringify it calls toJSON. What is too big for JSON is inspected
// instead.
func (f *formatter) writeJSON(v goja.Value) {
	if !f.isSmall(v, new(int), nil) {
		f.write(f.inspect(v, defaults))
		return
	}
	text, err := f.native("stringify")(goja.Undefined(), v)
	var ex *goja.Exception
	switch {
	case errors.As(err, &ex):
		if strings.Contains(thrownText(ex), "circular") {
			f.write("[Circular]")
		} else {
			f.write("[" + Cut(thrownText(ex), 200) + "]")
		}
	case err != nil:
		panic(err)
	default:
		f.writeValue(text, defaults)
	}
}
