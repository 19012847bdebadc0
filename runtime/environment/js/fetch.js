// fetch, Headers, Request and Response (Fetch standard §5). A body is in memory: it has arrived before the
// promise of fetch is fulfilled.
(function (host) {
	const { argumentType } = host.use('errors'), { TextEncoder, TextDecoder } = host.use('text');
	const custom = Symbol.for('nodejs.util.inspect.custom');

	const nameOf = (name) => {
		const text = String(name);
		if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) throw new TypeError('Headers: "' + text.slice(0, 80) + '" is an invalid header name');
		return text.toLowerCase();
	};
	const valueOf = (value) => {
		const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
		if (/[\0\r\n]|[^\0-\xff]/.test(text)) throw new TypeError('Headers: an invalid header value');
		return text;
	};

	class Headers {
		#lists = new Map();
		constructor(init) {
			if (init === undefined) return;
			if (init === null || typeof init !== 'object') throw argumentType('init', 'an object or a list of pairs', init);
			if (typeof init[Symbol.iterator] === 'function') {
				for (const pair of init) {
					const [name, value, ...more] = pair;
					if (value === undefined || more.length) throw new TypeError('Headers: each pair must have a name and a value');
					this.append(name, value);
				}
			} else {
				for (const name of Reflect.ownKeys(init)) if (typeof name === 'string') this.append(name, init[name]);
			}
		}
		append(name, value) {
			name = nameOf(name);
			const list = this.#lists.get(name);
			if (list) list.push(valueOf(value));
			else this.#lists.set(name, [valueOf(value)]);
		}
		set(name, value) { this.#lists.set(nameOf(name), [valueOf(value)]); }
		get(name) { return this.#lists.get(nameOf(name))?.join(', ') ?? null; }
		has(name) { return this.#lists.has(nameOf(name)); }
		delete(name) { this.#lists.delete(nameOf(name)); }
		getSetCookie() { return [...(this.#lists.get('set-cookie') ?? [])]; }
		forEach(callback, self) { for (const [name, value] of this) callback.call(self, value, name, this); }
		*entries() {
			for (const name of [...this.#lists.keys()].sort()) {
				if (name === 'set-cookie') for (const value of this.getSetCookie()) yield [name, value];
				else yield [name, this.get(name)];
			}
		}
		*keys() { for (const [name] of this) yield name; }
		*values() { for (const [, value] of this) yield value; }
		[Symbol.iterator]() { return this.entries(); }
		[custom](depth, options, inspect) { return 'Headers ' + inspect(Object.fromEntries(this), options); }
	}

	// taken returns what a body is made of: bytes or a stream, and its type.
	function taken(body) {
		if (body === undefined || body === null) return { bytes: null };
		if (ArrayBuffer.isView(body)) return { bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() };
		switch (host.kind(body)) {
		case 'ArrayBuffer': return { bytes: new Uint8Array(body).slice() };
		}
		if (body instanceof Blob) return { stream: body.stream(), type: body.type };
		if (body instanceof URLSearchParams) return { bytes: new TextEncoder().encode(String(body)), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
		if (body instanceof ReadableStream) return { stream: body };
		return { bytes: new TextEncoder().encode(String(body)), type: 'text/plain;charset=UTF-8' };
	}

	const most = 16 * 1024 * 1024;
	async function read(stream) {
		const pieces = [];
		let size = 0;
		const reader = stream.getReader();
		for (;;) { // goja has no for await
			const { value: piece, done } = await reader.read();
			if (done) break;
			if (!(piece instanceof Uint8Array)) throw new TypeError('a body is a stream of Uint8Arrays');
			if ((size += piece.length) > most) throw new RangeError('the body is longer than the limit of 16 MiB');
			pieces.push(piece);
		}
		const all = new Uint8Array(size);
		let at = 0;
		for (const piece of pieces) {
			all.set(piece, at);
			at += piece.length;
		}
		return all;
	}

	class Body {
		#bytes; #stream; #used = false;
		constructor(body) {
			const { bytes = null, stream, type } = taken(body);
			this.#bytes = bytes;
			this.#stream = stream;
			Object.defineProperty(this, 'typeOfBody', { value: type });
		}
		get bodyUsed() { return this.#used || this.#stream?.locked === true; }
		get body() {
			if (this.#bytes && !this.#stream) this.#stream = new Blob([this.#bytes]).stream();
			return this.#stream ?? null;
		}
		async bytes() {
			if (this.bodyUsed) throw new TypeError('Body is unusable: Body has already been read');
			if (!this.#bytes && !this.#stream) return new Uint8Array(0);
			this.#used = true;
			return this.#stream ? read(this.#stream) : this.#bytes;
		}
		async arrayBuffer() { return (await this.bytes()).buffer; }
		async text() { return new TextDecoder().decode(await this.bytes()); }
		async json() { return JSON.parse(await this.text()); }
		async blob() { return new Blob([await this.bytes()], { type: this.headers.get('content-type') ?? '' }); }
		copy() {
			if (this.bodyUsed) throw new TypeError('the body has already been read');
			if (this.#bytes || !this.#stream) return this.#bytes;
			const [one, other] = this.#stream.tee();
			this.#stream = one;
			return other;
		}
	}
	Object.defineProperty(Body.prototype, 'copy', { enumerable: false });
	function typed(o) {
		if (o.typeOfBody && !o.headers.has('content-type')) o.headers.set('content-type', o.typeOfBody);
	}

	class Request extends Body {
		constructor(input, init = {}) {
			const from = input instanceof Request ? input : undefined, body = init.body ?? (from ? from.copy() : undefined);
			super(body);
			const url = from ? from.url : new URL(input).href, method = String(init.method ?? from?.method ?? 'GET');
			if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method) || /^(connect|trace|track)$/i.test(method)) throw new TypeError("'" + method + "' is not a valid HTTP method.");
			const normal = /^(get|head|post|put|delete|options)$/i.test(method) ? method.toUpperCase() : method;
			if (body !== undefined && body !== null && /^(GET|HEAD)$/.test(normal)) throw new TypeError('Request with GET/HEAD method cannot have body.');
			const redirect = String(init.redirect ?? from?.redirect ?? 'follow');
			if (!/^(follow|error|manual)$/.test(redirect)) throw new TypeError("options.redirect is 'follow', 'error' or 'manual', not '" + redirect + "'");
			const signal = init.signal ?? from?.signal;
			if (signal !== undefined && !(signal instanceof AbortSignal)) throw argumentType('options.signal', 'an instance of AbortSignal', signal);
			for (const [name, value] of Object.entries({ url, method: normal, redirect, signal, headers: new Headers(init.headers ?? from?.headers) })) {
				Object.defineProperty(this, name, { value, enumerable: true });
			}
			typed(this);
		}
		clone() { return new Request(this); }
	}

	const answered = Symbol('answered');
	class Response extends Body {
		constructor(body, init = {}) {
			super(body);
			const status = init.status === undefined ? 200 : Number(init.status), made = init[answered] ?? { url: '', redirected: false, type: 'default' };
			if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
			if (body !== undefined && body !== null && /^(204|205|304)$/.test(String(status))) throw new TypeError('Response with null body status cannot have body');
			for (const [name, value] of Object.entries({ status, statusText: String(init.statusText ?? ''), headers: new Headers(init.headers), ok: status < 300, ...made })) {
				Object.defineProperty(this, name, { value, enumerable: true });
			}
			typed(this);
		}
		clone() { return new Response(this.copy(), { ...this, [answered]: { url: this.url, redirected: this.redirected, type: this.type } }); }
		static json(data, init = {}) {
			const headers = new Headers(init.headers);
			if (!headers.has('content-type')) headers.set('content-type', 'application/json');
			return new Response(JSON.stringify(data), { ...init, headers });
		}
		static redirect(url, status = 302) { return new Response(null, { status, headers: { location: new URL(url).href } }); }
	}

	async function fetch(input, init) {
		const request = new Request(input, init), { signal } = request;
		if (!/^https?:/.test(request.url)) throw new TypeError('fetch failed', { cause: new Error('the URL must be http: or https:') });
		if (new URL(request.url).username) throw new TypeError('Request cannot be constructed from a URL that includes credentials: ' + request.url);
		signal?.throwIfAborted();
		const body = request.body === null ? undefined : await request.bytes();
		signal?.throwIfAborted();
		const operation = host.send(request.method, request.url, [...request.headers].flat(), body, request.redirect);
		let cancel;
		const cancelled = new Promise((resolve, reject) => {
			cancel = () => { operation.cancel(); reject(signal.reason); };
			signal?.addEventListener('abort', cancel, { once: true });
		});
		let made;
		try {
			made = await Promise.race([operation.promise, cancelled]);
		} catch (error) {
			if (signal?.aborted || error.code === 'ERR_ACCESS_DENIED') throw signal?.aborted ? signal.reason : error;
			throw new TypeError('fetch failed: ' + error.message, { cause: error });
		} finally {
			signal?.removeEventListener('abort', cancel);
		}
		const headers = [];
		for (let i = 0; i < made.headers.length; i += 2) headers.push([made.headers[i], made.headers[i + 1]]);
		const empty = request.method === 'HEAD' || /^(204|205|304)$/.test(String(made.status));
		return new Response(empty ? null : made.body, { status: made.status, statusText: made.statusText, headers,
			[answered]: { url: made.url, redirected: made.url !== request.url.replace(/#.*/, ''), type: 'basic' } });
	}

	return { fetch, Headers, Request, Response };
})
