package inspect

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// Format makes one text of a call's arguments, as console.log does: the first may hold %s %d %i %f %j %o %O %c %%, what is
// left over is joined with spaces; strings as they are, all else inspected. At most LineLimit bytes come back,
// with a note of how much was cut. Only in a turn: objects may bring their own inspect function.
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

// writeString writes a JavaScript string without turning megabytes of it into Go's first.
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

// directives writes the format string with its directives filled in, and returns the arguments that it did not use.
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

// writeAsString is %s: an object with a toString of its own is asked, any other is inspected without what is in it.
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

// ownToString says whether the module, not the language, says how o reads as a string. Errors and dates count as the language's.
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

// guarded runs user code whose throw must not come out of a console call. An interrupt does come out.
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

// ownToNumber says whether Number(o) can be other than NaN without joining an array's items: valueOf is the module's.
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

// isSmall says whether v can be turned into JSON in bounded time: goja takes 50 s for 100,000 levels, and no one can stop it.
func (f *formatter) isSmall(v goja.Value, visited *int, path []*goja.Object) bool {
	o, ok := v.(*goja.Object)
	if !ok {
		s, isString := v.(goja.String)
		return !isString || s.Length() <= LineLimit
	}
	if slices.Contains(path, o) {
		return true // a cycle: JSON.stringify finds it too, and throws
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

// writeJSON is %j. The value's own toJSON runs, as anywhere JSON is made; what is too big for JSON is inspected instead.
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
