package environment

import (
	"strings"

	"github.com/dop251/goja"

	"node.websocket/runtime/permission"
)

// builtins makes each built-in module. What it makes is kept, and so the same value each time.
var builtins = map[string]func(e *Environment) goja.Value{
	"assert":              part("assert"),
	"assert/strict":       func(e *Environment) goja.Value { return e.use("assert").Get("strict") },
	"async_hooks":         part("asynchooks"),
	"buffer":              (*Environment).bufferModule,
	"child_process":       part("childprocess"),
	"console":             func(e *Environment) goja.Value { return e.use("console").Get("console") },
	"crypto":              part("crypto"),
	"diagnostics_channel": part("diagnostics"),
	"events":              part("events"),
	"fs":                  part("fs"),
	"fs/promises":         func(e *Environment) goja.Value { return e.use("fs").Get("promises") },
	"path":                part("path"),
	"path/posix":          part("path"),
	"perf_hooks":          func(e *Environment) goja.Value { return e.pick("performance") },
	"process":             func(e *Environment) goja.Value { return e.use("process").Get("process") },
	"punycode":            part("punycode"),
	"querystring":         part("querystring"),
	"redis":               part("redis"),
	"storage":             (*Environment).storageModule,
	"stream/web":          (*Environment).streamModule,
	"string_decoder":      part("stringdecoder"),
	"sys":                 part("util"), // as it was called in 2009
	"timers":              (*Environment).timersModule,
	"timers/promises":     part("timerspromises"),
	"url":                 part("urllegacy"),
	"util":                part("util"),
	"util/types":          func(e *Environment) goja.Value { return e.use("util").Get("types") },
	"zlib":                part("zlib"),
}

func part(name string) func(*Environment) goja.Value {
	return func(e *Environment) goja.Value { return e.use(name) }
}

// grants reports of each module that has to be granted whether it is.
var grants = map[string]func(permission.Set) bool{
	"child_process": func(p permission.Set) bool { return p.Run.Grants() },
	"process":       func(p permission.Set) bool { return p.Env.Grants() },
	"redis":         func(p permission.Set) bool { return p.Redis },
	"fs":            func(p permission.Set) bool { return p.Read.Grants() },
	"fs/promises":   func(p permission.Set) bool { return p.Read.Grants() },
}

// Builtin returns the module that require(name) means without a file, with or without "node:", and
// reports whether there is one; see [IsBuiltin]. It is made when first asked for, and is the same
// value each time. Call it in a turn, below JavaScript: what the module's own code throws is a
// panic, as from any Go function that JavaScript calls.
func (e *Environment) Builtin(name string) (goja.Value, bool) {
	name = strings.TrimPrefix(name, "node:")
	if v := e.builtins[name]; v != nil {
		return v, true
	}
	if !IsBuiltin(name, e.options.Permissions) {
		return nil, false
	}
	v := builtins[name](e)
	if v == nil {
		return nil, false
	}
	e.builtins[name] = v
	return v, true
}

// IsBuiltin reports whether Builtin has a module of that name, with these permissions.
func IsBuiltin(name string, p permission.Set) bool {
	name = strings.TrimPrefix(name, "node:")
	granted := grants[name]
	return builtins[name] != nil && (granted == nil || granted(p))
}

func (e *Environment) bufferModule() goja.Value {
	o := e.use("buffer")
	for _, name := range []string{"Blob", "File"} {
		e.lazy(o, name, "blob")
	}
	return o
}

func (e *Environment) storageModule() goja.Value {
	if e.options.Storage == nil {
		return nil
	}
	return e.options.Storage()
}

func (e *Environment) timersModule() goja.Value {
	o := e.pick("setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate")
	_ = o.Set("promises", e.use("timerspromises"))
	return o
}

func (e *Environment) streamModule() goja.Value {
	return e.pick("ReadableStream ReadableStreamDefaultReader ReadableStreamDefaultController WritableStream WritableStreamDefaultWriter " +
		"WritableStreamDefaultController TransformStream TransformStreamDefaultController TextEncoderStream TextDecoderStream " +
		"CountQueuingStrategy ByteLengthQueuingStrategy")
}

// pick makes a module of the globals among names. Those that do not exist are left out.
func (e *Environment) pick(names string) *goja.Object {
	o := e.vm.NewObject()
	for name := range strings.FieldsSeq(names) {
		if v := e.vm.GlobalObject().Get(name); v != nil {
			_ = o.Set(name, v)
		}
	}
	return o
}

// nodeModules holds the modules of Node that this server does not have, and why.
var nodeModules = map[string]string{}

func init() {
	for names, why := range map[string]string{
		"fs fs/promises":                  "modules read files only if the server is started with --allow-read=PATH, or --allow-read for all; require('storage') keeps values, require reads .js and .json files, and pages of --public are served without a module",
		"net http https http2 tls dgram":  "modules have no sockets, but fetch, if the server is started with --allow-net=HOST; clients come to a module by WebSocket, and connection.request has what they asked for",
		"dns dns/promises":                "modules get no network",
		"child_process":                   "modules run programs only if the server is started with --allow-run=PROGRAM, or --allow-run for all",
		"cluster":                         "Module.options.workers starts more workers of a resource",
		"worker_threads":                  "modules start no threads; Module.options.workers starts more workers of a resource, and the globals MessageChannel and BroadcastChannel work within one",
		"process":                         "modules see the environment only if the server is started with --allow-env=NAME, or --allow-env for all; settings can be written into a file that is required",
		"os":                              "modules get nothing of the machine; settings can be written into a file that is required",
		"readline readline/promises repl": "modules get no terminal; clients write to a module by WebSocket",
		"tty":                             "modules get no terminal; console writes to the server's log",
		"stream stream/promises stream/consumers":                   "stream/web has ReadableStream, WritableStream and TransformStream; for Node's own install readable-stream in node_modules",
		"inspector inspector/promises v8 vm wasi trace_events test": "modules get nothing of the engine",
		"path/win32": "require('path') has the rules of POSIX",
		"redis":      "modules use Redis only if the server is started with --redis URL; require('storage') keeps values in any case",
		"domain":     "async_hooks has AsyncLocalStorage",
		"constants":  "each module has its own",
		"module":     "require and package.json say what is loaded",
		"sqlite":     "require('storage') keeps values",
		"sea":        "modules get no files, network or processes",
		"posix":      "modules get no files and no processes, and that of Node of 2009 had little else",
	} {
		for name := range strings.FieldsSeq(names) {
			nodeModules[name] = why
		}
	}
}

// builtinNames lists the built-in modules for messages.
const builtinNames = "assert, async_hooks, buffer, console, crypto, diagnostics_channel, events, path, perf_hooks, punycode, querystring, storage, stream/web, string_decoder, timers, url, util and zlib"

// Refusal returns the error message for require of a module that Node has and this server does not,
// or "" if Node has no such module either.
func Refusal(name string) string {
	bare, prefixed := strings.CutPrefix(name, "node:")
	why := nodeModules[bare]
	if builtins[bare] != nil && grants[bare] == nil {
		return ""
	}
	if why == "" && prefixed {
		why = "this server has " + builtinNames
	}
	if why == "" {
		return ""
	}
	return `"` + name + `" is not available: ` + why
}
