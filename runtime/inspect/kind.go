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
	typeBytes   = reflect.TypeFor[[]byte]()
	typeClass   = reflect.TypeFor[func(goja.ConstructorCall) *goja.Object]()
)

func IsProxy(o *goja.Object) bool { return o.ExportType() == typeProxy }

// Class tells structuredClone what only Go can see.
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

// Kind tells util.types what an object is, whatever its prototype says: "Map", "Promise", "Uint8Array", "Proxy", "Date", …
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

func (s *inspection) typedArrayName(o *goja.Object) string {
	if t := o.ExportType(); t.Kind().String() != "slice" {
		return ""
	}
	if name, ok := s.call(s.native("typedName"), o).(goja.String); ok {
		return name.String()
	}
	return ""
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
