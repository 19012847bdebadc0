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
