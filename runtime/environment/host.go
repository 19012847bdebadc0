package environment

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/buffer"

	"node.websocket/runtime/inspect"
)

// thrown reports an exception that no code of the module can catch any more. It panics with any
// other error, so that interrupts and stack overflows reach the caller of the VM.
func (e *Environment) thrown(err error) {
	var ex *goja.Exception
	if !errors.As(err, &ex) {
		panic(err)
	}
	if e.options.Report != nil {
		e.options.Report(ex)
		return
	}
	e.report(ex.Value())
}

// report logs an error that nothing caught.
func (e *Environment) report(v goja.Value) {
	e.log(slog.LevelError, "Uncaught "+e.print.Format([]goja.Value{v}))
}

// host makes the object that a part is given, with what the part cannot do in JavaScript.
func (e *Environment) host(part string) *goja.Object {
	vm, o := e.vm, e.vm.NewObject()
	set := func(name string, length int, f func(goja.FunctionCall) goja.Value) {
		_ = o.Set(name, inspect.NativeFunction(vm, name, length, f))
	}
	set("use", 1, func(call goja.FunctionCall) goja.Value { return e.use(call.Argument(0).String()) })
	switch part {
	case "language":
		set("iteratorMethods", 1, func(call goja.FunctionCall) goja.Value {
			e.iteratorMethods(call.Argument(0).ToObject(vm))
			return goja.Undefined()
		})
		set("detach", 1, e.detach)
		set("isWellFormed", 1, func(call goja.FunctionCall) goja.Value {
			_, changed := wellFormed(e.string(call.Argument(0)))
			return vm.ToValue(!changed)
		})
		set("toWellFormed", 1, func(call goja.FunctionCall) goja.Value {
			s, _ := wellFormed(e.string(call.Argument(0)))
			return s
		})
	case "event":
		set("report", 1, func(call goja.FunctionCall) goja.Value { e.report(call.Argument(0)); return goja.Undefined() })
		set("now", 0, e.now)
	case "clock":
		set("now", 0, e.now)
		_ = o.Set("origin", float64(e.start.UnixMicro())/1000)
	case "webcrypto":
		set("randomUUID", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(randomUUID()) })
		set("fillRandom", 1, e.fillRandom)
	case "crypto", "cipher", "subtle":
		set("fillRandom", 1, e.fillRandom)
		e.cryptoHost(o, set)
	case "zlib":
		e.zlibHost(o, set)
	case "text":
		e.textHost(set)
	case "locale":
		e.localeHost(set)
	case "clone", "blob":
		set("kind", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(inspect.Class(call.Argument(0))) })
		set("detach", 1, e.detach)
	case "url", "urllegacy":
		set("domainToASCII", 1, func(call goja.FunctionCall) goja.Value { return e.domain(call.Argument(0), domains.ToASCII) })
		set("domainToUnicode", 1, func(call goja.FunctionCall) goja.Value { return e.domain(call.Argument(0), domains.ToUnicode) })
	case "buffer":
		exports := vm.NewObject()
		module := vm.NewObject()
		_ = module.Set("exports", exports)
		buffer.Require(vm, module)
		e.bufferHost(set)
		e.bufferNumberMethods(exports.Get("Buffer").ToObject(vm).Get("prototype").ToObject(vm))
		_ = o.Set("limit", byteLimit)
		_ = o.Set("exports", exports)
	case "asynchooks":
		e.asyncHost(set)
	case "fs":
		e.fileHost(set)
	case "redis":
		if e.options.Redis != nil {
			_ = o.Set("redis", e.options.Redis())
		}
	case "fetch":
		e.fetchHost(set)
	case "childprocess":
		e.programHost(set)
	case "util", "assert", "events", "errors", "process":
		if part == "process" {
			e.processHost(o, set)
		}
		_ = o.Set("inspect", e.print.Function())
		set("format", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(e.print.Format(call.Arguments)) })
		set("kind", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(e.print.Kind(call.Argument(0))) })
		set("warn", 1, func(call goja.FunctionCall) goja.Value {
			e.log(slog.LevelWarn, e.print.Format(call.Arguments))
			return goja.Undefined()
		})
		set("print", 2, func(call goja.FunctionCall) goja.Value {
			level := slog.LevelInfo
			switch call.Argument(0).String() {
			case "debug":
				level = slog.LevelDebug
			case "error":
				level = slog.LevelError
			}
			e.log(level, call.Argument(1).String())
			return goja.Undefined()
		})
	}
	return o
}

// detach detaches an ArrayBuffer, and returns whether it could.
func (e *Environment) detach(call goja.FunctionCall) goja.Value {
	b, ok := call.Argument(0).Export().(goja.ArrayBuffer)
	return e.vm.ToValue(ok && b.Detach())
}

// iteratorMethods adds the iterator helpers to the prototype that all iterators inherit from. They
// are evaluated when one of them is first called.
func (e *Environment) iteratorMethods(proto *goja.Object) {
	for name := range strings.FieldsSeq("map filter take drop flatMap reduce forEach some every find toArray") {
		length := 1
		if name == "toArray" {
			length = 0
		}
		e.hidden(proto, name, inspect.NativeFunction(e.vm, name, length, func(call goja.FunctionCall) goja.Value {
			f, ok := goja.AssertFunction(e.use("iterator").Get(name))
			if !ok {
				panic(e.vm.NewTypeError("Iterator.prototype.%s is gone", name))
			}
			v, err := f(call.This, call.Arguments...)
			if err != nil {
				panic(err)
			}
			return v
		}))
	}
}

// now is performance.now: milliseconds since the VM was made, in steps of a microsecond. It never
// goes back.
func (e *Environment) now(goja.FunctionCall) goja.Value {
	return e.vm.ToValue(float64(e.options.Now().Sub(e.start).Microseconds()) / 1000)
}

// randomUUID returns a random UUID, version 4 (RFC 9562 §5.4).
func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// fillRandom fills a part of an ArrayBuffer, given by offset and length.
func (e *Environment) fillRandom(call goja.FunctionCall) goja.Value {
	b, ok := call.Argument(0).Export().(goja.ArrayBuffer)
	from, n := call.Argument(1).ToInteger(), call.Argument(2).ToInteger()
	if !ok || from < 0 || n < 0 || from+n > int64(len(b.Bytes())) {
		panic(e.vm.NewTypeError("crypto.getRandomValues needs an integer typed array"))
	}
	_, _ = rand.Read(b.Bytes()[from : from+n])
	return goja.Undefined()
}
