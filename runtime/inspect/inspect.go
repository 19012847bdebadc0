package inspect

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// Limits on the text of one call, whatever is printed and whatever its options say. A module that
// logs all it has gets a piece of it, and a note of how much was left out.
const (
	// LineLimit is the longest text that one call makes, in bytes.
	LineLimit = 64 << 10
	stepLimit = 50_000 // values and properties visited
	textLimit = 10_000 // UTF-16 units of a string inside a value, as in Node
	itemLimit = 100    // items of an array, a Map or a Set, as in Node
	deepLimit = 200    // levels, even if the options say Infinity
)

// symbolInspectName is the key of the symbol that a custom inspect function has. Symbol.for gives
// each VM its own symbol.
const symbolInspectName = "nodejs.util.inspect.custom"

// An Inspector prints values of one VM as util.inspect of Node 20 does. It is used only in a turn
// of that VM.
//
// It reads properties as descriptors, with functions taken from the VM before any module ran. So it
// calls no getter and triggers no trap of a proxy. The only code of a module that it runs is an
// object's own [Symbol(nodejs.util.inspect.custom)].
type Inspector struct {
	vm *goja.Runtime

	// fixed after New: functions of the VM that nearly every value needs
	descriptor, ownKeys, enumerableKeys, getSymbols, functionSource goja.Callable
	symbolCustom                                                    *goja.Symbol

	natives  map[string]goja.Callable // the others, by name, as they were needed: naming a class makes goja create it
	function goja.Value               // util.inspect, made on first use
}

// inspection is the state of one call of inspect.
type inspection struct {
	*Inspector
	options
	seen    []*goja.Object       // objects being printed, outermost first
	marks   map[*goja.Object]int // objects that a [Circular *n] refers to, and their n
	indent  int                  // columns
	current int                  // depth of the object whose properties were printed last
	left    int                  // bytes that may still be printed
	steps   int                  // values that may still be visited
	custom  int                  // results of custom functions being printed
}

// New takes from vm the functions that printing needs. Call it before a module can have changed
// them.
func New(vm *goja.Runtime) (i *Inspector, err error) {
	i = &Inspector{vm: vm, natives: map[string]goja.Callable{}}
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

// Inspect is util.inspect with its default options. It never throws; only an interrupt of the VM
// passes through.
func (i *Inspector) Inspect(v goja.Value) string { return i.inspect(v, defaults) }

func (i *Inspector) inspect(v goja.Value, opts options) string {
	s := &inspection{Inspector: i, options: opts, left: LineLimit, steps: stepLimit}
	return s.run(v)
}

func (s *inspection) run(v goja.Value) (text string) {
	if ex := s.vm.Try(func() { text = s.value(v, 0) }); ex != nil {
		// A custom function threw, or the stack is full. Say so without running code of the object.
		return "[" + kindName(v) + ": inspecting it threw " + Cut(thrownText(ex), 200) + "]"
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
		if IsProxy(o) {
			return "Proxy"
		}
		return o.ClassName()
	}
	return "value"
}

// call calls a function of the VM's own. Its error ends the inspection.
func (i *Inspector) call(f goja.Callable, this goja.Value, args ...goja.Value) goja.Value {
	v, err := f(this, args...)
	if err != nil {
		panic(err)
	}
	return v
}

// property is one own property of an object, read without running any code.
type property struct {
	found      bool
	value      goja.Value // nil for an accessor
	get, set   bool
	enumerable bool
}

func (i *Inspector) own(o *goja.Object, key goja.Value) (p property) {
	if IsProxy(o) {
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

func (i *Inspector) ownData(o *goja.Object, name string) goja.Value {
	return i.own(o, i.vm.ToValue(name)).value
}

// lookup returns the data property that o has or inherits, or nil. It does not look past a proxy.
func (i *Inspector) lookup(o *goja.Object, key goja.Value) goja.Value {
	for n := 0; o != nil && n < deepLimit && !IsProxy(o); n++ {
		if p := i.own(o, key); p.found {
			return p.value
		}
		o = o.Prototype()
	}
	return nil
}

// spend counts text as printed, and returns it.
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

// primitive prints anything but strings and objects.
func (i *Inspector) primitive(v goja.Value) string {
	if _, ok := v.(*goja.Symbol); ok {
		return i.symbol(v)
	}
	if v.ExportType() == typeBigInt {
		// Its digits may be megabytes, and making them takes the square of their number.
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

func (i *Inspector) symbol(v goja.Value) string {
	t := i.call(i.native("symbolText"), v)
	return Cut(t.String(), textLimit)
}

func (s *inspection) object(o *goja.Object, depth int) string {
	for n := 0; IsProxy(o); n++ {
		p := o.Export().(goja.Proxy)
		if p.Handler() == nil {
			return s.spend("<Revoked Proxy>")
		}
		if o = p.Target(); o == nil || n > deepLimit {
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
	if s.exhausted() || len(s.seen) >= deepLimit {
		return s.spend("...")
	}
	return s.raw(o, depth)
}

// customized calls the object's own inspect function, and reports whether there is one.
func (s *inspection) customized(o *goja.Object, depth int) (string, bool) {
	f, ok := goja.AssertFunction(s.lookup(o, s.symbolCustom))
	if !ok {
		return "", false
	}
	// A prototype inherits from itself what its instances do, but it is none: Foo.prototype is
	// printed as any object.
	if c, ok := s.lookup(o, s.vm.ToValue("constructor")).(*goja.Object); ok && s.ownData(c, "prototype") == goja.Value(o) {
		return "", false
	}
	var left goja.Value = s.vm.ToValue(s.depth - depth)
	if s.depth >= deepLimit {
		left = goja.PositiveInf()
	}
	stylize := NativeFunction(s.vm, "stylize", 2, func(call goja.FunctionCall) goja.Value { return call.Argument(0).ToString() })
	options := s.vm.NewObject()
	for name, v := range map[string]any{
		"depth": left, "breakLength": s.breakLength, "compact": s.compact, "maxArrayLength": s.items, "maxStringLength": s.text,
		"showHidden": s.hidden, "customInspect": true, "sorted": s.sorted, "colors": false, "showProxy": false, "getters": false,
		"stylize": stylize,
	} {
		_ = options.Set(name, v)
	}
	var inspect goja.Value = s.Function()
	result, err := f(o, left, options, inspect)
	if err != nil {
		panic(err)
	}
	if r, ok := result.(*goja.Object); ok {
		if r == o {
			return "", false
		}
		// The result may have an inspect function too. Two objects that return each other must come
		// to an end.
		if s.custom++; s.custom > deepLimit {
			return "...", true
		}
		defer func() { s.custom-- }()
		return s.value(r, depth), true
	}
	text := ""
	if t, ok := result.(goja.String); ok {
		text = limitString(t, LineLimit)
	} else {
		text = s.primitiveOrUndefined(result)
	}
	return strings.ReplaceAll(text, "\n", "\n"+spaces(s.indent)), true
}

func (i *Inspector) primitiveOrUndefined(v goja.Value) string {
	if v == nil || goja.IsUndefined(v) {
		return "undefined"
	}
	if goja.IsNull(v) {
		return "null"
	}
	return i.primitive(v)
}

func spaces(n int) string { return strings.Repeat(" ", n) }
