package clients

import (
	"os"
	"path/filepath"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// jsonCheck makes texts and values from a seed, and returns what JSON makes of them. It runs in Node
// and in a module.
const jsonCheck = `
function check(seed, context) {
	const random = (n) => { // mulberry32
		seed = seed + 0x6d2b79f5 | 0;
		let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
		t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
		return ((t ^ t >>> 14) >>> 0) % n;
	};
	const pick = (list) => list[random(list.length)], some = (max, f) => Array.from({length: random(max)}, f);
	const units = ['a', 'b', 'z', ' ', '0', 'é', '\ud83d', '\ude00', '😀', '"', '\\', '/', '\n', '\u0000', '\u001f', '\u2028', '\ufeff', '\uffff', 'plain text '];
	const escaped = ['\\n', '\\u0041', '\\u00e9', '\\ud83d', '\\uDE00', '\\"', '\\\\', '\\/', '\\b', '\\f', '\\t', '\\r'];
	const spaces = () => random(4) ? '' : pick([' ', '\n', '\r\n', '\t', '  ']);
	const string = () => '"' + some(6, () => random(3) ? pick(units).replace(/[\x00-\x1f"\\]/g, '') : pick(escaped)).join('') + '"';
	const name = () => random(3) ? pick(['"a"', '"b"', '"0"', '"10"', '"9"', '"01"', '"__proto__"', '"toJSON"', '"length"', '""']) : string();
	const number = () => pick(['0', '-0', '1', '-1', '255', '256', '1.5', '-0.001', '1e3', '1E-7', '1e21', '123456789012345678901', '5e-324', '1.7976931348623159e308', '-1e400', '0.1', '4294967296', '9007199254740993']) ;
	const text = (depth) => {
		const kind = random(depth > 3 ? 4 : 7);
		const list = (item) => some(5, () => spaces() + item() + spaces()).join(',');
		if (kind === 0) return pick(['true', 'false', 'null']);
		if (kind < 3) return number();
		if (kind === 3) return string();
		if (kind === 4) return '[' + spaces() + list(() => text(depth + 1)) + ']';
		return '{' + spaces() + list(() => name() + spaces() + ':' + spaces() + text(depth + 1)) + '}';
	};
	const spoil = (s) => {
		const at = random(s.length + 1), c = pick(['', ',', ':', '"', '{', '}', '[', ']', '\\', '-', '.', 'e', '0', 'x', '\n', 'é', '😀', 'tru']);
		return s.slice(0, at) + c + s.slice(at + random(3));
	};
	const value = (depth) => {
		const kind = random(depth > 3 ? 10 : 14);
		switch (kind) {
		case 0: return pick([undefined, null, true, () => 1, Symbol('s')]);
		case 1: return pick([NaN, Infinity, -0, 1e21, 1e-7, 1.5e-10, 123456.789, 2 ** 53, -1]);
		case 2: return random(1 << 30) / (1 << random(30)) * Number('1e' + (random(60) - 30));
		case 3: return random(1000) - 500;
		case 4: return some(8, () => pick(units)).join('');
		case 5: return pick([new Date(random(1 << 30)), new Number(random(9)), new String('boxed'), new Boolean(0), Object(Symbol()), /x/, new Map(), new Error('e')]);
		case 6: return random(20) ? 'text' : 7n;
		case 7: return {toJSON(k){ return random(2) ? 'as ' + k : {k} }};
		case 8: return Object.defineProperty({get got(){ return value(depth + 1) }}, 'hidden', {value: 1});
		case 9: return Object.freeze([1, {a: 2}]);
		case 10: case 11: { const a = some(5, () => value(depth + 1)); if (!random(5)) a[a.length + 2] = 1; return random(9) ? a : new Proxy(a, {}); }
		default: { const o = random(9) ? {} : Object.create({inherited: 1}); some(6, () => { o[pick(['a', 'b', '7', '3', 'é', '', '\ud83d', 'c' + random(3)])] = value(depth + 1); }); return random(9) ? o : new Proxy(o, {}); }
		}
	};
	const attempt = (f) => { try { return show(f()); } catch (e) { return e instanceof Error ? e.name + ': ' + show(e.message) : 'thrown ' + show(e); } };
	const lines = [];
	for (let i = 0; i < 10; i++) {
		const s = random(3) ? text(0) : spoil(text(0)), space = pick([0, 1, 3, 11, '', '\t', '😀', '-'.repeat(12)]), keys = some(4, () => pick(['a', 'b', 3, 0, 'c1', new Number(7)]));
		lines.push('text ' + show(s), attempt(() => JSON.parse(s)));
		const seen = [];
		lines.push(attempt(() => JSON.parse(s, function(k, v, c) { seen.push(k, context ? c : 0); return random(8) ? v : pick([undefined, k, {k}]); })), show(seen));
		attempt(() => { const v = JSON.parse(s); lines.push(show(JSON.stringify(v)), show(JSON.stringify(v, null, space)), show(JSON.stringify(v, keys, space))); });
		const start = seed, again = (f) => attempt(() => { seed = start; return f(value(0)); });
		lines.push(again((v) => JSON.stringify(v)), again((v) => JSON.stringify(v, null, space)), again((v) => JSON.stringify(v, keys)));
		const held = [];
		lines.push(again((v) => JSON.stringify(v, function(k, v) { held.push(k, typeof v); return random(8) ? v : pick([k, [1], undefined]); }, space)), show(held));
	}
	return lines;
}`

// TestJSONAsInNode compares JSON with Node's: the cases of runtime/environment, and generated texts
// and values. What Node got in version 21 is left out for an older one: the source text of values,
// JSON.rawJSON, lines and columns of mistakes, and the words for a missing colon.
func TestJSONAsInNode(t *testing.T) {
	t.Parallel()
	testdata, err := filepath.Abs("../../runtime/environment/testdata")
	if err != nil {
		t.Fatal(err)
	}
	shared, err := os.ReadFile(filepath.Join(testdata, "json.js"))
	if err != nil {
		t.Fatal(err)
	}
	p := commandtest.Start(t, map[string]string{"test.js": string(shared) + jsonCheck + `
		var Module = this.Module = function(){};
		Module.prototype.onData = function(data, connection){
			var question = JSON.parse(data);
			connection.send(JSON.stringify(check(question.seed, question.context)));
		};`})
	got := nodeScript(t, string(shared)+jsonCheck+`
		const { WebSocket } = require('ws'), context = 'rawJSON' in JSON, wrong = [];
		const lines = require('fs').readFileSync(process.argv[1] + '/json.txt', 'utf8').split('\n');
		const plain = (s) => context ? s : String(s).replace(/ \(line \d+ column \d+\)/g, '');
		const same = (node, ours) => plain(node) === plain(ours) || !context && node.startsWith('SyntaxError') && ours.startsWith("SyntaxError: 'Expected ':'");
		const newer = /rawJSON|source|k, v, c|arguments|ownKeys\(JSON\)|Math\.max/;
		globalThis.show = show; globalThis.thrown = thrown;
		let cases = 0;
		lines.forEach((line, i) => {
			if (!line.startsWith('\t') || !context && newer.test(lines[i - 1])) return;
			cases++;
			const node = run(lines[i - 1]);
			if (!same(node, line.slice(1))) wrong.push([lines[i - 1], node, line.slice(1)]);
		});
		const ws = new WebSocket(process.argv[2]), seeds = 150;
		let seed = 0;
		const ask = () => ws.send(JSON.stringify({seed, context}));
		ws.on('open', ask);
		ws.on('close', (code, reason) => { console.error('closed', code, reason.toString()); process.exit(1); });
		ws.on('message', (data) => {
			const ours = JSON.parse(data), nodes = check(seed, context);
			let text = '';
			nodes.forEach((line, i) => {
				if (line.startsWith('text ')) text = line;
				if (!same(line, ours[i]) && wrong.length < 10) wrong.push([seed, text, line, ours[i]]);
			});
			if (++seed < seeds) return ask();
			console.log(JSON.stringify({enough: cases > 250, wrong}));
			process.exit();
		});`, testdata, "ws://"+p.Address()+"/test")
	wantJSON(t, got, "map[enough:true wrong:[]]")
}
