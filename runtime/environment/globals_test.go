package environment

import (
	"runtime"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

func TestEveryGlobalIsThere(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	for name, want := range map[string]string{
		"console": "object", "queueMicrotask": "function", "structuredClone": "function", "URL": "function", "URLSearchParams": "function",
		"TextEncoder": "function", "TextDecoder": "function", "Buffer": "function", "AbortController": "function", "AbortSignal": "function",
		"Event": "function", "CustomEvent": "function", "EventTarget": "function", "DOMException": "function", "atob": "function", "btoa": "function",
		"performance": "object", "crypto": "object", "global": "object", "self": "object", "globalThis": "object", "reportError": "function",
		"ReadableStream": "function", "WritableStream": "function", "TransformStream": "function", "TextDecoderStream": "function", "Atomics": "object", "SharedArrayBuffer": "function",
		"Blob": "function", "File": "function", "MessageEvent": "function", "CloseEvent": "function", "MessageChannel": "function", "MessagePort": "function", "BroadcastChannel": "function",
		"WeakRef": "function", "FinalizationRegistry": "function", "Iterator": "function",
	} {
		v, err := vm.RunString("typeof " + name)
		if err != nil || v.String() != want {
			t.Errorf("typeof %s is %v (%v), want %s", name, v, err, want)
		}
	}
	if v, err := vm.RunString("global === globalThis && self === globalThis"); err != nil || !v.ToBoolean() {
		t.Errorf("global and self are not globalThis: %v %v", v, err)
	}
}

func TestGlobalsAreNotEnumerable(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	_ = vm.GlobalObject().Delete("require")
	v, err := vm.RunString(`
		var before = ''; for (var k in globalThis) if (k !== 'before' && k !== 'k' && k !== 'after' && k !== 'mine') before += k + ' ';
		[console, structuredClone, URL, TextEncoder, Buffer, Event, atob, performance, crypto, WeakRef, Iterator, DOMException];
		var after = ''; for (var k in globalThis) if (k !== 'before' && k !== 'k' && k !== 'after' && k !== 'mine') after += k + ' ';
		for (var k in []) after += 'array:' + k; for (var k in {}) after += 'object:' + k; for (var k in 'a'[Symbol.iterator]()) after += 'iterator:' + k;
		mine = 1;
		before + after + ('mine' in globalThis && Object.keys(globalThis).includes('mine'))`)
	if err != nil || v.String() != "true" {
		t.Errorf("for-in over globalThis shows %v (%v)", v, err)
	}
}

func TestGlobalCanBeReplaced(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	v, err := vm.RunString(`URL = 5; globalThis.Event = 6; function f(){ 'use strict'; atob = 7 } f(); [URL, Event, atob].join()`)
	if err != nil || v.String() != "5,6,7" {
		t.Errorf("assigned globals are %v (%v)", v, err)
	}
	if v, err := vm.RunString(`var d = Object.getOwnPropertyDescriptor(globalThis, 'URL'); d.value === 5 && d.writable && !d.enumerable`); err != nil || !v.ToBoolean() {
		t.Errorf("a replaced global is no ordinary property: %v %v", v, err)
	}
}

func TestMicrotaskErrorIsReported(t *testing.T) {
	t.Parallel()
	vm, e, lines := newTestVM(t)
	if _, err := vm.RunString(`var order = []; queueMicrotask(() => { order.push(1); throw new TypeError('lost?') }); queueMicrotask(() => order.push(2)); order.push(0)`); err != nil {
		t.Fatal(err)
	}
	if got := vm.Get("order").String(); got != "0,1,2" {
		t.Errorf("order is %s", got)
	}
	if len(*lines) != 1 || !strings.HasPrefix((*lines)[0], "ERROR Uncaught TypeError: lost?\n    at ") {
		t.Errorf("logged %q", *lines)
	}
	var reported error
	e.options.Report = func(err error) { reported = err }
	if _, err := vm.RunString(`queueMicrotask(() => { throw new TypeError('again') })`); err != nil {
		t.Fatal(err)
	}
	if reported == nil || !strings.Contains(reported.Error(), "again") || len(*lines) != 1 {
		t.Errorf("Report got %v, log %q", reported, *lines)
	}
	if v, err := vm.RunString(`try { queueMicrotask(5); 'no error' } catch (e) { e.name }`); err != nil || v.String() != "TypeError" {
		t.Errorf("queueMicrotask(5): %v %v", v, err)
	}
}

func BenchmarkVM(b *testing.B) {
	measure := func(name string, f func() any) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			const kept = 50
			var vms []any
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range kept {
				vms = append(vms, f())
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			runtime.KeepAlive(vms)
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/kept/1024, "KB-kept/vm")
		})
	}
	script := func(source string) *goja.Program { return goja.MustCompile("use.js", source, false) }
	typical := script(`console.log('x', {a: 1})`)
	everything := script(`[console, structuredClone, URL, TextEncoder, Buffer, Event, atob, performance, crypto, WeakRef, Iterator, DOMException, require('util'), require('events'), require('assert')]`)
	make := func(p *goja.Program) func() any {
		return func() any {
			vm, e, _ := newTestVM(b)
			if p != nil {
				if _, err := vm.RunProgram(p); err != nil {
					b.Fatal(err)
				}
			}
			return []any{vm, e}
		}
	}
	measure("bare", func() any { return goja.New() })
	measure("limits", func() any {
		vm := goja.New()
		if _, err := limitBuiltins(vm); err != nil {
			b.Fatal(err)
		}
		return vm
	})
	measure("installed", make(nil))
	measure("console used", make(typical))
	measure("everything used", make(everything))
}
