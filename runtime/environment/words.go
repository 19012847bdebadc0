package environment

import (
	"reflect"
	"sort"
	"strings"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/unistring"
)

// goja throws its own errors where it runs an instruction, which knows values but not the names that
// the author gave them. When such an error is made, the machine still stands at that instruction, so
// its place in the program's text is known. From there mend takes the names, and says in Node's
// words what went wrong. Errors that scripts make are left alone, and nothing is added to code
// that does not fail.

// messageLimit is the length of messages that mend looks at: some hold a value whole.
const messageLimit = 4_000

// mend returns the message to use in place of one of goja's own.
func (l *limiter) mend(message string) string {
	if key, ok := between(message, "Cannot read property '", "' of undefined or null"); ok {
		return l.unreadable(key)
	}
	if key, ok := between(message, "Cannot read property '", "' of undefined"); ok {
		return l.unreadable(key)
	}
	if better := words[message]; better != "" {
		return better
	}
	if said, ok := strings.CutPrefix(message, "SyntaxError: "); ok { // of eval or new Function: the name stands before it anyway
		return said
	}
	switch {
	case strings.HasPrefix(message, "Object has no member '"), strings.HasPrefix(message, "Not a function: "), strings.HasPrefix(message, "Value is not an object: "):
		return l.notAnObject(message)
	case message == "Value is not a constructor":
		if at, ok := l.here(); ok && at.isNew() {
			if name := at.constructed(); name != "" {
				return name + " is not a constructor"
			}
		}
	case message == "Class constructor cannot be invoked without 'new'":
		if at, ok := l.here(); ok {
			if name := at.callee(); name != "" {
				return "Class constructor " + name + " cannot be invoked without 'new'"
			}
		}
	case message == "Class extends value is not a constructor or null":
		if v := l.top(0); v != nil {
			text := "[object]"
			if _, isObject := v.(*goja.Object); !isObject {
				text = v.String()
			}
			return strings.Replace(message, "value", "value "+text, 1)
		}
	case message == "object is not iterable", message == "Cannot convert undefined or null to object":
		if at, ok := l.here(); ok {
			return l.notIterable(at, message)
		}
	case message == "Value is not object coercible":
		if at, ok := l.here(); ok && at.instruction == "_checkObjectCoercible" {
			value := l.top(0).String() // undefined or null
			if at.property != "" {
				return "Cannot destructure property '" + at.property + "' of '" + value + "' as it is " + value + "."
			}
			return "Cannot destructure '" + value + "' as it is " + value + "."
		}
	case message == "Cannot access a variable before initialization":
		if at, ok := l.here(); ok {
			if name := at.variable(); name != "" {
				return "Cannot access '" + name + "' before initialization"
			}
		}
	case strings.HasSuffix(message, " is not defined"):
		if instead := absent[strings.TrimSuffix(message, " is not defined")]; instead != "" {
			return message + ": " + instead
		}
	}
	return message
}

// words holds messages that name nothing, and what Node says instead.
var words = map[string]string{
	"Malformed URI":    "URI malformed",
	"No initial value": "Reduce of empty array with no initial value",
	"Must call super constructor in derived class before accessing 'this'": "Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
}

// notAnObject returns the message for a value that is of no use as an object, or as a function.
func (l *limiter) notAnObject(message string) string {
	at, ok := l.here()
	if !ok {
		return l.notCallback(message)
	}
	name := ""
	switch of := l.below(at.operand); {
	case at.isCall() && !isFunction(of):
		name = at.callee()
	case at.isNew():
		if _, isObject := of.(*goja.Object); isObject { // the constructor has thrown
			if at.constructed() == "Promise" {
				return "Promise resolver " + strings.TrimPrefix(message, "Value is not an object: ") + " is not a function"
			}
			return message
		}
		if name = at.constructed(); name != "" {
			return name + " is not a constructor"
		}
	case at.instruction == "_op_in":
		if key := l.top(1); key != nil {
			if _, isObject := key.(*goja.Object); !isObject {
				return "Cannot use 'in' operator to search for '" + key.String() + "' in " + strings.TrimPrefix(message, "Value is not an object: ")
			}
		}
	case at.instruction == "_op_instanceof":
		return "Right-hand side of 'instanceof' is not an object"
	}
	if name == "" {
		return message
	}
	return name + " is not a function"
}

