package environment

import "testing"

func TestLanguage(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"symbols": `assert.strictEqual(typeof Symbol.asyncIterator, 'symbol'); assert.strictEqual(String(Symbol.asyncIterator), 'Symbol(Symbol.asyncIterator)'); Symbol.asyncIterator = 5; assert.strictEqual(typeof Symbol.asyncIterator, 'symbol');`,
		"weak": `
			const o = {}, r = new WeakRef(o); assert.strictEqual(r.deref(), o); assert.throws(() => new WeakRef(5), TypeError); assert.strictEqual(Object.prototype.toString.call(r), '[object WeakRef]');
			const f = new FinalizationRegistry(() => { throw new Error('never') }); f.register(o, 1, o); assert.strictEqual(f.unregister(o), false); assert.throws(() => new FinalizationRegistry(), TypeError);`,
		"grouping": `
			const g = Object.groupBy([1, 2, 3], (x, i) => (assert.strictEqual(i, x - 1), x % 2 ? 'odd' : 'even')); assert.strictEqual(Object.getPrototypeOf(g), null); assert.deepStrictEqual({ ...g }, { odd: [1, 3], even: [2] });
			const k = {}; assert.deepStrictEqual(Map.groupBy([1, 2], () => k).get(k), [1, 2]);`,
		"promises": `
			const { promise, resolve } = Promise.withResolvers(); resolve(4); assert.strictEqual(await promise, 4);
			assert.strictEqual(await Promise.try((a) => a + 1, 4), 5); await assert.rejects(Promise.try(() => { throw new RangeError('x') }), RangeError);
			assert.deepStrictEqual(await Array.fromAsync([1, Promise.resolve(2)]), [1, 2]); assert.deepStrictEqual(await Array.fromAsync(new Set([1, 2]), async (x) => x * 2), [2, 4]); assert.deepStrictEqual(await Array.fromAsync({ length: 2, 0: 'a', 1: 'b' }), ['a', 'b']);
			let i = 0, closed = false; const it = { [Symbol.asyncIterator]() { return this }, async next() { return { done: i > 2, value: i++ } }, async return() { closed = true; return {} } };
			assert.deepStrictEqual(await Array.fromAsync(it), [0, 1, 2]); i = 0; await assert.rejects(Array.fromAsync(it, () => { throw new Error('m') }), /m/); assert(closed);`,
		"iterators": `
			function* n() { try { let i = 0; while (true) yield i++; } finally { closed++; } } let closed = 0;
			assert.deepStrictEqual(n().filter((x) => x % 2).map((x, i) => x * 10 + i).take(3).toArray(), [10, 31, 52]); assert.strictEqual(closed, 1);
			assert.deepStrictEqual([1, 2, 3].values().drop(1).flatMap((x) => [x, x]).toArray(), [2, 2, 3, 3]); assert.strictEqual([1, 2, 3].values().reduce((a, b) => a + b), 6); assert.strictEqual(new Set([1, 2]).values().reduce((a, b) => a + b, 10), 13);
			assert(n().some((x) => x === 3)); assert(![1].values().every((x) => x > 1)); assert.strictEqual(n().find((x) => x > 5), 6); const seen = []; new Map([[1, 2]]).keys().forEach((x) => seen.push(x)); assert.deepStrictEqual(seen, [1]);
			assert.throws(() => n().map(5), TypeError); assert.throws(() => n().take(-1), RangeError); assert.throws(() => n().map(() => { throw new Error('f') }).next(), /f/);
			const h = n().map((x) => x); h.next(); h.return(); assert.deepStrictEqual(h.next(), { value: undefined, done: true }); assert.strictEqual(Object.prototype.toString.call(h), '[object Iterator Helper]');
			assert.deepStrictEqual(Iterator.from({ next() { return { done: this.i > 1, value: this.i++ } }, i: 0 }).toArray(), [0, 1]); assert(n() instanceof Iterator); assert.throws(() => new Iterator(), TypeError); class Mine extends Iterator {} new Mine();
			assert.strictEqual(n().map.name, 'map'); assert.strictEqual(n().map.length, 1);`,
		"errors": `
			const o = {}; Error.captureStackTrace(o); assert.match(o.stack, /^Error\n\tat /); assert.deepStrictEqual(Object.keys(o), []); assert.strictEqual(new Error('x', { cause: 1 }).cause, 1);
			class Old { constructor(m) { this.name = 'Old'; this.message = m; Error.captureStackTrace(this, Old) } } assert.match(new Old('m').stack, /^Old: m\n/);`,
		"strings and old names": `
			assert('a😀'.isWellFormed() && !'a\ud800'.isWellFormed()); assert.strictEqual('a\ud800b'.toWellFormed(), 'a\ufffdb');
			const o = {}; o.__defineGetter__('x', () => 5); assert.strictEqual(o.x, 5); assert.strictEqual(o.__lookupGetter__('x')(), 5); assert.strictEqual(new Date(0).getYear(), new Date(0).getFullYear() - 1900);`,
		"what goja has": `
			assert.deepStrictEqual([3, 1].toSorted(), [1, 3]); assert.deepStrictEqual([1, 2].with(0, 5), [5, 2]); assert.deepStrictEqual([1, 2].toSpliced(0, 1), [2]); assert.strictEqual([1, 2].at(-1), 2); assert.strictEqual([1, 2].findLast((x) => x < 2), 1);
			assert(Object.hasOwn({ a: 1 }, 'a')); assert.strictEqual('aa'.replaceAll('a', 'b'), 'bb'); assert.deepStrictEqual([...new Set([1, 2]).union(new Set([3]))], [1, 2, 3]); assert.deepStrictEqual([[1], [2]].flat(), [1, 2]); assert.strictEqual(new AggregateError([1]).errors[0], 1);`,
		"locale": `
			assert.strictEqual((1234567.891).toLocaleString('en-US'), '1,234,567.891'); assert.strictEqual((0).toLocaleString(), '0'); assert.strictEqual((-1234.5).toLocaleString('de-DE'), '-1.234,5'); assert.strictEqual(123456789012345678901n.toLocaleString(), '123,456,789,012,345,678,901');
			assert.strictEqual((1.5).toLocaleString('en-US', { style: 'currency', currency: 'USD' }), '$1.50'); assert.strictEqual((0.256).toLocaleString('en-US', { style: 'percent' }), '26%'); assert.strictEqual((1.005).toLocaleString(undefined, { minimumFractionDigits: 2 }), '1.005'); assert.strictEqual((1e21).toLocaleString(), '1,000,000,000,000,000,000,000'); assert.strictEqual(NaN.toLocaleString(), 'NaN');
			const d = new Date(Date.UTC(2024, 0, 5, 15, 4, 9)), utc = { timeZone: 'UTC' };
			assert.strictEqual(d.toLocaleString('en-US', utc), '1/5/2024, 3:04:09 PM'); assert.strictEqual(d.toLocaleDateString('en-US', utc), '1/5/2024'); assert.strictEqual(d.toLocaleTimeString('en-US', utc), '3:04:09 PM'); assert.strictEqual(d.toLocaleTimeString('en-US', { ...utc, hour: '2-digit', minute: '2-digit' }), '03:04 PM'); assert.strictEqual(d.toLocaleTimeString('en-GB', { ...utc, hour12: false }), '15:04:09');
			assert.strictEqual(d.toLocaleDateString('en-US', { ...utc, weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }), 'Friday, January 5, 2024'); assert.strictEqual(d.toLocaleDateString('en-US', { ...utc, dateStyle: 'medium' }), 'Jan 5, 2024'); assert.strictEqual(new Date(NaN).toLocaleString(), 'Invalid Date'); assert.throws(() => d.toLocaleString('en', { timeZone: 'Mars/Base' }), RangeError);
			for (const f of [() => (1).toLocaleString('tlh'), () => 'a'.localeCompare('b', 'sw'), () => (1).toLocaleString('en', { roundingIncrement: 5 }), () => (1).toLocaleString('en', { style: 'unit', unit: 'stone' }), () => (1).toLocaleString('en-u-nu-thai'), () => d.toLocaleString('en', { era: 'short' }), () => d.toLocaleString('en-u-ca-hebrew'), () => d.toLocaleTimeString('de', { timeZone: 'Asia/Kathmandu', timeZoneName: 'long' })])
				assert.throws(f, { name: 'RangeError', message: /is not served here|are$/ });
			assert.throws(() => new Intl.Segmenter('en'), /Intl.Segmenter is not served here/); assert.strictEqual((1234.5).toLocaleString('de-XX'), '1.234,5'); assert.strictEqual(new Intl.NumberFormat('de-XX').resolvedOptions().locale, 'de');
			const loop = [1234.5]; loop.push([loop]); assert.throws(() => loop.toLocaleString('de'), RangeError); assert.match([1234.5, d].toLocaleString(), /^1,234.5,/);`,
	})
}

