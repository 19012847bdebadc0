package inspect

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// describe fills in how an object of o's kind is printed, or prints it whole where it has nothing inside.
func (s *inspection) describe(o *goja.Object, f *shape, depth int) (done bool, text string) {
	class, typ := o.ClassName(), o.ExportType()
	if _, callable := goja.AssertFunction(o); callable {
		f.base = s.function(o, f)
		f.keys = s.properties(o, false)
		return len(f.keys) == 0, f.base
	}
	switch {
	case class == "Array":
		return s.array(o, f)
	case typ == typeMap:
		return s.collection(o, f, "Map")
	case typ == typeSet:
		return s.collection(o, f, "Set")
	case class == "Error":
		f.keys = s.properties(o, false)
		f.base = s.error(o, f)
		return len(f.keys) == 0, f.base
	case class == "Date":
		return s.simple(o, f, "Date", s.date(o))
	case class == "RegExp":
		// Printed by its own source and flags, not by a toString that a module replaced.
		f.base = Cut(s.call(s.native("regexpText"), o).String(), textLimit)
		if done, text := s.simple(o, f, "RegExp", f.base); done || depth <= s.depth {
			return done, text
		}
		return true, f.base
	case typ == typePromise:
		s.promise(o, f)
		return false, ""
	case typ == typeBuffer:
		f.keys = s.properties(o, false)
		s.arrayBuffer(o, f)
		return false, ""
	case class == "Arguments":
		f.keys = s.properties(o, false)
		f.open = "[Arguments] {"
		return len(f.keys) == 0, f.open + "}"
	case class == "Number" || class == "Boolean" || class == "String" || class == "Object" && (typ == typeString || typ == typeBigInt):
		if done, text, ok := s.boxed(o, f, class); ok {
			return done, text
		}
	}
	if name := s.typedArrayName(o); name != "" {
		return s.typedArray(o, f, name)
	}
	f.keys = s.properties(o, false)
	switch s.hiddenKind(o) {
	case "DataView":
		f.open = f.prefix("DataView", "") + "{"
		f.items = func(depth int) []string {
			var out []string
			for _, name := range []string{"byteLength", "byteOffset", "buffer"} {
				value := s.call(s.native(name), o)
				out = append(out, s.named(property{found: true, enumerable: true, value: value}, s.vm.ToValue(name), depth, false))
			}
			return out
		}
		return false, ""
	case "WeakMap", "WeakSet":
		f.open = f.prefix("WeakSet", "") + "{"
		f.items = func(int) []string { return []string{"<items unknown>"} }
		return false, ""
	}
	if f.constructor == "Object" && f.tag == "" && !f.isNull {
		return len(f.keys) == 0, "{}"
	}
	f.open = f.prefix("Object", "") + "{"
	return len(f.keys) == 0, f.open + "}"
}

// simple is a kind that has a text of its own, and braces only around properties that were added to it.
func (s *inspection) simple(o *goja.Object, f *shape, fallback, base string) (bool, string) {
	f.base = base
	if prefix := f.prefix(fallback, ""); prefix != fallback+" " {
		f.base = prefix + base
	}
	f.keys = s.properties(o, false)
	return len(f.keys) == 0, f.base
}

func (s *inspection) date(o *goja.Object) string {
	v, err := s.native("dateText")(o)
	if err != nil {
		return "Invalid Date"
	}
	return v.String()
}

// array prints items up to the limit, runs of holes as one.
func (s *inspection) array(o *goja.Object, f *shape) (bool, string) {
	n := int(o.Get("length").ToInteger())
	prefix := ""
	if f.constructor != "Array" || f.isNull || f.tag != "" {
		prefix = f.prefix("Array", sized(n))
	}
	f.keys = s.properties(o, true)
	if s.hidden {
		// length comes after the items, in brackets: it is an own property that is not enumerable.
		f.keys = append([]goja.Value{s.vm.ToValue("length")}, withoutName(f.keys, "length")...)
	}
	f.open, f.close, f.list = prefix+"[", "]", true
	if n == 0 && len(f.keys) == 0 {
		return true, f.open + "]"
	}
	s.listItems(o, f)
	return false, ""
}

func withoutName(keys []goja.Value, name string) (rest []goja.Value) {
	for _, k := range keys {
		if t, ok := k.(goja.String); !ok || t.String() != name {
			rest = append(rest, k)
		}
	}
	return rest
}

