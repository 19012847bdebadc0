package environment

import (
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// JSON (ECMA-262 §25.5, with the source text access of ES2026) is written anew here, because goja's
// takes four times as long, cannot be interrupted, and differs from the language in numbers past
// 1.8e308, lone surrogates, spaces and errors. Errors are those of V8, whose words and positions
// authors know.

const (
	// parseLimit bounds the length of a text that JSON.parse reads, in UTF-16 units.
	parseLimit = 1 << 24

	// keptStack is the number of values that the stacks of a codec may hold on to between calls, and keptBytes
	// the length in bytes of a buffer that it keeps.
	keptStack = 1 << 10
	keptBytes = 64 << 10
)

// A codec implements the JSON object of one VM.
type codec struct {
	// fixed after newCodec
	l           *limiter
	vm          *goja.Runtime
	in          *inside
	interrupted func() bool
	natives     struct{ get, keys, isArray, remove, define, describe native }
	plainProto  *goja.Object // Object.prototype
	arrayProto  *goja.Object // Array.prototype
	bigProto    *goja.Object // BigInt.prototype
	toJSON      goja.Value   // the name
	empty       goja.Value   // ""
	yes, no     goja.Value
	rawJSON     native // goja's

	// only in a turn
	parser jsonParser
	writer *jsonWriter // nil while it is in use: a getter may call JSON.stringify, too
	kept   *kept
	steps  int // since the last look at interrupted
}

// aroundJSON replaces the functions of JSON.
func aroundJSON(l *limiter, name string, f native) native {
	if l.json == nil {
		l.json = newCodec(l)
	}
	c := l.json
	switch name {
	case "JSON.parse":
		return c.parse
	case "JSON.stringify":
		return c.stringify
	default:
		c.rawJSON = f
		return c.raw
	}
}

func newCodec(l *limiter) *codec {
	c := &codec{l: l, vm: l.vm, in: l.in, interrupted: l.in.interrupted(l.vm)}
	c.parser.codec = c
	for path, f := range map[string]*native{
		"Reflect.get": &c.natives.get, "Object.keys": &c.natives.keys, "Array.isArray": &c.natives.isArray,
		"Reflect.deleteProperty": &c.natives.remove, "Reflect.defineProperty": &c.natives.define, "Reflect.getOwnPropertyDescriptor": &c.natives.describe,
	} {
		*f, _ = l.object(path).Export().(native)
	}
	c.plainProto, c.arrayProto, c.bigProto = l.object("Object.prototype"), l.object("Array.prototype"), l.object("BigInt.prototype")
	c.toJSON, c.empty, c.yes, c.no = l.vm.ToValue("toJSON"), l.vm.ToValue(""), l.vm.ToValue(true), l.vm.ToValue(false)
	return c
}

// step is called for each value, with the work that it took. It ends a call that the watchdog
// interrupts: goja throws its own error as soon as it runs an instruction.
func (c *codec) step(name string, work int) {
	if c.steps += work; c.steps >= 1<<12 {
		c.steps = 0
		if c.interrupted() {
			c.l.refuse("%s was interrupted", name)
		}
	}
}

// call calls a function. It panics with what that throws.
func (c *codec) call(f goja.Value, this goja.Value, args ...goja.Value) goja.Value {
	if callback, ok := f.Export().(native); ok {
		return callback(goja.FunctionCall{This: this, Arguments: args})
	}
	callback, _ := goja.AssertFunction(f) // a class or a proxy
	v, err := callback(this, args...)
	if err != nil {
		panic(err)
	}
	return v
}

// isCallable reports whether v is a function.
func isCallable(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}

// native calls a built-in of the language as a function.
func (c *codec) native(f native, args ...goja.Value) goja.Value {
	return f(goja.FunctionCall{This: goja.Undefined(), Arguments: args})
}

// get is o[key]. It may call JavaScript.
func (c *codec) get(o *goja.Object, key goja.Value) goja.Value {
	return c.native(c.natives.get, o, key)
}

// isArray is IsArray of the language: true for a proxy of an array, too, and for the arrays that goja
// keeps in a form of their own, which are Array.prototype and those of tagged templates.
func (c *codec) isArray(o *goja.Object) bool {
	return c.l.isArray(o) || c.native(c.natives.isArray, o).ToBoolean()
}

// keysOf returns the names of the enumerable properties of o. It may call JavaScript.
func (c *codec) keysOf(o *goja.Object) []goja.Value {
	keys, _ := c.native(c.natives.keys, o).(*goja.Object)
	names, _, _ := c.in.elements(keys)
	return names
}

// length is LengthOfArrayLike of the language. It may call JavaScript.
func (c *codec) length(o *goja.Object) int64 {
	if _, n, ok := c.in.elements(o); ok {
		return int64(n)
	}
	n := o.Get("length")
	if n == nil {
		return 0
	}
	return min(max(n.ToInteger(), 0), 1<<53-1)
}

// text returns the value of an ASCII string.
func (c *codec) text(s string) goja.Value {
	header := new(string)
	*header = s
	return newValue(c.in.ascii, header)
}

// keyValue returns a property's name as a JavaScript value.
func (c *codec) keyValue(name unistring.String) goja.Value {
	if wide := name.AsUtf16(); wide != nil {
		return goja.StringFromUTF16(wide[1:])
	}
	return c.text(string(name))
}

// raw is JSON.rawJSON. goja checks the text with a parser that knows less, and ignores toString.
func (c *codec) raw(call goja.FunctionCall) goja.Value {
	text := stringOf(c.vm, call.Argument(0))
	if text.Length() == 0 {
		panic(c.l.made(c.l.syntaxErrors, "Invalid value for JSON.rawJSON"))
	}
	p := &c.parser
	p.start(text)
	if strings.IndexByte("{[ \t\r\n", p.text[0]) >= 0 {
		p.unexpected()
	}
	p.value()
	if p.at < len(p.text) {
		panic(c.l.made(c.l.syntaxErrors, "Invalid value for JSON.rawJSON"))
	}
	p.end()
	return c.rawJSON(goja.FunctionCall{This: call.This, Arguments: []goja.Value{text}})
}