func TestBuiltins(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"names": `
			for (const name of ['buffer', 'console', 'events', 'assert', 'timers', 'url', 'util', 'sys', 'path', 'path/posix', 'querystring', 'string_decoder', 'timers/promises', 'punycode', 'async_hooks', 'diagnostics_channel', 'perf_hooks', 'util/types']) assert.strictEqual(require(name), require('node:' + name), name);
			assert.strictEqual(require('buffer').Buffer, Buffer); assert.strictEqual(require('url').URL, URL); assert.strictEqual(require('console'), console); assert.strictEqual(require('sys'), require('util')); assert.strictEqual(require('buffer').atob, atob);`,
		"emitter": `
			const EventEmitter = require('events'), util = require('util'); assert.strictEqual(EventEmitter.EventEmitter, EventEmitter);
			function Old() { EventEmitter.call(this); } util.inherits(Old, EventEmitter); class New extends EventEmitter {} function Lazy() {} util.inherits(Lazy, EventEmitter);
			for (const E of [Old, New, Lazy]) {
				const e = new E(), f = new E(), got = [];
				e.on('x', function (a, b) { assert.strictEqual(this, e); got.push(a + b) }); e.once('x', () => got.push('once')); e.prependListener('x', () => got.push('first'));
				assert.strictEqual(e.emit('x', 1, 2), true); e.emit('x', 3, 4); assert.strictEqual(f.emit('x'), false); assert.deepStrictEqual(got, ['first', 3, 'once', 'first', 7]); assert.deepStrictEqual(Object.keys(e), []);
				assert.strictEqual(e.listenerCount('x'), 2); assert.deepStrictEqual(e.eventNames(), ['x']); e.removeAllListeners(); assert.strictEqual(e.listenerCount('x'), 0);
			}
			const e = new EventEmitter(), once = () => got.push(1), got = [];
			e.once('a', once); assert.deepStrictEqual(e.listeners('a'), [once]); e.off('a', once); assert.strictEqual(e.emit('a'), false);
			assert.throws(() => e.emit('error', new RangeError('r')), RangeError); assert.throws(() => e.emit('error', 5), { code: 'ERR_UNHANDLED_ERROR' }); assert.throws(() => e.on('x', 5), { code: 'ERR_INVALID_ARG_TYPE' });
			let seen; e.on(EventEmitter.errorMonitor, (x) => { seen = x }); e.on('error', () => {}); e.emit('error', 6); assert.strictEqual(seen, 6);
			e.on('newListener', (type) => got.push('new ' + String(type))); e.on('removeListener', (type) => got.push('gone ' + type)); const h = () => e.off('h', h); e.on('h', h); e.on('h', () => got.push('h2')); e.emit('h'); assert.deepStrictEqual(got, ['new removeListener', 'new h', 'new h', 'gone h', 'h2']);
			const p = EventEmitter.once(e, 'later'); e.emit('later', 1, 2); assert.deepStrictEqual(await p, [1, 2]); const bad = EventEmitter.once(e, 'never'); e.emit('error', new Error('stop')); await assert.rejects(bad, /stop/);`,
		"util": `
			const util = require('util'); assert.strictEqual(util.format('%s:%d', 'a', 5), 'a:5'); assert.strictEqual(util.inspect({ a: { b: { c: {} } } }, { depth: 0 }), '{ a: [Object] }'); assert.strictEqual(util.inspect({ a: 1 }, false, 0), '{ a: 1 }');
			assert.strictEqual(util.inspect('x'), "'x'"); assert.strictEqual(util.inspect.custom, Symbol.for('nodejs.util.inspect.custom')); assert.strictEqual(util.inspect({ b: 1, a: 2 }, { sorted: true }), '{ a: 2, b: 1 }'); assert.strictEqual(util.inspect({ a: 1, b: { c: 2 } }, { compact: false }), '{\n  a: 1,\n  b: {\n    c: 2\n  }\n}');
			assert.strictEqual(await util.promisify((a, cb) => cb(null, a + 1))(1), 2); await assert.rejects(util.promisify((cb) => cb(new Error('no')))(), /no/); await new Promise((ok) => util.callbackify(async (x) => x)(5, (e, v) => { assert.strictEqual(v, 5); ok(); }));
			assert(util.types.isMap(new Map()) && util.types.isProxy(new Proxy({}, {})) && util.types.isPromise(Promise.resolve()) && util.types.isUint8Array(new Uint8Array()) && util.types.isDate(new Date()) && !util.types.isDate({}) && util.types.isAsyncFunction(async () => 1) && util.types.isNativeError(new Error()) && util.types.isWeakMap(new WeakMap()) && util.types.isTypedArray(new Int8Array()) && util.types.isArrayBuffer(new ArrayBuffer(1)));
			assert.strictEqual(util.types.isWeakMap({ [Symbol.toStringTag]: 'WeakMap' }), false);
			const d = util.isDeepStrictEqual; assert(d({ a: [1, { b: new Map([[1, new Set([{ x: 1 }])]]) }] }, { a: [1, { b: new Map([[1, new Set([{ x: 1 }])]]) }] })); assert(!d([1], ['1']) && !d({ a: undefined }, {}) && !d(new Set([1]), new Set([2])) && !d(new Date(1), new Date(2)) && !d([0], [-0]) && d(NaN, NaN) && !d(/a/, /b/) && !d({}, []) && !d(new Uint8Array([1]), new Uint8Array([2])) && d(Object(1n), Object(1n)) && !d(new Number(1), new Number(2)));
			const a = { x: 1 }, b = { x: 1 }; a.self = a; b.self = b; assert(d(a, b)); b.x = 2; assert(!d(a, b));`,
		"assert": `
			assert.throws(() => assert(0), assert.AssertionError); assert.throws(() => assert.equal(1, 2), { code: 'ERR_ASSERTION', operator: '==', actual: 1, expected: 2 }); assert.throws(() => assert.strictEqual(1, '1')); assert.equal(1, '1'); assert.deepEqual({ a: 1 }, { a: '1' }); assert.throws(() => assert.deepStrictEqual({ a: 1 }, { a: '1' }));
			assert.throws(() => assert.strictEqual(1, 2, 'mine'), /^AssertionError: mine$/); const own = new RangeError('own'); assert.throws(() => assert.ok(false, own), (e) => e === own); assert.throws(() => assert.throws(() => {}), /Missing expected exception/); assert.throws(() => assert.fail('f'), /f/);
			let passed; try { assert.throws(() => { throw new TypeError('t') }, RangeError) } catch (e) { passed = e } assert(passed instanceof TypeError); await assert.rejects(assert.rejects(Promise.resolve()), /Missing expected rejection/); await assert.doesNotReject(Promise.resolve()); assert.doesNotThrow(() => {}); assert.throws(() => assert.strict.equal(1, '1')); assert.ifError(null); assert.throws(() => assert.ifError(own), RangeError); assert.notDeepStrictEqual([1], [2]); assert.match('abc', /b/);`,
	})
}

