package environment

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// Without limitBuiltins each of these would end the process or hang it.
func TestKillersAreRefused(t *testing.T) { // not parallel: it measures the memory of the process
	vm, _, _ := newTestVM(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, source := range []string{
		`'x'.repeat(2**40)`, `'x'.repeat(2**52)`, `'é'.repeat(2**28)`, `'x'.padStart(2**40)`, `'x'.padEnd(2**31, 'ab')`, `'x'.padEnd(2**60)`,
		`new ArrayBuffer(2**40)`, `new ArrayBuffer(2**53-1)`, `new Uint8Array(2**36)`, `new Float64Array(2**30)`, `new Uint8Array({length: 2**40})`, `Uint8Array.from({length: 2**40})`, `new BigInt64Array(2**30)`,
		`new (class A extends Uint8Array {})(2**36)`, `new (class A extends ArrayBuffer {})(2**36)`, `Reflect.construct(Uint8Array, [2**36])`,
		`new Array(1e8).fill(0)`, `Array(4e9)`, `new Array(1e8).join()`, `Array.from({length: 1e9})`, `Array.from({length: 2**53}, () => 0)`,
		`var a = []; a.length = 4e9; a.fill(0)`, `var a = []; a[4e9] = 1; a.join()`, `var a = []; a.length = 4e9; a.reverse()`, `var a = []; a.length = 4e9; a.sort()`, `var a = []; a.length = 4e9; [].concat(a)`, `String(Object.assign([], {length: 4e9}))`,
		`Array.prototype.fill.call({length: 2**53-1}, 0)`, `Array.prototype.copyWithin.call({length: 2**53-1}, 5, 0)`, `new Array(4e6).join('x'.repeat(1000))`,
		`Buffer.alloc(2**40)`, `Buffer.allocUnsafe(2**40)`, `Buffer.allocUnsafeSlow(2**40)`, `Buffer.concat([Buffer.alloc(1)], 2**40)`, `Buffer.from({length: 2**40})`,
		`'x'.repeat(1e5).replaceAll('x', 'y'.repeat(1e4))`, `'x'.repeat(1e5).replaceAll('', 'y'.repeat(1e4))`,
		`Math.max.apply(null, JSON.parse('{"length": 1e12}'))`, `String.fromCharCode.apply(null, {length: 2**40})`, `Reflect.apply(Math.max, null, {length: 2**40})`, `Reflect.construct(Map, {length: 2**40})`, `var a = []; a.length = 4e9; Math.max.apply(null, a)`,
		`JSON.parse('['.repeat(2e6))`, `var a = []; a[4e9] = 1; JSON.stringify(a)`, `JSON.parse('{"a":'.repeat(1e5))`,
	} {
		start := time.Now()
		v, err := vm.RunString(`try { ` + source + `; 'no error' } catch (e) { e instanceof RangeError ? e.message : 'not a RangeError: ' + e }`)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if text := v.String(); !strings.Contains(text, "limit") && !strings.Contains(text, "Invalid") && !strings.Contains(text, "out of range") {
			t.Errorf("%s: %s", source, inspect.Cut(text, 200))
		}
		if took := time.Since(start); took > hostileTime { // how long it takes is for a benchmark to show
			t.Errorf("%s took %v", source, took)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 512<<20 {
		t.Errorf("the process grew by %d MiB", grown>>20)
	}
}

func TestLimitsLeaveTheRestAlone(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"strings": `
			assert.strictEqual('ab'.repeat(3), 'ababab'); assert.strictEqual('é😀'.repeat(2), 'é😀é😀'); assert.strictEqual('\ud83d'.repeat(2), '\ud83d\ud83d'); assert.strictEqual('x'.repeat(0), ''); assert.strictEqual('x'.repeat('2.9'), 'xx'); assert.strictEqual(''.repeat(2 ** 40), ''); assert.strictEqual('x'.repeat(), ''); assert.strictEqual('x'.repeat(-0.5), '');
			assert.throws(() => 'x'.repeat(-1), RangeError); assert.throws(() => 'x'.repeat(Infinity), RangeError); assert.throws(() => String.prototype.repeat.call(null, 1), TypeError); assert.strictEqual(String.prototype.repeat.call(12, 2), '1212'); assert.throws(() => String.prototype.repeat.call(Symbol(), 1), TypeError);
			assert.strictEqual('5'.padStart(3, '01'), '015'); assert.strictEqual('5'.padEnd(6, '01'), '501010'); assert.strictEqual('5'.padStart(3), '  5'); assert.strictEqual('abc'.padStart(2), 'abc'); assert.strictEqual('a'.padEnd(9, ''), 'a'); assert.strictEqual('a'.padEnd(3, '😀'), 'a😀'); assert.strictEqual('a'.padEnd(2, '😀'), 'a\ud83d'); assert.strictEqual('a'.padStart(3, undefined), '  a');
			assert.strictEqual('aXbX'.replaceAll('X', 'y'), 'ayby'); assert.strictEqual('x'.repeat(2e6).replaceAll('z', 'y'.repeat(1000)).length, 2e6); assert.strictEqual('a.b'.replaceAll(/\./g, '-'), 'a-b');
			for (const [name, length] of [['repeat', 1], ['padStart', 1], ['padEnd', 1], ['replaceAll', 2]]) { assert.strictEqual(String.prototype[name].name, name); assert.strictEqual(String.prototype[name].length, length); assert(!Object.keys(String.prototype).includes(name)); }`,
		"arrays": `
			assert.strictEqual([].constructor, Array); assert([] instanceof Array && new Array(3) instanceof Array); assert.strictEqual(Array.name, 'Array'); assert.strictEqual(Array.length, 1); assert.strictEqual(Array(3).length, 3); assert.deepStrictEqual(new Array(1, 2), [1, 2]); assert.deepStrictEqual(Array('3'), ['3']); assert.throws(() => new Array(-1), RangeError); assert.throws(() => new Array(1.5), RangeError);
			class A extends Array { sum() { return this.reduce((a, b) => a + b, 0) } } const a = A.from([1, 2, 3]); assert(a instanceof A && a instanceof Array && Array.isArray(a)); assert.strictEqual(a.map((x) => x * 2).sum(), 12); assert.strictEqual(new A(5).length, 5); assert.strictEqual(a.concat([4]).sum(), 10); assert.strictEqual(A.of(7).sum(), 7); assert.strictEqual(A[Symbol.species], A);
			assert.strictEqual([1, 2].map((x) => x).constructor, Array); assert.strictEqual([3, 1, 2].sort().join('-'), '1-2-3'); assert.deepStrictEqual([1, 2, 3].fill(0, 1), [1, 0, 0]); assert.deepStrictEqual([1, 2, 3].copyWithin(0, 1), [2, 3, 3]); assert.strictEqual([1, [2, 3]] + '', '1,2,3'); assert.deepStrictEqual(Array.from('ab', (c) => c + c), ['aa', 'bb']); assert.deepStrictEqual(Array.from({ length: 2 }, (_, i) => i), [0, 1]); assert.strictEqual(Array.prototype.join.call({ length: 2, 0: 'a', 1: 'b' }), 'a,b'); assert.strictEqual(Array.prototype.fill.length, 1); assert.deepStrictEqual(Reflect.ownKeys(Array).filter((k) => typeof k === 'string').sort(), ['from', 'isArray', 'length', 'name', 'of', 'prototype', ...('fromAsync' in Array ? ['fromAsync'] : [])].sort()); assert.deepStrictEqual(Object.keys(Array), []);`,
		"bytes": `
			for (const C of [Uint8Array, Uint8ClampedArray, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array]) {
				const c = new C([1, 2, 3]); assert(c instanceof C && c.constructor === C && Object.getPrototypeOf(C) === Object.getPrototypeOf(Uint8Array)); assert.strictEqual(C.BYTES_PER_ELEMENT, c.BYTES_PER_ELEMENT); assert.strictEqual(C.length, 3); assert.strictEqual(c.map((x) => x * 2)[2], 6); assert.strictEqual(c.slice(1).constructor, C); assert.strictEqual(C.from([1, 2]).length, 2); assert.strictEqual(C.of(1).length, 1);
				class D extends C { last() { return this[this.length - 1] } } const d = new D([4, 5]); assert(d instanceof D && d instanceof C); assert.strictEqual(d.last(), 5); assert.strictEqual(d.map((x) => x).last(), 5); assert.strictEqual(D.from([7]).last(), 7);
				assert.strictEqual(new C(new ArrayBuffer(16), 8).byteLength, 8); assert.strictEqual(new C(c)[0], 1); assert.strictEqual(new C(new Set([9]))[0], 9); assert.strictEqual(new C().length, 0); assert.strictEqual(Object.prototype.toString.call(c), '[object ' + C.name + ']');
			}
			const b = new ArrayBuffer(8); assert(b instanceof ArrayBuffer && b.constructor === ArrayBuffer && ArrayBuffer.isView(new Uint8Array(b))); assert.strictEqual(b.slice(2).byteLength, 6); class E extends ArrayBuffer {} assert(new E(3) instanceof E); assert.strictEqual(new E(3).byteLength, 3); assert.strictEqual(new BigInt64Array(2)[0], 0n); assert(Buffer.from('a').buffer instanceof ArrayBuffer); assert.strictEqual(new Uint8Array(64 * 1024 * 1024).length, 2 ** 26); assert.strictEqual(new Uint8Array({ length: 2, 0: 5 })[0], 5);`,
		"arguments": `
			function sum() { return [].reduce.call(arguments, (a, b) => a + b, this.from) } assert.strictEqual(sum.apply({ from: 1 }, [2, 3]), 6); assert.strictEqual((function () { return sum.apply({ from: 1 }, arguments) })(4), 5); assert.strictEqual(Math.max.apply(null, { length: 2, 0: 1, 1: 7 }), 7); assert.strictEqual(Math.max.apply(null), -Infinity); assert.strictEqual(Math.max.apply(null, null), -Infinity);
			assert.throws(() => Math.max.apply(null, 5), TypeError); assert.throws(() => Function.prototype.apply.call(5), TypeError); assert.strictEqual(Reflect.apply(Math.min, null, [3, 2]), 2); assert.strictEqual(Reflect.construct(Date, [0]).getTime(), 0); class B {} assert(Reflect.construct(Object, [], B) instanceof B); assert.strictEqual(Function.prototype.apply.length + Function.prototype.apply.name, '2apply'); assert.throws(() => Reflect.apply(1, null, []), TypeError);
			assert.throws(() => (function () { null.x }).apply(), TypeError); assert.strictEqual(Math.max.apply(null, new Proxy([1, 9], {})), 9);`,
		"json": `assert.deepStrictEqual(JSON.parse('[[1]]'), [[1]]); assert.strictEqual(JSON.parse('{"a":1}', (k, v) => (k ? v + 1 : v)).a, 2); assert.strictEqual(JSON.parse('["' + '['.repeat(20000) + '\\\\"]')[0].length, 20001); let deep = JSON.parse('['.repeat(1900) + ']'.repeat(1900)); assert.strictEqual(deep.length, 1); assert.throws(() => JSON.parse('['.repeat(2100) + ']'.repeat(2100)), RangeError); assert.throws(() => JSON.parse('{'), SyntaxError); assert.strictEqual(JSON.parse.length, 2);`,
	})
}

func TestRegexpBacktrackingIsBounded(t *testing.T) {
	t.Parallel()
	vm, _, lines := newTestVM(t)
	start := time.Now()
	v, err := vm.RunString(`try { /^(?=x)(x+x+)+\1y/.test('x'.repeat(3000)) } catch (e) { e.name + ': ' + e.message }`)
	want := `Error: the regular expression /^(?=x)(x+x+)+\1y/ took longer than 1s on a text of 3000 characters`
	if took := time.Since(start); err != nil || v.String() != want || took > hostileTime {
		t.Errorf("%v, %v after %v", v, err, took)
	}
	if len(*lines) != 1 || !strings.HasPrefix((*lines)[0], "WARN the regular expression /^") {
		t.Errorf("logged %q", *lines)
	}
}

func TestDeepRecursionEnds(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	start := time.Now()
	_, err := vm.RunString(`function f(n){ return f(n + 1) + 1 } f(0)`)
	var overflow *goja.StackOverflowError
	if !errors.As(err, &overflow) || time.Since(start) > hostileTime {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if v, err := vm.RunString(`[1, 2].map((x) => x + 1).join()`); err != nil || v.String() != "2,3" {
		t.Errorf("afterwards: %v %v", v, err)
	}
}

// BenchmarkLimits compares each built-in that has a limit with goja's own.
func BenchmarkLimits(b *testing.B) {
	for name, body := range map[string]string{
		"empty": ``, "repeat": `'x'.repeat(3)`, "padStart": `'x'.padStart(5)`, "join": `a.join(',')`, "fill": `a.fill(0)`, "concat": `a.concat(a)`, "sort": `a.sort()`,
		"Array": `new Array(3)`, "map": `a.map(f)`, "slice": `a.slice(1)`, "Uint8Array": `new Uint8Array(16)`, "ArrayBuffer": `new ArrayBuffer(16)`, "Array.from": `Array.from(a)`, "JSON.parse": `JSON.parse('{"a":1}')`, "replaceAll": `'a-b'.replaceAll('-', '+')`,
		"forEach": `a.forEach(f)`, "indexOf": `a.indexOf(3)`, "find": `a.find(f)`, "flat": `[a, a].flat()`, "flatMap": `a.flatMap(f)`, "spread": `[...a]`, "for-of": `for (var x of a);`, "Set": `new Set(a)`, "Object.keys": `Object.keys(o)`, "apply": `f.apply(null, a)`, "Error": `new Error('x')`,
		"JSON.stringify": `JSON.stringify(o)`, "JSON.stringify, 200 B": `JSON.stringify(m)`, "split": `text.split(',')`, "indexOf of string": `text.indexOf('d')`, "toUpperCase": `text.toUpperCase()`, "exec": `/b,(.)/.exec(text)`, "exec, global": `g.exec(text)`, "exec, lookahead": `/b(?=,)/.exec(text)`, "test": `/b,c/.test(text)`, "match": `text.match(/[bc]/g)`, "replace": `text.replace(/,/g, '+')`, "replace, $": `text.replace(/(.),/g, '$1+')`, "split, regexp": `text.split(/,/)`, "BigInt": `BigInt('123')`,
	} {
		for _, limited := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/limited=%v", name, limited), func(b *testing.B) {
				vm := goja.New()
				if limited {
					if _, err := limitBuiltins(vm); err != nil {
						b.Fatal(err)
					}
				}
				v, err := vm.RunString(`(function(n){ var a = [1, 2, 3], o = {a: 1, b: 'x'}, f = function(x){ return x }, text = 'a,b,c,d', g = /[a-d]/g,
					m = {id: 17, user: {name: 'somebody', tags: ['a', 'b', 'c'], at: [1.5, 2.5]}, text: 'a message of about one hundred characters, as people send them to each other all the time ...', ok: true, n: null}; for (var i = 0; i < n; i++) { ` + body + ` } })`)
				if err != nil {
					b.Fatal(err)
				}
				f, _ := goja.AssertFunction(v)
				b.ReportAllocs()
				b.ResetTimer()
				if _, err := f(nil, vm.ToValue(b.N)); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// TestBuiltinsThatCallBuiltinsAreInterrupted checks that an interrupt ends a built-in that calls another one for each of its
// elements, so that the time of both is a product of two lengths that a client has chosen.
func TestBuiltinsThatCallBuiltinsAreInterrupted(t *testing.T) {
	for _, source := range []string{
		"names.filter(known.includes, known)", "names.map(known.indexOf, known)", "names.forEach([].join.bind(known))",
		"names.filter(function(){}.call.bind(bytes.includes, bytes, 7))", "names.map(bytes.fill, bytes)", "names.forEach(bytes.slice, bytes)", "halves.forEach(bytes.includes, bytes)",
		"names.map(bytes.reverse.bind(bytes))", "names.map(text.slice.bind(text, 1))", "names.map(parseFloat.bind(null, digits))",
		"names.map(Object.is.bind(null, text, 'ü' + text.slice(1)))", "names.map(bytes.buffer.slice.bind(bytes.buffer, 0))",
		"try { names.some(known.includes, known) } catch (e) { for (;;); }",
	} {
		if !inSample() {
			continue
		}
		vm, _, _ := newTestVM(t)
		if _, err := vm.RunString("var names = [], known = []; for (var i = 0; i < 100000; i++) { names.push('a' + i); known.push('b' + i) } var bytes = new Uint8Array(1 << 22), halves = new Float64Array(1 << 20), text = 'ü'.repeat(1 << 22), digits = '1'.repeat(1 << 22)"); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(50*time.Millisecond, func() { vm.Interrupt("enough") })
		began := time.Now()
		_, err := vm.RunString(source)
		_, interrupted := errors.AsType[*goja.InterruptedError](err)                                                              // unless no instruction followed
		if !interrupted && (err == nil || !strings.Contains(err.Error(), "was interrupted")) || time.Since(began) > hostileTime { // without, hours
			t.Errorf("%s: %v after %v", source, err, time.Since(began))
		}
	}
}
