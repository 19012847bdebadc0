// URL and URLSearchParams come from Go; what is added here is how they are printed, and what the web has gained since.
(function (host) {
	const { URL, URLSearchParams } = host.exports;
	const custom = Symbol.for('nodejs.util.inspect.custom');

	function method(o, name, f) {
		if (Object.hasOwn(o, name) && name !== custom) return;
		Object.defineProperty(o, name, { value: f, writable: true, configurable: true, enumerable: false });
	}
	// In Go they have the names of Go functions.
	for (const [c, name] of [[URL, 'URL'], [URLSearchParams, 'URLSearchParams']]) {
		Object.defineProperty(c, 'name', { value: name, configurable: true });
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: name, configurable: true });
	}

	method(URL, 'canParse', function canParse(url, base) {
		try { return Boolean(base === undefined ? new URL(url) : new URL(url, base)); } catch { return false; }
	});
	method(URL, 'parse', function parse(url, base) {
		try { return base === undefined ? new URL(url) : new URL(url, base); } catch { return null; }
	});
	method(URL.prototype, custom, function (depth, options, inspect) {
		if (depth < 0 || this === URL.prototype) return '[URL]';
		const shown = {};
		for (const name of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash']) {
			shown[name] = this[name];
		}
		return 'URL ' + inspect(shown, options);
	});
	method(URLSearchParams.prototype, custom, function (depth, options, inspect) {
		if (depth < 0 || this === URLSearchParams.prototype) return '[URLSearchParams]';
		const pairs = [...this].map(([name, value]) => inspect(name, options) + ' => ' + inspect(value, options));
		return pairs.length === 0 ? 'URLSearchParams {}' : 'URLSearchParams { ' + pairs.join(', ') + ' }';
	});
	return host.exports;
})
