package runtime

import (
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// What bounds one printed line, whatever is printed. An author who logs a whole world gets a piece of it and a note.
const (
	inspectLineLimit = 64 << 10 // bytes of one console call's text
	inspectStepLimit = 50_000   // values and properties visited for one console call
	inspectTextLimit = 10_000   // UTF-16 units of one nested string, as in Node
	inspectItemLimit = 100      // items of an array, Map, Set, as in Node
	inspectDeepLimit = 200      // levels, even where the options say Infinity
)

// inspectOptions are the options of Node's util.inspect that change anything here. Colours, proxies and calling getters
// are not offered: a printed value must not run its module's code by surprise.
type inspectOptions struct {
	depth         int  // levels below the outermost; 2 in Node, -1 prints the name alone
	breakLength   int  // columns
	compact       int  // innermost levels put on one line; 0 puts each property on its own
	items         int  // items of an array, Map, Set
	text          int  // UTF-16 units of a string
	hidden        bool // non-enumerable properties too
	customInspect bool // call [Symbol(nodejs.util.inspect.custom)]
	sorted        bool // properties by name
}

var inspectDefaults = inspectOptions{depth: 2, breakLength: 80, compact: 3, items: inspectItemLimit, text: inspectTextLimit, customInspect: true}

// symbolInspect is Symbol.for('nodejs.util.inspect.custom') of a VM, fetched from it: goja's registry is per VM.
const symbolInspectName = "nodejs.util.inspect.custom"

// inspector prints values as Node 20's util.inspect does. One for each VM; only in a turn.
//
// It reads properties through descriptors, with functions that it takes from the VM, so that it calls no getter and
// triggers no proxy's trap. The one piece of user code that it runs is an object's own
// [Symbol(nodejs.util.inspect.custom)].
type inspector struct {
	vm *goja.Runtime

	// Fixed after newInspector, which runs before any module: functions of the VM that nearly every value needs.
	descriptor, ownKeys, enumerableKeys, getSymbols, functionSource goja.Callable
	symbolCustom                                                    *goja.Symbol

	natives         map[string]goja.Callable // others, as they were first needed: goja makes a class when it is first named
	inspectFunction goja.Value               // util.inspect, made on first use
}

// inspection is one call's state.
type inspection struct {
	*inspector
	inspectOptions
	seen    []*goja.Object
	marks   map[*goja.Object]int // what [Circular *n] named, with its n
	indent  int
	current int // depth of the value whose properties were printed last
	left    int // bytes that may still be made
	steps   int // values that may still be visited
	custom  int // answers of custom functions that are being printed
}

// nativeSources are the functions of the language that printing uses.
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

// newInspector takes from vm what printing needs. It must run before a module can have changed the built-ins.
func newInspector(vm *goja.Runtime) (i *inspector, err error) {
	i = &inspector{vm: vm, natives: map[string]goja.Callable{}}
	ex := vm.Try(func() {
		i.descriptor, i.ownKeys, i.enumerableKeys = i.native("descriptor"), i.native("ownKeys"), i.native("enumerableKeys")
		i.getSymbols, i.functionSource = i.native("getSymbols"), i.native("functionSource")
		i.symbolCustom, _ = i.call(i.native("symbolFor"), vm.Get("Symbol"), vm.ToValue(symbolInspectName)).(*goja.Symbol)
	})
	if ex != nil {
		return nil, ex
	}
	return i, nil
}

// native gives one of nativeSources.
func (i *inspector) native(name string) goja.Callable {
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

// inspect prints one value. It never throws, with one exception that no code may stop: the watchdog's interrupt.
func (i *inspector) inspect(v goja.Value, options inspectOptions) string {
	s := &inspection{inspector: i, inspectOptions: options, left: inspectLineLimit, steps: inspectStepLimit}
	return s.run(v)
}

func (s *inspection) run(v goja.Value) (text string) {
	if ex := s.vm.Try(func() { text = s.value(v, 0) }); ex != nil {
		// A custom inspect that throws, or a stack that is full: say what it was, without asking the object again.
		return "[" + kindName(v) + ": inspecting it threw " + cutText(thrownText(ex), 200) + "]"
	}
	return text
}

func thrownText(ex *goja.Exception) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = "an error that cannot be printed"
		}
	}()
	first, _, _ := strings.Cut(ex.Error(), "\n")
	return first
}

func kindName(v goja.Value) string {
	if o, ok := v.(*goja.Object); ok {
		if isProxy(o) {
			return "Proxy"
		}
		return o.ClassName()
	}
	return "value"
}

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

func isProxy(o *goja.Object) bool { return o.ExportType() == typeProxy }

// call runs one of the VM's own functions; an error of it ends the inspection.
func (i *inspector) call(f goja.Callable, this goja.Value, args ...goja.Value) goja.Value {
	v, err := f(this, args...)
	if err != nil {
		panic(err)
	}
	return v
}

// property is one own property, read without running any code.
type property struct {
	found      bool
	value      goja.Value // nil where it is an accessor
	get, set   bool
	enumerable bool
}

func (i *inspector) own(o *goja.Object, key goja.Value) (p property) {
	if isProxy(o) {
		return p
	}
	d, ok := i.call(i.descriptor, goja.Undefined(), o, key).(*goja.Object)
	if !ok {
		return p
	}
	p.found = true
	p.enumerable = d.Get("enumerable").ToBoolean()
	if v := d.Get("value"); v != nil {
		p.value = v
		return p
	}
	p.get, p.set = !goja.IsUndefined(d.Get("get")), !goja.IsUndefined(d.Get("set"))
	return p
}

