package environment

import (
	"strconv"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// A record remembers a value as it was parsed: a reviver is told the source of the primitive
// values that have not changed since.
type record struct {
	value    goja.Value // nil if there is no record
	source   string
	elements []record                    // of an array
	entries  map[unistring.String]record // of an object
}

// revive calls a reviver for v and all that is in it.
func (c *codec) revive(reviver, v goja.Value, recorded record) goja.Value {
	root := c.vm.NewObject()
	c.define(root, c.empty, v)
	return c.internalize(reviver, root, c.empty, recorded, 0)
}

// internalize is InternalizeJSONProperty of the language (ECMA-262 §25.5.1.1).
func (c *codec) internalize(reviver goja.Value, holder *goja.Object, key goja.Value, recorded record, depth int) goja.Value {
	c.step("JSON.parse", 1)
	v := c.get(holder, key)
	context := c.vm.NewObject()
	if recorded.value == nil || !recorded.value.SameAs(v) {
		recorded = record{}
	}
	o, isObject := v.(*goja.Object)
	switch {
	case !isObject:
		if recorded.value != nil {
			c.define(context, c.vm.ToValue("source"), c.valueOf(recorded.source))
		}
	case depth > nestingLimit:
		c.l.refuse("JSON.parse: what the reviver made is nested deeper than the limit of %d levels", nestingLimit)
	case c.isArray(o):
		n := c.length(o)
		c.l.items("JSON.parse", float64(n), solidLimit)
		for i := range int(n) {
			var element record
			if i < len(recorded.elements) {
				element = recorded.elements[i]
			}
			c.replace(reviver, o, c.text(strconv.Itoa(i)), element, depth)
		}
	default:
		for _, key := range c.keysOf(o) {
			var entry record
			if recorded.entries != nil {
				entry = recorded.entries[nameOf(key)]
			}
			c.replace(reviver, o, key, entry, depth)
		}
	}
	return c.call(reviver, holder, key, v, context)
}

// replace puts what the reviver returns in the place of a property.
func (c *codec) replace(reviver goja.Value, o *goja.Object, key goja.Value, recorded record, depth int) {
	if v := c.internalize(reviver, o, key, recorded, depth+1); goja.IsUndefined(v) {
		c.native(c.natives.remove, o, key)
	} else {
		c.define(o, key, v)
	}
}

// define is CreateDataProperty of the language: what cannot be defined stays as it is.
func (c *codec) define(o *goja.Object, key, v goja.Value) {
	properties, ok := c.in.properties(o)
	name := nameOf(key)
	if old := properties[name]; ok && old != nil && !c.in.isProperty(old) {
		properties[name] = v
		return
	}
	descriptor := c.newObject([]unistring.String{"value", "writable", "enumerable", "configurable"}, []goja.Value{v, c.yes, c.yes, c.yes})
	c.native(c.natives.define, o, key, descriptor)
}

// nameOf returns the name of a property in goja's form.
func nameOf(key goja.Value) unistring.String {
	s, ok := key.(goja.String)
	if !ok {
		return ""
	}
	text, surrogates := fromUnits(s)
	if !surrogates {
		return unistring.NewFromString(text)
	}
	return unistring.FromUtf16(append([]uint16{unistring.BOM}, toUnits(text)...))
}
