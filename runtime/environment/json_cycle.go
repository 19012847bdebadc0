package environment

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// refuseCycle throws the TypeError for an object that is in itself, at w.path[start], in the words
// of V8. It shows how one gets from there to k, which closes the cycle.
func (w *jsonWriter) refuseCycle(start int, k key) {
	const shown = 2 // places after the first, and one before the last
	var b strings.Builder
	b.WriteString("Converting circular structure to JSON\n    --> starting at object with constructor " + w.constructorName(w.path[start]))
	inner := w.path[start+1:]
	for i, o := range inner {
		switch {
		case i < shown || i == len(inner)-1:
			b.WriteString("\n    |     " + w.showKey(w.keys[start+1+i]) + " -> object with constructor " + w.constructorName(o))
		case i == shown:
			b.WriteString("\n    |     ...")
		}
	}
	b.WriteString("\n    --- " + w.showKey(k) + " closes the circle")
	panic(w.codec.vm.NewTypeError("%s", b.String()))
}

func (w *jsonWriter) showKey(k key) string {
	if k.index >= 0 {
		return "index " + strconv.Itoa(k.index)
	}
	if name := w.codec.keyOf(k).String(); name != "" {
		return "property '" + name + "'"
	}
	return "<anonymous>"
}

// constructorName returns the quoted name of an object's class. It calls no JavaScript.
func (w *jsonWriter) constructorName(o *goja.Object) string {
	c := w.codec
	own := func(o *goja.Object, name string) goja.Value {
		descriptor, ok := c.native(c.natives.describe, o, c.text(name)).(*goja.Object)
		if !ok {
			return nil
		}
		return descriptor.Get("value")
	}
	for p := o; p != nil && !c.in.isProxy(p); p = p.Prototype() {
		if constructor, ok := own(p, "constructor").(*goja.Object); ok && !c.in.isProxy(constructor) {
			if name, ok := own(constructor, "name").(goja.String); ok && name.Length() > 0 {
				return "'" + name.String() + "'"
			}
			break
		}
	}
	return "'Object'"
}
