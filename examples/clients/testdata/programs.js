// Prints small random programs with the values that this Node gives them, as JSON: node programs.js SEED COUNT.
// Each program is the body of a function. It records what happens in `out`, and returns that.
const [seed, count] = process.argv.slice(-2).map(Number);
let state = seed >>> 0;
function random(n) {
	state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
	return Math.floor(state / 4294967296 * n);
}
const pick = (list) => list[random(list.length)];
let names, depth;
// With an underscore, because v8 is a global of Node's.
const fresh = () => { const name = 'v_' + names.count++; return name; };
const known = () => (names.list.length && random(4) ? pick(names.list) : pick(['1', '2', '"s"', 'null', 'undefined', '[1, 2, 3]', '{a: 1, b: {c: 2}}', 'true', '-0.5', '"a1b22c"', '10n']));
const value = () => '(' + known() + ')';

const patterns = ['/a/', '/[a-z]\\d/g', '/(?:(a)|(b)|(1))+/', '/^(\\w)(?=(\\d))/m', '/(?<x>[a-z])(?<y>\\d+)?/', '/\\d+$/gm', '/(?<!a)\\d/g', '/\\p{L}/gu', '/[^\\W\\d]|2{1,2}?/i', '/(.)\\1/s', '/(?:)/g', '/b|(c)/y'];
const texts = ['"a1b22c"', '"aB\\nc33\\r\\n"', '"x😀y"', '""', '"aabbcc1"'];
// pattern returns a pattern of new names, which it adds to bound, as an element or a property has it.
function pattern(bound, level) {
	const kind = level > 2 ? 0 : random(5);
	if (kind < 2) { const name = fresh(); bound.push(name); return name; }
	const element = () => pattern(bound, level + 1) + pick(['', ' = ' + value(), ' = ' + value(), ' = [' + value() + ']', ' = {}']);
	if (kind < 4) return '[' + Array.from({length: 1 + random(3)}, () => (random(3) ? element() : '')).join(', ') + (random(2) ? ', ...' + pattern(bound, level + 1) : '') + ']';
	return '{' + Array.from({length: 1 + random(2)}, () => pick(['a', 'b', 'length', '0', '[' + value() + ']']) + ': ' + element()).join(', ') + '}';
}
// parameters returns patterns of new names and a list of their values.
function parameters() {
	const bound = [], list = Array.from({length: 1 + random(3)}, () => pattern(bound, 0) + pick(['', ' = []', ' = {}', ' = ' + value()]));
	return [list.join(', '), '[' + bound.join(', ') + ']'];
}
function expression() {
	if (depth > 5) return value();
	depth++;
	try {
		switch (random(37)) {
			case 0: return value() + pick([' + ', ' === ', ' == ', ' < ', ' && ', ' || ', ' ?? ', ', ']) + value();
			case 1: return 'typeof ' + value();
			case 2: return '(() => ' + expression() + ')()';
			case 3: return '(function(a, b = ' + value() + '){ return ' + pick(['[a, b]', '(() => [arguments.length, arguments[0]])()', 'this === undefined || typeof this', '[...arguments].length', '((c) => arguments[1] ?? c)(a)']) + ' })(' + value() + ')';
			case 4: return pick(texts) + '.replace(' + pick(patterns) + ', ' + pick(['"<$&$1>"', '(...m) => "[" + m.length + m[0] + "]"', '"$\'"', '"$<x>"']) + ')';
			case 5: return pick(texts) + '.match(' + pick(patterns) + ')';
			case 6: return pick(texts) + '.split(' + pick(patterns) + ')';
			case 7: return pick(patterns) + '.exec(' + pick(texts) + ')';
			case 8: return '[' + value() + ', ...[' + expression() + ']].map((x, i) => [typeof x, i])';
			case 9: return '(({a = ' + value() + ', ...rest}) => [a, rest])({a: ' + value() + ', z: ' + value() + '})';
			case 10: return '[...(function*(){ try { yield ' + value() + '; yield* [' + expression() + '] } finally { out.push("f") } })()]';
			case 11: return 'new (class { x = ' + value() + '; #p = this.x; static s = ' + value() + '; get(){ return [this.x, this.#p, this.constructor.s] } })().get()';
			case 12: return 'new (class extends (class { m(a){ return [this.k, a] } get g(){ return this.k } }) { k = ' + value() + '; f = ' + pick(['super.g', 'super.m(1)', '(() => super.m(2))()', 'super["g"]']) + ' })().f';
			case 13: return 'await (async () => { ' + statement() + ' return ' + expression() + ' })()';
			case 14: return 'await (async () => { var r = []; for await (const x of (async function*(a){ try { yield ' + value() + '; ' + pick(['yield* [1, Promise.resolve(2)]', 'yield await null', 'return 3', 'yield arguments[0]']) + ' } finally { await null; out.push("af") } })(7)) { r.push(x); ' + pick(['', 'if (r.length > 1) break;']) + ' } return r })()';
			case 15: return 'new Date(Date.UTC(' + random(3000) + ', ' + (random(30) - 5) + ', ' + random(40) + ', ' + random(30) + ')).toISOString()';
			case 16: return 'Object.entries(' + value() + ' ?? {})';
			case 17: return 'JSON.stringify(' + pick(['{a: ' + value().replace('10n', '10') + '}', '[undefined, () => 1, NaN]', '"\\u2028"']) + ')';
			case 18: return '`${String(' + value() + ')}|${' + random(9) + '}`';
			case 19: return pick(texts) + pick(['.at(-1)', '.padStart(8, "ab")', '.codePointAt(1)', '.lastIndexOf("b")', '.normalize()', '.substring(3, 1)', '.toUpperCase()', '.indexOf("")', '[Symbol.iterator]().next()', '.localeCompare("b") < 0', '.charCodeAt(2)', '.trim().length']);
			case 20: return '[3, 1, 2, ' + random(9) + ']' + pick(['.sort()', '.toSorted((a, b) => b - a)', '.reduce((a, b) => a * 2 + b)', '.flatMap((x) => [x, [x]])', '.findLast((x) => x < 3)', '.splice(1, 2)', '.indexOf(2)', '.copyWithin(0, 2)', '.includes(NaN)', '.join("-")', '.at(-2)', '.slice(-2)', '.fill(0, 2)', '.with(0, 9)']);
			case 21: return '(' + random(1000) / 8 + ')' + pick(['.toFixed(1)', '.toString(2)', '.toPrecision(3)', ' % 3', ' | 0', ' ** 2', ' >>> 1', '.toExponential(1)']);
			case 22: return '(function(n){ return eval("n + ' + random(9) + '") })(' + random(9) + ')';
			case 23: return '(({a, b: c = ' + value() + '}, ...r) => [a, c, eval("' + pick(['a', 'c', 'r.length', 'this === undefined', 'typeof x']) + '")])({a: ' + value() + '}, 1)';
			case 24: return 'new (class { constructor({a}, b = 2){ this.x = ' + pick(['(() => eval("a"))()', 'eval("b")', 'new.target.name', '(() => eval("this.k"))()']) + ' } k = ' + value() + '; get y(){ return eval("this.k") } })({a: ' + value() + '}).' + pick(['x', 'y']);
			case 25: return '(function(){ "use strict"; return (function(a, {b} = {b: ' + value() + '}){ ' + pick(['return [(() => eval("b"))(), this]', 'var c = a; return [eval("c"), typeof this]', 'return [...(function*({d}){ yield eval("d"); yield this })({d: b})]', 'let o = { m(x = b){ return (() => eval("x"))() } }; return o.m()']) + ' })(1) })()';
			case 26: return '((s, ...v) => [s.length, s.raw[0], v])`a\\n${' + value() + '}b${' + expression() + '}`';
			case 27: return '(' + value() + ')' + pick(['?.a?.b', '?.[0]?.[1]', '?.a?.b?.c.d.e', '?.toString?.name', '?.at?.(0)']);
			case 28: return '({ get a(){ return ' + value() + ' }, set a(x){ out.push(x) }, [' + pick(['"k"', '1 + 1', '`t`']) + ']: ' + value() + ', ...' + value() + ' })' + pick(['.a', '', '.k', '[2]', '.length']);
			case 29: return '(() => { const fs = []; for (' + pick(['let i = 0; i < 3; i++', 'const i of [1, 2]', 'let [i] of [[1], [2]]', 'const i in {p: 1, q: 2}']) + ') { fs.push(() => i); ' + pick(['if (fs.length === 1) continue;', '', 'eval("i");']) + ' } return fs.map((f) => f()) })()';
			case 30: return '(() => { try { return ' + expression() + ' } finally { ' + pick(['out.push("fin")', 'if (out.length > 99) return 1', 'for (const x of [1]) { break }']) + ' } })()';
			case 31: return 'Math.max(...[1, 2], ...new Set([' + random(9) + ']), ...(function*(){ yield ' + random(9) + ' })())';
			case 32: return '(() => { class A { static #n = 1; #get = ' + value() + '; static s(){ return ++A.#n } g(){ return [this.#get, #get in this] } static { out.push(this.s()) } } class B extends A { constructor(){ super(); this.z = super.g() } } return new B().z })()';
			case 33: case 34: {
				const [list, got] = parameters(), [before, after] = pick([['((', ') => ' + got + ')'], ['(function(', '){ return ' + got + ' })'], ['({ m(', '){ return ' + got + ' } }).m'], ['await (async (', ') => ' + got + ')']]);
				return before + list + after + '(' + pick(['', value(), '[], {}', '[' + value() + '], {a: []}, [[]]']) + ')';
			}
			case 35: {
				const bound = [], p = pattern(bound, 0), got = bound.join(', ');
				return '(() => { ' + pick(['for (const ' + p + ' of [[], {}, ' + value() + ']) { out.push(' + got + ') }', 'try { throw ' + pick(['{a: []}', '[[]]', value()]) + ' } catch (' + p + ') { return [' + got + '] }', 'let z' + bound.map((name) => ', ' + name).join('') + '; [z, ' + p + ' = [{}]] = [' + value() + ']; return [' + got + ']', 'const ' + p + ' = ' + pick(['{}', '[]', value()]) + '; return [' + got + ']']) + ' })()';
			}
			default: return pick(['Uint8Array', 'Int16Array', 'Float64Array']) + '.from(' + pick(['"123"', '[1, 2.7, -1]', 'new Set([300])']) + ', (x) => x * 2).join()';
		}
	} finally {
		depth--;
	}
}
function block() {
	const outer = names.list.slice();
	let text = '';
	for (let n = 1 + random(2); n > 0; n--) text += statement() + ' ';
	names.list = outer;
	return '{ ' + text + '}';
}
function statement() {
	if (depth > 4) return 'out.push(' + value() + ');';
	depth++;
	try {
		switch (random(14)) {
			case 0: case 1: { const e = expression(), name = fresh(); names.list.push(name); return pick(['var ', 'let ']) + name + ' = ' + e + ';'; }
			case 2: return 'if (' + expression() + ') ' + block() + ' else ' + block();
			case 3: return 'for (let i = 0; i < ' + (1 + random(3)) + '; i++) { out.push(() => i); ' + block() + ' }';
			case 4: return 'try { ' + statement() + ' ' + pick(['', 'throw ' + value() + ';', 'null.x;', 'unknown();']) + ' } catch (e) { out.push(e instanceof Error ? e.name : e) }' + pick(['', ' finally { out.push("fin") }']);
			case 5: return 'switch (' + value() + ') { case 1: ' + block() + pick([' break;', '']) + ' case "s": out.push("s"); default: ' + block() + ' }';
			case 6: { const label = 'l' + names.count++; return label + ': for (const x of [1, 2, 3]) { for (const y of [x, 4]) { if (y === ' + (1 + random(4)) + ') ' + pick(['continue ', 'break ']) + label + '; out.push(y); } }'; }
			case 7: { const name = fresh(), body = block(); return 'function ' + name + '(a, ...r){ ' + body + ' return [a, r.length, arguments.length]; } out.push(' + name + '(' + value() + ', 2));'; }
			case 8: return 'const [' + ['p', 'q'].map((p) => p + names.count).join(' = ' + value() + ', ') + '] = [' + value() + ']; out.push(p' + names.count + ', q' + names.count++ + ');';
			case 9: return 'for (const k in {a: 1, b: ' + value() + '}) out.push(k);';
			case 10: return block();
			default: return 'out.push(' + expression() + ');';
		}
	} finally {
		depth--;
	}
}
function program() {
	names = { count: 0, list: [] };
	depth = 0;
	let text = '';
	for (let n = 2 + random(4); n > 0; n--) text += statement() + '\n';
	return text;
}

