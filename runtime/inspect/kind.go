package inspect

import (
	"math/big"
	"reflect"
	"strings"

	"github.com/dop251/goja"
)

var (
	typeProxy   = reflect.TypeFor[goja.Proxy]()
	typePromise = reflect.TypeFor[*goja.Promise]()
	typeMap     = reflect.TypeFor[[][2]any]()
	typeSet     = reflect.TypeFor[[]any]()
	typeBuffer  = reflect.TypeFor[goja.ArrayBuffer]()
	typeString  = reflect.TypeFor[string]()
	typeBigInt  = reflect.TypeFor[*big.Int]()
	typeClass   = reflect.TypeFor[func(goja.ConstructorCall) *goja.Object]()
)

// IsProxy reports whether o is a Proxy. Reading a property of one may run code of its module.
func IsProxy(o *goja.Object) bool { return o.ExportType() == typeProxy }

// Class returns the kind of an object as far as goja's API shows it: "Array", "Map", "Set", "Date",
// "RegExp", "Error", "Promise", "ArrayBuffer", "Proxy", "Function", … and "Object" for anything
// else. It is "" for what is not an object. It does not enter the VM. See also [Inspector.Kind].
func Class(v goja.Value) string {
	o, ok := v.(*goja.Object)
	if !ok {
		return ""
	}
	switch {
	case IsProxy(o):
		return "Proxy"
	case o.ExportType() == typePromise:
		return "Promise"
	case o.ExportType() == typeMap:
		return "Map"
	case o.ExportType() == typeBuffer:
		return "ArrayBuffer"
	}
	class := o.ClassName()
	if class == "Array" || o.ExportType() != typeSet {
		return class
	}
	return "Set"
}

// Kind returns the kind of an object whatever its prototype says: what [Class] returns, or one that
// goja's API does not show, such as "Uint8Array", "DataView", "WeakMap" or "AsyncFunction". It runs
// no code of a module. Call it in a turn.
func (i *Inspector) Kind(v goja.Value) string {
	o, ok := v.(*goja.Object)
	if !ok {
		return ""
	}
	if IsProxy(o) {
		return "Proxy"
	}
	if _, callable := goja.AssertFunction(o); callable {
		s := inspection{Inspector: i}
		if tag := s.tagOf(o); tag == "AsyncFunction" || tag == "GeneratorFunction" {
			return tag
		}
		if strings.HasPrefix(s.call(s.functionSource, o).String(), "async") {
			return "AsyncFunction"
		}
		return "Function"
	}
	if kind := Class(v); kind != "Object" {
		return kind
	}
	s := inspection{Inspector: i}
	if name := s.typedArrayName(o); name != "" {
		return name
	}
	if kind := s.hiddenKind(o); kind != "" {
		return kind
	}
	switch o.ExportType() {
	case typeString:
		return "Symbol"
	case typeBigInt:
		return "BigInt"
	}
	return "Object"
}

// typedArrayName returns the class of a typed array, such as "Uint8Array", or "" for any other
// object.
func (s *inspection) typedArrayName(o *goja.Object) string {
	if t := o.ExportType(); t.Kind().String() != "slice" {
		return ""
	}
	if name, ok := s.call(s.native("typedName"), o).(goja.String); ok {
		return name.String()
	}
	return ""
}

// hiddenKind returns the kind of an object that looks plain to goja's Go API, or "". Its
// Symbol.toStringTag is only a hint: one of the kind's own methods, which throws for any other
// object, is called to make sure.
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
