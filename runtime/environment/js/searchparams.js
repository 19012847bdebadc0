// URLSearchParams (URL standard §5 and §6.2).
(function (host) {
	// percentDecode is the standard's, followed by "UTF-8 decode without BOM": what is no character
	// becomes U+FFFD.
	function percentDecode(text) {
		if (!text.includes('%')) return text;
		try { return decodeURIComponent(text); } catch { /* not all of it is UTF-8 */ }
		const { TextEncoder, TextDecoder } = host.use('text'), from = new TextEncoder().encode(text), to = [];
		for (let i = 0; i < from.length; i++) {
			const digits = from[i] === 37 ? String.fromCharCode(from[i + 1], from[i + 2]) : '';
			if (/^[\da-f]{2}$/i.test(digits)) {
				to.push(parseInt(digits, 16));
				i += 2;
			} else to.push(from[i]);
		}
		return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(to));
	}

	function parse(text) {
		return text.split('&').filter((part) => part !== '').map((part) => {
			const at = part.indexOf('='), read = (s) => percentDecode(s.replace(/\+/g, ' '));
			return at < 0 ? [read(part), ''] : [read(part.slice(0, at)), read(part.slice(at + 1))];
		});
	}
	const encode = (text) => encodeURIComponent(text).replace(/[!'()~]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase()).replace(/%20/g, '+');
	const string = (v) => `${v}`.toWellFormed();

	function needs(given, names) {
		if (given.length >= names.length) return;
		const error = new TypeError('The ' + names.map((n) => '"' + n + '"').join(' and ') + ' argument' + (names.length > 1 ? 's' : '') + ' must be specified');
		error.code = 'ERR_MISSING_ARGS';
		throw error;
	}
	function notPairs() {
		return Object.assign(new TypeError('Each query pair must be an iterable [name, value] tuple'), { code: 'ERR_INVALID_TUPLE' });
	}

	const linked = Symbol('linked'); // key of the link to a URL, whose query is read and written

	class URLSearchParams {
		#list = []; #link = null;
		constructor(init = undefined) {
			if (init === undefined || init === null) return;
			if (init[linked]) {
				this.#link = init[linked];
				this.#link.reload = () => { this.#list = parse(this.#link.read()); };
				this.#link.reload();
			} else if (typeof init !== 'object' && typeof init !== 'function') {
				this.#list = parse(string(init).replace(/^\?/, ''));
			} else if (init[Symbol.iterator] !== undefined && init[Symbol.iterator] !== null) {
				for (const pair of init) {
					if (Object(pair) !== pair || typeof pair[Symbol.iterator] !== 'function') throw notPairs();
					const two = [...pair];
					if (two.length !== 2) throw notPairs();
					this.#list.push([string(two[0]), string(two[1])]);
				}
			} else {
				for (const name of Reflect.ownKeys(init)) {
					if (Object.prototype.propertyIsEnumerable.call(init, name)) this.#list.push([string(name), string(init[name])]);
				}
			}
		}
		#changed() { this.#link?.write(this.toString()); }
		get size() { return this.#list.length; }
		append(name, value) {
			needs(arguments, ['name', 'value']);
			this.#list.push([string(name), string(value)]);
			this.#changed();
		}
		delete(name, value = undefined) {
			needs(arguments, ['name']);
			name = string(name);
			if (value !== undefined) value = string(value);
			this.#list = this.#list.filter((pair) => pair[0] !== name || value !== undefined && pair[1] !== value);
			this.#changed();
		}
		get(name) {
			needs(arguments, ['name']);
			name = string(name);
			return this.#list.find((pair) => pair[0] === name)?.[1] ?? null;
		}
		getAll(name) {
			needs(arguments, ['name']);
			name = string(name);
			return this.#list.filter((pair) => pair[0] === name).map((pair) => pair[1]);
		}
		has(name, value = undefined) {
			needs(arguments, ['name']);
			name = string(name);
			if (value !== undefined) value = string(value);
			return this.#list.some((pair) => pair[0] === name && (value === undefined || pair[1] === value));
		}
		set(name, value) {
			needs(arguments, ['name', 'value']);
			name = string(name);
			value = string(value);
			const first = this.#list.findIndex((pair) => pair[0] === name);
			if (first < 0) this.#list.push([name, value]);
			else {
				this.#list[first][1] = value;
				this.#list = this.#list.filter((pair, i) => i <= first || pair[0] !== name);
			}
			this.#changed();
		}
		sort() {
			this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
			this.#changed();
		}
		forEach(callback, self = undefined) {
			if (typeof callback !== 'function') throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
			for (let i = 0; i < this.#list.length; i++) callback.call(self, this.#list[i][1], this.#list[i][0], this);
		}
		entries() { return this.#iterate((pair) => [pair[0], pair[1]]); }
		keys() { return this.#iterate((pair) => pair[0]); }
		values() { return this.#iterate((pair) => pair[1]); }
		#iterate(pick) {
			let i = 0; // the standard walks the list as it is at each step, not a copy
			return Object.create(iterator, { next: { value: () => (i < this.#list.length ? { value: pick(this.#list[i++]), done: false } : { value: undefined, done: true }) } });
		}
		toString() { return this.#list.map(([name, value]) => encode(name) + '=' + encode(value)).join('&'); }
	}

	const iterator = Object.create(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())), {
		[Symbol.toStringTag]: { value: 'URLSearchParams Iterator', configurable: true },
	});
	const hidden = (name, value) => Object.defineProperty(URLSearchParams.prototype, name, { value, writable: true, configurable: true, enumerable: false });
	hidden(Symbol.iterator, URLSearchParams.prototype.entries);
	Object.defineProperty(URLSearchParams.prototype, Symbol.toStringTag, { value: 'URLSearchParams', configurable: true });
	hidden(Symbol.for('nodejs.util.inspect.custom'), function (depth, options, inspect) {
		if (depth < 0 || this === URLSearchParams.prototype) return '[URLSearchParams]';
		const pairs = [...this].map(([name, value]) => inspect(name, options) + ' => ' + inspect(value, options));
		return pairs.length === 0 ? 'URLSearchParams {}' : 'URLSearchParams { ' + pairs.join(', ') + ' }';
	});

	// of makes the searchParams of a URL. link reads and writes the query of the URL, and gets a
	// method to reload it.
	const of = (link) => new URLSearchParams({ [linked]: link });
	return { percentDecode, SearchParams: { URLSearchParams, of } };
})
