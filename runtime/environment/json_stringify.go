package environment

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// A jsonWriter makes one text of JSON. What it takes from objects directly is what the language would
// find there; whatever may call JavaScript goes through the language's own functions.
type jsonWriter struct {
	codec *codec // fixed

	buffer   []byte
	kind     repertoire
	values   int64 // written so far, with those that an array's length claims
	replacer goja.Value
	list     []goja.Value // names of properties, if the replacer is an array; else nil
	gap      string
	indent   string         // the gap times the depth
	path     []*goja.Object // the objects that the next one is in, outermost first
	keys     []key          // where each of them is
	fields   []member       // of the ordinary ones

	noToJSON bool // ordinary objects and arrays inherit no toJSON, when last seen
	calls    int  // of what may have run JavaScript, which may change anything
}

// A member is a property that an ordinary object had when its names were listed. JavaScript that ran
// since may have changed its value.
type member struct {
	name  unistring.String
	value goja.Value
}

// A key is the name of a property, or an index of an array. What JavaScript gets is made when it is
// asked for.
type key struct {
	value goja.Value // nil if it is a name or an index
	name  unistring.String
	index int // -1 for a name
}

func (c *codec) keyOf(k key) goja.Value {
	switch {
	case k.value != nil:
		return k.value
	case k.index >= 0:
		return c.text(strconv.Itoa(k.index))
	}
	return c.keyValue(k.name)
}

// stringify is JSON.stringify.
func (c *codec) stringify(call goja.FunctionCall) goja.Value {
	w := c.writer
	if c.writer = nil; w == nil { // in use, or lost when something was thrown
		w = &jsonWriter{codec: c}
	}
	w.setReplacer(call.Argument(1))
	w.setGap(call.Argument(2))
	w.refresh()
	v := call.Argument(0)
	var holder *goja.Object
	if w.replacer != nil {
		holder = c.vm.NewObject()
		c.define(holder, c.empty, v)
	}
	result := goja.Undefined()
	if w.write(holder, key{value: c.empty, index: -1}, v) {
		switch w.kind {
		case onlyASCII:
			result = c.text(string(w.buffer))
		case onlyUTF8:
			result = c.vm.ToValue(string(w.buffer))
		default:
			result = goja.StringFromUTF16(toUnits(view(w.buffer)))
		}
	}
	if cap(w.buffer) > keptBytes {
		w.buffer = nil
	}
	if cap(w.fields) > keptStack {
		w.fields = nil
	}
	*w = jsonWriter{codec: c, buffer: w.buffer[:0], path: w.path[:0], keys: w.keys[:0], fields: w.fields[:0]}
	c.writer = w
	return result
}

func (w *jsonWriter) setReplacer(v goja.Value) {
	o, ok := v.(*goja.Object)
	if !ok {
		return
	}
	c := w.codec
	if isCallable(o) {
		w.replacer = o
		return
	}
	if !c.isArray(o) {
		return
	}
	n := c.length(o)
	c.l.items("JSON.stringify", float64(n), arrayLimit)
	w.list = []goja.Value{}
	seen := map[unistring.String]bool{}
	for i := range int(n) {
		c.step("JSON.stringify", 1)
		item := c.get(o, c.text(strconv.Itoa(i)))
		if o, ok := item.(*goja.Object); ok {
			if class := c.className(o); class != "String" && class != "Number" {
				continue
			}
		} else if _, ok := item.(goja.String); !ok && !goja.IsNumber(item) {
			continue
		}
		s := stringOf(c.vm, item)
		if name := nameOf(s); !seen[name] {
			seen[name] = true
			w.list = append(w.list, s)
		}
	}
}

func (w *jsonWriter) setGap(v goja.Value) {
	c := w.codec
	if o, ok := v.(*goja.Object); ok {
		switch c.className(o) {
		case "Number":
			v = o.ToNumber()
		case "String":
			v = stringOf(c.vm, o)
		}
	}
	if s, ok := v.(goja.String); ok {
		var surrogates bool
		if w.gap, surrogates = fromUnits(s.Substring(0, min(s.Length(), 10))); surrogates {
			w.kind = withSurrogates
		} else if len(w.gap) > countUnits(w.gap) {
			w.kind = onlyUTF8
		}
	} else if goja.IsNumber(v) {
		w.gap = strings.Repeat(" ", int(min(max(v.ToInteger(), 0), 10)))
	}
}

// refresh looks for a toJSON that all objects have, after JavaScript may have run.
func (w *jsonWriter) refresh() {
	c := w.codec
	w.calls++
	w.noToJSON = c.in.prototypesLack(c.plainProto, c.arrayProto, "toJSON")
}

