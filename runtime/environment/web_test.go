package environment

import "testing"

func TestStructuredClone(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"values": `
			const d = new Date(5), r = /a/gi, m = new Map([[{k: 1}, 'v']]), s = new Set([1, [2]]), b = new Uint8Array([1, 2]);
			const from = { d, r, m, s, b, n: null, u: undefined, i: 1n, nested: [1, , 3], box: new Number(4), f: new Float64Array([1.5]), view: new DataView(b.buffer, 1) };
			from.self = from; from.m.set('self', from.m);
			const to = structuredClone(from);
			assert.notStrictEqual(to, from); assert.strictEqual(to.self, to); assert.strictEqual(to.m.get('self'), to.m);
			assert(to.d instanceof Date && to.d !== d && to.d.getTime() === 5);
			assert.strictEqual(String(to.r), '/a/gi'); assert.deepStrictEqual([...to.s], [1, [2]]);
			assert(to.b instanceof Uint8Array && to.b.buffer !== b.buffer && to.b[1] === 2); assert.strictEqual(to.view.getUint8(0), 2);
			assert.strictEqual(to.view.buffer, to.b.buffer); assert.strictEqual(to.i, 1n); assert(!(1 in to.nested) && to.nested.length === 3);
			assert.strictEqual(to.box.valueOf(), 4); assert('u' in to); assert.strictEqual([...to.m.keys()][0].k, 1);`,
		"errors": `
			class Mine extends TypeError {}
			const e = new Mine('boom', { cause: { a: 1 } }), c = structuredClone({ e }).e;
			assert(c instanceof TypeError && !(c instanceof Mine)); assert.strictEqual(c.message, 'boom'); assert.deepStrictEqual(c.cause, { a: 1 }); assert.strictEqual(c.stack, e.stack);`,
		"refuses": `
			for (const v of [() => 1, Symbol('s'), { f() {} }, Promise.resolve(), new WeakMap(), new Proxy({}, {}), [class {}]]) {
				assert.throws(() => structuredClone(v), (e) => e instanceof DOMException && e.name === 'DataCloneError' && e.code === 25);
			}
			assert.throws(() => structuredClone(), TypeError);`,
		"transfers": `
			const b = new Uint8Array([1, 2]), c = structuredClone({ b }, { transfer: [b.buffer] }); assert.strictEqual(c.b[1], 2); assert.strictEqual(b.buffer.byteLength, 0); assert.strictEqual(b.length, 0);
			assert.strictEqual(structuredClone(1, { transfer: [] }), 1); assert.throws(() => structuredClone({}, { transfer: [{}] }), { name: 'DataCloneError' });`,
		"a long list": `
			let list = null; for (let i = 0; i < 5000; i++) list = { list };
			let n = 0; for (let l = structuredClone(list); l; l = l.list) n++;
			assert.strictEqual(n, 5000);`,
		"class instances lose their class": `class A { x = 1; get y() { return 2 } } const c = structuredClone(new A); assert.strictEqual(Object.getPrototypeOf(c), Object.prototype); assert.deepStrictEqual(c, { x: 1 });`,
	})
}