func (i *inspector) ownData(o *goja.Object, name string) goja.Value {
	return i.own(o, i.vm.ToValue(name)).value
}

// lookup finds a data property along the prototypes; it stops at a proxy.
func (i *inspector) lookup(o *goja.Object, key goja.Value) goja.Value {
	for n := 0; o != nil && n < inspectDeepLimit && !isProxy(o); n++ {
		if p := i.own(o, key); p.found {
			return p.value
		}
		o = o.Prototype()
	}
	return nil
}

// spend counts bytes and says whether there are any left.
func (s *inspection) spend(text string) string {
	s.left -= len(text)
	return text
}

func (s *inspection) exhausted() bool { return s.left <= 0 || s.steps <= 0 }

func (s *inspection) value(v goja.Value, depth int) string {
	if v == nil || goja.IsUndefined(v) {
		return s.spend("undefined")
	}
	if goja.IsNull(v) {
		return s.spend("null")
	}
	s.steps--
	switch t := v.(type) {
	case *goja.Object:
		return s.object(t, depth)
	case goja.String:
		return s.spend(s.quoted(t))
	}
	return s.spend(s.primitive(v))
}

// primitive prints all but strings and objects.
func (i *inspector) primitive(v goja.Value) string {
	if _, ok := v.(*goja.Symbol); ok {
		return i.symbol(v)
	}
	if v.ExportType() == typeBigInt {
		// A BigInt can be megabytes of digits, and printing them is quadratic.
		if b, _ := v.Export().(*big.Int); b.BitLen() > 1<<15 {
			return "[BigInt of " + strconv.Itoa(b.BitLen()) + " bits]"
		}
		return v.String() + "n"
	}
	if f, ok := v.Export().(float64); ok && f == 0 && math.Signbit(f) {
		return "-0"
	}
	return v.String()
}

func (i *inspector) symbol(v goja.Value) string {
	t := i.call(i.native("symbolText"), v)
	return cutText(t.String(), inspectTextLimit)
}

func (s *inspection) object(o *goja.Object, depth int) string {
	for n := 0; isProxy(o); n++ {
		p := o.Export().(goja.Proxy)
		if p.Handler() == nil {
			return s.spend("<Revoked Proxy>")
		}
		if o = p.Target(); o == nil || n > inspectDeepLimit {
			return s.spend("<Revoked Proxy>")
		}
	}
	if s.customInspect {
		if text, ok := s.customized(o, depth); ok {
			return s.spend(text)
		}
	}
	for _, seen := range s.seen {
		if seen == o {
			if s.marks == nil {
				s.marks = map[*goja.Object]int{}
			}
			if s.marks[o] == 0 {
				s.marks[o] = len(s.marks) + 1
			}
			return s.spend("[Circular *" + strconv.Itoa(s.marks[o]) + "]")
		}
	}
	if s.exhausted() || len(s.seen) >= inspectDeepLimit {
		return s.spend("...")
	}
	return s.raw(o, depth)
}

// customized asks the object itself, if it says how it is to be printed.
func (s *inspection) customized(o *goja.Object, depth int) (string, bool) {
	f, ok := goja.AssertFunction(s.lookup(o, s.symbolCustom))
	if !ok {
		return "", false
	}
	// A prototype is not an instance: Foo.prototype is printed as it is.
	if c, ok := s.lookup(o, s.vm.ToValue("constructor")).(*goja.Object); ok && s.ownData(c, "prototype") == goja.Value(o) {
		return "", false
	}
	var left goja.Value = s.vm.ToValue(s.depth - depth)
	if s.depth >= inspectDeepLimit {
		left = goja.PositiveInf()
	}
	stylize := nativeFunction(s.vm, "stylize", 2, func(call goja.FunctionCall) goja.Value { return call.Argument(0).ToString() })
	options := s.vm.NewObject()
	for name, v := range map[string]any{
		"depth": left, "breakLength": s.breakLength, "compact": s.compact, "maxArrayLength": s.items, "maxStringLength": s.text,
		"showHidden": s.hidden, "customInspect": true, "sorted": s.sorted, "colors": false, "showProxy": false, "getters": false,
		"stylize": stylize,
	} {
		_ = options.Set(name, v)
	}
	var inspect goja.Value = s.inspectValue()
	result, err := f(o, left, options, inspect)
	if err != nil {
		panic(err)
	}
	if r, ok := result.(*goja.Object); ok {
		if r == o {
			return "", false
		}
		// What it returned may itself be customized: two objects that name each other must come to an end.
		if s.custom++; s.custom > inspectDeepLimit {
			return "...", true
		}
		defer func() { s.custom-- }()
		return s.value(r, depth), true
	}
	text := ""
	if t, ok := result.(goja.String); ok {
		text = limitString(t, inspectLineLimit)
	} else {
		text = s.primitiveOrUndefined(result)
	}
	return strings.ReplaceAll(text, "\n", "\n"+spaces(s.indent)), true
}

func (i *inspector) primitiveOrUndefined(v goja.Value) string {
	if v == nil || goja.IsUndefined(v) {
		return "undefined"
	}
	if goja.IsNull(v) {
		return "null"
	}
	return i.primitive(v)
}

func spaces(n int) string { return strings.Repeat(" ", n) }
