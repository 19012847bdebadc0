package runtime

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// format makes one text of a call's arguments, as console.log does: the first may hold %s %d %i %f %j %o %O %c %%, what is
// left over is joined with spaces; strings as they are, all else inspected. At most inspectLineLimit bytes come back,
// with a note of how much was cut. Only in a turn: objects may bring their own inspect function.
func (i *inspector) format(args []goja.Value) string {
	f := formatter{inspector: i}
	return f.format(args)
}

type formatter struct {
	*inspector
	b       strings.Builder
	dropped int
}

func (f *formatter) room() int { return inspectLineLimit - f.b.Len() }

func (f *formatter) write(text string) {
	if room := f.room(); len(text) > room {
		kept := cutText(text, max(room, 0))
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
		f.writeValue(v, inspectDefaults)
	}
	text := f.b.String()
	if f.dropped > 0 {
		text += "... (" + strconv.Itoa(f.dropped) + " more, cut)"
	}
	return text
}

func (f *formatter) writeValue(v goja.Value, options inspectOptions) {
	if s, ok := v.(goja.String); ok {
		f.writeString(s)
		return
	}
	f.write(f.inspect(v, options))
}

// directives writes the format string with its directives filled in, and returns the arguments that it did not use.
func (f *formatter) directives(first goja.String, args []goja.Value) []goja.Value {
	if first.Length() > inspectLineLimit {
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
		f.write(f.inspect(v, inspectDefaults))
	case 'o':
		options := inspectDefaults
		options.hidden, options.depth = true, 4
		f.write(f.inspect(v, options))
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
	if _, callable := goja.AssertFunction(o); callable && !isProxy(o) {
		if s, ok := f.call(f.functionSource, o).(goja.String); ok {
			f.writeString(s)
		}
		return
	}
	if !isProxy(o) && f.ownToString(o) {
		if s, ok := f.guarded(func() goja.Value { return o.ToString() }); ok {
			f.writeValue(s, inspectDefaults)
			return
		}
	}
	options := inspectDefaults
	options.depth = 0
	f.write(f.inspect(v, options))
}

// ownToString says whether the module, not the language, says how o reads as a string. Errors and dates count as the language's.
func (f *formatter) ownToString(o *goja.Object) bool {
	key := f.vm.ToValue("toString")
	for p, n := o, 0; p != nil && n < inspectDeepLimit && !isProxy(p); n++ {
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
func (i *inspector) guarded(run func() goja.Value) (v goja.Value, ok bool) {
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
	if isObject && (isProxy(o) || o.ClassName() != "Date" && o.ClassName() != "Number" && !f.ownToNumber(o)) {
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
		return !isString || s.Length() <= inspectLineLimit
	}
	if slices.Contains(path, o) {
		return true // a cycle: JSON.stringify finds it too, and throws
	}
	if *visited++; *visited > inspectStepLimit/10 || len(path) > inspectDeepLimit || isProxy(o) {
		return false
	}
	path = append(path, o)
	if o.ClassName() == "Array" && o.Get("length").ToInteger() > inspectStepLimit {
		return false
	}
	keys := f.call(f.enumerableKeys, goja.Undefined(), o).ToObject(f.vm)
	n := int(keys.Get("length").ToInteger())
	if n > inspectStepLimit {
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
		f.write(f.inspect(v, inspectDefaults))
		return
	}
	text, err := f.native("stringify")(goja.Undefined(), v)
	var ex *goja.Exception
	switch {
	case errors.As(err, &ex):
		if strings.Contains(thrownText(ex), "circular") {
			f.write("[Circular]")
		} else {
			f.write("[" + cutText(thrownText(ex), 200) + "]")
		}
	case err != nil:
		panic(err)
	default:
		f.writeValue(text, inspectDefaults)
	}
}

// inspectOptionsOf reads the options argument of util.inspect: an object, or showHidden and depth one by one as in 2009.
func (i *inspector) inspectOptionsOf(args []goja.Value) inspectOptions {
	options := inspectDefaults
	if len(args) == 0 {
		return options
	}
	o, ok := args[0].(*goja.Object)
	if !ok {
		options.hidden = args[0] != nil && args[0].ToBoolean()
		if len(args) > 1 {
			options.depth = inspectDepth(args[1])
		}
		return options
	}
	get := func(name string, set func(v goja.Value)) {
		if v := o.Get(name); v != nil && !goja.IsUndefined(v) {
			set(v)
		}
	}
	get("depth", func(v goja.Value) { options.depth = inspectDepth(v) })
	get("showHidden", func(v goja.Value) { options.hidden = v.ToBoolean() })
	get("customInspect", func(v goja.Value) { options.customInspect = v.ToBoolean() })
	get("sorted", func(v goja.Value) { options.sorted = v.ToBoolean() })
	get("breakLength", func(v goja.Value) { options.breakLength = inspectCount(v, math.MaxInt32) })
	get("maxArrayLength", func(v goja.Value) { options.items = inspectCount(v, inspectStepLimit) })
	get("maxStringLength", func(v goja.Value) { options.text = inspectCount(v, inspectLineLimit) })
	get("compact", func(v goja.Value) {
		switch b, isBool := v.Export().(bool); {
		case isBool && b:
			options.compact, options.breakLength = math.MaxInt32, math.MaxInt32
		case isBool:
			options.compact = 0
		default:
			options.compact = inspectCount(v, math.MaxInt32)
		}
	})
	return options
}

func inspectDepth(v goja.Value) int {
	if goja.IsNull(v) {
		return inspectDeepLimit
	}
	if goja.IsUndefined(v) {
		return inspectDefaults.depth
	}
	return int(min(math.Max(v.ToFloat(), -1), inspectDeepLimit))
}

// inspectCount reads a number of which null and Infinity mean "all there is".
func inspectCount(v goja.Value, all int) int {
	if goja.IsNull(v) {
		return all
	}
	n := v.ToFloat()
	if math.IsNaN(n) || n < 0 {
		return 0
	}
	return int(min(n, float64(all)))
}

// inspectValue is util.inspect as a JavaScript function.
func (i *inspector) inspectValue() goja.Value {
	if i.inspectFunction != nil {
		return i.inspectFunction
	}
	f := nativeFunction(i.vm, "inspect", 2, func(call goja.FunctionCall) goja.Value {
		options := inspectDefaults
		if len(call.Arguments) > 1 {
			options = i.inspectOptionsOf(call.Arguments[1:])
		}
		return i.vm.ToValue(i.inspect(call.Argument(0), options))
	})
	_ = f.Set("custom", i.symbolCustom)
	_ = f.Set("defaultOptions", map[string]any{"depth": 2, "breakLength": 80, "compact": 3, "maxArrayLength": inspectItemLimit,
		"maxStringLength": inspectTextLimit, "showHidden": false, "customInspect": true, "colors": false, "sorted": false, "getters": false, "showProxy": false})
	i.inspectFunction = f
	return f
}

// nativeFunction is a Go function as the language's own look: with a name and a length that say what it is.
func nativeFunction(vm *goja.Runtime, name string, length int, f func(goja.FunctionCall) goja.Value) *goja.Object {
	o := vm.ToValue(f).ToObject(vm)
	_ = o.DefineDataProperty("name", vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	_ = o.DefineDataProperty("length", vm.ToValue(length), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return o
}
