package environment

import (
	"maps"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// walkBuiltins returns the functions of a VM with their paths, such as "Array.prototype.map".
const walkBuiltins = `(function(){
	const seen = new Set(), out = [], queue = [['', globalThis]], proto = (o) => Object.getPrototypeOf(o);
	for (const [name, o] of [['%ArrayIterator%', [].values()], ['%StringIterator%', ''[Symbol.iterator]()], ['%MapIterator%', new Map().entries()], ['%SetIterator%', new Set().values()],
		['%RegExpStringIterator%', 'a'.matchAll(/a/g)], ['%Iterator%', proto([].values())], ['%GeneratorFunction%', function*(){}], ['%AsyncFunction%', async function(){}], ['%TypedArray%', Uint8Array]])
		queue.push([name, proto(o)]);
	for (const name of ['assert', 'buffer', 'console', 'crypto', 'zlib', 'events', 'timers', 'url', 'util']) try { queue.push([name, require(name)]) } catch {}
	const text = (k) => typeof k === 'symbol' ? '@@' + k.description.replace('Symbol.', '') : k;
	while (queue.length) {
		const [path, o] = queue.shift();
		if (typeof o !== 'object' && typeof o !== 'function' || o === null || seen.has(o)) continue;
		seen.add(o);
		if (typeof o === 'function') out.push([path, o]);
		for (const k of Reflect.ownKeys(o)) {
			const d = Object.getOwnPropertyDescriptor(o, k), name = path + (path && '.') + text(k);
			if ('value' in d) queue.push([name, d.value]);
			else {
				queue.push([name + ' (get)', d.get], [name + ' (set)', d.set]);
				if (o === globalThis) queue.push([name, o[k]]);
			}
		}
	}
	return out;
})()`

// harmless are the built-ins without a limit, by the reason why they need none. A pattern is one of
// path.Match.
var harmless = map[string]string{
	"works on as many values as it is given": "Math.* Number.prototype.* Number Number.* Date Date.* Date.prototype.* DataView DataView.prototype.* Boolean Boolean.prototype.* Symbol Symbol.* Symbol.prototype.* " +
		"isFinite isNaN Array.of %TypedArray%.of String.fromCharCode String.fromCodePoint Array.prototype.at Array.prototype.pop Array.prototype.push Function.prototype.bind Function.prototype.call Function.prototype " +
		"Error EvalError RangeError ReferenceError SyntaxError TypeError URIError GoError Error.isError Buffer.prototype.read* Buffer.prototype.write* (* queueMicrotask",
	"reads or sets one property, or compares": "Object Object.defineProperty Object.getOwnPropertyDescriptor Object.getOwnPropertySymbols Object.getPrototypeOf Object.setPrototypeOf Object.hasOwn Object.is Object.isExtensible " +
		"Object.preventExtensions Object.prototype.* Reflect.defineProperty Reflect.deleteProperty Reflect.get* Reflect.has Reflect.isExtensible Reflect.preventExtensions Reflect.set* ArrayBuffer.isView JSON.isRawJSON Function.prototype.@@hasInstance Error.prototype.toString",
	"goes once over a text or bytes that are there, fast": "String String.prototype.at String.prototype.char* String.prototype.codePointAt String.prototype.endsWith String.prototype.slice String.prototype.startsWith String.prototype.sub* " +
		"String.prototype.toString String.prototype.valueOf parseFloat parseInt RegExp.escape RegExp.prototype.toString Function.prototype.toString BigInt.prototype.* ArrayBuffer.prototype.slice Uint8Array.from* Uint8Array.prototype.*",
	"goes once over elements that are there, fast": "%TypedArray%.prototype.*",
	"is one step, or makes an iterator":            "%ArrayIterator%.next %StringIterator%.next %MapIterator%.next %SetIterator%.next %RegExpStringIterator%.next %Iterator%.@@iterator RegExp.prototype.@@matchAll",
	"goes over a collection that is there":         "Map.prototype.* Set.prototype.* WeakMap.prototype.* WeakSet.prototype.*",
	"calls JavaScript, which the watchdog ends":    "%Iterator%.* Promise Promise.* Promise.prototype.* Proxy Proxy.revocable require",
	"cuts what it prints":                          "console.* util.format util.inspect util.isArray reportError",
	"throws":                                       "%TypedArray%",
}

// Every function in a VM is JavaScript, has a limit, or is known to need none.
func TestEveryBuiltinIsKnown(t *testing.T) {
	t.Parallel()
	vm, e, _ := newTestVM(t)
	limited := map[*goja.Object]bool{}
	for _, limit := range limits {
		for name := range strings.FieldsSeq(limit.names) {
			limited[property(vm, e.limiter.object(limit.on), name).ToObject(vm)] = true
		}
	}
	var patterns []string
	for _, names := range harmless {
		for pattern := range strings.FieldsSeq(names) {
			patterns = append(patterns, pattern)
		}
	}
	v, err := vm.RunString(walkBuiltins)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	vm.ForOf(v, func(item goja.Value) bool {
		name, f := item.ToObject(vm).Get("0").String(), item.ToObject(vm).Get("1").ToObject(vm)
		count++
		known := limited[f] || e.limiter.in.isScript(f) || strings.HasSuffix(name, "(get)") ||
			slices.ContainsFunc(patterns, func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok })
		if !known {
			t.Errorf("%s has no limit, and no reason to have none", name)
		}
		return true
	})
	if count < 700 {
		t.Errorf("only %d functions were found", count)
	}
}

