package inspect

import (
	"sync"

	"github.com/dop251/goja"
)

// nativeSources is the JavaScript that names each function of the language that printing calls.
var nativeSources = map[string]string{
	"descriptor":     "Object.getOwnPropertyDescriptor",
	"ownKeys":        "Object.getOwnPropertyNames",
	"enumerableKeys": "Object.keys",
	"getSymbols":     "Object.getOwnPropertySymbols",
	"functionSource": "Function.prototype.toString",
	"symbolText":     "Symbol.prototype.toString",
	"symbolValue":    "Symbol.prototype.valueOf",
	"regexpText":     "RegExp.prototype.toString",
	"dateText":       "Date.prototype.toISOString",
	"mapEntries":     "Map.prototype.entries",
	"mapNext":        "Object.getPrototypeOf(new Map().entries()).next",
	"mapSize":        "Object.getOwnPropertyDescriptor(Map.prototype, 'size').get",
	"setValues":      "Set.prototype.values",
	"setNext":        "Object.getPrototypeOf(new Set().values()).next",
	"setSize":        "Object.getOwnPropertyDescriptor(Set.prototype, 'size').get",
	"typedName":      "Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get",
	"typedLength":    "Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length').get",
	"byteLength":     "Object.getOwnPropertyDescriptor(DataView.prototype, 'byteLength').get",
	"byteOffset":     "Object.getOwnPropertyDescriptor(DataView.prototype, 'byteOffset').get",
	"buffer":         "Object.getOwnPropertyDescriptor(DataView.prototype, 'buffer').get",
	"weakMapHas":     "WeakMap.prototype.has",
	"weakSetHas":     "WeakSet.prototype.has",
	"bigintText":     "BigInt.prototype.toString",
	"numberValue":    "Number.prototype.valueOf",
	"stringValue":    "String.prototype.valueOf",
	"booleanValue":   "Boolean.prototype.valueOf",
	"stringify":      "JSON.stringify",
	"parseInt":       "parseInt",
	"parseFloat":     "parseFloat",
	"symbolFor":      "Symbol.for",
}

var nativePrograms = sync.OnceValue(func() map[string]*goja.Program {
	programs := map[string]*goja.Program{}
	for name, source := range nativeSources {
		programs[name] = goja.MustCompile("node:internal/inspect", source, true)
	}
	return programs
})

// native returns the function that nativeSources names.
func (i *Inspector) native(name string) goja.Callable {
	if f := i.natives[name]; f != nil {
		return f
	}
	v, err := i.vm.RunProgram(nativePrograms()[name])
	if err != nil {
		panic(err)
	}
	f, ok := goja.AssertFunction(v)
	if !ok {
		panic(i.vm.NewTypeError("%s is no function", nativeSources[name]))
	}
	i.natives[name] = f
	return f
}

// NativeFunction makes a JavaScript function of f that prints, and answers to name and length, as
// the language's own functions do. goja would show the name that f has in Go.
func NativeFunction(vm *goja.Runtime, name string, length int, f func(goja.FunctionCall) goja.Value) *goja.Object {
	o := vm.ToValue(f).ToObject(vm)
	_ = o.DefineDataProperty("name", vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	_ = o.DefineDataProperty("length", vm.ToValue(length), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return o
}
