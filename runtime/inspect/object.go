package inspect

import (
	"sort"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// shape selects the layout of the parts of an object.
type shape struct {
	constructor string // name of the class, or "" if isNull
	isNull      bool   // no class: the prototypes end without a constructor
	tag         string // Symbol.toStringTag, or ""
	base        string // text before the braces, of a function, an error, a date
	open, close string
	list        bool                 // an array: its items have no names, and are put in columns
	items       func(int) []string   // prints what are no properties, such as entries of a Map; may be nil
	keys        []goja.Value         // properties to print
	values      func(int) goja.Value // items of a list, asked whether all are numbers
}

// prefix returns what stands before the braces: the class with the size, the tag, and a space.
// fallback names the class of an object that has none.
func (f *shape) prefix(fallback, size string) string {
	if f.isNull {
		if f.tag != "" && f.tag != fallback {
			return "[" + fallback + size + ": null prototype] [" + f.tag + "] "
		}
		return "[" + fallback + size + ": null prototype] "
	}
	if f.tag != "" && f.tag != f.constructor {
		return f.constructor + size + " [" + f.tag + "] "
	}
	return f.constructor + size + " "
}

func sized(n int) string { return "(" + strconv.Itoa(n) + ")" }

// raw prints an object that is no proxy, has no inspect function of its own, and is not being
// printed already.
func (s *inspection) raw(o *goja.Object, depth int) string {
	f := &shape{open: "{", close: "}"}
	f.constructor, f.isNull = s.constructorName(o, depth)
	f.tag = s.tagOf(o)
	if done, text := s.describe(o, f, depth); done {
		return s.spend(text)
	}
	if depth > s.depth {
		name := strings.TrimSuffix(f.prefix(s.fallbackName(o), ""), " ")
		if !f.isNull {
			name = "[" + name + "]"
		}
		return s.spend(name)
	}
	depth++
	s.seen = append(s.seen, o)
	s.current = depth
	var output []string
	if f.items != nil {
		output = f.items(depth)
	}
	for n, key := range f.keys {
		if s.exhausted() {
			output = append(output, "... "+strconv.Itoa(len(f.keys)-n)+" more in this object")
			break
		}
		output = append(output, s.named(s.own(o, key), key, depth, false))
	}
	s.seen = s.seen[:len(s.seen)-1]
	if mark := s.marks[o]; mark != 0 {
		reference := "<ref *" + strconv.Itoa(mark) + ">"
		if f.base != "" {
			reference += " " + f.base
		}
		f.base = reference
	}
	if s.sorted && !f.list {
		sort.Strings(output)
	}
	return s.join(output, f, depth)
}

func (s *inspection) fallbackName(o *goja.Object) string {
	if o.ClassName() == "Array" {
		return "Array"
	}
	return "Object"
}

// constructorName returns the name of the class that made o: of the nearest constructor along its
// prototypes that o is an instance of.
func (s *inspection) constructorName(o *goja.Object, depth int) (name string, isNull bool) {
	key := s.vm.ToValue("constructor")
	for p, n := o, 0; p != nil && n < deepLimit; n++ {
		if IsProxy(p) {
			return "Object", false
		}
		if c, ok := s.own(p, key).value.(*goja.Object); ok {
			if _, callable := goja.AssertFunction(c); callable && !IsProxy(c) {
				if name := s.functionName(c); name != "" && s.madeBy(o, c) {
					return name, false
				}
			}
		}
		p = p.Prototype()
	}
	proto := o.Prototype()
	if proto == nil {
		return "", true
	}
	class := s.fallbackName(o)
	if depth > s.depth {
		return class + " <Complex prototype>", false
	}
	inner, null := s.constructorName(proto, depth+1)
	if null {
		text := "[Object: null prototype] {}"
		if k, _ := s.call(s.enumerableKeys, goja.Undefined(), proto).(*goja.Object); k != nil && k.Get("length").ToInteger() > 0 {
			text = "[Object: null prototype]"
		}
		return class + " <" + text + ">", false
	}
	return class + " <" + inner + ">", false
}

// madeBy reports whether o is an instance of c, as instanceof does, but without running code of
// either.
func (s *inspection) madeBy(o, c *goja.Object) bool {
	proto, ok := s.ownData(c, "prototype").(*goja.Object)
	if !ok {
		return false
	}
	for p, n := o.Prototype(), 0; p != nil && n < deepLimit; n++ {
		if p == proto {
			return true
		}
		if IsProxy(p) {
			return false
		}
		p = p.Prototype()
	}
	return false
}

func (s *inspection) functionName(f *goja.Object) string {
	if name, ok := s.ownData(f, "name").(goja.String); ok {
		return limitString(name, 200)
	}
	return ""
}

// tagOf returns the Symbol.toStringTag that o inherits. An enumerable one of its own is printed as
// a property instead.
func (s *inspection) tagOf(o *goja.Object) string {
	if own := s.own(o, goja.SymToStringTag); own.found && own.enumerable {
		return ""
	}
	if tag, ok := s.lookup(o, goja.SymToStringTag).(goja.String); ok {
		return limitString(tag, 200)
	}
	return ""
}

// properties returns o's own keys in the order in which they are printed, strings before symbols.
// Only enumerable ones, unless the option hidden is set.
func (s *inspection) properties(o *goja.Object, skipIndexes bool) (keys []goja.Value) {
	list := s.enumerableKeys
	if s.hidden {
		list = s.ownKeys
	}
	names := s.call(list, goja.Undefined(), o).ToObject(s.vm)
	n := int(names.Get("length").ToInteger())
	from := 0
	if skipIndexes {
		// Indexes come first, in order. Search for their end by halves, so that a big array costs
		// nothing.
		from = sort.Search(n, func(i int) bool { return !isIndex(names.Get(strconv.Itoa(i))) })
	}
	for i := from; i < n && i-from < stepLimit; i++ {
		keys = append(keys, names.Get(strconv.Itoa(i)))
	}
	symbols := s.call(s.getSymbols, goja.Undefined(), o).ToObject(s.vm)
	n = int(symbols.Get("length").ToInteger())
	for i := 0; i < n && i < stepLimit; i++ {
		key := symbols.Get(strconv.Itoa(i))
		if s.hidden || s.own(o, key).enumerable {
			keys = append(keys, key)
		}
	}
	return keys
}

// isIndex reports whether key is an index of an array: an integer below 2^32-1 in its shortest
// form.
func isIndex(key goja.Value) bool {
	k, ok := key.(goja.String)
	if !ok || k.Length() == 0 || k.Length() > 10 {
		return false
	}
	text := k.String()
	n, err := strconv.ParseUint(text, 10, 32)
	return err == nil && n < 1<<32-1 && strconv.FormatUint(n, 10) == text
}

// named prints one property: its name, unless it is an item of a list, and its value.
func (s *inspection) named(p property, key goja.Value, depth int, list bool) string {
	text := s.propertyValue(p, depth)
	if list {
		return text
	}
	name := ""
	k, isString := key.(goja.String)
	switch {
	case !isString:
		name = "[" + escapedName(s.symbol(key)) + "]"
	case k.Length() == 9 && k.String() == "__proto__":
		name = "['__proto__']"
	case p.found && !p.enumerable:
		name = "[" + limitString(k, textLimit) + "]"
	case isIdentifier(k):
		name = k.String()
	case k.Length() > textLimit:
		name = quote(k.Substring(0, textLimit)) + "..."
	default:
		name = quote(k)
	}
	s.left -= len(name) + 2
	return name + ": " + text
}

func (s *inspection) propertyValue(p property, depth int) string {
	switch {
	case p.value != nil:
		s.indent += 2
		text := s.value(p.value, depth)
		s.indent -= 2
		return text
	case p.get && p.set:
		return "[Getter/Setter]"
	case p.get:
		return "[Getter]"
	case p.set:
		return "[Setter]"
	}
	return "undefined"
}

func isIdentifier(k goja.String) bool {
	n := k.Length()
	if n > 1000 {
		return false
	}
	for i := 0; i < n; i++ {
		c := k.CharAt(i)
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return n > 0
}

// escapedName returns the description of a symbol with its control characters escaped.
func escapedName(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x20 || r >= 0x7f && r <= 0x9f {
			escapeUnit(&b, uint16(r), 0)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