func (s *inspection) listItems(o *goja.Object, f *shape) {
	length := s.ownData(o, "length")
	if length == nil {
		return
	}
	n := int(length.ToInteger())
	f.values = func(i int) goja.Value { return s.ownData(o, strconv.Itoa(i)) }
	f.items = func(depth int) (out []string) {
		i := 0
		for i < n && len(out) < s.items && !s.exhausted() {
			p := s.own(o, s.vm.ToValue(strconv.Itoa(i)))
			if !p.found {
				next := s.nextItem(o, i, n)
				out = append(out, "<"+strconv.Itoa(next-i)+" empty item"+plural(next-i)+">")
				i = next
				continue
			}
			out = append(out, s.named(p, goja.Undefined(), depth, true))
			i++
		}
		if i < n {
			out = append(out, moreItems(n-i))
		}
		return out
	}
}

// nextItem is the first index after i that is not a hole. It asks for the keys only once a few steps found none, because
// an array of four thousand million holes must not be walked.
func (s *inspection) nextItem(o *goja.Object, i, n int) int {
	for j := i + 1; j < min(n, i+64); j++ {
		if s.own(o, s.vm.ToValue(strconv.Itoa(j))).found {
			return j
		}
	}
	if i+64 >= n {
		return n
	}
	names := s.call(s.ownKeys, goja.Undefined(), o).ToObject(s.vm)
	count := int(names.Get("length").ToInteger())
	for k := 0; k < count; k++ {
		name := names.Get(strconv.Itoa(k))
		if !isIndex(name) {
			break
		}
		if j := int(name.ToInteger()); j > i {
			return j
		}
	}
	return n
}

func moreItems(n int) string { return "... " + strconv.Itoa(n) + " more item" + plural(n) }

// collection prints a Map or a Set through the built-in iterators.
func (s *inspection) collection(o *goja.Object, f *shape, kind string) (bool, string) {
	start, next, length := "mapEntries", "mapNext", "mapSize"
	if kind == "Set" {
		start, next, length = "setValues", "setNext", "setSize"
	}
	// The real size: a module may have put a property of that name on it.
	size := int(s.call(s.native(length), o).ToInteger())
	iterator := s.call(s.native(start), o)
	f.keys = s.properties(o, false)
	f.open = f.prefix(kind, sized(size)) + "{"
	if size == 0 && len(f.keys) == 0 {
		return true, f.open + "}"
	}
	f.items = func(depth int) (out []string) {
		s.indent += 2
		defer func() { s.indent -= 2 }()
		for len(out) < min(size, s.items) && !s.exhausted() {
			step := s.call(s.native(next), iterator).ToObject(s.vm)
			if step.Get("done").ToBoolean() {
				return out
			}
			item := step.Get("value")
			if kind == "Set" {
				out = append(out, s.value(item, depth))
				continue
			}
			pair := item.ToObject(s.vm)
			out = append(out, s.value(pair.Get("0"), depth)+" => "+s.value(pair.Get("1"), depth))
		}
		if more := size - len(out); more > 0 {
			out = append(out, moreItems(more))
		}
		return out
	}
	return false, ""
}

func (s *inspection) promise(o *goja.Object, f *shape) {
	p := o.Export().(*goja.Promise)
	f.open = f.prefix("Promise", "") + "{"
	f.keys = s.properties(o, false)
	f.items = func(depth int) []string {
		if p.State() == goja.PromiseStatePending {
			return []string{"<pending>"}
		}
		s.indent += 2
		text := s.value(p.Result(), depth)
		s.indent -= 2
		if p.State() == goja.PromiseStateRejected {
			text = "<rejected> " + text
		}
		return []string{text}
	}
}

func (s *inspection) arrayBuffer(o *goja.Object, f *shape) {
	buffer := o.Export().(goja.ArrayBuffer)
	data := buffer.Bytes()
	f.open = f.prefix("ArrayBuffer", "") + "{"
	f.items = func(depth int) []string {
		if buffer.Detached() {
			return []string{"(detached)", "byteLength: 0"}
		}
		text := hexBytes(data, min(s.items, len(data)))
		if more := len(data) - s.items; more > 0 {
			text += " ... " + strconv.Itoa(more) + " more byte" + plural(more)
		}
		return []string{s.spend("[Uint8Contents]: <" + text + ">"), "byteLength: " + strconv.Itoa(len(data))}
	}
}