func TestText(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"encode": `
			assert.deepStrictEqual([...new TextEncoder().encode('é€😀\ud800')], [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xef, 0xbf, 0xbd]);
			assert.strictEqual(new TextEncoder().encode().length, 0);
			const b = new Uint8Array(5), r = new TextEncoder().encodeInto('aé😀', b);
			assert.deepStrictEqual({ ...r }, { read: 2, written: 3 }); assert.deepStrictEqual([...b], [97, 0xc3, 0xa9, 0, 0]);`,
		"utf-8 in pieces": `
			const all = new TextEncoder().encode('\ufeffaé€😀z');
			for (let cut = 0; cut <= all.length; cut++) {
				const d = new TextDecoder();
				assert.strictEqual(d.decode(all.subarray(0, cut), { stream: true }) + d.decode(all.subarray(cut)), 'aé€😀z');
			}
			const d = new TextDecoder(); let s = '';
			for (const c of all) s += d.decode(new Uint8Array([c]), { stream: true });
			assert.strictEqual(s + d.decode(), 'aé€😀z');
			assert.strictEqual(new TextDecoder('utf8', { ignoreBOM: true }).decode(all), '\ufeffaé€😀z');`,
		"utf-8 malformed": `
			const d = (...b) => new TextDecoder().decode(new Uint8Array(b));
			assert.strictEqual(d(0xe2, 0x82), '\ufffd'); assert.strictEqual(d(0xe2, 0x82, 0x41), '\ufffdA'); assert.strictEqual(d(0xf0, 0x9f, 0x98), '\ufffd');
			assert.strictEqual(d(0xc0, 0x80), '\ufffd\ufffd'); assert.strictEqual(d(0xed, 0xa0, 0x80), '\ufffd\ufffd\ufffd'); assert.strictEqual(d(0xff, 0x41), '\ufffdA');
			assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])), TypeError);
			const f = new TextDecoder('utf-8', { fatal: true });
			assert.strictEqual(f.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), ''); assert.throws(() => f.decode(), TypeError);`,
		"others": `
			assert.strictEqual(new TextDecoder('utf-16le').decode(new Uint8Array([0xff, 0xfe, 0x61, 0, 0x3d, 0xd8, 0, 0xde])), 'a😀');
			assert.strictEqual(new TextDecoder('utf-16le').decode(new Uint8Array([0x3d, 0xd8, 0x61])), '\ufffd\ufffd');
			assert.strictEqual(new TextDecoder('utf-16be').decode(new Uint8Array([0, 0x61])), 'a');
			assert.throws(() => new TextDecoder('euc-jp', { fatal: true }).decode(new Uint8Array([0xff])), { name: 'TypeError', code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
			for (const label of ['nothing', 'replacement', 'iso-2022-kr', '', 'utf-7', ' \u00a0gbk', '\u212aoi8-r']) assert.throws(() => new TextDecoder(label), { name: 'RangeError', code: 'ERR_ENCODING_NOT_SUPPORTED' });
			for (const [label, bytes, text] of [['gb18030', [0xc4, 0xe3, 0x81, 0x30, 0x84, 0x36, 0x20], '你¥ '], ['shift_jis', [0x83, 0x65, 0x41, 0x81], 'テA\ufffd'], ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x25, 0x46, 0x1b, 0x28, 0x42, 0x61], 'テa'], ['big5', [0xa7, 0x41, 0x62], '你b']]) {
				for (let cut = 0; cut <= bytes.length; cut++) {
					const d = new TextDecoder(label);
					assert.strictEqual(d.decode(new Uint8Array(bytes.slice(0, cut)), { stream: true }) + d.decode(new Uint8Array(bytes.slice(cut))), text, label + ' ' + cut);
				}
			}
			assert.strictEqual(new TextDecoder('iso-8859-8-i').decode(new Uint8Array([0x80, 0xe0, 0xa1])), '\x80א\ufffd'); assert.throws(() => new TextDecoder('hebrew', { fatal: true }).decode(new Uint8Array([0xa1])), TypeError);
			assert.strictEqual(new TextDecoder('latin1').encoding, 'windows-1252'); assert.strictEqual(new TextDecoder('Latin1').decode(new Uint8Array([0x80, 0xe9])), '€é');
			assert.throws(() => new TextDecoder('klingon'), RangeError);
			assert.strictEqual(new TextDecoder().decode(new Uint8Array([97, 98, 99]).buffer), 'abc'); assert.strictEqual(new TextDecoder().decode(new DataView(new Uint8Array([97, 98]).buffer, 1)), 'b');
			assert.throws(() => new TextDecoder().decode('text'), TypeError);`,
		"base64": `
			assert.strictEqual(btoa('hi\xff'), 'aGn/'); assert.strictEqual(atob('aGn/'), 'hi\xff'); assert.strictEqual(atob(' aG k= '), 'hi'); assert.strictEqual(atob('aGk'), 'hi'); assert.strictEqual(atob(''), '');
			for (const bad of ['a', 'a===', 'aGk==', '*', 'aG=k']) assert.throws(() => atob(bad), { name: 'InvalidCharacterError', code: 5 });
			assert.throws(() => btoa('€'), { name: 'InvalidCharacterError' });`,
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"listeners": `
			const target = new EventTarget(), got = [];
			const f = (e) => got.push('f' + e.type), o = { handleEvent(e) { got.push('o'); assert.strictEqual(this, o); } };
			target.addEventListener('a', f); target.addEventListener('a', f); target.addEventListener('a', o); target.addEventListener('a', () => got.push('once'), { once: true });
			target.addEventListener('a', function (e) { assert.strictEqual(this, target); assert.strictEqual(e.currentTarget, target); target.addEventListener('a', () => got.push('late')); }, { once: true });
			const e = new Event('a');
			assert.strictEqual(target.dispatchEvent(e), true); assert.strictEqual(e.currentTarget, null); assert.strictEqual(e.target, target);
			target.removeEventListener('a', f); target.dispatchEvent(new Event('a'));
			assert.strictEqual(got.join(), 'fa,o,once,o,late');
			const q = new EventTarget(), second = () => got.push('removed'); q.addEventListener('b', () => q.removeEventListener('b', second)); q.addEventListener('b', second); q.dispatchEvent(new Event('b')); assert(!got.includes('removed'));
			target.addEventListener('a', null); assert.throws(() => target.addEventListener('a', 5), TypeError); assert.throws(() => target.dispatchEvent({}), TypeError);`,
		"prevent and stop": `
			const t = new EventTarget(); let n = 0;
			t.addEventListener('x', (e) => { n++; e.preventDefault(); e.stopImmediatePropagation(); }); t.addEventListener('x', () => n++);
			assert.strictEqual(t.dispatchEvent(new Event('x', { cancelable: true })), false); assert.strictEqual(t.dispatchEvent(new Event('x')), true); assert.strictEqual(n, 2);
			const p = new EventTarget(); p.addEventListener('x', (e) => e.preventDefault(), { passive: true });
			assert.strictEqual(p.dispatchEvent(new Event('x', { cancelable: true })), true);
			p.addEventListener('y', (e) => assert.throws(() => p.dispatchEvent(e), { name: 'InvalidStateError' })); p.dispatchEvent(new Event('y'));
			assert.strictEqual(new CustomEvent('c', { detail: 7 }).detail, 7);`,
		"signal": `
			const t = new EventTarget(), c = new AbortController(); let n = 0;
			t.addEventListener('x', () => n++, { signal: c.signal }); t.dispatchEvent(new Event('x')); c.abort(); t.dispatchEvent(new Event('x'));
			t.addEventListener('x', () => n++, { signal: c.signal }); t.dispatchEvent(new Event('x')); assert.strictEqual(n, 1);
			class Mine extends EventTarget {} assert(new Mine() instanceof EventTarget);`,
		"abort": `
			const c = new AbortController(); let got = [];
			c.signal.onabort = function (e) { got.push(e.type, this === c.signal, e.isTrusted) }; c.signal.addEventListener('abort', () => got.push('l'));
			assert.strictEqual(c.signal.aborted, false); c.signal.throwIfAborted(); c.abort(); c.abort('again');
			assert.deepStrictEqual(got, ['abort', true, true, 'l']); assert(c.signal.reason instanceof DOMException); assert.strictEqual(c.signal.reason.name, 'AbortError'); assert.strictEqual(c.signal.reason.code, 20);
			assert.throws(() => c.signal.throwIfAborted(), { name: 'AbortError' });
			const why = {}; assert.strictEqual(AbortSignal.abort(why).reason, why);
			const d = new AbortController(), any = AbortSignal.any([new AbortController().signal, d.signal]); d.abort(why); assert(any.aborted && any.reason === why);
			assert(AbortSignal.any([AbortSignal.abort(1)]).aborted); assert.throws(() => new AbortSignal(), TypeError);
			let fire; globalThis.setTimeout = (f, ms) => { fire = f; assert.strictEqual(ms, 50); return {}; };
			const s = AbortSignal.timeout(50); assert(!s.aborted); fire(); assert.strictEqual(s.reason.name, 'TimeoutError');`,
		"exception": `
			const e = new DOMException('m', 'NotFoundError');
			assert(e instanceof Error); assert.strictEqual(String(e), 'NotFoundError: m'); assert.strictEqual(e.code, 8); assert.strictEqual(DOMException.NOT_FOUND_ERR, 8); assert(e.stack.startsWith('NotFoundError: m\n'));
			assert.strictEqual(new DOMException('x', { name: 'DataCloneError', cause: 5 }).cause, 5); assert.strictEqual(new DOMException().name, 'Error');`,
	})
}

