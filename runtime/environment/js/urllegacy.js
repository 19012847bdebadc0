// require('url'): beside the web's URL, the functions that Node has had since 2009 (parse, format,
// resolve), which also take paths without a host.
(function (host) {
	const { URL, URLSearchParams, domainToASCII } = host.use('url');
	const FIELDS = ['protocol', 'slashes', 'auth', 'host', 'port', 'hostname', 'hash', 'search', 'query', 'pathname', 'path', 'href'];
	const SLASHED = ['http:', 'https:', 'ftp:', 'gopher:', 'file:', 'ws:', 'wss:'];

	class Url {
		constructor() { for (const name of FIELDS) this[name] = null; }
		parse(text, parseQuery, slashesDenoteHost) { return Object.assign(this, parse(text, parseQuery, slashesDenoteHost)); }
		format() { return formatParts(this); }
		resolve(to) { return resolve(this.format(), to); }
		resolveObject(to) { return parse(this.resolve(to)); }
	}
	hide(Url.prototype);
	function hide(o) { for (const name of Object.getOwnPropertyNames(o)) Object.defineProperty(o, name, { enumerable: false }); }

	function notString(what, value) {
		const error = new TypeError('The "' + what + '" argument must be of type string. Received ' + (value === null ? 'null' : typeof value));
		error.code = 'ERR_INVALID_ARG_TYPE';
		return error;
	}
	const escape = (text) => text.replace(/[\t\n\r "'<>\\^`{|}]/g, (c) => '%' + (c < '\x10' ? '0' : '') + c.charCodeAt(0).toString(16).toUpperCase());

	// queryOf parses a query as querystring.parse does: a name that is repeated gets an array.
	function queryOf(text) {
		const query = Object.create(null);
		for (const [name, value] of new URLSearchParams('?' + text)) {
			if (name in query) query[name] = [].concat(query[name], value);
			else query[name] = value;
		}
		return query;
	}

	function parse(text, parseQuery = false, slashesDenoteHost = false) {
		if (text instanceof Url) return text;
		if (typeof text !== 'string') throw notString('url', text);
		const url = new Url();
		let rest = text.trim().replace(/^[^?#]*/, (path) => path.replace(/\\/g, '/'));
		const protocol = /^[a-z0-9.+-]+:/i.exec(rest);
		if (protocol) {
			url.protocol = protocol[0].toLowerCase();
			rest = rest.slice(protocol[0].length);
		}
		const script = url.protocol === 'javascript:';
		if (!script && rest.startsWith('//') && (slashesDenoteHost || protocol || /^\/\/[^@/]+@[^@/]+/.test(rest))) {
			url.slashes = true;
			rest = rest.slice(2);
		}
		if (!script && (url.slashes || protocol && !SLASHED.includes(url.protocol))) {
			const end = rest.search(/[/?#]|$/), at = rest.slice(0, end).lastIndexOf('@');
			if (at >= 0) url.auth = decodeURIComponent(rest.slice(0, at));
			const [, name, port] = /^([^]*?)(?::(\d*))?$/.exec(rest.slice(at + 1, end));
			if (port) url.port = port;
			url.hostname = name.startsWith('[') ? name.slice(1, -1).toLowerCase() : host.domainToASCII(name.toLowerCase());
			url.host = (name.startsWith('[') ? '[' + url.hostname + ']' : url.hostname) + (url.port === null ? '' : ':' + url.port);
			rest = rest.slice(end);
		}
		if (!script) rest = escape(rest);
		const hash = rest.indexOf('#');
		if (hash >= 0) {
			url.hash = rest.slice(hash);
			rest = rest.slice(0, hash);
		}
		const question = rest.indexOf('?');
		if (question >= 0) {
			url.search = rest.slice(question);
			url.query = url.search.slice(1);
			rest = rest.slice(0, question);
		}
		if (parseQuery) url.query = queryOf(url.query ?? '');
		if (rest !== '') url.pathname = rest;
		if (SLASHED.includes(url.protocol) && url.hostname && url.pathname === null) url.pathname = '/';
		if (url.pathname !== null || url.search) url.path = (url.pathname ?? '') + (url.search ?? '');
		url.href = formatParts(url);
		return url;
	}

	function formatParts(parts) {
		let { protocol, host: name, hash, search } = parts, auth = parts.auth ? encodeURIComponent(parts.auth).replace(/%3A/gi, ':') + '@' : '';
		protocol = protocol ? protocol.replace(/:?$/, ':') : '';
		if (name) name = auth + name;
		else if (parts.hostname) name = auth + (parts.hostname.includes(':') && !parts.hostname.startsWith('[') ? '[' + parts.hostname + ']' : parts.hostname) + (parts.port ? ':' + parts.port : '');
		else name = null;
		if (!search && parts.query !== null && typeof parts.query === 'object') {
			const pairs = Object.keys(parts.query).flatMap((key) => [].concat(parts.query[key]).map((value) => [key, typeof value === 'object' || value === undefined ? '' : value]));
			search = new URLSearchParams(pairs).toString().replace(/\+/g, '%20');
		}
		let pathname = (parts.pathname ?? '').replace(/[?#]/g, encodeURIComponent), head = protocol;
		if (parts.slashes || SLASHED.includes(protocol) && name !== null) {
			head += '//' + (name ?? '');
			if (pathname && !pathname.startsWith('/')) pathname = '/' + pathname;
		} else head += name ?? '';
		search = search ? search.replace(/^\??/, '?').replace(/#/g, '%23') : '';
		return head + pathname + search + (hash ? hash.replace(/^#?/, '#') : '');
	}

	// format takes what parse returns, a URL, or a string.
	function format(url, options) {
		if (url instanceof URL) {
			const shown = new URL(url.href);
			if (options?.fragment === false) shown.hash = '';
			if (options?.search === false) shown.search = '';
			if (options?.auth === false) shown.username = shown.password = '';
			return shown.href;
		}
		if (typeof url === 'string') url = parse(url);
		if (typeof url !== 'object' || url === null) throw notString('urlObject', url);
		return formatParts(url);
	}

	// resolve uses new URL. A base without a scheme is given one meanwhile.
	function resolve(from, to) {
		const url = new URL(to, new URL(from, 'resolve:///'));
		return url.protocol === 'resolve:' ? url.pathname + url.search + url.hash : url.href;
	}

	return { URL, URLSearchParams, Url, parse, format, resolve, domainToASCII, domainToUnicode: (name) => host.domainToUnicode(domainToASCII(name)) };
})
