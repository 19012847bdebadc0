package environment

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"node.websocket/runtime/inspect"
	"node.websocket/runtime/permission"
)

// Options configures an Environment. The zero value discards what console prints.
type Options struct {
	// Log takes what console prints. The text may hold newlines and control characters that a
	// client sent, unescaped. It is called in a turn. Nil discards the text.
	Log func(level slog.Level, message string)

	// Report takes what a function given to queueMicrotask throws: a *goja.Exception. It is called
	// in a turn. Nil logs it as an uncaught error.
	Report func(thrown error)

	// Background runs work on a goroutine of its own, and then then, in a turn and within a call, unless
	// the VM has been given up. An error of then is an exception, to be reported. It is called in a turn;
	// name is that of the built-in, for reports. Nil runs work at once.
	Background func(name string, work func(), then func() error)

	// Now returns the time of performance.now, which never goes back. It is called in a turn. Nil is the real time.
	Now func() time.Time

	// Permissions grants what modules may reach outside of the VM. It needs Background, if it grants anything.
	Permissions permission.Set

	// Context returns the context of what is begun outside of the VM now. It is called in a turn. Nil
	// means that such contexts do not end.
	Context func() context.Context

	// Hold is called, on any goroutine, when a program begins, and the function that it returns when it
	// has ended. Nil means that nobody waits for that.
	Hold func() (release func())

	// Storage makes the module storage, when it is first required. It is called in a turn. If it is nil,
	// or returns nil, there is no such module.
	Storage func() goja.Value

	// Redis makes what sends the commands of the module redis, which Permissions grants: an object with send, a
	// function of an array of commands, each an array of strings and bytes, and of whether replies that are
	// texts become Uint8Arrays. It returns the promise of the array of replies.
	Redis func() goja.Value
}

// An Environment has the globals and the built-in modules of a VM. After
// New it is used only in a turn of that VM.
type Environment struct {
	vm      *goja.Runtime
	options Options
	limiter *limiter
	print   *inspect.Inspector
	isView  goja.Callable // ArrayBuffer.isView
	start   time.Time
	jobs    jobs

	// goja's own, and room for its argument
	uint8Array    *goja.Object
	newUint8Array nativeConstruct
	construction  [1]goja.Value

	parts    map[string]*goja.Object // exports of the files in js/ that were used so far, by name
	builtins map[string]goja.Value   // made by Builtin, by name
	async    *asyncContext           // nil until async_hooks is used
}

//go:embed js/*.js
var environmentFiles embed.FS

// environmentPrograms returns the compiled parts, the files in js/, by name. Each is a function
// that takes its host object and returns its exports. They are compiled once for all VMs.
var environmentPrograms = sync.OnceValue(func() map[string]*goja.Program {
	entries, err := environmentFiles.ReadDir("js")
	if err != nil {
		panic(err) // cannot happen: the folder is embedded
	}
	programs := map[string]*goja.Program{}
	for _, entry := range entries {
		source, err := environmentFiles.ReadFile("js/" + entry.Name())
		if err != nil {
			panic(err)
		}
		name := strings.TrimSuffix(entry.Name(), ".js")
		programs[name] = goja.MustCompile("node:internal/"+name, string(source), true)
	}
	return programs
})

// lazyGlobals names the part that makes each global. They are made on first use, because a function
// object takes 0.7 KB in goja and a class twice that.
var lazyGlobals = []struct{ part, names string }{
	{"console", "console"},
	{"clone", "structuredClone"},
	{"exception", "DOMException"},
	{"event", "Event CustomEvent EventTarget AbortController AbortSignal"},
	{"text", "TextEncoder TextDecoder atob btoa"},
	{"url", "URL URLSearchParams"},
	{"buffer", "Buffer"},
	{"clock", "performance"},
	{"webcrypto", "crypto"},
	{"subtle", "CryptoKey SubtleCrypto"},
	{"locale", "Intl"},
	{"iterator", "Iterator"},
	{"blob", "Blob File"},
	{"fetch", "Headers Request Response"},
	{"readable", "ReadableStream"},
	{"writable", "WritableStream"},
	{"transform", "TransformStream TextEncoderStream TextDecoderStream"},
	{"queuing", "CountQueuingStrategy ByteLengthQueuingStrategy"},
	{"atomics", "Atomics SharedArrayBuffer"},
	{"message", "MessageEvent CloseEvent MessagePort MessageChannel BroadcastChannel"},
	{"weak", "WeakRef FinalizationRegistry"},
	{"rewritten", asyncGenerator + " " + awaitClass + " " + yieldStar + " " + forAwait + " " + superOf + " " + classOf},
}

// lateGlobals are globals that are of no use before others of their part: there are none until it is
// evaluated. That saves every VM what an accessor takes.
var lateGlobals = map[string]string{
	"readable":  "ReadableStreamDefaultReader ReadableStreamDefaultController",
	"writable":  "WritableStreamDefaultWriter WritableStreamDefaultController",
	"transform": "TransformStreamDefaultController",
}