// hostile are calls that would end the process or hang it without a limit, by the built-in that has
// it. $ is what a client may send: a length, and an index that makes a sparse array.
var hostile = map[string][]string{
	"Array":                              {`new Array(1e8)`, `Array(4e9)`, `new (class extends Array {})(1e8)`},
	"Array.from":                         {`Array.from({length: 1e9})`, `Array.from({length: 2**53}, () => 0)`, `Array.from(sparse())`},
	"Array.prototype.concat":             {`[].concat(sparse())`, `[].concat(long())`, `[].concat({length: 1e15, [Symbol.isConcatSpreadable]: true})`},
	"Array.prototype.flat":               {`sparse().flat()`, `[sparse()].flat()`, `[[sparse()]].flat(Infinity)`, `nested(1e5).flat(Infinity)`, `(() => { const a = []; a.push(a); return a.flat(Infinity) })()`, `Array.prototype.flat.call({length: 1e15})`},
	"Array.prototype.flatMap":            {`sparse().flatMap(String)`, `[1].flatMap(() => sparse())`, `[1].flatMap(sparse)`},
	"Array.prototype.join":               {`new Array(4e6).join()`, `new Array(1e5).join('x'.repeat(1000))`, `new Array(1e5).fill('x'.repeat(1000)).join('')`, `nested(1e5).join()`, `String(nested(1e5))`, `'' + nested(1e5)`, `({})[nested(1e5)]`},
	"Array.prototype.toLocaleString":     {`sparse().toLocaleString()`, `nested(1e5).toLocaleString()`, `sparse().toLocaleString('de')`, `nested(1e5).toLocaleString('de')`},
	"Array.prototype.sort":               {`sparse().sort()`, `long().sort()`, `Array.prototype.sort.call({length: 1e15}, () => 0)`, `new Array(2e6).fill(1).sort()`, `sparse().sort(() => 0)`, `new Array(2e6).fill(1).sort(Math.max)`},
	"Array.prototype.toSorted":           {`sparse().toSorted()`, `new Array(2e6).fill(1).toSorted()`},
	"Array.prototype.values":             {`[...sparse()]`, `Math.max(...sparse())`, `new Map(sparse().values())`, `(([...a]) => a)(sparse())`, `(function*(){ yield* sparse() })().next(), [...(function*(){ yield* sparse() })()]`},
	"Array.prototype.keys":               {`[...sparse().keys()]`},
	"Array.prototype.entries":            {`[...sparse().entries()]`},
	"ArrayBuffer":                        {`new ArrayBuffer(2**40)`, `new ArrayBuffer(2**53 - 1)`},
	"Float64Array":                       {`new Float64Array(2**30)`},
	"Uint8Array":                         {`new Uint8Array(2**36)`, `new Uint8Array({length: 2**40})`, `new Uint8Array({length: 2**25})`, `new Uint8Array(sparse())`, `Reflect.construct(Uint8Array, [2**36])`},
	"%TypedArray%.from":                  {`Uint8Array.from({length: 2**40})`, `Uint8Array.from(sparse())`},
	"%TypedArray%.prototype.set":         {`new Uint8Array(8).set({length: 2**40})`, `new Uint8Array(8).set(sparse())`},
	"%TypedArray%.prototype.values":      {`[...new Uint8Array(2**26)]`, `new Set(new Uint8Array(2**26))`},
	"%TypedArray%.prototype.keys":        {`[...new Uint8Array(2**26).keys()]`},
	"%TypedArray%.prototype.entries":     {`[...new Uint8Array(2**26).entries()]`},
	"%TypedArray%.prototype.join":        {`new Uint8Array(2**26).join()`},
	"%TypedArray%.prototype.toString":    {`String(new Uint8Array(2**26))`},
	"%TypedArray%.prototype.sort":        {`new Uint8Array(2**26).sort()`},
	"%TypedArray%.prototype.toSorted":    {`new Uint8Array(2**26).toSorted()`},
	"String.prototype.repeat":            {`'x'.repeat(2**40)`, `'é'.repeat(2**28)`},
	"String.prototype.padStart":          {`'x'.padStart(2**40)`},
	"String.prototype.padEnd":            {`'x'.padEnd(2**31, 'ab')`, `'x'.padEnd(2**60)`},
	"String.prototype.concat":            {`((s) => s.concat(...new Array(1e4).fill(s)))('x'.repeat(1e5))`},
	"String.prototype.includes":          {`'\u0101\u0102'.repeat(2e6).includes('\u0201\u0101'.repeat(1e6))`},
	"String.prototype.indexOf":           {`'\u0101\u0102'.repeat(2e6).indexOf('\u0201\u0101'.repeat(1e6))`},
	"String.prototype.lastIndexOf":       {`'\u0101\u0102'.repeat(2e6).lastIndexOf('\u0201\u0101'.repeat(1e6))`},
	"String.prototype.split":             {`'x'.repeat(2**26).split('')`, `'x'.repeat(2**26).split('x')`, `'\u0101\u0102'.repeat(2e6).split('\u0201\u0101'.repeat(1e6))`},
	"String.prototype.replace":           {"'x'.repeat(5e5).replace('x', '$`$\\''.repeat(1e5))", "'x'.repeat(5e5).replace('x', `$'`.repeat(1e5))"},
	"String.prototype.replaceAll":        {`'x'.repeat(1e5).replaceAll('x', 'y'.repeat(1e4))`, `'x'.repeat(1e5).replaceAll('', 'y'.repeat(1e4))`, "'x'.repeat(5e5).replaceAll('x', '$`')", `'x'.repeat(2**26).replaceAll('x', '')`},
	"String.prototype.normalize":         {`'é'.repeat(2**25).normalize()`},
	"String.prototype.localeCompare":     {`'é'.repeat(2**25).localeCompare('a')`, `'é'.repeat(2**25).localeCompare('a', 'de')`, `Intl.Collator('de').compare('é'.repeat(2**25), 'a')`},
	"String.prototype.toLowerCase":       {`'é'.repeat(2**25).toLowerCase()`},
	"String.prototype.trim":              {`'é'.repeat(2**25).trim()`},
	"String.prototype.@@iterator":        {`[...'x'.repeat(2**25)]`, `Array.from('x'.repeat(2**25))`, `new Set('x'.repeat(2**25))`},
	"String.raw":                         {`String.raw({raw: {length: 1e15}})`},
	"encodeURIComponent":                 {`encodeURIComponent('é'.repeat(2**25))`},
	"decodeURIComponent":                 {`decodeURIComponent('%41'.repeat(2**24))`},
	"escape":                             {`escape('é'.repeat(2**25))`},
	"BigInt":                             {`BigInt('9'.repeat(1e6))`, `BigInt('0x' + 'f'.repeat(1e7))`},
	"BigInt.asUintN":                     {`BigInt.asUintN(2**40, -1n)`, `BigInt.asUintN(64, '9'.repeat(1e6))`},
	"BigInt.asIntN":                      {`BigInt.asIntN(2**40, 1n)`},
	"Map":                                {`new Map(sparse())`, `new Map(new Array(2e6).fill([1, 2]))`},
	"Set":                                {`new Set(sparse())`, `new Set(new Array(2e6).fill(1))`},
	"WeakMap":                            {`new WeakMap(sparse())`},
	"WeakSet":                            {`new WeakSet(sparse())`},
	"AggregateError":                     {`new AggregateError(sparse())`},
	"Object.fromEntries":                 {`Object.fromEntries(sparse())`},
	"Object.keys":                        {`Object.keys('x'.repeat(2**25))`, `Object.keys(new Uint8Array(2**26))`, `Object.keys(new String('x'.repeat(2**25)))`, `Object.keys(new Array(4e6).fill(1))`},
	"Object.entries":                     {`Object.entries('x'.repeat(2**25))`},
	"Object.values":                      {`Object.values('x'.repeat(2**25))`},
	"Object.getOwnPropertyNames":         {`Object.getOwnPropertyNames(new Uint8Array(2**26))`},
	"Object.getOwnPropertyDescriptors":   {`Object.getOwnPropertyDescriptors(new Uint8Array(2**26))`},
	"Object.freeze":                      {`Object.freeze(new Array(4e6).fill(1))`},
	"Object.seal":                        {`Object.seal(new Array(4e6).fill(1))`},
	"Object.isFrozen":                    {`Object.isFrozen(new Array(4e6).fill(1))`},
	"Object.isSealed":                    {`Object.isSealed(new Array(4e6).fill(1))`},
	"Object.create":                      {`Object.create(null, new Array(4e6).fill({}))`},
	"Object.defineProperties":            {`Object.defineProperties({}, new Array(4e6).fill({}))`},
	"Object.assign":                      {`Object.assign({}, 'x'.repeat(2**25))`},
	"Reflect.ownKeys":                    {`Reflect.ownKeys(new Uint8Array(2**26))`},
	"Function.prototype.apply":           {`Math.max.apply(null, JSON.parse('{"length": 1e12}'))`, `String.fromCharCode.apply(null, {length: 2**40})`, `Math.max.apply(null, sparse())`},
	"Reflect.apply":                      {`Reflect.apply(Math.max, null, {length: 2**40})`},
	"Reflect.construct":                  {`Reflect.construct(Map, {length: 2**40})`},
	"eval":                               {`(0, eval)('('.repeat(1e6))`, `(0, eval)('x=' + '!'.repeat(1e6) + '1')`, "(0, eval)('`${'.repeat(1e6))"},
	"Function":                           {`new Function('['.repeat(1e6))`, `Function('{a:'.repeat(1e6))`, `new Function('a', 'return ' + 'a=>'.repeat(1e6) + '1')`},
	"%GeneratorFunction%.constructor":    {`new (Object.getPrototypeOf(function*(){}).constructor)('('.repeat(1e6))`},
	"%AsyncFunction%.constructor":        {`new (Object.getPrototypeOf(async function(){}).constructor)('('.repeat(1e6))`},
	"%GeneratorFunction%.prototype.next": {`(() => { function* f(){ yield* f() } return f().next() })()`},
	"JSON.parse":                         {`JSON.parse('['.repeat(2e6))`, `JSON.parse('{"a":'.repeat(1e5))`, `JSON.parse('[' + '1,'.repeat(1e7) + '1]')`},
	"JSON.rawJSON":                       {`JSON.rawJSON('1'.repeat(2**25))`},
	"JSON.stringify": {`JSON.stringify(sparse())`, `JSON.stringify({a: [sparse()]})`, `JSON.stringify(long())`, `JSON.stringify(nested(1e5))`, `JSON.stringify(list(1e5))`, `JSON.stringify(Object.freeze({a: Object.freeze(sparse().slice ? [sparse()] : 0)}))`,
		`JSON.stringify(new Array(1e5).fill('x'.repeat(1000)))`, `JSON.stringify((() => { let a = []; for (let i = 0; i < 40; i++) a = [a, a]; return a })())`, `JSON.stringify(nested(1900), null, '          ') + JSON.stringify((() => { let a = new Array(1e4).fill(1); for (let i = 0; i < 1000; i++) a = [a]; return a })(), null, 10)`},
	"RegExp":                     {`new RegExp('('.repeat(1e6))`, `RegExp('(?='.repeat(1e6))`, `new RegExp('a'.repeat(2**21))`},
	"RegExp.prototype.compile":   {`/a/.compile('('.repeat(1e6))`},
	"String.prototype.match":     {`'a'.match('(?:'.repeat(1e6))`},
	"String.prototype.matchAll":  {`'a'.matchAll('('.repeat(1e6))`},
	"String.prototype.search":    {`'a'.search('('.repeat(1e6))`},
	"RegExp.prototype.exec":      {`/(?!q)(a|aa)+$/.exec('a'.repeat(60) + 'b')`, `(() => { const r = /(a|aa)+$/g; r.lastIndex = 1; return r.exec('a'.repeat(60) + 'b') })()`, `[...('aaaaaaaaaaaaaaaaaaaaaaaaaaaab'.repeat(300)).matchAll(/(?!q)(a|aa)+c|b/g)]`},
	"RegExp.prototype.test":      {`/(?!q)(a|aa)+$|evil/.test('a'.repeat(60) + 'b evil')`},
	"RegExp.prototype.@@search":  {`('a'.repeat(60) + 'b evil').search(/(?!q)(a|aa)+$|evil/)`},
	"RegExp.prototype.@@match":   {`('a'.repeat(60) + 'b evil').match(/(?!q)(a|aa)+$|evil/)`, `('a'.repeat(60) + 'b evil').match(/(?!q)(a|aa)+$|evil/g)`, `('aaaaaaaaaaaaaaaaaaaaaaaaaaaab'.repeat(300)).match(/(?!q)(a|aa)+c|b/g)`, `'x'.repeat(2**25).match(/x/g)`},
	"RegExp.prototype.@@replace": {`('a'.repeat(60) + 'b evil').replace(/(?!q)(a|aa)+$|evil/g, '')`, `('aaaaaaaaaaaaaaaaaaaaaaaaaaaab'.repeat(300)).replace(/(?!q)(a|aa)+c|b/g, '')`, `'x'.repeat(5e5).replace(/x/g, 'y'.repeat(5e5))`, "'x'.repeat(5e5).replace(/x/g, '$`')", `'x'.repeat(2e4).replace(/(?=(x*))x/g, '$1')`},
	"RegExp.prototype.@@split":   {`('a'.repeat(60) + 'b evil').split(/(?!q)(a|aa)+$|evil/)`, `('aaaaaaaaaaaaaaaaaaaaaaaaaaaab'.repeat(300)).split(/(?!q)(a|aa)+c|b/)`, `'x'.repeat(2**25).split(/x/)`},
	"Promise.all":                {`Promise.all(new Array(4e6).fill(1))`},
	"Buffer":                     {`Buffer.alloc(2**40)`, `Buffer.allocUnsafe(2**40)`, `Buffer.allocUnsafeSlow(2**40)`, `Buffer.concat([Buffer.alloc(1)], 2**40)`, `Buffer.from({length: 2**40})`, `Buffer.from('abc').readIntBE(0, 1e15)`},
	"calls":                      {`(() => { function f(){ return f() + 1 } return f() })()`, `(() => { const f = () => [1].map(f); return f() })()`, `(() => { const o = { toString(){ return '' + o } }; return '' + o })()`},
	"shift and power":            {`rewritten('1n << BigInt(100000000000)')`, `rewritten('1n << 100000000000n')`, `rewritten('(b => 1n << b)(100000000000n)')`, `rewritten('1n >> -100000000000n')`, `rewritten('(() => { let a = 1n; a <<= 10n ** 12n; return a })()')`, `rewritten('10n ** 100000000000n')`, `rewritten('(() => { let a = 10n; a **= 10n ** 12n; return a })()')`, `rewritten('((a, b) => a ** b)(10n, 10n ** 40n)')`},
	"direct eval":                {`rewritten('(t => eval(t))("(".repeat(1e6))')`},
}

