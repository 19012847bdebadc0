// A program for each package: load requires it. What it returns is compared as JSON.
const programs = {
	'@msgpack/msgpack': async (load) => {
		const { encode, decode } = await load('@msgpack/msgpack');
		const v = { a: [1, -2, 3.5, 'é'], b: null, c: new Uint8Array([1, 2]), d: 2 ** 40 };
		return [Buffer.from(encode(v)).toString('hex'), decode(encode(v)).a];
	},
	'@noble/hashes': async (load) => {
		const { sha256 } = await load('@noble/hashes/sha2.js');
		const { hmac } = await load('@noble/hashes/hmac.js');
		const hex = (b) => Buffer.from(b).toString('hex');
		return [hex(sha256(new Uint8Array([97, 98, 99]))), hex(hmac(sha256, new Uint8Array([1]), new Uint8Array([2])))];
	},
	'ajv': async (load) => {
		const { default: Ajv } = await load('ajv');
		const ajv = new Ajv({ allErrors: true });
		const check = ajv.compile({ type: 'object', required: ['a'], properties: { a: { type: 'integer', minimum: 2 }, b: { type: 'string', pattern: '^x' } }, additionalProperties: false });
		return [check({ a: 3 }), check({ a: 1, b: 'y', c: 1 }), check.errors.map((e) => e.message)];
	},
	'async': async (load) => {
		const async = await load('async');
		return [await async.mapLimit([1, 2, 3], 2, async (x) => x * 2), await new Promise((r) => async.series([(cb) => cb(null, 1), (cb) => setTimeout(cb, 1, null, 2)], (e, v) => r(v))), await async.reduce([1, 2, 3], 0, async (a, x) => a + x)];
	},
	'axios': async (load) => {
		const m = await load('axios'), axios = m.default || m;
		return await axios.get('http://127.0.0.1:1/').then(() => 'answered', (e) => 'refused: ' + e.name);
	},
	'bcryptjs': async (load) => {
		const m = await load('bcryptjs'), b = m.default || m;
		const h = b.hashSync('secret', 4);
		return [b.compareSync('secret', h), b.compareSync('wrong', h), h.length, await b.compare('secret', '$2b$04$abcdefghijklmnopqrstuuK4VfVZAgGhqYuS5xgVEiWT3gpI8d.3m')];
	},
	'bignumber.js': async (load) => {
		const m = await load('bignumber.js'), B = m.BigNumber || m.default || m;
		return [new B('0.1').plus('0.2').toString(), new B(10).div(3).toFixed(10), new B('ff', 16).toString(2), new B('1234567.891').toFormat(2)];
	},
	'bluebird': async (load) => {
		const m = await load('bluebird'), P = m.default || m;
		return [await P.map([1, 2, 3], (x) => P.delay(1).return(x * 2), { concurrency: 2 }), await P.props({ a: P.resolve(1) }), await P.reject(new Error('x')).catch((e) => e.message)];
	},
	'cbor-x': async (load) => {
		const { encode, decode } = await load('cbor-x');
		const v = { a: [1, -2, 3.5, 'é'], d: new Date(0), m: new Map([[1, 2]]) };
		const back = decode(encode(v));
		return [back.a, back.d.getTime(), Buffer.from(encode([1, 'a', true])).toString('hex')];
	},
	'chess.js': async (load) => {
		const { Chess } = await load('chess.js');
		const c = new Chess();
		for (const m of ['e4', 'e5', 'Qh5', 'Nc6', 'Bc4', 'Nf6', 'Qxf7#']) c.move(m);
		return [c.fen(), c.isCheckmate(), c.history().length, new Chess().moves().length];
	},
	'crypto-js': async (load) => {
		const m = await load('crypto-js'), C = m.default || m;
		return [C.SHA256('abc').toString(), C.HmacSHA1('a', 'k').toString(), C.AES.decrypt(C.AES.encrypt('text', 'pass').toString(), 'pass').toString(C.enc.Utf8), C.MD5('x').toString(C.enc.Base64)];
	},
	'date-fns': async (load) => {
		const f = await load('date-fns');
		const d = new Date(2024, 1, 28, 13, 5);
		return [f.format(f.addDays(d, 2), 'yyyy-MM-dd HH:mm'), f.differenceInDays(new Date(2024, 2, 1), d), f.formatDistance(d, f.addHours(d, 3)), f.isLeapYear(d), f.parse('03/04/2025', 'dd/MM/yyyy', new Date(0)).getMonth()];
	},
	'dayjs': async (load) => {
		const dayjs = await load('dayjs');
		const d = dayjs('2024-02-28T10:20:30');
		return [d.add(2, 'day').format('YYYY-MM-DD HH:mm:ss'), d.endOf('month').date(), d.isBefore('2025-01-01'), d.diff('2024-01-01', 'week')];
	},
	'debug': async (load) => {
		const m = await load('debug'), debug = m.default || m;
		const d = debug('app');
		return [d.enabled, d.namespace, typeof debug.enable, debug.humanize ? debug.humanize(1000) : 0];
	},
	'decimal.js': async (load) => {
		const m = await load('decimal.js'), D = m.Decimal || m.default || m;
		return [new D('0.1').plus('0.2').toString(), new D(2).sqrt().toFixed(30), new D('1e500').times(3).toString(), D.exp(1).toString()];
	},
	'diff': async (load) => {
		const d = await load('diff');
		return [d.diffWords('the quick fox', 'the slow fox').map((p) => [p.value, p.added, p.removed]), d.createPatch('f', 'a\nb\n', 'a\nc\n')];
	},
	'ejs': async (load) => {
		const m = await load('ejs'), ejs = m.default || m;
		return ejs.render('<% for (const x of list) { %><li><%= x %></li><% } %><%- raw %>', { list: ['a<', 'b'], raw: '<b>' });
	},
	'eventemitter3': async (load) => {
		const m = await load('eventemitter3'), E = m.EventEmitter || m;
		const e = new E(), out = [];
		e.on('x', (v) => out.push(v));
		e.once('x', (v) => out.push(-v));
		e.emit('x', 1);
		e.emit('x', 2);
		return [out, e.listenerCount('x'), e.eventNames()];
	},
	'fast-deep-equal': async (load) => {
		const m = await load('fast-deep-equal'), eq = m.default || m;
		return [eq({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), eq(/x/g, /x/i), eq(new Date(1), new Date(1)), eq(NaN, NaN)];
	},
	'fast-json-patch': async (load) => {
		const m = await load('fast-json-patch'), j = m.default || m;
		const a = { x: [1, 2], y: { z: 1 } }, b = { x: [1, 3, 4], y: {} };
		const p = j.compare(a, b);
		return [p, j.applyPatch(j.deepClone(a), p).newDocument];
	},
	'fflate': async (load) => {
		const f = await load('fflate');
		const t = f.strToU8('hello '.repeat(100));
		return [f.strFromU8(f.gunzipSync(f.gzipSync(t))).length, Object.keys(f.unzipSync(f.zipSync({ 'a.txt': t })))];
	},
	'fuse.js': async (load) => {
		const m = await load('fuse.js'), Fuse = m.default || m;
		return new Fuse([{ t: 'Old Man and the Sea' }, { t: 'The Great Gatsby' }], { keys: ['t'], includeScore: true }).search('gatsbi').map((r) => [r.refIndex, r.score.toFixed(6)]);
	},
	'gl-matrix': async (load) => {
		const { mat4, vec3, quat } = await load('gl-matrix');
		const m = mat4.perspective(mat4.create(), 1, 1.5, 0.1, 100);
		return [Array.from(m), Array.from(vec3.transformMat4(vec3.create(), [1, 2, 3], m)), Array.from(quat.fromEuler(quat.create(), 10, 20, 30))];
	},
	'handlebars': async (load) => {
		const m = await load('handlebars'), H = m.default || m;
		return H.compile('{{#each list}}{{@index}}:{{name}} {{/each}}{{{raw}}}{{esc}}')({ list: [{ name: 'a' }, { name: 'b' }], raw: '<b>', esc: '<i>' });
	},
	'he': async (load) => {
		const he = await load('he');
		return [he.encode('<é & 😀>'), he.decode('&lt;&eacute;&#x1F600;&nbsp;')];
	},
	'immer': async (load) => {
		const { produce, enableMapSet } = await load('immer'); enableMapSet();
		const a = { list: [1, 2], deep: { x: 1 }, m: new Map([['k', 1]]) };
		const b = produce(a, (d) => { d.list.push(3); d.deep.x++; d.m.set('k', 2) });
		return [a.list, b.list, b.deep, b.m.get('k'), Object.isFrozen(b)];
	},
	'joi': async (load) => {
		const m = await load('joi'), Joi = m.default || m;
		const s = Joi.object({ a: Joi.number().integer().min(2).required(), b: Joi.string().email({ tlds: false }) });
		return [s.validate({ a: '3' }), s.validate({ a: 1, b: 'x' }, { abortEarly: false }).error.details.map((d) => d.message)];
	},
	'jose': async (load) => {
		const { SignJWT, jwtVerify, base64url } = await load('jose');
		const key = new TextEncoder().encode('0123456789abcdef0123456789abcdef');
		const t = await new SignJWT({ sub: 'me' }).setProtectedHeader({ alg: 'HS256' }).setIssuedAt(1700000000).sign(key);
		const { payload, protectedHeader } = await jwtVerify(t, key);
		return [t, payload, protectedHeader, await jwtVerify(t, new Uint8Array(32)).catch((e) => e.code)];
	},
	'js-yaml': async (load) => {
		const m = await load('js-yaml'), yaml = m.default || m;
		return [yaml.load('a: [1, 2.5, true]\nb:\n  - x: &k hi\n  - *k\nd: 2024-01-02\n'), yaml.dump({ a: [1, { b: 'x: y' }], t: 'multi\nline' })];
	},
	'json5': async (load) => {
		const m = await load('json5'), J = m.default || m;
		return [J.parse('{a: 1, // c\n b: [0x10, +.5, Infinity > 0,], c: \'d\\\ne\'}'.replace('Infinity > 0,', '')), J.stringify({ a: 'it\'s', 'b-c': [1] })];
	},
	'jsonwebtoken': async (load) => {
		const m = await load('jsonwebtoken'), jwt = m.default || m;
		const t = jwt.sign({ sub: 'me', iat: 1700000000 }, 'secret');
		let wrong;
		try { jwt.verify(t, 'other') } catch (e) { wrong = e.name + ': ' + e.message } return [t, jwt.verify(t, 'secret'), wrong, jwt.decode(t)];
	},
	'lodash': async (load) => {
		const _ = await load('lodash');
		return [_.chunk([1, 2, 3, 4, 5], 2), _.groupBy(['one', 'two', 'three'], 'length'), _.get({ a: [{ b: 3 }] }, 'a[0].b'), _.kebabCase('fooBar Baz'), _.merge({ a: { b: 1 } }, { a: { c: 2 } }), _.template('hi <%= n %>')({ n: 'x' })];
	},
	'lru-cache': async (load) => {
		const { LRUCache } = await load('lru-cache');
		const c = new LRUCache({ max: 2, ttl: 60000 });
		c.set('a', 1);
		c.set('b', 2);
		c.get('a');
		c.set('c', 3);
		return [[...c.keys()], c.has('b'), c.size, c.get('a')];
	},
	'luxon': async (load) => {
		const { DateTime, Duration } = await load('luxon');
		const d = DateTime.fromISO('2024-02-28T10:20:30Z', { zone: 'utc' });
		return [d.plus({ days: 2 }).toISO(), d.toFormat('yyyy-LL-dd HH:mm'), Duration.fromObject({ hours: 1, minutes: 90 }).shiftTo('hours').hours];
	},
	'marked': async (load) => {
		const { marked } = await load('marked');
		return marked.parse('# Title\n\n* a **b**\n* `c`\n\n| x | y |\n|---|---|\n| 1 | 2 |\n');
	},
	'mitt': async (load) => {
		const m = await load('mitt'), mitt = m.default || m;
		const e = mitt(), out = [];
		e.on('*', (t, v) => out.push([t, v]));
		e.emit('a', 1);
		return out;
	},
	'moment': async (load) => {
		const m = await load('moment'), moment = m.default || m;
		const d = moment.utc('2024-02-28T10:20:30Z');
		return [d.add(2, 'days').format('dddd, MMMM Do YYYY'), d.fromNow().length > 0, moment.duration(90, 'minutes').humanize()];
	},
	'ms': async (load) => {
		const ms = await load('ms');
		return [ms('2 days'), ms('1.5h'), ms(60000), ms(2 * 60000, { long: true })];
	},
	'msgpackr': async (load) => {
		const { pack, unpack, Packr } = await load('msgpackr');
		const v = { a: [1, -2, 3.5, 'é'], d: new Date(0), m: true };
		return [Buffer.from(pack(v)).toString('hex'), unpack(pack(v)), new Packr({ useRecords: false }).pack({ x: 1 }).length];
	},
	'mustache': async (load) => {
		const m = await load('mustache'), M = m.default || m;
		return M.render('{{#list}}<{{name}}>{{/list}}{{^none}}no{{/none}}{{&raw}}', { list: [{ name: 'a&' }], raw: '<b>' });
	},
	'nanoid': async (load) => {
		const { nanoid, customAlphabet } = await load('nanoid');
		return [nanoid().length, nanoid(5).length, /^[ab]{8}$/.test(customAlphabet('ab', 8)())];
	},
	'notepack.io': async (load) => {
		const m = await load('notepack.io'), n = m.default || m;
		const b = n.encode({ a: [1, 'é', null], t: 2 ** 40 });
		return [Buffer.from(b).toString('hex'), n.decode(b)];
	},
	'object-hash': async (load) => {
		const m = await load('object-hash'), h = m.default || m;
		return [h({ b: 1, a: [new Date(0), null, /x/] }), h([1, 2], { algorithm: 'md5' }), h({ a: 1 }) === h({ a: 1 })];
	},
	'p-limit': async (load) => {
		const m = await load('p-limit'), pLimit = m.default || m;
		const limit = pLimit(2);
		let now = 0, most = 0;
		const job = (x) => limit(async () => { most = Math.max(most, ++now); await new Promise((r) => setTimeout(r, 1)); now--;
		return x * 2 });
		return [await Promise.all([1, 2, 3, 4].map(job)), most];
	},
	'pako': async (load) => {
		const m = await load('pako'), pako = m.default || m;
		const t = 'hello '.repeat(100);
		const x = pako.deflate(t);
		return [x.length < 50, new TextDecoder().decode(pako.inflate(x)) === t, new TextDecoder().decode(pako.ungzip(pako.gzip('abc')))];
	},
	'papaparse': async (load) => {
		const m = await load('papaparse'), P = m.default || m;
		return [P.parse('a,b\n1,"x, ""y"""\n', { header: true, dynamicTyping: true, skipEmptyLines: true }).data, P.unparse([{ a: 1, b: 'x,y' }])];
	},
	'protobufjs': async (load) => {
		const m = await load('protobufjs'), pb = m.default || m;
		const { root } = pb.parse('syntax = "proto3"; message A { string name = 1; repeated int32 n = 2; int64 big = 3; }');
		const A = root.lookupType('A');
		const bytes = A.encode(A.create({ name: 'é', n: [1, -2, 300], big: 5 })).finish();
		return [Buffer.from(bytes).toString('hex'), A.toObject(A.decode(bytes), { longs: String })];
	},
	'qs': async (load) => {
		const qs = await load('qs');
		return [qs.parse('a[b][c]=1&d[]=2&d[]=3&e=%C3%A9'), qs.stringify({ a: { b: [1, 2] }, c: 'é &' })];
	},
	'ramda': async (load) => {
		const R = await load('ramda');
		return [R.pipe(R.map(R.inc), R.filter((x) => x % 2 === 0), R.sum)([1, 2, 3]), R.path(['a', 0, 'b'], { a: [{ b: 1 }] }), R.sortBy(R.prop('n'), [{ n: 2 }, { n: 1 }])];
	},
	'rxjs': async (load) => {
		const { of, interval, lastValueFrom } = await load('rxjs');
		const { map, filter, take, toArray, reduce } = await load('rxjs');
		return [await lastValueFrom(of(1, 2, 3, 4).pipe(filter((x) => x % 2 === 0), map((x) => x * 10), toArray())), await lastValueFrom(interval(1).pipe(take(3), reduce((a, x) => a + x, 0)))];
	},
	'seedrandom': async (load) => {
		const m = await load('seedrandom'), seed = m.default || m;
		const r = seed('hello');
		return [r(), r.int32(), seed.alea ? seed.alea('x')() : 0];
	},
	'semver': async (load) => {
		const s = await load('semver');
		return [s.satisfies('1.2.3', '^1.0.0'), s.gt('1.2.3-beta.1', '1.2.3'), s.inc('1.2.3', 'minor'), s.sort(['2.0.0', '1.10.0', '1.9.0']), s.validRange('>=1 <2 || 3')];
	},
	'superjson': async (load) => {
		const m = await load('superjson'), s = m.default || m;
		const v = { d: new Date(0), s: new Set([1]), m: new Map([['a', 1n]]), u: undefined, r: /x/g };
		const back = s.parse(s.stringify(v));
		return [s.stringify(v), back.d.getTime(), [...back.s], String(back.m.get('a')), 'u' in back];
	},
	'tweetnacl': async (load) => {
		const m = await load('tweetnacl'), nacl = m.default || m;
		const k = nacl.sign.keyPair.fromSeed(new Uint8Array(32).fill(1)), s = nacl.sign.detached(new Uint8Array([1, 2]), k.secretKey);
		return [Buffer.from(s).toString('hex'), nacl.sign.detached.verify(new Uint8Array([1, 2]), s, k.publicKey), nacl.randomBytes(4).length];
	},
	'ulid': async (load) => {
		const { ulid, decodeTime, monotonicFactory } = await load('ulid');
		const next = monotonicFactory();
		const a = next(1000), b = next(1000);
		return [ulid().length, decodeTime(ulid(1700000000000)), a < b];
	},
	'uuid': async (load) => {
		const { v4, v5, validate, version } = await load('uuid');
		return [validate(v4()), version(v4()), v5('hello', v5.URL), v4() !== v4()];
	},
	'valibot': async (load) => {
		const v = await load('valibot');
		const S = v.object({ a: v.pipe(v.string(), v.minLength(2)), n: v.optional(v.number(), 5) });
		return [v.parse(S, { a: 'xy' }), v.safeParse(S, { a: 'x' }).issues.map((i) => i.message)];
	},
	'validator': async (load) => {
		const m = await load('validator'), v = m.default || m;
		return [v.isEmail('a@b.co'), v.isURL('http://x.org/a?b'), v.isUUID('x'), v.escape('<a href="x">'), v.isIP('::1'), v.normalizeEmail('A.B@Gmail.com')];
	},
	'yjs': async (load) => {
		const Y = await load('yjs');
		const a = new Y.Doc(), b = new Y.Doc();
		a.getMap('m').set('k', 1);
		a.getText('t').insert(0, 'hello');
		Y.applyUpdate(b, Y.encodeStateAsUpdate(a));
		b.getText('t').insert(5, ' there');
		Y.applyUpdate(a, Y.encodeStateAsUpdate(b));
		return [a.getText('t').toString(), b.getMap('m').toJSON()];
	},
	'zod': async (load) => {
		const { z } = await load('zod');
		const S = z.object({ name: z.string().min(2), age: z.number().int().optional(), tags: z.array(z.string()).default([]) });
		const bad = S.safeParse({ name: 'x', age: 1.5 });
		return [S.parse({ name: 'Ann', age: 3 }), bad.success, bad.error.issues.map((i) => i.path.join('.') + ' ' + i.code)];
	},
};
