// URL (URL standard §4 and §6). The parts of a URL and the percent-encode sets have the standard's
// names.
//
// It is written here because the libraries of Go that were tried take the square of the length for
// some URLs, seconds for 100 kB, and the watchdog does not reach native code.
(function (host) {
	const { SearchParams, percentDecode } = host.use('searchparams');
	const ports = { 'http': 80, 'https': 443, 'ws': 80, 'wss': 443, 'ftp': 21, 'file': null };
	const isSpecial = (url) => Object.hasOwn(ports, url.scheme);

	// The percent-encode sets. A pair of surrogates is one character; a lone one becomes U+FFFD.
	const encodeSet = (characters) => new RegExp('[\\ud800-\\udbff][\\udc00-\\udfff]|[\\0-\\x1f\\x7f-\\uffff' + characters + ']', 'g');
	const CONTROL = encodeSet(''), FRAGMENT = encodeSet(' "<>`'), QUERY = encodeSet(' "#<>'), SPECIAL_QUERY = encodeSet(' "#<>\''),
		PATH = encodeSet(' "#<>?`{}'), USERINFO = encodeSet(' "#<>?`{}/:;=@\\[\\\\\\]^|');
	const hex = (c) => (c < 16 ? '%0' : '%') + c.toString(16).toUpperCase();
	function encode(text, set) {
		return text.replace(set, (c) => {
			const code = c.charCodeAt(0);
			if (code < 0x80) return hex(code);
			return c.length === 1 && code >= 0xd800 && code <= 0xdfff ? '%EF%BF%BD' : encodeURIComponent(c);
		});
	}

	const DRIVE = /^[a-z][:|]$/i, NORMAL_DRIVE = /^[a-z]:$/i, BEGINS_WITH_DRIVE = /^[a-z][:|]([/\\]|$)/i;
	const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/, FORBIDDEN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

	class Failure extends Error {}
	const fail = () => { throw new Failure(); };

	// parse is the basic URL parser without a state override. It returns the standard's URL record;
	// an opaque path is a string.
	function parse(text, base) {
		let rest = text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
		const url = { scheme: '', username: '', password: '', host: null, port: null, path: [], query: null, fragment: null };
		const hash = rest.indexOf('#');
		if (hash >= 0) {
			url.fragment = encode(rest.slice(hash + 1), FRAGMENT);
			rest = rest.slice(0, hash);
		}
		const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(rest);
		if (scheme) {
			url.scheme = scheme[1].toLowerCase();
			rest = rest.slice(scheme[0].length);
		} else if (!base) {
			fail();
		}
		const question = rest.indexOf('?'), query = question < 0 ? null : rest.slice(question + 1);
		if (question >= 0) rest = rest.slice(0, question);

		if (scheme) {
			if (url.scheme === 'file') file(url, rest, query, base?.scheme === 'file' ? base : null);
			else if (isSpecial(url)) {
				if (base?.scheme === url.scheme && !rest.startsWith('//')) relative(url, rest, query, base);
				else authority(url, rest.replace(/^[/\\]+/, ''));
			} else if (rest.startsWith('//')) authority(url, rest.slice(2));
			else if (rest.startsWith('/')) addPath(url, rest);
			else url.path = encode(rest, CONTROL);
		} else if (typeof base.path === 'string') {
			if (rest !== '' || query !== null || hash < 0) fail();
			Object.assign(url, base, { fragment: url.fragment });
		} else if (base.scheme === 'file') {
			file(url, rest, query, base);
		} else {
			url.scheme = base.scheme;
			relative(url, rest, query, base);
		}
		if (query !== null) url.query = encode(query, isSpecial(url) ? SPECIAL_QUERY : QUERY);
		return url;
	}

	function relative(url, rest, query, base) {
		const slash = isSpecial(url) ? /^[/\\]/ : /^\//;
		if (slash.test(rest)) {
			if (slash.test(rest.slice(1))) {
				authority(url, isSpecial(url) ? rest.replace(/^[/\\]+/, '') : rest.slice(2));
				return;
			}
			copyAuthority(url, base);
			addPath(url, rest);
			return;
		}
		copyAuthority(url, base);
		url.path = [...base.path];
		if (rest !== '') {
			shorten(url);
			addPath(url, rest);
		} else if (query === null) url.query = base.query;
	}

	function copyAuthority(url, base) {
		for (const part of ['username', 'password', 'host', 'port']) url[part] = base[part];
	}

	function file(url, rest, query, base) {
		url.scheme = 'file';
		url.host = '';
		if (/^[/\\]{2}/.test(rest)) {
			const end = rest.slice(2).search(/[/\\]|$/) + 2, name = rest.slice(2, end);
			if (DRIVE.test(name)) {
				addPath(url, rest.slice(2));
				return;
			}
			if (name !== '') url.host = parseHost(name, true);
			if (url.host === 'localhost') url.host = '';
			addPath(url, rest.slice(end));
		} else if (/^[/\\]/.test(rest)) {
			if (base) {
				url.host = base.host;
				if (!BEGINS_WITH_DRIVE.test(rest.slice(1)) && base.path.length > 0 && NORMAL_DRIVE.test(base.path[0])) url.path.push(base.path[0]);
			}
			addPath(url, rest);
		} else if (base) {
			url.host = base.host;
			url.path = [...base.path];
			if (rest !== '') {
				if (BEGINS_WITH_DRIVE.test(rest)) url.path = [];
				else shorten(url);
				addPath(url, rest);
			} else if (query === null) url.query = base.query;
		} else addPath(url, rest);
	}

	function authority(url, rest) {
		const end = rest.search(isSpecial(url) ? /[/\\]|$/ : /\/|$/), all = rest.slice(0, end), at = all.lastIndexOf('@');
		if (at >= 0) {
			const colon = all.slice(0, at).indexOf(':');
			url.username = encode(all.slice(0, colon < 0 ? at : colon), USERINFO);
			if (colon >= 0) url.password = encode(all.slice(colon + 1, at), USERINFO);
		}
		const [name, port] = splitPort(all.slice(at + 1));
		if (name === '' && (isSpecial(url) || at >= 0 || port !== null)) fail();
		url.host = parseHost(name, isSpecial(url));
		if (port !== null && !/^\d*$/.test(port)) fail();
		if (port && !setPort(url, port)) fail();
		addPath(url, rest.slice(end));
	}

	// splitPort cuts a host from its port, at the first colon outside brackets.
	function splitPort(text) {
		let inside = false;
		for (let i = 0; i < text.length; i++) {
			if (text[i] === '[') inside = true;
			else if (text[i] === ']') inside = false;
			else if (text[i] === ':' && !inside) return [text.slice(0, i), text.slice(i + 1)];
		}
		return [text, null];
	}

	function setPort(url, digits) {
		const port = Number(digits);
		if (port > 65535) return false;
		url.port = ports[url.scheme] === port ? null : port;
		return true;
	}

	function shorten(url) {
		if (url.scheme === 'file' && url.path.length === 1 && NORMAL_DRIVE.test(url.path[0])) return;
		url.path.pop();
	}

	function addPath(url, rest) {
		if (rest === '' && !isSpecial(url)) return;
		if (isSpecial(url)) rest = rest.replace(/\\/g, '/');
		if (rest.startsWith('/')) rest = rest.slice(1);
		const segments = rest.split('/');
		segments.forEach((segment, i) => {
			const last = i === segments.length - 1;
			if (/^(\.|%2e){2}$/i.test(segment)) {
				shorten(url);
				if (last) url.path.push('');
			} else if (/^(\.|%2e)$/i.test(segment)) {
				if (last) url.path.push('');
			} else {
				if (url.scheme === 'file' && url.path.length === 0 && DRIVE.test(segment)) segment = segment[0] + ':';
				url.path.push(encode(segment, PATH));
			}
		});
	}

	function parseHost(text, special) {
		if (text.startsWith('[')) return text.endsWith(']') ? '[' + parseIPv6(text.slice(1, -1)) + ']' : fail();
		if (!special) return FORBIDDEN_HOST.test(text) ? fail() : encode(text, CONTROL);
		const domain = percentDecode(text);
		let ascii = domain.toLowerCase();
		if (/[^\0-\x7f]|xn--/i.test(domain)) ascii = host.domainToASCII(domain);
		if (ascii === '' || FORBIDDEN_DOMAIN.test(ascii)) fail();
		const labels = ascii.split('.');
		if (labels.length > 1 && labels[labels.length - 1] === '') labels.pop();
		return /^(\d+|0x[\da-f]*)$/.test(labels[labels.length - 1]) ? parseIPv4(labels) : ascii;
	}

	function parseIPv4(parts) {
		if (parts.length > 4) fail();
		const numbers = parts.map((part) => {
			const m = /^(?:0x([\da-f]*)|(0[0-7]*)|([1-9]\d*))$/.exec(part) ?? fail();
			return m[1] !== undefined ? parseInt(m[1] || '0', 16) : m[2] !== undefined ? parseInt(m[2], 8) : parseInt(m[3], 10);
		});
		const last = numbers.pop();
		if (numbers.some((n) => n > 255) || last >= 256 ** (4 - numbers.length)) fail();
		const address = numbers.reduce((sum, n, i) => sum + n * 256 ** (3 - i), last);
		return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
	}

	function parseIPv6(text) {
		const halves = text.split('::');
		if (halves.length > 2) fail();
		const pieces = halves.map((half, which) => {
			if (half === '') return [];
			const parts = half.split(':'), out = [];
			parts.forEach((part, i) => {
				if (part.includes('.') && i === parts.length - 1 && which === halves.length - 1) {
					const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(part) ?? fail();
					if (m.slice(1).some((n) => Number(n) > 255 || n.length > 1 && n[0] === '0')) fail();
					out.push(m[1] * 256 + Number(m[2]), m[3] * 256 + Number(m[4]));
				} else out.push(/^[\da-f]{1,4}$/i.test(part) ? parseInt(part, 16) : fail());
			});
			return out;
		});
		const count = pieces.reduce((sum, list) => sum + list.length, 0);
		if (halves.length === 1 ? count !== 8 : count > 7) fail();
		const all = halves.length === 1 ? pieces[0] : [...pieces[0], ...new Array(8 - count).fill(0), ...pieces[1]];
		// The first of the longest runs of two or more zeros is compressed.
		let start = -1, length = 1;
		for (let i = 0; i < 8; i++) {
			let n = 0;
			while (i + n < 8 && all[i + n] === 0) n++;
			if (n > length) [start, length] = [i, n];
			i += n;
		}
		const words = (list) => list.map((n) => n.toString(16)).join(':');
		return start < 0 ? words(all) : words(all.slice(0, start)) + '::' + words(all.slice(start + length));
	}

	const pathOf = (url) => (typeof url.path === 'string' ? url.path : url.path.map((segment) => '/' + segment).join(''));
	const hostOf = (url) => (url.host ?? '') + (url.port === null ? '' : ':' + url.port);
	function serialize(url) {
		let text = url.scheme + ':';
		if (url.host !== null) {
			text += '//';
			if (url.username || url.password) text += url.username + (url.password && ':' + url.password) + '@';
			text += hostOf(url);
		} else if (typeof url.path !== 'string' && url.path.length > 1 && url.path[0] === '') text += '/.';
		return text + pathOf(url) + (url.query === null ? '' : '?' + url.query) + (url.fragment === null ? '' : '#' + url.fragment);
	}

	function originOf(url) {
		if (url.scheme === 'blob' && typeof url.path === 'string') {
			try {
				const inner = parse(url.path, null);
				return inner.scheme === 'http' || inner.scheme === 'https' ? originOf(inner) : 'null';
			} catch { return 'null'; }
		}
		return isSpecial(url) && url.scheme !== 'file' ? url.scheme + '://' + hostOf(url) : 'null';
	}

	function parseOrThrow(text, base) {
		try { return parse(text, base === undefined ? null : parse(base, null)); } catch (error) {
			if (!(error instanceof Failure)) throw error;
			const invalid = new TypeError('Invalid URL');
			invalid.code = 'ERR_INVALID_URL';
			invalid.input = text;
			if (base !== undefined) invalid.base = base;
			throw invalid;
		}
	}
	const string = (v) => `${v}`.toWellFormed();

	class URL {
		#url; #params = null; #link = null;
		constructor(url, base = undefined) {
			if (arguments.length === 0) throw Object.assign(new TypeError('The "url" argument must be specified'), { code: 'ERR_MISSING_ARGS' });
			this.#url = parseOrThrow(string(url), base === undefined ? undefined : string(base));
		}
		static canParse(url, base = undefined) { return URL.parse(url, base) !== null; }
		static parse(url, base = undefined) {
			try { return new URL(url, base); } catch (error) {
				if (error.code !== 'ERR_INVALID_URL') throw error;
				return null;
			}
		}
		get href() { return serialize(this.#url); }
		set href(v) {
			this.#url = parseOrThrow(string(v));
			this.#link?.reload();
		}
		get origin() { return originOf(this.#url); }
		get protocol() { return this.#url.scheme + ':'; }
		set protocol(v) {
			const url = this.#url, m = /^([a-z][a-z0-9+.-]*)(:|$)/i.exec(clean(v));
			if (!m) return;
			const scheme = m[1].toLowerCase(), special = Object.hasOwn(ports, scheme);
			if (special !== isSpecial(url) || scheme === 'file' && (url.username || url.password || url.port !== null) || url.scheme === 'file' && url.host === '') return;
			url.scheme = scheme;
			if (ports[scheme] === url.port) url.port = null;
		}
		get username() { return this.#url.username; }
		set username(v) { if (mayHavePort(this.#url)) this.#url.username = encode(string(v), USERINFO); }
		get password() { return this.#url.password; }
		set password(v) { if (mayHavePort(this.#url)) this.#url.password = encode(string(v), USERINFO); }
		get host() { return hostOf(this.#url); }
		set host(v) { setHost(this.#url, v, true); }
		get hostname() { return this.#url.host ?? ''; }
		set hostname(v) { setHost(this.#url, v, false); }
		get port() { return this.#url.port === null ? '' : String(this.#url.port); }
		set port(v) {
			if (!mayHavePort(this.#url)) return;
			if (string(v) === '') this.#url.port = null;
			else {
				const digits = /^\d+/.exec(clean(v));
				if (digits) setPort(this.#url, digits[0]);
			}
		}
		get pathname() { return pathOf(this.#url); }
		set pathname(v) {
			if (typeof this.#url.path === 'string') return;
			this.#url.path = [];
			addPath(this.#url, clean(v));
		}
		get search() { return this.#url.query ? '?' + this.#url.query : ''; }
		set search(v) {
			const text = clean(v);
			this.#url.query = text === '' ? null : encode(text.replace(/^\?/, ''), isSpecial(this.#url) ? SPECIAL_QUERY : QUERY);
			this.#link?.reload();
		}
		get searchParams() {
			this.#link ??= { read: () => this.#url.query ?? '', write: (text) => { this.#url.query = text === '' ? null : text; }, reload: null };
			return this.#params ??= SearchParams.of(this.#link);
		}
		get hash() { return this.#url.fragment ? '#' + this.#url.fragment : ''; }
		set hash(v) {
			const text = clean(v);
			this.#url.fragment = text === '' ? null : encode(text.replace(/^#/, ''), FRAGMENT);
		}
		toString() { return this.href; }
		toJSON() { return this.href; }
	}

	const clean = (v) => string(v).replace(/[\t\n\r]/g, '');
	function mayHavePort(url) { return Boolean(url.host) && url.scheme !== 'file'; }
	function setHost(url, v, withPort) {
		if (typeof url.path === 'string') return;
		const text = clean(v), all = text.slice(0, text.search(isSpecial(url) ? /[/?#\\]|$/ : /[/?#]|$/)), [name, port] = splitPort(all);
		if (port !== null && (!withPort || name === '') || url.scheme === 'file' && port !== null) return;
		if (name === '' && (isSpecial(url) && url.scheme !== 'file' || url.username || url.password || url.port !== null)) return;
		try {
			const parsed = name === '' ? '' : parseHost(name, isSpecial(url));
			url.host = url.scheme === 'file' && parsed === 'localhost' ? '' : parsed;
			const digits = /^\d+/.exec(port ?? '');
			if (digits) setPort(url, digits[0]);
		} catch (error) { if (!(error instanceof Failure)) throw error; }
	}

	const hidden = (name, value) => Object.defineProperty(URL.prototype, name, { value, writable: true, configurable: true, enumerable: false });
	Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: 'URL', configurable: true });
	hidden(Symbol.for('nodejs.util.inspect.custom'), function (depth, options, inspect) {
		if (depth < 0 || this === URL.prototype) return '[URL]';
		const shown = {};
		for (const name of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash']) {
			shown[name] = this[name];
		}
		return 'URL ' + inspect(shown, options);
	});

	// domainToASCII returns a name as the setter of URL.hostname would store it, or '' if the
	// setter would ignore it.
	function domainToASCII(name) {
		const url = parse('ws://x', null);
		url.host = '';
		setHost(url, name, false);
		return url.host;
	}
	return { URL, URLSearchParams: SearchParams.URLSearchParams, domainToASCII };
})