// className returns the class of an object: "Number" for one that Object(1) makes. Proxies have none.
func (c *codec) className(o *goja.Object) string {
	if c.in.isProxy(o) {
		return ""
	}
	return o.ClassName()
}

// room throws if the text would be longer than the limit with n more bytes.
func (w *jsonWriter) room(n int) {
	if len(w.buffer)+n > byteLimit {
		w.codec.l.bytes("JSON.stringify", float64(len(w.buffer)+n))
	}
}

// write is SerializeJSONProperty of the language (ECMA-262 §25.5.2.2) for a value that was read. It
// reports whether it is one that JSON has. The holder is nil unless a replacer needs it.
func (w *jsonWriter) write(holder *goja.Object, k key, v goja.Value) bool {
	c := w.codec
	c.step("JSON.stringify", 1)
	o, isObject := v.(*goja.Object)
	if isObject || goja.IsBigInt(v) {
		if f := w.findToJSON(o, v); f != nil {
			v = c.call(f, v, c.keyOf(k))
			w.refresh()
			o, isObject = v.(*goja.Object)
		}
	}
	if w.replacer != nil {
		v = c.call(w.replacer, holder, c.keyOf(k), v)
		w.refresh()
		o, isObject = v.(*goja.Object)
	}
	if isObject {
		return w.writeObject(k, o)
	}
	return w.writePrimitive(v)
}

func (w *jsonWriter) writePrimitive(v goja.Value) bool {
	switch in := w.codec.in; valueTable(v) {
	case in.ascii, in.wide, in.imported:
		w.quote(v)
	case in.integer:
		w.buffer = strconv.AppendInt(w.buffer, *valueData[int64](v), 10)
	case in.float:
		w.buffer = appendNumber(w.buffer, *valueData[float64](v))
	case in.boolean:
		w.buffer = strconv.AppendBool(w.buffer, *valueData[bool](v))
	default:
		switch {
		case goja.IsNull(v):
			w.buffer = append(w.buffer, "null"...)
		case goja.IsBigInt(v):
			w.refuseBigInt()
			return false
		default: // undefined, a symbol
			return false
		}
	}
	return true
}

func (w *jsonWriter) refuseBigInt() {
	panic(w.codec.vm.NewTypeError("Do not know how to serialize a BigInt"))
}

// findToJSON returns the toJSON of an object or a BigInt if that is a function; else nil.
func (w *jsonWriter) findToJSON(o *goja.Object, v goja.Value) (f goja.Value) {
	c := w.codec
	if o == nil {
		f = c.native(c.natives.get, c.bigProto, c.toJSON, v)
	} else if w.noToJSON && c.in.inherits(o, c.plainProto, c.arrayProto) && c.in.ownProperty(o, "toJSON") == nil {
		return nil
	} else {
		f = o.Get("toJSON")
	}
	w.refresh()
	if f == nil || !isCallable(f) {
		return nil
	}
	return f
}

// writeObject writes an object, after toJSON and the replacer.
func (w *jsonWriter) writeObject(k key, o *goja.Object) bool {
	c := w.codec
	_, isPlain := c.in.properties(o)
	isArray := !isPlain && c.l.isArray(o)
	switch {
	case isPlain:
		if o.ClassName() == "RawJSON" {
			w.raw(o.Get("rawJSON"))
			return true
		}
	case !isArray:
		switch c.className(o) {
		case "Number":
			return w.writePrimitive(o.ToNumber())
		case "String":
			return w.writePrimitive(stringOf(c.vm, o))
		case "Boolean":
			return w.writePrimitive(c.vm.ToValue(o.Export()))
		}
		if c.in.isBigIntObject(o) {
			w.refuseBigInt()
		}
		if isCallable(o) {
			return false
		}
		isArray = c.isArray(o)
	}
	w.enter(k, o)
	outer := w.indent
	w.indent += w.gap
	if isArray {
		w.writeArray(o)
	} else {
		w.writeProperties(o)
	}
	w.indent = outer
	last := len(w.path) - 1
	w.path[last], w.keys[last] = nil, key{}
	w.path, w.keys = w.path[:last], w.keys[:last]
	return true
}

// raw writes the text of a JSON.rawJSON.
func (w *jsonWriter) raw(v goja.Value) {
	s, _ := v.(goja.String)
	text, surrogates := fromUnits(s)
	w.room(len(text))
	if surrogates {
		w.kind = withSurrogates
	} else if len(text) > countUnits(text) {
		w.kind = max(w.kind, onlyUTF8)
	}
	w.buffer = append(w.buffer, text...)
}

