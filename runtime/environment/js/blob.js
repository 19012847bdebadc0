// Blob and File (File API §3 and §4). A blob's bytes are in memory, and never changed.
(function (host) {
	const { TextEncoder, TextDecoder } = host.use('text'), { copied } = host.use('clone');
	const chunkSize = 65536; // of a stream
	let inside; // returns the bytes of a blob, or undefined

	// Made is what the constructor is given for bytes that belong to nobody else.
	class Made {
		constructor(bytes, type) {
			this.bytes = bytes;
			this.type = type;
		}
	}

	function typeOf(value) {
		const type = String(value);
		return /^[\x20-\x7e]*$/.test(type) ? type.toLowerCase() : '';
	}

	function bytesOf(part, endings) {
		const blob = inside(part);
		if (blob) return blob;
		if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
		if (host.kind(part) === 'ArrayBuffer') return new Uint8Array(part);
		const text = String(part);
		return new TextEncoder().encode(endings === 'native' ? text.replace(/\r\n?/g, '\n') : text);
	}

	function joined(parts, endings) {
		const pieces = [];
		let size = 0;
		for (const part of parts) {
			const piece = bytesOf(part, endings);
			pieces.push(piece);
			size += piece.length;
		}
		const all = new Uint8Array(size);
		let at = 0;
		for (const piece of pieces) {
			all.set(piece, at);
			at += piece.length;
		}
		return all;
	}

	class Blob {
		#bytes; #type;
		static { inside = (blob) => (typeof blob === 'object' && blob !== null && #bytes in blob ? blob.#bytes : undefined); }
		constructor(parts = [], options = {}) {
			if (parts instanceof Made) {
				this.#bytes = parts.bytes;
				this.#type = parts.type;
				return;
			}
			if (parts === null || typeof parts !== 'object' && typeof parts !== 'function' || typeof parts[Symbol.iterator] !== 'function') {
				throw host.use('errors').argumentType('sources', 'a sequence', parts);
			}
			if (options !== null && typeof options !== 'object' && typeof options !== 'function') throw host.use('errors').argumentType('options', 'of type object', options);
			const endings = options?.endings === undefined ? 'transparent' : String(options.endings);
			if (endings !== 'transparent' && endings !== 'native') throw new TypeError('The endings of a Blob are "transparent" or "native", not "' + endings + '"');
			this.#bytes = joined(parts, endings);
			this.#type = typeOf(options?.type ?? '');
		}
		get size() { return this.#bytes.length; }
		get type() { return this.#type; }
		slice(start = 0, end = this.size, type = '') {
			const size = this.size, at = (n) => (n < 0 ? Math.max(size + n, 0) : Math.min(n, size));
			const from = at(Math.trunc(Number(start)) || 0), to = Math.max(at(Math.trunc(Number(end)) || 0), from);
			return new Blob(new Made(this.#bytes.subarray(from, to), typeOf(type)));
		}
		async arrayBuffer() { return this.#bytes.slice().buffer; }
		async bytes() { return this.#bytes.slice(); }
		async text() { return new TextDecoder().decode(this.#bytes); }
		stream() {
			const { ReadableStream } = host.use('readable'), bytes = this.#bytes;
			let at = 0;
			return new ReadableStream({
				type: 'bytes',
				pull(controller) {
					if (at < bytes.length) controller.enqueue(bytes.slice(at, at += chunkSize));
					if (at >= bytes.length) controller.close();
				},
			}, { highWaterMark: 0 });
		}
		[copied]() { return new Blob(new Made(this.#bytes, this.#type)); }
	}

	class File extends Blob {
		#name; #lastModified;
		constructor(contents, name, options = {}) {
			if (arguments.length < 2) throw host.use('errors').nodeError('TypeError', 'ERR_MISSING_ARGS', 'The "fileBits" and "fileName" arguments must be specified');
			super(contents, options);
			this.#name = String(name).toWellFormed();
			const time = options?.lastModified;
			this.#lastModified = time === undefined ? Date.now() : Math.trunc(Number(time)) || 0;
		}
		get name() { return this.#name; }
		get lastModified() { return this.#lastModified; }
		[copied]() { return new File(new Made(inside(this), this.type), this.#name, { lastModified: this.#lastModified }); }
	}

	const custom = Symbol.for('nodejs.util.inspect.custom');
	for (const [c, names] of [[Blob, 'size type'], [File, 'size type name lastModified']]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
		for (const name of Object.getOwnPropertyNames(c.prototype)) {
			if (name !== 'constructor') Object.defineProperty(c.prototype, name, { enumerable: true });
		}
		Object.defineProperty(c.prototype, custom, { configurable: true, writable: true, value(depth, options, inspect) {
			if (!inside(this) || depth < 0) return '[' + c.name + ']';
			return c.name + ' ' + inspect(Object.fromEntries(names.split(' ').map((name) => [name, this[name]])), options);
		} });
	}
	return { Blob, File };
})