// New puts the globals into vm, and limits on what its built-ins may allocate. Call it once for
// each VM, before any module runs, on the goroutine that owns the VM.
//
// Like the language's own, the globals are not enumerable. Most appear as accessors until they are
// first used, as some do in Node.
func New(vm *goja.Runtime, o Options) (*Environment, error) {
	vm.SetParserOptions(noSourceMaps)
	if o.Now == nil {
		o.Now = time.Now
	}
	e := &Environment{vm: vm, options: o, start: o.Now(), parts: map[string]*goja.Object{}, builtins: map[string]goja.Value{}}
	if err := e.findUint8Array(); err != nil {
		return nil, err
	}
	limiter, err := limitBuiltins(vm)
	if err != nil {
		return nil, fmt.Errorf("limiting the built-ins: %w", err)
	}
	e.limiter = limiter
	limiter.warn = func(message string) { e.log(slog.LevelWarn, message) }
	limiter.locales = func() *goja.Object { return e.use("locale") }
	if err := e.install(); err != nil {
		return nil, err
	}
	return e, nil
}

// noSourceMaps keeps eval and new Function from reading the file that a sourceMappingURL comment
// names. goja's own loader would read any path on the machine.
var noSourceMaps = parser.WithDisableSourceMaps

func (e *Environment) install() (err error) {
	vm := e.vm
	if e.print, err = inspect.New(vm); err != nil {
		return fmt.Errorf("preparing console: %w", err)
	}
	ex := vm.Try(func() {
		e.isView, _ = goja.AssertFunction(vm.Get("ArrayBuffer").ToObject(vm).Get("isView"))
		e.use("language")
		global := vm.GlobalObject()
		e.hidden(global, "global", global)
		e.hidden(global, "self", global)
		e.hidden(global, "queueMicrotask", inspect.NativeFunction(vm, "queueMicrotask", 1, e.queueMicrotask))
		e.hidden(global, "reportError", inspect.NativeFunction(vm, "reportError", 1, func(call goja.FunctionCall) goja.Value {
			e.report(call.Argument(0))
			return goja.Undefined()
		}))
		if e.options.Permissions.Env.Grants() {
			e.lazy(global, "process", "process")
		}
		if e.options.Permissions.Net.Grants() {
			e.lazy(global, "fetch", "fetch")
		}
		for _, part := range lazyGlobals {
			for name := range strings.FieldsSeq(part.names) {
				if global.Get(name) == nil { // a later goja may have it
					e.lazy(global, name, part.part)
				}
			}
		}
	})
	if ex != nil {
		return fmt.Errorf("preparing the globals: %w", ex)
	}
	return nil
}

func (e *Environment) hidden(o *goja.Object, name string, v goja.Value) {
	if err := o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// lazy defines a global that is made when first read, and an ordinary property from then on.
func (e *Environment) lazy(global *goja.Object, name, part string) {
	// One function for both, to save 0.6 KB: a getter is called without arguments, a setter with
	// one.
	access := e.vm.ToValue(func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		if len(call.Arguments) == 0 {
			v = e.use(part).Get(name)
		}
		e.hidden(global, name, v)
		return v
	})
	if err := global.DefineAccessorProperty(name, access, access, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// use returns the exports of a part, and evaluates it the first time. It panics with what the part
// throws.
func (e *Environment) use(part string) *goja.Object {
	if o := e.parts[part]; o != nil {
		return o
	}
	var o *goja.Object
	switch part {
	case "console":
		o = e.vm.NewObject()
		_ = o.Set("console", e.print.Console(e.log))
	default:
		o = e.runPart(part)
	}
	e.parts[part] = o
	for name := range strings.FieldsSeq(lateGlobals[part]) {
		e.hidden(e.vm.GlobalObject(), name, o.Get(name))
	}
	return o
}

func (e *Environment) runPart(part string) *goja.Object {
	program := environmentPrograms()[part]
	if program == nil {
		panic(e.vm.NewGoError(fmt.Errorf("no part of the environment is named %q", part)))
	}
	v, err := e.vm.RunProgram(program)
	if err != nil {
		panic(err)
	}
	f, ok := goja.AssertFunction(v)
	if !ok {
		panic(e.vm.NewTypeError("js/%s.js is not a function", part))
	}
	exports, err := f(goja.Undefined(), e.host(part))
	if err != nil {
		panic(err)
	}
	return exports.ToObject(e.vm)
}

func (e *Environment) log(level slog.Level, text string) {
	if e.options.Log != nil {
		e.options.Log(level, text)
	}
}

// Inspect is util.inspect with its default options. Call it in a turn.
func (e *Environment) Inspect(v goja.Value) string { return e.print.Inspect(v) }

// ErrorProperties returns what Inspect prints of an error below its stack, or "". Call it in a turn.
func (e *Environment) ErrorProperties(v goja.Value) string { return e.print.ErrorProperties(v) }

// queueMicrotask is the global function. What the queued function throws is reported; it does not
// become a rejected promise.
func (e *Environment) queueMicrotask(call goja.FunctionCall) goja.Value {
	f, ok := goja.AssertFunction(call.Argument(0))
	if !ok {
		panic(e.vm.NewTypeError("queueMicrotask needs a function, not %s", inspect.Cut(e.print.Inspect(call.Argument(0)), 80)))
	}
	then := e.vm.ToValue(func(goja.FunctionCall) goja.Value {
		if _, err := f(goja.Undefined()); err != nil {
			e.thrown(err)
		}
		return goja.Undefined()
	})
	promise, resolve, _ := e.vm.NewPromise()
	method, _ := goja.AssertFunction(e.vm.ToValue(promise).ToObject(e.vm).Get("then"))
	_ = resolve(goja.Undefined())
	if _, err := method(e.vm.ToValue(promise), then); err != nil {
		panic(err)
	}
	return goja.Undefined()
}
