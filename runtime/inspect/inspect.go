package inspect

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// What bounds one printed line, whatever is printed. An author who logs a whole world gets a piece of it and a note.
const (
	LineLimit = 64 << 10 // bytes of one console call's text
	stepLimit = 50_000   // values and properties visited for one console call
	textLimit = 10_000   // UTF-16 units of one nested string, as in Node
	itemLimit = 100      // items of an array, Map, Set, as in Node
	deepLimit = 200      // levels, even where the options say Infinity
)

// symbolInspect is Symbol.for('nodejs.util.inspect.custom') of a VM, fetched from it: goja's registry is per VM.
const symbolInspectName = "nodejs.util.inspect.custom"

// Inspector prints values as Node 20's util.inspect does. One for each VM; only in a turn.
//
// It reads properties through descriptors, with functions that it takes from the VM, so that it calls no getter and
// triggers no proxy's trap. The one piece of user code that it runs is an object's own
// [Symbol(nodejs.util.inspect.custom)].
type Inspector struct {
	vm *goja.Runtime

	// Fixed after New, which runs before any module: functions of the VM that nearly every value needs.
	descriptor, ownKeys, enumerableKeys, getSymbols, functionSource goja.Callable
	symbolCustom                                                    *goja.Symbol

	natives  map[string]goja.Callable // others, as they were first needed: goja makes a class when it is first named
	function goja.Value               // util.inspect, made on first use
}

// inspection is one call's state.
type inspection struct {
	*Inspector
	options
	seen    []*goja.Object
	marks   map[*goja.Object]int // what [Circular *n] named, with its n
	indent  int
	current int // depth of the value whose properties were printed last
	left    int // bytes that may still be made
	steps   int // values that may still be visited
	custom  int // answers of custom functions that are being printed
}

// New takes from vm what printing needs. It must run before a module can have changed the built-ins.
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

// Inspect prints one value with the options that util.inspect has by default. It never throws, with one exception that no
// code may stop: the watchdog's interrupt.
func (i *Inspector) Inspect(v goja.Value) string { return i.inspect(v, defaults) }

func (i *Inspector) inspect(v goja.Value, opts options) string {
	s := &inspection{Inspector: i, options: opts, left: LineLimit, steps: stepLimit}
	return s.run(v)
}

func (s *inspection) run(v goja.Value) (text string) {
	if ex := s.vm.Try(func() { text = s.value(v, 0) }); ex != nil {
		// A custom inspect that throws, or a stack that is full: say what it was, without asking the object again.
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

// call runs one of the VM's own functions; an error of it ends the inspection.
func (i *Inspector) call(f goja.Callable, this goja.Value, args ...goja.Value) goja.Value {
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

// lookup finds a data property along the prototypes; it stops at a proxy.
func (i *Inspector) lookup(o *goja.Object, key goja.Value) goja.Value {
	for n := 0; o != nil && n < deepLimit && !IsProxy(o); n++ {
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
func (i *Inspector) primitive(v goja.Value) string {
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
		// What it returned may itself be customized: two objects that name each other must come to an end.
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