// hostileHelpers make what hostile calls work on.
const hostileHelpers = `
	const sparse = () => { const a = []; a[JSON.parse('{"i":4294967290}').i] = 1; return a };
	const long = () => { const a = [1, 2, 3]; a.length = 4e9; return a };
	const nested = (n) => { let a = []; for (let i = 0; i < n; i++) a = [a]; return a };
	const list = (n) => { let o = {}; for (let i = 0; i < n; i++) o = { next: o, value: i }; return o };`

// hostileCases are the calls of hostile, and for each method of arrays three.
func hostileCases(t *testing.T) map[string][]string {
	cases := maps.Clone(hostile)
	if limits[0].on != "Array.prototype" || limits[1].on != limits[0].on {
		t.Fatal("the table begins with something else")
	}
	for name := range strings.FieldsSeq(limits[0].names + " " + limits[1].names) {
		cases["Array.prototype."+name] = []string{
			`Array.prototype.` + name + `.call(JSON.parse('{"length":1e15}'), (x) => 0)`, `sparse().` + name + `((x) => 0)`, `long().` + name + `((x) => 0)`,
		}
	}
	return cases
}

// inSample reports whether to try a case that takes long: all, but under the race detector one of eight, chosen by
// chance. .ci/run tries all of them without it.
func inSample() bool { return !withRace || rand.IntN(8) == 0 }

