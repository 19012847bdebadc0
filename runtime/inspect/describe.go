package inspect

import "github.com/dop251/goja"

// describe sets in f how an object of o's kind is printed. Where there is nothing inside the
// object, it reports done and returns the whole text instead.
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
		// By its source and flags, whatever toString a module has put in the place of the
		// language's.
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

// simple describes a kind that has a text of its own, and braces only around properties that a
// module has added.
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

// withoutName returns keys without the string name.
func withoutName(keys []goja.Value, name string) (rest []goja.Value) {
	for _, k := range keys {
		if t, ok := k.(goja.String); !ok || t.String() != name {
			rest = append(rest, k)
		}
	}
	return rest
}

// collection describes a Map or a Set, read through the iterators that the language brings.
func (s *inspection) collection(o *goja.Object, f *shape, kind string) (bool, string) {
	start, next, length := "mapEntries", "mapNext", "mapSize"
	if kind == "Set" {
		start, next, length = "setValues", "setNext", "setSize"
	}
	// Not o's property of that name, which a module may have set.
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

// boxed describes what new Number(1) and the like make. It reports ok = false for any other object
// of that class, such as one that inherits from Number.prototype.
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