func TestListenerErrorIsReported(t *testing.T) {
	t.Parallel()
	vm, _, lines := newTestVM(t)
	v, err := vm.RunString(`var t = new EventTarget(), n = 0; t.addEventListener('x', () => { throw new Error('first') }); t.addEventListener('x', () => n++); t.dispatchEvent(new Event('x')); n`)
	if err != nil || v.ToInteger() != 1 || len(*lines) != 1 || (*lines)[0][:27] != "ERROR Uncaught Error: first" {
		t.Errorf("n %v, %v, logged %q", v, err, *lines)
	}
}

// What is expected here is what Node 20 answers.
func TestURL(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"parse": `
			for (const [text, base, want] of [['../a', 'http://x.com/c/d/e', 'http://x.com/c/a'], ['?q', 'http://x.com/c/d?e#f', 'http://x.com/c/d?q'], ['//y.com/z', 'https://x.com', 'https://y.com/z'], ['/b?x=1#h', 'http://user@a.com:81/q', 'http://user@a.com:81/b?x=1#h'],
				['http://x.com/a//b/%7Ea/é?é#é', , 'http://x.com/a//b/%7Ea/%C3%A9?%C3%A9#%C3%A9'], ['http://x.com\\\\a\\b', , 'http://x.com//a/b'], [' ht\ntp://X.com:80/\t', , 'http://x.com/'], ['https://x.com:443/#', , 'https://x.com/#'], ['http://0x7f.1/', , 'http://127.0.0.1/'],
				['http://[1:0:0:2::]:3000', , 'http://[1:0:0:2::]:3000/'], ['http://[::ffff:1.2.3.4]', , 'http://[::ffff:102:304]/'], ['http://münchen.de/', , 'http://xn--mnchen-3ya.de/'], ['foo://bar/../baz?q', , 'foo://bar/baz?q'], ['mailto:a@b.c', , 'mailto:a@b.c'], ['file:///a/./C|/../b', , 'file:///a/b'], ['file:c:\\..\\d', , 'file:///c:/d'], ['c:/d', 'file:///e/f', 'c:/d'], ['web+x:/..//y', , 'web+x:/.//y'], ['http://u:p:q@h', , 'http://u:p%3Aq@h/']]) {
				assert.strictEqual(new URL(text, base).href, want, text);
			}
			for (const text of ['', 'nope', 'http://', 'http://a b/', 'http://[::1', 'http://256.1.1.1/', 'http://x.com:99999/', 'http://x:y/', 'http://%zz/', 'http://[1:2]/', 'http://u@/']) {
				assert.throws(() => new URL(text), { name: 'TypeError', code: 'ERR_INVALID_URL' }, text); assert(!URL.canParse(text)); assert.strictEqual(URL.parse(text), null);
			}
			assert.throws(() => new URL('/a', 'mailto:b'), TypeError); assert.throws(() => new URL(), TypeError); assert(URL.canParse('x:'));`,
		"parts": `
			const u = new URL('http://us er:pa%20ss@Example.COM:8080/a?x=1#h'); assert.deepStrictEqual([u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash], ['http://example.com:8080', 'http:', 'us%20er', 'pa%20ss', 'example.com:8080', 'example.com', '8080', '/a', '?x=1', '#h']);
			assert.strictEqual(new URL('mailto:a@b').pathname, 'a@b'); assert.strictEqual(new URL('data:,x').origin, 'null'); assert.strictEqual(new URL('blob:https://x.com/1').origin, 'https://x.com'); assert.strictEqual(new URL('http://x/?').search, '');
			u.pathname = '/é x?'; u.search = "q='"; u.hash = 'z z'; u.port = '443x'; u.protocol = 'https'; u.username = ''; u.password = 'p@'; u.host = 'y.org:81'; assert.strictEqual(u.href, "https://:p%40@y.org:81/%C3%A9%20x%3F?q=%27#z%20z");
			u.port = 'abc'; u.host = ''; u.hostname = 'a b'; u.protocol = 'foo'; assert.strictEqual(u.host, 'y.org:81'); u.href = 'http://z'; assert.strictEqual(String(u) + JSON.stringify(u), 'http://z/"http://z/"'); assert.throws(() => { u.href = 'z' }, TypeError);
			assert.deepStrictEqual(Object.keys(u), []); assert.deepStrictEqual(structuredClone(u), {});
			assert.match(require('util').inspect(new URL('http://a.com/b?c=d')), /^URL \{\n  href: 'http:\/\/a\.com\/b\?c=d',\n  origin: 'http:\/\/a\.com',/);`,
		"search parameters": `
			const u = new URL('http://x.com/?a=1'), p = u.searchParams; p.append('a', 'b c'); p.set('d', "é'"); assert.strictEqual(u.href, 'http://x.com/?a=1&a=b+c&d=%C3%A9%27'); u.search = '?z=1'; assert.strictEqual(p.toString(), 'z=1'); assert.strictEqual(p, u.searchParams); p.delete('z'); assert.strictEqual(u.href, 'http://x.com/');
			const q = new URLSearchParams('?b=1&a=2&b=3&&c&=x&e=%zz%ff+'); assert.deepStrictEqual([...q], [['b', '1'], ['a', '2'], ['b', '3'], ['c', ''], ['', 'x'], ['e', '%zz\ufffd ']]); assert.strictEqual(q.size, 6); assert.deepStrictEqual(q.getAll('b'), ['1', '3']); assert.strictEqual(q.get('zz'), null); assert(q.has('b', '3') && !q.has('b', '2'));
			const seen = []; new URLSearchParams({ a: 1, b: 'x y' }).forEach((value, name) => seen.push(name + '=' + value)); assert.strictEqual(seen.join(), 'a=1,b=x y'); q.set('b', 9); q.sort(); assert.deepStrictEqual([...q.keys()].join(), ',a,b,c,e'); q.delete('b', 8); assert.strictEqual(q.get('b'), '9');
			for (const [from, want] of [[[['a', 1], new Set(['b', 2])], 'a=1&b=2'], [new Map([['a', '~*']]), 'a=%7E*'], [new URLSearchParams('q=😀'), 'q=%F0%9F%98%80'], [null, ''], [undefined, ''], [5, '5=']]) assert.strictEqual(new URLSearchParams(from).toString(), want);
			for (const bad of [[1], [['a']], [['a', 'b', 'c']]]) assert.throws(() => new URLSearchParams(bad), TypeError); assert.throws(() => q.get(), TypeError);
			assert.strictEqual(require('util').inspect(new URLSearchParams('a=1&b=2')), "URLSearchParams { 'a' => '1', 'b' => '2' }"); assert.strictEqual(URL.name + URLSearchParams.name, 'URLURLSearchParams');`,
		"require('url')": `
			const url = require('url'), u = url.parse('/chat?room=1&room=2&x=%20#h', true); assert.strictEqual(url.URL, URL); assert.deepStrictEqual({ ...u.query }, { room: ['1', '2'], x: ' ' }); assert.strictEqual(u.pathname + u.path + u.hash + u.host, '/chat/chat?room=1&room=2&x=%20#hnull');
			const v = url.parse('HTTP://a:b@X.com:80/c d?q'); assert.deepStrictEqual([v.protocol, v.slashes, v.auth, v.host, v.port, v.hostname, v.pathname, v.query, v.href], ['http:', true, 'a:b', 'x.com:80', '80', 'x.com', '/c%20d', 'q', 'http://a:b@x.com:80/c%20d?q']);
			assert.strictEqual(url.format({ protocol: 'http', host: 'x.com', pathname: '/a', query: { b: [1, 'c d'] } }), 'http://x.com/a?b=1&b=c%20d'); assert.strictEqual(url.resolve('/one/two/three', 'four'), '/one/two/four'); assert.strictEqual(url.resolve('http://x.com/a/b', '../c'), 'http://x.com/c'); assert.throws(() => url.parse(5), { code: 'ERR_INVALID_ARG_TYPE' });`,
	})
}

