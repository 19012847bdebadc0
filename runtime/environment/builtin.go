package environment

import (
	"strings"

	"github.com/dop251/goja"
)

// Builtin gives the module that require(name) gets without a file: buffer, console, events, assert, timers, url, util, and
// sys, as util was called in 2009; with or without "node:". It is made when it is first asked for, and is the same
// value each time. Only in a turn; what its JavaScript throws comes out as a panic, as from any goja function.
func (e *Environment) Builtin(name string) (goja.Value, bool) {
	name = strings.TrimPrefix(name, "node:")
	if v := e.builtins[name]; v != nil {
		return v, true
	}
	var v goja.Value
	switch name {
	case "buffer", "events", "assert", "util":
		v = e.use(name)
	case "url":
		v = e.use("urllegacy")
	case "sys":
		v = e.use("util")
	case "assert/strict":
		v = e.use("assert").Get("strict")
	case "util/types":
		v = e.use("util").Get("types")
	case "console":
		v = e.use("console").Get("console")
	case "timers":
		v = e.pick("setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate")
	case "perf_hooks":
		v = e.pick("performance")
	default:
		return nil, false
	}
	e.builtins[name] = v
	return v, true
}

// IsBuiltin says whether Builtin has a module of that name.
func IsBuiltin(name string) bool {
	switch strings.TrimPrefix(name, "node:") {
	case "assert", "assert/strict", "buffer", "console", "events", "perf_hooks", "sys", "timers", "url", "util", "util/types":
		return true
	}
	return false
}

// pick makes a module of globals, as far as there are any of these names.
func (e *Environment) pick(names string) *goja.Object {
	o := e.vm.NewObject()
	for name := range strings.FieldsSeq(names) {
		if v := e.vm.GlobalObject().Get(name); v != nil {
			_ = o.Set(name, v)
		}
	}
	return o
}

// nodeModules are the names that Node itself answers to and this server does not.
var nodeModules = map[string]string{}

func init() {
	for names, why := range map[string]string{
		"fs fs/promises net http https http2 tls dgram dns dns/promises child_process cluster os process worker_threads path/posix readline readline/promises repl tty inspector v8 vm wasi": "modules get no files, network or processes",
		"async_hooks diagnostics_channel domain module path punycode querystring stream stream/promises stream/web string_decoder test timers/promises trace_events zlib crypto":             "this server has " + builtinNames + "; a package from node_modules may do instead",
	} {
		for name := range strings.FieldsSeq(names) {
			nodeModules[name] = why
		}
	}
}

const builtinNames = "assert, buffer, console, events, timers, url and util"

// Refusal says why there is no such module, for a name that Node has; for any other it is "".
func Refusal(name string) string {
	bare, prefixed := strings.CutPrefix(name, "node:")
	why := nodeModules[bare]
	if why == "" && prefixed {
		why = "this server has " + builtinNames
	}
	if why == "" {
		return ""
	}
	if bare == "crypto" {
		why = "the global crypto has randomUUID and getRandomValues"
	}
	return `"` + name + `" is not available: ` + why
}
