package environment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// Limits of one native call. The watchdog's interrupt does not reach native code, and Go's
// allocator ends the process when it cannot serve a request. So a call that would exceed them
// throws a RangeError before it begins.
const (
	// byteLimit bounds strings, in UTF-16 units, and ArrayBuffers, typed arrays and Buffers, in
	// bytes. It is 64 times the largest message by default, and still made within a tenth of a
	// second.
	byteLimit = 64 << 20

	// arrayLimit bounds the length of an array that one native call walks without knowing what is in
	// it, because {"length": 1e15} claims what it likes, and of any array if each element takes goja
	// long. Even 4 µs each, as on a busy machine, end before the watchdog's five seconds.
	arrayLimit = 1 << 20

	// solidLimit bounds the length of an array that one native call makes, or walks fast, because it
	// has all the elements that its length claims.
	solidLimit = 1 << 22

	// iterationLimit bounds the length of what an iterator of the language goes over. Each step takes
	// goja about 1.5 µs, and a spread or a constructor takes them all.
	iterationLimit = 1 << 21

	// nestingLimit bounds the depth of arrays and objects in each other that a native call goes
	// into. goja recurses: at some millions of levels Go's stack limit ends the process, and before
	// that the search for cycles takes the square of the depth in time.
	nestingLimit = 2_000
)

// A limit is a check that runs before, or around, some built-ins of the language. The list of them is
// limits_table.go.
type limit struct {
	on    string // the object that has the built-ins, see limiter.object
	names string // of its properties, separated by spaces; @@iterator is that of Symbol.iterator

	// check throws if the call would exceed a limit. For a class it is called for a construction too.
	check func(l *limiter, name string, call goja.FunctionCall)
	// around, if check is nil, returns what takes the place of the code of a built-in, and calls it.
	around func(l *limiter, name string, f native) native
}

// A limiter holds what the limits of one VM share.
type limiter struct {
	// fixed after limitBuiltins
	vm      *goja.Runtime
	in      *inside
	warn    func(message string) // logs a message; or nil
	locales func() *goja.Object  // returns the exports of js/locale.js
	bottom  bottom

	json *codec

	errors, rangeErrors, syntaxErrors goja.Constructor
	arrays                            *goja.Object // Array.prototype

	// only in a turn
	depth      int        // of native calls that go into arrays nested in each other
	generators int        // that stand in each other's next
	relayed    goja.Value // the function that relay puts in the place of another; nil until it is used
	each       native     // what that does
	regexp     regexps
	date       dates
	symbols    symbolKeys
}

// limitBuiltins puts its limit before each built-in that can end the process, or hang it, with one
// call. It replaces the code within goja's function objects, which stay what and where they are. It
// is called before anything else uses the VM.
func limitBuiltins(vm *goja.Runtime) (*limiter, error) {
	in, err := gojaInside()
	if err != nil {
		return nil, err
	}
	l := &limiter{vm: vm, in: in}
	l.arrays = l.object("Array.prototype")
	for name, class := range map[string]*goja.Constructor{"Error": &l.errors, "RangeError": &l.rangeErrors, "SyntaxError": &l.syntaxErrors} {
		*class, _ = goja.AssertConstructor(vm.Get(name))
	}
	if ex := vm.Try(func() {
		for _, limit := range slices.Concat(limits, unlimited) {
			o := l.object(limit.on)
			for name := range strings.FieldsSeq(limit.names) {
				if err = l.put(o, name, limit); err != nil {
					return
				}
			}
		}
		if err = l.installBottom(); err != nil {
			return
		}
		if err = l.installChecks(); err != nil {
			return
		}
		var construct *nativeConstruct
		if _, construct, err = l.in.code(l.object("RegExp")); err == nil {
			original := *construct
			*construct = l.constructRegExp
			err = l.installRegExp(original)
		}
		if err == nil {
			err = l.installDate()
		}
		if err == nil {
			err = l.installWeak()
		}
	}); ex != nil {
		return nil, ex
	}
	return l, err
}

// object returns an object by its path from the global one, which is "". %TypedArray% is the class
// that those of typed arrays inherit from, %GeneratorFunction% and
// %AsyncFunction% what such functions do.
func (l *limiter) object(path string) *goja.Object {
	o := l.vm.GlobalObject()
	for name := range strings.SplitSeq(path, ".") {
		switch name {
		case "":
		case "%TypedArray%":
			o = o.Get("Uint8Array").ToObject(l.vm).Prototype()
		case "%GeneratorFunction%", "%AsyncFunction%":
			v, err := l.vm.RunProgram(functionSamples[name])
			if err != nil {
				panic(err)
			}
			o = v.ToObject(l.vm).Prototype()
		default:
			o = o.Get(name).ToObject(l.vm)
		}
	}
	return o
}