// show makes text of a result. It is part of the module too.
function show(v) {
	return JSON.stringify(v, (k, x) => (typeof x === 'bigint' ? x + 'n' : typeof x === 'function' ? 'function ' + x.length : x === undefined ? 'undefined' : typeof x === 'number' && !Number.isFinite(x) ? String(x) : Object.is(x, -0) ? '-0' : x));
}
const AsyncFunction = (async () => {}).constructor;
(async () => {
	const programs = [];
	while (programs.length < count) {
		const code = program();
		let f, want;
		try { f = new AsyncFunction('out', code); } catch { continue; }
		const out = [];
		try { await f.call(undefined, out); want = show(out); } catch (e) { want = 'threw ' + (e instanceof Error ? e.name : show(e)); }
		programs.push({ code, want: String(want) });
	}
	const source = show + '\nconst programs = [\n' + programs.map((p) => 'async function(out){\n' + p.code + '}').join(',\n') + '];\n' +
		'exports.Module = function(){ };\nexports.Module.prototype.onData = async function(data, connection){\n' +
		'\tconst out = []; let got;\n\ttry { await programs[data].call(undefined, out); got = show(out) } catch (e) { got = "threw " + (e instanceof Error ? e.name : show(e)) }\n\tconnection.send(String(got));\n};\n';
	console.log(JSON.stringify({ source, programs }));
})();