// hostileTime is the limit for a call that must throw. Without its limit it would take hours; with
// it the slowest need seconds, but more than half a minute under the race detector on a busy machine.
const hostileTime = 2 * time.Minute

// checkHostile runs a call that is to throw, and to say what is over which limit.
func checkHostile(t *testing.T, vm *goja.Runtime, e *Environment, code string) {
	t.Helper()
	_ = vm.Set("rewritten", func(call goja.FunctionCall) goja.Value {
		v, err := vm.RunProgram(compileRewritten(t, call.Argument(0).String()))
		if err != nil {
			panic(err)
		}
		return v
	})
	f, err := vm.RunString(`(function(){` + hostileHelpers + ` try { ` + code + `; return 'no error' } catch (e) { return e instanceof Error ? e.name + ': ' + e.message : e } })`)
	if err != nil {
		t.Fatal(code, err)
	}
	call, _ := goja.AssertFunction(f)
	start := time.Now()
	stop := time.AfterFunc(hostileTime, func() { vm.Interrupt("interrupted") })
	var v goja.Value
	e.Enter()
	if ex := vm.Try(func() { v, err = call(goja.Undefined()) }); ex != nil {
		err = ex
	}
	if !stop.Stop() || err != nil {
		t.Errorf("%s: %v after %v", code, err, time.Since(start))
		vm.ClearInterrupt()
		return
	}
	name, message, _ := strings.Cut(v.String(), ": ")
	switch name {
	case "RangeError", "SyntaxError", "Error":
	default:
		t.Errorf("%s: %s", code, inspect.Cut(v.String(), 200))
		return
	}
	if !strings.Contains(message, "the limit of") && !strings.Contains(message, "took longer") && !strings.Contains(message, "over the limit") && !strings.Contains(message, "Cannot create a Buffer larger") &&
		message != "Maximum call stack size exceeded" && !strings.Contains(message, "out of range") {
		t.Errorf("%s: %s", code, inspect.Cut(v.String(), 200))
	}
}