func TestSysLogs(t *testing.T) {
	t.Parallel()
	vm, _, lines := newTestVM(t)
	if _, err := vm.RunString(`var sys = require('sys'); sys.puts('a', 1); sys.print('b', 2); sys.debug('c'); sys.error('d'); sys.log('%s', 'e'); sys.deprecate(function(){}, 'old')(); new (require('events'))().setMaxListeners(1).on('x', sys.puts).on('x', sys.puts)`); err != nil {
		t.Fatal(err)
	}
	want := []string{"INFO a", "INFO 1", "INFO b2", "DEBUG c", "ERROR d", "INFO e", "WARN DeprecationWarning: old"}
	if len(*lines) != len(want)+1 {
		t.Fatalf("logged %q", *lines)
	}
	for n, w := range want {
		if (*lines)[n] != w {
			t.Errorf("line %d is %q, want %q", n, (*lines)[n], w)
		}
	}
}

func TestBuiltinRefusal(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"fs":        `"fs" is not available: modules read files only if the server is started with --allow-read=PATH, or --allow-read for all; require('storage') keeps values, require reads .js and .json files, and pages of --public are served without a module`,
		"node:http": `"node:http" is not available: modules have no sockets, but fetch, if the server is started with --allow-net=HOST; clients come to a module by WebSocket, and connection.request has what they asked for`,
		"domain":    `"domain" is not available: async_hooks has AsyncLocalStorage`,
		"posix":     `"posix" is not available: modules get no files and no processes, and that of Node of 2009 had little else`,
		"node:new":  `"node:new" is not available: this server has ` + builtinNames,
		"lodash":    "", "util": "", "node:path/posix": "",
	} {
		if got := Refusal(name); got != want {
			t.Errorf("Refusal(%q) = %q, want %q", name, got, want)
		}
	}
}