// hexBytes prints the first n bytes as pairs of digits.
func hexBytes(data []byte, n int) string {
	var b strings.Builder
	for i, c := range data[:n] {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(hex.EncodeToString([]byte{c}))
	}
	return b.String()
}

func (s *inspection) typedArrayName(o *goja.Object) string {
	if t := o.ExportType(); t.Kind().String() != "slice" {
		return ""
	}
	if name, ok := s.call(s.native("typedName"), o).(goja.String); ok {
		return name.String()
	}
	return ""
}

func (s *inspection) typedArray(o *goja.Object, f *shape, name string) (bool, string) {
	n := int(s.call(s.native("typedLength"), o).ToInteger())
	f.keys = s.properties(o, true)
	if f.constructor == "Buffer" && name == "Uint8Array" {
		if data, ok := o.Export().([]byte); ok {
			return true, s.buffer(o, f, data)
		}
	}
	f.tag = name // in the language it is a getter, which we did not call
	f.open, f.close, f.list = f.prefix(name, sized(n))+"[", "]", true
	if n == 0 && len(f.keys) == 0 {
		return true, f.open + "]"
	}
	item := func(i int) goja.Value { return o.Get(strconv.Itoa(i)) }
	f.values = item
	f.items = func(depth int) (out []string) {
		for i := 0; i < min(n, s.items) && !s.exhausted(); i++ {
			out = append(out, s.spend(s.primitiveOrUndefined(item(i))))
		}
		if more := n - len(out); more > 0 {
			out = append(out, moreItems(more))
		}
		return out
	}
	return false, ""
}

// bufferItemLimit is Node's buffer.INSPECT_MAX_BYTES.
const bufferItemLimit = 50

func (s *inspection) buffer(o *goja.Object, f *shape, data []byte) string {
	text := hexBytes(data, min(len(data), bufferItemLimit))
	if more := len(data) - bufferItemLimit; more > 0 {
		text += " ... " + strconv.Itoa(more) + " more byte" + plural(more)
	}
	for _, key := range f.keys {
		if text != "" {
			text += ", "
		}
		text += s.named(s.own(o, key), key, 1, false)
	}
	return "<Buffer " + text + ">"
}

// boxed is new Number(1) and its like.
func (s *inspection) boxed(o *goja.Object, f *shape, class string) (done bool, text string, ok bool) {
	kind, value := class, goja.Value(nil)
	var err error
	switch class {
	case "Number":
		value, err = s.native("numberValue")(o)
	case "Boolean":
		value, err = s.native("booleanValue")(o)
	case "String":
		value, err = s.native("stringValue")(o)
	default:
		if kind = "Symbol"; o.ExportType() == typeBigInt {
			kind = "BigInt"
			value, err = s.native("bigintText")(o)
		} else {
			value, err = s.native("symbolValue")(o)
		}
	}
	if err != nil || value == nil {
		return false, "", false
	}
	inner := ""
	switch v := value.(type) {
	case goja.String:
		if inner = limitString(v, textLimit); kind == "BigInt" {
			inner += "n"
		} else {
			inner = quote(v.Substring(0, min(v.Length(), textLimit)))
		}
	default:
		inner = s.primitive(v)
	}
	base := "[" + kind
	if f.isNull {
		base += " (null prototype)"
	} else if f.constructor != kind {
		base += " (" + f.constructor + ")"
	}
	base += ": " + inner + "]"
	if f.tag != "" && f.tag != f.constructor {
		base += " [" + f.tag + "]"
	}
	f.base = base
	f.keys = s.properties(o, kind == "String")
	return len(f.keys) == 0, base, true
}

// hiddenKind finds the kinds that goja's Go API does not tell apart from plain objects. Their tag gives a hint, and one
// of their own methods, which throws for anything else, makes sure.
func (s *inspection) hiddenKind(o *goja.Object) string {
	tag, _ := s.lookup(o, goja.SymToStringTag).(goja.String)
	if tag == nil || tag.Length() > 10 {
		return ""
	}
	kind := tag.String()
	probe := map[string]string{"WeakMap": "weakMapHas", "WeakSet": "weakSetHas", "DataView": "byteLength"}[kind]
	if probe == "" {
		return ""
	}
	if _, err := s.native(probe)(o, goja.Undefined()); err != nil {
		return ""
	}
	return kind
}