// Without a limit each of these would end the process or hang it.
func TestHostileCallsThrow(t *testing.T) { // not parallel: it measures the memory of the process
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	vm, e, _ := newTestVM(t)
	cases := hostileCases(t)
	for name, codes := range cases {
		if !strings.HasPrefix(name, "RegExp.prototype.") && inSample() {
			for _, code := range codes {
				checkHostile(t, vm, e, code)
			}
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 1<<30 {
		t.Errorf("the process grew by %d MiB", grown>>20)
	}
	for _, limit := range limits {
		for name := range strings.FieldsSeq(limit.names) {
			full := strings.TrimPrefix(limit.on+"."+name, ".")
			if cases[full] == nil && !slices.Contains(alike, full) {
				t.Errorf("no case calls %s", full)
			}
		}
	}
}

// Each of these matches for hours, unless it is ended after seconds. None says that there is no match.
func TestSlowRegexpsThrow(t *testing.T) {
	t.Parallel()
	for name, codes := range hostile {
		if strings.HasPrefix(name, "RegExp.prototype.") {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				vm, e, _ := newTestVM(t)
				for _, code := range codes {
					checkHostile(t, vm, e, code)
				}
			})
		}
	}
}

// alike are built-ins whose limit another of the same row is tested for.
var alike = strings.Fields(`WeakMap.prototype.delete WeakMap.prototype.get WeakMap.prototype.has WeakMap.prototype.set WeakSet.prototype.add WeakSet.prototype.delete WeakSet.prototype.has
	BigInt64Array BigUint64Array Float32Array Int16Array Int32Array Int8Array Uint16Array Uint32Array Uint8ClampedArray
	%TypedArray%.prototype.toLocaleString String.prototype.toLocaleLowerCase String.prototype.toLocaleUpperCase String.prototype.toUpperCase String.prototype.trimEnd String.prototype.trimStart
	decodeURI encodeURI unescape Promise.allSettled Promise.any Promise.race %GeneratorFunction%.prototype.return %GeneratorFunction%.prototype.throw`)

func compileRewritten(t testing.TB, source string) *goja.Program {
	tree, err := goja.Parse("test.js", source)
	if err != nil {
		t.Fatal(err)
	}
	Rewrite(tree)
	program, err := goja.CompileAST(tree, false)
	if err != nil {
		t.Fatal(err)
	}
	return program
}
