// require('querystring').
(function (host) {
	const { nodeError } = host.use('errors');

	function escape(value) {
		const text = typeof value === 'string' ? value : String(value);
		try {
			return encodeURIComponent(text);
		} catch {
			throw nodeError('URIError', 'ERR_INVALID_URI', 'URI malformed');
		}
	}

	// unescapeBuffer returns the bytes of a text, in which % and two digits stand for one.
	function unescapeBuffer(text, plusIsSpace) {
		const { Buffer } = host.use('buffer'), from = Buffer.from(String(text)), to = Buffer.alloc(from.length);
		let n = 0;
		for (let i = 0; i < from.length; i++) {
			const digits = from[i] === 37 ? String.fromCharCode(from[i + 1], from[i + 2]) : '';
			if (/^[\da-f]{2}$/i.test(digits)) {
				to[n++] = parseInt(digits, 16);
				i += 2;
			} else {
				to[n++] = plusIsSpace && from[i] === 43 ? 32 : from[i];
			}
		}
		return to.subarray(0, n);
	}

	function unescape(text) {
		try {
			return decodeURIComponent(text);
		} catch {
			return unescapeBuffer(text).toString();
		}
	}

	function primitive(value) {
		switch (typeof value) {
		case 'string': return value;
		case 'number': return Number.isFinite(value) ? String(value) : '';
		case 'bigint': case 'boolean': return String(value);
		}
		return '';
	}

	function stringify(object, separator, equals, options) {
		if (typeof object !== 'object' || object === null) return '';
		const and = separator || '&', is = equals || '=';
		const encode = typeof options?.encodeURIComponent === 'function' ? options.encodeURIComponent : module.escape;
		const pairs = [];
		for (const key of Object.keys(object)) {
			const name = encode(primitive(key)) + is, value = object[key];
			if (Array.isArray(value)) for (const item of value) pairs.push(name + encode(primitive(item)));
			else pairs.push(name + encode(primitive(value)));
		}
		return pairs.join(and);
	}

	function parse(text, separator, equals, options) {
		const result = Object.create(null);
		if (typeof text !== 'string' || text === '') return result;
		const and = separator ? String(separator) : '&', is = equals ? String(equals) : '=';
		const most = typeof options?.maxKeys === 'number' ? options.maxKeys : 1000;
		const custom = typeof options?.decodeURIComponent === 'function' ? options.decodeURIComponent : module.unescape;
		const decode = (part) => {
			const spaced = part.replaceAll('+', ' ');
			if (custom === unescape && !spaced.includes('%')) return spaced;
			try {
				return custom(spaced);
			} catch {
				return unescape(spaced);
			}
		};
		let pairs = text.split(and);
		if (most > 0 && pairs.length > most) pairs = pairs.filter((pair) => pair !== '').slice(0, most);
		for (const pair of pairs) {
			if (pair === '') continue;
			const at = pair.indexOf(is);
			const name = decode(at < 0 ? pair : pair.slice(0, at)), value = at < 0 ? '' : decode(pair.slice(at + is.length));
			if (!Object.hasOwn(result, name)) result[name] = value;
			else if (Array.isArray(result[name])) result[name].push(value);
			else result[name] = [result[name], value];
		}
		return result;
	}

	// A program may replace escape and unescape, which the others then use, as in Node.
	const module = { unescapeBuffer, unescape, escape, stringify, encode: stringify, parse, decode: parse };
	return module;
})
