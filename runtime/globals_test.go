package runtime

import (
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

func TestEveryGlobalIsThere(t *testing.T) {
	vm, _, _ := newTestVM(t)
	for name, want := range map[string]string{
		"console": "object", "queueMicrotask": "function", "structuredClone": "function", "URL": "function", "URLSearchParams": "function",
		"TextEncoder": "function", "TextDecoder": "function", "Buffer": "function", "AbortController": "function", "AbortSignal": "function",
		"Event": "function", "CustomEvent": "function", "EventTarget": "function", "DOMException": "function", "atob": "function", "btoa": "function",
		"performance": "object", "crypto": "object", "global": "object", "self": "object", "globalThis": "object", "reportError": "function",
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
	e.Report = func(err error) { reported = err }
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

func TestConsoleLevels(t *testing.T) {
	vm, e, _ := newTestVM(t)
	var got []string
	e.Log = func(level slog.Level, text string) { got = append(got, level.String()+":"+text) }
	if _, err := vm.RunString(`
		console.debug('d'); console.log('l'); console.info('i'); console.warn('w'); console.error('e');
		console.assert(true, 'no'); console.assert(false, 'a %s', 1); console.assert(false); console.assert(false, {a: 1});
		console.group('g', 1); console.log('in\nside'); console.group(); console.log('deep'); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('out');
		console.count(); console.count(); console.count('x'); console.countReset(); console.count(); console.countReset('none');
		console.timeEnd('none'); console.time('t'); console.time('t'); console.dir({a: {b: {c: {d: 1}}}}, {depth: 0});
		console.clear(); console.log(); const { log } = console; log('unbound');`); err != nil {
		t.Fatal(err)
	}
	want := []string{"DEBUG:d", "INFO:l", "INFO:i", "WARN:w", "ERROR:e", "ERROR:Assertion failed: a 1", "ERROR:Assertion failed", "ERROR:Assertion failed { a: 1 }",
		"INFO:g 1", "INFO:  in\n  side", "INFO:    deep", "INFO:out", "INFO:default: 1", "INFO:default: 2", "INFO:x: 1", "INFO:default: 1",
		"WARN:Count for 'none' does not exist", "WARN:No such label 'none' for console.timeEnd()", "WARN:Label 't' already exists for console.time()",
		"INFO:{ a: [Object] }", "INFO:", "INFO:unbound"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got = nil
	if _, err := vm.RunScript("mod.js", `function f(){ console.trace('here') } f(); console.timeLog('t', 5); console.timeEnd('t')`); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || !strings.HasPrefix(got[0], "ERROR:Trace: here\n    at f (mod.js:1:") || !strings.HasSuffix(got[1], "ms 5") || !strings.HasSuffix(got[2], "ms") {
		t.Errorf("got %q", got)
	}
}

func TestConsoleTable(t *testing.T) {
	vm, _, lines := newTestVM(t)
	if _, err := vm.RunString(`console.table([{a: 1, b: 'x'}, {a: 2, c: true}]); console.table([[1, 2], 3]); console.table([{a: 1, b: 2}], ['b']); console.table(5); console.table(new Map([['k', 'v']]))`); err != nil {
		t.Fatal(err)
	}
	want := `INFO ┌─────────┬───┬─────┬──────┐
│ (index) │ a │  b  │  c   │
├─────────┼───┼─────┼──────┤
│    0    │ 1 │ 'x' │      │
│    1    │ 2 │     │ true │
└─────────┴───┴─────┴──────┘`
	if (*lines)[0] != want {
		t.Errorf("got\n%s\nwant\n%s", (*lines)[0], want)
	}
	if !strings.Contains((*lines)[1], "│ (index) │ 0 │ 1 │ Values │") || strings.Contains((*lines)[2], " a ") || (*lines)[3] != "INFO 5" || !strings.Contains((*lines)[4], "'v'") {
		t.Errorf("got %s", strings.Join((*lines)[1:], "\n"))
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
		if err := limitAllocators(vm); err != nil {
			b.Fatal(err)
		}
		return vm
	})
	measure("installed", make(nil))
	measure("console used", make(typical))
	measure("everything used", make(everything))
}