// functionSamples are functions of the classes that have no global name.
var functionSamples = map[string]*goja.Program{
	"%GeneratorFunction%": goja.MustCompile("sample.js", "(function*(){})", true),
	"%AsyncFunction%":     goja.MustCompile("sample.js", "(async function(){})", true),
}

// put replaces the code of one built-in.
func (l *limiter) put(o *goja.Object, name string, limit limit) error {
	full := strings.TrimPrefix(limit.on+"."+name, ".")
	f, ok := property(l.vm, o, name).(*goja.Object)
	if !ok {
		return fmt.Errorf("goja has no %s to put a limit on", full)
	}
	call, construct, err := l.in.code(f)
	if err != nil {
		return fmt.Errorf("%s: %w", full, err)
	}
	original, check, interrupted := *call, limit.check, l.in.interrupted(l.vm)
	if check == nil {
		check, original = func(*limiter, string, goja.FunctionCall) {}, limit.around(l, full, original)
		construct = nil
	}
	*call = func(call goja.FunctionCall) goja.Value {
		// Called by another built-in for each of many elements, it would keep goja from seeing the interrupt,
		// which goja throws as soon as it runs an instruction.
		if interrupted() {
			l.refuse("%s was interrupted", full)
		}
		check(l, full, call)
		return original(call)
	}
	if construct != nil {
		original := *construct
		*construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
			check(l, full, goja.FunctionCall{This: goja.Undefined(), Arguments: args})
			return original(args, newTarget)
		}
	}
	return nil
}

// property returns a property of o; "@@iterator" is the one of Symbol.iterator.
func property(vm *goja.Runtime, o *goja.Object, name string) goja.Value {
	symbol, isSymbol := strings.CutPrefix(name, "@@")
	if !isSymbol {
		return o.Get(name)
	}
	if s, ok := vm.Get("Symbol").ToObject(vm).Get(symbol).(*goja.Symbol); ok {
		return o.GetSymbol(s)
	}
	return nil
}

// refuse throws a RangeError.
func (l *limiter) refuse(format string, args ...any) {
	panic(l.made(l.rangeErrors, fmt.Sprintf(format, args...)))
}

// made returns a new object of a class.
func (l *limiter) made(class goja.Constructor, args ...any) *goja.Object {
	values := make([]goja.Value, len(args))
	for i, v := range args {
		values[i] = l.vm.ToValue(v)
	}
	o, err := class(nil, values...)
	if err != nil {
		panic(err)
	}
	return o
}

// bytes throws if n bytes or UTF-16 units are more than one call may make.
func (l *limiter) bytes(name string, n float64) {
	if n > byteLimit {
		l.refuse("%s: %.0f is over the limit of 64 MiB (%d)", name, n, byteLimit)
	}
}

// items throws if n elements are more than limit.
func (l *limiter) items(name string, n float64, limit int) {
	if n > float64(limit) {
		l.refuse("%s: a length of %.0f is over the limit of %d elements", name, n, limit)
	}
}

// walk throws if v is longer than what one call may walk; limit is that for an array that has all
// its elements.
func (l *limiter) walk(name string, v goja.Value, limit int) {
	if n, solid := l.length(v); n > arrayLimit {
		if !solid {
			limit = arrayLimit
		}
		l.items(name, n, limit)
	}
}

// length returns the length of a string, or of an array or what looks like one, and whether there
// is an element, or at least the memory for it, for each. It is 0 for anything else, and for a
// proxy: the traps of that are JavaScript, which the watchdog ends.
func (l *limiter) length(v goja.Value) (n float64, solid bool) {
	o, ok := v.(*goja.Object)
	if !ok {
		if s, ok := v.(goja.String); ok {
			return float64(s.Length()), true
		}
		return 0, false
	}
	if values, n, ok := l.in.elements(o); ok {
		return float64(n), n == len(values)
	}
	if _, n, ok := l.in.sparseElements(o); ok {
		return float64(n), false
	}
	if n, ok := l.in.typedArray(o); ok {
		return float64(n), true
	}
	if l.in.isProxy(o) {
		return 0, false
	}
	if n := o.Get("length"); n != nil {
		return number(n), false
	}
	return 0, false
}

// nested calls f, and throws instead if that is too deep in calls of nested. The built-ins that go
// through it go into arrays by calling each other.
func (l *limiter) nested(name string, f native, call goja.FunctionCall) goja.Value {
	if l.depth >= nestingLimit {
		l.refuse("%s: the arrays are nested deeper than the limit of %d levels", name, nestingLimit)
	}
	l.depth++
	defer func() { l.depth-- }()
	return f(call)
}

// number is ToNumber for the check alone. It is 0 for an object: the built-in converts that, so that
// its valueOf runs once.
func number(v goja.Value) float64 {
	switch v.(type) {
	case *goja.Object, *goja.Symbol:
		return 0
	}
	if goja.IsBigInt(v) {
		return 0
	}
	return v.ToFloat()
}