// notCallback returns the message for an argument of a built-in that ought to be a function, such as
// forEach's.
func (l *limiter) notCallback(message string) string {
	m := &l.bottom.machine
	value, ok := strings.CutPrefix(message, "Value is not an object: ")
	if f := *m.base - 1; ok && f >= 0 && f < len(*m.stack) {
		if o, isObject := (*m.stack)[f].(*goja.Object); isObject && l.takesCallback(o) {
			return value + " is not a function"
		}
	}
	return message
}

// takesCallback reports whether the first argument of a method of arrays is a function.
func (l *limiter) takesCallback(f *goja.Object) bool {
	for name := range strings.FieldsSeq("every filter find findIndex findLast findLastIndex flatMap forEach map reduce reduceRight some") {
		if l.arrays.Get(name) == goja.Value(f) {
			return true
		}
	}
	return false
}

// notIterable returns the message for a value that was to be iterated over, or whose property was to be set.
func (l *limiter) notIterable(at spot, message string) string {
	switch {
	case strings.HasPrefix(at.instruction, "_iterate"), at.instruction == "_pushSpread", at.instruction == "_pushArraySpread":
		if at.constant {
			return described(l.top(0)) + " is not iterable"
		}
		return at.iterated(l.top(0)) + " is not iterable"
	case at.isNew() && message == "object is not iterable" && at.operand == 1: // new Map(5)
		return described(l.top(0)) + " is not iterable"
	case strings.HasPrefix(at.instruction, "setProp"):
		if of := l.top(1); of != nil {
			return "Cannot set properties of " + of.String() + " (setting '" + at.property + "')"
		}
	case strings.HasPrefix(at.instruction, "_setElem"):
		of, key := l.top(2), l.top(1)
		if _, isObject := key.(*goja.Object); of != nil && key != nil && !isObject && (goja.IsNull(of) || goja.IsUndefined(of)) {
			return "Cannot set properties of " + of.String() + " (setting '" + key.String() + "')"
		}
	}
	return message
}

// absent holds globals of browsers and of Node that this server does not have, and what there is
// instead. typeof of each is "undefined", as programs expect that look first.
var absent = map[string]string{
	"fetch":                 "modules get no network, unless the server is started with --allow-net=HOST, or --allow-net for all; a program beside the server that connects as a client can bring data in",
	"XMLHttpRequest":        "fetch is there if the server is started with --allow-net=HOST",
	"WebSocket":             "modules get no network; clients connect to this module, and connection.send answers them",
	"EventSource":           "modules get no network",
	"process":               "modules see the environment, as process.env, only if the server is started with --allow-env=NAME, or --allow-env for all; Module.options and require of a .json file hold settings",
	"Deno":                  "this is the server's own JavaScript, with the globals that its README lists",
	"Bun":                   "this is the server's own JavaScript, with the globals that its README lists",
	"window":                "a module runs in the server, not on a page; globalThis is the global object",
	"document":              "a module runs in the server, not on a page; send the page what it is to show",
	"alert":                 "a module runs in the server, not on a page; console.log writes to the server's log",
	"localStorage":          "require('storage') keeps values for all modules, with promises",
	"sessionStorage":        "what is put on the connection lasts as long as that",
	"indexedDB":             "require('storage') keeps values for all modules, with promises",
	"Worker":                "Module.options = {workers: 4} runs the module in several VMs",
	"WebAssembly":           "there is only JavaScript; many packages have a version without it",
	"requestAnimationFrame": "a module runs in the server, not on a page; use setTimeout",
	"server":                "connection.server is shared by all connections of the resource; module.server is the same, and is there while the module loads",
	"connection":            "a handler gets it as an argument: onData(data, connection)",
}

// between returns what is between two ends of text.
func between(text, prefix, suffix string) (string, bool) {
	text, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(text, suffix)
}

