// What the cases of json.txt are run with, here and in Node.

// show returns a value as text, without JSON's help.
function show(v) {
	if (typeof v === 'string') return "'" + v.replace(/[^ -~]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')) + "'";
	if (Object.is(v, -0)) return '-0';
	if (typeof v === 'bigint') return v + 'n';
	if (typeof v === 'function') return 'function';
	if (typeof v !== 'object' || v === null) return String(v);
	const keys = Reflect.ownKeys(v).filter((k) => !Array.isArray(v) || k !== 'length');
	if (Array.isArray(v) && keys.length === v.length && keys.every((k, i) => k === String(i))) return '[' + v.map(show).join(', ') + ']';
	return (Array.isArray(v) ? 'array of ' + v.length + ' ' : '') + '{' + keys.map((k) => (typeof k === 'symbol' ? String(k) : show(k)) + ': ' + show(v[k])).join(', ') + '}';
}
// run returns what an expression's value is, or what it throws.
function run(source) {
	try { return show((0, eval)('(' + source + ')')); } catch (e) { return e instanceof Error ? e.name + ': ' + show(e.message) : 'thrown ' + show(e); }
}
// thrown returns the name of what f throws. The engine's own errors have words of their own.
function thrown(f) {
	try { return f(); } catch (e) { return e.name; }
}