// enter puts an object on the path, which it must not be on yet.
func (w *jsonWriter) enter(k key, o *goja.Object) {
	w.codec.step("JSON.stringify", len(w.path)/16)
	if i := slices.Index(w.path, o); i >= 0 {
		w.refuseCycle(i, k)
	}
	if len(w.path) >= nestingLimit {
		w.codec.l.refuse("JSON.stringify: the value is nested deeper than the limit of %d levels", nestingLimit)
	}
	w.path, w.keys = append(w.path, o), append(w.keys, k)
}

// claim counts the values that an array or an object has, before they are read.
func (w *jsonWriter) claim(n int64) {
	w.values += n
	w.codec.l.items("JSON.stringify", float64(w.values), solidLimit)
	w.room(0)
}

// separate begins the next value of an array or an object.
func (w *jsonWriter) separate(first bool) {
	if !first {
		w.buffer = append(w.buffer, ',')
	}
	if w.gap != "" {
		w.line(w.indent)
	}
}

func (w *jsonWriter) line(indent string) {
	w.room(len(indent) + 1)
	w.buffer = append(append(w.buffer, '\n'), indent...)
}

func (w *jsonWriter) finish(empty bool, bracket byte) {
	if w.gap != "" && !empty {
		w.line(w.indent[:len(w.indent)-len(w.gap)])
	}
	w.room(0)
	w.buffer = append(w.buffer, bracket)
}

func (w *jsonWriter) writeArray(o *goja.Object) {
	c := w.codec
	n := c.length(o)
	w.claim(n)
	w.buffer = append(w.buffer, '[')
	for i := range int(n) {
		w.separate(i == 0)
		k := key{index: i}
		var v goja.Value
		if elements, _, ok := c.in.elements(o); ok && i < len(elements) && elements[i] != nil && !c.in.isProperty(elements[i]) {
			v = elements[i]
		} else {
			k.value = c.keyOf(k)
			v = c.get(o, k.value)
			w.refresh()
		}
		if !w.write(o, k, v) {
			w.buffer = append(w.buffer, "null"...)
		}
	}
	w.finish(n == 0, ']')
}

func (w *jsonWriter) writeProperties(o *goja.Object) {
	c := w.codec
	w.buffer = append(w.buffer, '{')
	first := true
	if base := len(w.fields); w.list == nil && w.listMembers(o) {
		end, calls := len(w.fields), w.calls
		w.claim(int64(end - base))
		for i := base; i < end; i++ {
			m := w.fields[i]
			k := key{name: m.name, index: -1}
			if w.calls != calls {
				properties, _ := c.in.properties(o)
				m.value = properties[m.name]
			}
			if m.value == nil || c.in.isProperty(m.value) {
				k.value = c.keyValue(m.name)
				m.value = c.get(o, k.value)
				w.refresh()
			}
			first = w.property(o, k, m.value, first) && first
		}
		clear(w.fields[base:end])
		w.fields = w.fields[:base]
	} else {
		list := w.list
		if list == nil {
			list = c.keysOf(o)
			w.refresh()
		}
		w.claim(int64(len(list)))
		for _, name := range list {
			v := c.get(o, name)
			w.refresh()
			first = w.property(o, key{value: name, index: -1}, v, first) && first
		}
	}
	w.finish(first, '}')
}

// listMembers puts the enumerable properties of an ordinary object on the stack. It reports false,
// and does nothing, if o is another object, or goja has yet to sort its properties.
func (w *jsonWriter) listMembers(o *goja.Object) bool {
	in := w.codec.in
	properties, ok := in.properties(o)
	if !ok {
		return false
	}
	names, ok := in.names(o)
	if !ok {
		return false
	}
	for _, name := range names {
		if v := properties[name]; in.isEnumerable(v) {
			w.fields = append(w.fields, member{name, v})
		}
	}
	return true
}

// property writes a property if JSON has its value, and reports whether it does not.
func (w *jsonWriter) property(o *goja.Object, k key, v goja.Value, first bool) (skipped bool) {
	start := len(w.buffer)
	w.separate(first)
	if k.value != nil {
		w.quote(k.value)
	} else if wide := k.name.AsUtf16(); wide != nil {
		w.quoteUnits(wide[1:])
	} else {
		w.quoteText(string(k.name))
	}
	w.buffer = append(w.buffer, ':')
	if w.gap != "" {
		w.buffer = append(w.buffer, ' ')
	}
	if w.write(o, k, v) {
		return false
	}
	w.buffer = w.buffer[:start]
	return true
}