// unreadable returns the message for a property that was read of null or undefined.
func (l *limiter) unreadable(key string) string {
	of := l.top(0)
	if at, ok := l.here(); ok && (strings.HasPrefix(at.instruction, "_getElem") || at.instruction == "_getKey") {
		of = l.top(1) // below the key
	}
	value := "undefined"
	if of != nil && goja.IsNull(of) {
		value = "null"
	}
	return "Cannot read properties of " + value + " (reading '" + key + "')"
}

// top returns the value that has n others above it on the machine's stack, or nil.
func (l *limiter) top(n int) goja.Value {
	m := &l.bottom.machine
	if at := *m.top - 1 - n; at >= 0 && at < len(*m.stack) {
		return (*m.stack)[at]
	}
	return nil
}

// below returns the value below n others and their this: what was called with n arguments.
func (l *limiter) below(n int) goja.Value {
	if n < 0 {
		return nil
	}
	return l.top(n)
}

func isFunction(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}

// A spot is an instruction, and its place in the program's text, which is esbuild's output.
type spot struct {
	instruction string // the name of goja's type
	operand     int    // the number of arguments of a call; -1: not known
	property    string // the name that the instruction, or one of the next, reads or sets; or ""
	constant    bool   // the instruction before it loads a literal, which has no place of its own
	text        string
	offset      int
}

// here returns the instruction that the machine is at. ok is false in native code.
func (l *limiter) here() (at spot, ok bool) {
	m := *field[unsafe.Pointer](unsafe.Pointer(l.vm), l.in.runtimeVM)
	p, pc := *field[unsafe.Pointer](m, l.in.vmProgram), *field[int](m, l.in.vmPC)
	if p == nil {
		return spot{}, false
	}
	program := reflect.NewAt(reflect.TypeFor[goja.Program](), p).Elem()
	code, source, places := program.FieldByName("code"), program.FieldByName("src"), program.FieldByName("srcMap")
	if pc < 0 || pc >= code.Len() || source.IsNil() {
		return spot{}, false
	}
	at.instruction, at.operand = code.Index(pc).Elem().Type().Name(), -1
	if n := code.Index(pc).Elem(); n.CanUint() {
		at.operand = int(n.Uint())
	}
	if pc > 0 {
		before := code.Index(pc - 1).Elem().Type().Name()
		at.constant = before == "loadVal" || before == "_loadUndef"
	}
	for next := pc; next < min(pc+4, code.Len()) && at.property == ""; next++ {
		if name := code.Index(next).Elem(); name.Kind() == reflect.String {
			at.property = unistring.String(name.String()).String()
		}
	}
	at.text = (*file.File)(source.UnsafePointer()).Source()
	if i := sort.Search(places.Len(), func(i int) bool { return places.Index(i).FieldByName("pc").Int() > int64(pc) }) - 1; i >= 0 {
		at.offset = int(places.Index(i).FieldByName("srcPos").Int())
	}
	return at, at.offset >= 0 && at.offset < len(at.text)
}

func (s spot) isCall() bool {
	return strings.HasPrefix(s.instruction, "call") || strings.HasPrefix(s.instruction, "_call")
}

func (s spot) isNew() bool { return s.instruction == "_new" || s.instruction == "_newVariadic" }

// findProgram checks what here reads.
func (in *inside) findProgram(f *finder) {
	t, intType := reflect.TypeFor[goja.Program](), reflect.TypeFor[int]()
	f.offset(t, "src", reflect.TypeFor[*file.File]())
	f.offset(t, "code", nil)
	f.offset(t, "srcMap", nil)
	if f.err != nil {
		return
	}
	if code, _ := t.FieldByName("code"); code.Type.Kind() != reflect.Slice || code.Type.Elem().Kind() != reflect.Interface {
		f.fail("the code of %v is of type %v", t, code.Type)
	}
	places, _ := t.FieldByName("srcMap")
	if places.Type.Kind() != reflect.Slice || places.Type.Elem().Kind() != reflect.Struct {
		f.fail("the srcMap of %v is of type %v", t, places.Type)
		return
	}
	f.offset(places.Type.Elem(), "pc", intType)
	f.offset(places.Type.Elem(), "srcPos", intType)
}
