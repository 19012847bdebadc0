package runtime

import (
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

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
// It reads properties through descriptors that it took from the VM before any module ran, so that it calls no getter,
// triggers no proxy's trap, and does not care what a module did to Object.prototype. The one piece of user code that
// it runs is an object's own [Symbol(nodejs.util.inspect.custom)].
type inspector struct {
	vm *goja.Runtime

	// Fixed after newInspector: functions of the VM, called with a receiver.
	descriptor, ownKeys, enumerableKeys, getSymbols goja.Callable
	functionSource, symbolText, symbolValue         goja.Callable
	regexpText, errorText, dateText                 goja.Callable
	mapEntries, mapNext, setValues, setNext         goja.Callable
	typedName, typedLength                          goja.Callable
	viewLength, viewOffset, viewBuffer              goja.Callable
	bigintText, objectHas, booleanValue             goja.Callable
	numberValue, stringValue, mapSize, setSize      goja.Callable

	weakMapProto, weakSetProto, dataViewProto *goja.Object
	asyncProto, generatorProto                *goja.Object
	symbolCustom                              *goja.Symbol
	stylize                                   goja.Value
	inspectFunction                           goja.Value // util.inspect, made on first use
	stringify                                 goja.Value // JSON.stringify
	plain                                     *goja.Object
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

const inspectorSource = `(function(){
	var it = Object.getPrototypeOf, d = Object.getOwnPropertyDescriptor;
	var TA = it(Uint8Array.prototype);
	function get(o, k){ return d(o, k).get }
	return {
		descriptor: d, ownKeys: Object.getOwnPropertyNames, enumerableKeys: Object.keys, getSymbols: Object.getOwnPropertySymbols,
		functionSource: Function.prototype.toString, symbolText: Symbol.prototype.toString, symbolValue: Symbol.prototype.valueOf,
		regexpText: RegExp.prototype.toString, errorText: Error.prototype.toString, dateText: Date.prototype.toISOString,
		mapEntries: Map.prototype.entries, mapNext: it(new Map().entries()).next,
		setValues: Set.prototype.values, setNext: it(new Set().values()).next,
		typedName: get(TA, Symbol.toStringTag), typedLength: get(TA, 'length'),
		viewLength: get(DataView.prototype, 'byteLength'), viewOffset: get(DataView.prototype, 'byteOffset'), viewBuffer: get(DataView.prototype, 'buffer'),
		mapSize: get(Map.prototype, 'size'), setSize: get(Set.prototype, 'size'),
		bigintText: BigInt.prototype.toString, objectHas: Object.prototype.hasOwnProperty,
		numberValue: Number.prototype.valueOf, stringValue: String.prototype.valueOf, booleanValue: Boolean.prototype.valueOf,
		weakMap: WeakMap.prototype, weakSet: WeakSet.prototype, dataView: DataView.prototype,
		async: it(async function(){}), generator: it(function*(){}),
		custom: Symbol.for('` + symbolInspectName + `'), stylize: function stylize(text){ return String(text) },
		plain: Object.prototype, stringify: JSON.stringify
	}
})()`

var inspectorProgram = goja.MustCompile("node:internal/inspect", inspectorSource, false)

// newInspector takes from vm what printing needs. It must run before a module can have changed the built-ins.
func newInspector(vm *goja.Runtime) (*inspector, error) {
	v, err := vm.RunProgram(inspectorProgram)
	if err != nil {
		return nil, err
	}
	o := v.ToObject(vm)
	i := &inspector{vm: vm}
	for name, f := range map[string]*goja.Callable{
		"descriptor": &i.descriptor, "ownKeys": &i.ownKeys, "enumerableKeys": &i.enumerableKeys, "getSymbols": &i.getSymbols,
		"functionSource": &i.functionSource, "symbolText": &i.symbolText, "symbolValue": &i.symbolValue,
		"regexpText": &i.regexpText, "errorText": &i.errorText, "dateText": &i.dateText,
		"mapEntries": &i.mapEntries, "mapNext": &i.mapNext, "setValues": &i.setValues, "setNext": &i.setNext,
		"typedName": &i.typedName, "typedLength": &i.typedLength,
		"viewLength": &i.viewLength, "viewOffset": &i.viewOffset, "viewBuffer": &i.viewBuffer,
		"bigintText": &i.bigintText, "objectHas": &i.objectHas, "booleanValue": &i.booleanValue,
		"mapSize": &i.mapSize, "setSize": &i.setSize, "numberValue": &i.numberValue, "stringValue": &i.stringValue,
	} {
		*f, _ = goja.AssertFunction(o.Get(name))
	}
	object := func(name string) *goja.Object { return o.Get(name).ToObject(vm) }
	i.weakMapProto, i.weakSetProto, i.dataViewProto = object("weakMap"), object("weakSet"), object("dataView")
	i.asyncProto, i.generatorProto = object("async"), object("generator")
	i.symbolCustom, _ = o.Get("custom").(*goja.Symbol)
	i.stylize, i.stringify, i.plain = o.Get("stylize"), o.Get("stringify"), object("plain")
	return i, nil
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
	typeTime    = reflect.TypeFor[time.Time]()
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
	t := i.call(i.symbolText, v)
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
	if f2 := s.lookup(o, s.symbolCustom); f2 == s.inspectFunction {
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
	options := s.vm.NewObject()
	for name, v := range map[string]any{
		"depth": left, "breakLength": s.breakLength, "compact": s.compact, "maxArrayLength": s.items, "maxStringLength": s.text,
		"showHidden": s.hidden, "customInspect": true, "sorted": s.sorted, "colors": false, "showProxy": false, "getters": false,
		"stylize": s.stylize,
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
