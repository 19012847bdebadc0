package environment

import (
	"strings"

	"github.com/dop251/goja"
)

// Builtin returns the module that require(name) means without a file, with or without "node:", and
// reports whether there is one; see [IsBuiltin]. It is made when first asked for, and is the same
// value each time. Call it in a turn, below JavaScript: what the module's own code throws is a
// panic, as from any Go function that JavaScript calls.
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

// IsBuiltin reports whether Builtin has a module of that name: assert, buffer, console, events,
// perf_hooks, timers, url, util, and sys, as util was called in 2009.
func IsBuiltin(name string) bool {
	switch strings.TrimPrefix(name, "node:") {
	case "assert", "assert/strict", "buffer", "console", "events", "perf_hooks", "sys", "timers", "url", "util", "util/types":
		return true
	}
	return false
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
		"fs fs/promises net http https http2 tls dgram dns dns/promises child_process cluster os process worker_threads path/posix readline readline/promises repl tty inspector v8 vm wasi": "modules get no files, network or processes",
		"async_hooks diagnostics_channel domain module path punycode querystring stream stream/promises stream/web string_decoder test timers/promises trace_events zlib crypto":             "this server has " + builtinNames + "; a package from node_modules may do instead",
	} {
		for name := range strings.FieldsSeq(names) {
			nodeModules[name] = why
		}
	}
}

const builtinNames = "assert, buffer, console, events, timers, url and util"

// Refusal returns the error message for require of a module that Node has and this server does not,
// or "" if Node has no such module either.
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