func TestClockAndCrypto(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"performance": `
			let last = performance.now(); assert(last >= 0 && last < 60000);
			for (let i = 0; i < 100; i++) { const now = performance.now(); assert(now >= last); last = now; }
			assert(Math.abs(performance.timeOrigin + last - Date.now()) < 5000);`,
		"crypto": `
			const ids = new Set(); for (let i = 0; i < 50; i++) { const id = crypto.randomUUID(); assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/); ids.add(id); } assert.strictEqual(ids.size, 50);
			const b = new Uint8Array(64), part = b.subarray(16, 48); assert.strictEqual(crypto.getRandomValues(part), part);
			assert(b.slice(0, 16).every((x) => x === 0) && b.slice(48).every((x) => x === 0) && part.some((x) => x !== 0));
			assert(crypto.getRandomValues(new Uint32Array(8)).some((x) => x > 255)); crypto.getRandomValues(new Uint8Array(65536));
			assert.throws(() => crypto.getRandomValues(new Uint8Array(65537)), { name: 'QuotaExceededError' });
			assert.throws(() => crypto.getRandomValues(new Float64Array(1)), { name: 'TypeMismatchError' }); assert.throws(() => crypto.getRandomValues([1]), { name: 'TypeMismatchError' });`,
	})
}

func TestBuffer(t *testing.T) {
	t.Parallel()
	checkScripts(t, map[string]string{
		"encodings": `
			for (const [encoding, text, bytes] of [['utf8', 'é', [0xc3, 0xa9]], ['hex', 'ff0a', [255, 10]], ['base64', '/wo=', [255, 10]], ['base64url', '_wo', [255, 10]], ['latin1', 'é', [0xe9]], ['binary', 'é', [0xe9]],
				['ascii', 'a', [97]], ['utf16le', 'a€', [97, 0, 0xac, 0x20]], ['ucs2', 'a', [97, 0]], ['UTF-8', 'a', [97]]]) {
				assert.deepStrictEqual([...Buffer.from(text, encoding)], bytes, encoding); assert.strictEqual(Buffer.from(bytes).toString(encoding), text, encoding); assert.strictEqual(Buffer.byteLength(text, encoding), bytes.length);
			}
			assert.deepStrictEqual([...Buffer.from('fg', 'hex')], []); assert.throws(() => Buffer.from('a', 'klingon'), /Unknown encoding/); assert.throws(() => Buffer.from('a').toString('klingon'), /Unknown encoding/);`,
		"memory": `
			assert.deepStrictEqual([...Buffer.alloc(3, 'ab')], [97, 98, 97]); assert.strictEqual(Buffer.allocUnsafe(4).length, 4); assert.strictEqual(Buffer.allocUnsafeSlow(4).length, 4);
			const b = Buffer.from('hello'), s = b.subarray(1, 3); assert(s instanceof Buffer && Buffer.isBuffer(s)); s[0] = 69; assert.strictEqual(b.toString(), 'hEllo'); assert.strictEqual(b.slice(-2).toString(), 'lo');
			assert.strictEqual(Buffer.concat([b, Buffer.from('!')]).toString(), 'hEllo!'); assert(b.equals(Buffer.from('hEllo'))); assert.strictEqual(Buffer.compare(Buffer.from('a'), Buffer.from('b')), -1);
			assert.strictEqual(b.indexOf('l'), 2); assert.strictEqual(b.indexOf('zz'), -1); assert(b.includes('lo')); assert.strictEqual(b.indexOf(108, 3), 3);
			const c = Buffer.alloc(6); assert.strictEqual(c.write('é!', 1), 3); assert.strictEqual(c.write('zz', 5), 1); assert.strictEqual(b.copy(c, 0, 1, 3), 2); assert.strictEqual(c.toString('latin1', 0, 2), 'El');
			assert.strictEqual(JSON.stringify(Buffer.from('a')), '{"type":"Buffer","data":[97]}'); assert.deepStrictEqual(Buffer.from(JSON.parse('{"type":"Buffer","data":[97]}')), Buffer.from('a'));
			const u = new Uint8Array([1, 2]), copy = Buffer.from(u); u[0] = 9; assert.strictEqual(copy[0], 1); const shared = Buffer.from(u.buffer); u[0] = 8; assert.strictEqual(shared[0], 8);
			assert.strictEqual(copy.readUInt16BE(0), 258); assert(Buffer.isEncoding('UTF8') && !Buffer.isEncoding('x')); assert(Buffer.prototype instanceof Uint8Array); assert.deepStrictEqual(Object.keys(Buffer.prototype), []);
			assert.strictEqual(b.lastIndexOf('l'), 3); assert.strictEqual(b.lastIndexOf('l', 2), 2); assert.strictEqual(b.lastIndexOf('l', -3), 2); assert.strictEqual(b.lastIndexOf('lo', 3), 3); assert.strictEqual(b.lastIndexOf('h', -9), -1); assert.strictEqual(b.lastIndexOf(69), 1); assert.strictEqual(b.indexOf('h', -9), 0);
			assert.strictEqual(Buffer.from('abcdefgh').swap32().toString() + Buffer.from('abcdefgh').swap64() + Buffer.from('abcd').swap16(), 'dcbahgfehgfedcbabadc'); assert.throws(() => Buffer.alloc(3).swap16(), RangeError); assert.strictEqual(Buffer.from('abc').compare(Buffer.from('xbcx'), 1, 3, 1, 3), 0); assert.strictEqual(b.utf8Slice(1, 3), 'El');
			const old = new Buffer(3); assert(old instanceof Buffer && old.length === 3 && old[2] === 0 && Buffer(2).length === 2 && new Buffer('é', 'latin1')[0] === 0xe9); assert(Buffer.of(1, 2).equals(Buffer.from([1, 2]))); assert(Buffer.isBuffer(b.map((x) => x + 1)) && Buffer.isBuffer(b.filter((x) => x > 108))); assert.strictEqual(Buffer.from('abc').map((x) => x + 1).toString(), 'bcd'); assert.strictEqual(old.constructor, Buffer); assert.deepStrictEqual(Object.keys(Buffer), []);
			const { inspect } = require('util'); assert.strictEqual(inspect(Buffer.from('hi')), '<Buffer 68 69>'); assert.strictEqual(inspect(Buffer.alloc(0)), '<Buffer >'); assert.strictEqual(inspect(Buffer.alloc(60)), '<Buffer' + ' 00'.repeat(50) + ' ... 10 more bytes>'); assert.strictEqual(inspect([Object.assign(Buffer.from('a'), { x: 1 })]), '[ <Buffer 61, x: 1> ]');
			assert.throws(() => Buffer.alloc(2 ** 40), RangeError); assert.throws(() => Buffer.allocUnsafe(-1), RangeError); assert.throws(() => Buffer.from({ length: 2 ** 40 }), RangeError);`,
	})
}
