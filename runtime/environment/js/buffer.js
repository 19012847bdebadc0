// Buffer. Reading, writing, alloc, from and concat come from Go. This file adds the other
// encodings, what libraries look for, and the check of sizes in limits.go.
(function (host) {
	const Native = host.exports.Buffer, proto = Native.prototype;
	const { from, concat } = Native, { toString, equals } = proto;

	// Buffer(size) and new Buffer(size) are older than Buffer.alloc. map, filter and of make their
	// results with this constructor too.
	function Buffer(value, second, third) {
		return typeof value === 'number' ? Buffer.alloc(value) : Buffer.from(value, second, third);
	}
	Object.setPrototypeOf(Buffer, Object.getPrototypeOf(Native));
	Object.defineProperty(Buffer, 'prototype', { value: proto, writable: false });
	Object.defineProperty(proto, 'constructor', { value: Buffer, writable: true, configurable: true, enumerable: false });
	host.exports.Buffer = Buffer;

	function put(o, methods) {
		for (const name of Object.getOwnPropertyNames(methods)) {
			Object.defineProperty(o, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
		}
	}

	const encodings = {
		utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64', base64url: 'base64url', latin1: 'latin1', binary: 'latin1',
		ascii: 'ascii', ucs2: 'utf16le', 'ucs-2': 'utf16le', utf16le: 'utf16le', 'utf-16le': 'utf16le',
	};
	function encodingOf(name) {
		if (name === undefined || name === null || name === '') return 'utf8';
		const encoding = encodings[String(name).toLowerCase()];
		if (!encoding) {
			const error = new TypeError('Unknown encoding: ' + name);
			error.code = 'ERR_UNKNOWN_ENCODING';
			throw error;
		}
		return encoding;
	}
	function size(n) {
		if (typeof n !== 'number') throw new TypeError('The "size" argument must be of type number. Received ' + typeof n);
		if (!(n >= 0)) throw new RangeError('The value of "size" is out of range. It must be >= 0. Received ' + n);
		host.checkSize(n);
		return Math.trunc(n);
	}
	// over makes a Buffer of existing bytes, without a copy.
	function over(buffer, offset, length) { return from.call(Native, buffer, offset, length); }
	function encode(text, encoding) { return over(host.encode(text, encoding)); }

	put(Buffer, {
		poolSize: 8192,
		from(value, second, third) {
			if (typeof value === 'string') return encode(value, encodingOf(second));
			if (value instanceof String) return encode(String(value), encodingOf(second));
			if (value instanceof ArrayBuffer) return over(value, second, third);
			if (ArrayBuffer.isView(value)) {
				const copy = new Uint8Array(value.length ?? value.byteLength);
				copy.set(value instanceof DataView ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value);
				return over(copy.buffer);
			}
			if (value !== null && typeof value === 'object') {
				if (value.type === 'Buffer' && Array.isArray(value.data)) return Buffer.from(value.data);
				if (typeof value.length === 'number') host.checkSize(value.length);
			}
			return from.apply(Native, arguments);
		},
		alloc(n, fill, encoding) {
			n = size(n);
			if (fill === undefined || fill === 0) return over(new ArrayBuffer(n));
			return over(new ArrayBuffer(n)).fill(fill, encoding);
		},
		allocUnsafe(n) { return over(new ArrayBuffer(size(n))); },
		allocUnsafeSlow(n) { return over(new ArrayBuffer(size(n))); },
		concat(list, length) {
			let total = 0;
			for (const item of list) total += item.length;
			host.checkSize(length === undefined ? total : Math.max(length, 0));
			return concat.apply(Native, length === undefined ? [list] : [list, length]);
		},
		isBuffer(value) { return value instanceof Buffer; },
		isEncoding(name) { return typeof name === 'string' && Object.hasOwn(encodings, name.toLowerCase()); },
		byteLength(value, encoding) {
			if (typeof value === 'string') return host.byteLength(value, encodingOf(encoding));
			if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
			throw new TypeError('The "string" argument must be of type string or an instance of Buffer or ArrayBuffer.');
		},
		compare(a, b) {
			const n = Math.min(a.length, b.length);
			for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
			return Math.sign(a.length - b.length);
		},
	});

	const tail = (value, fallback, most) => Math.min(Math.max(Math.trunc(Number(value ?? fallback)) || 0, 0), most);
	const needle = (value, encoding) => {
		if (typeof value === 'string') return encode(value, encodingOf(encoding));
		if (typeof value === 'number') return Buffer.from([value & 255]);
		return value;
	};

	put(proto, {
		toString(encoding, start, end) {
			const e = encodingOf(encoding), from = tail(start, 0, this.length), to = tail(end, this.length, this.length);
			if (to <= from) return '';
			if (e === 'utf8' || e === 'hex' || e === 'base64') return toString.call(this, e, from, to);
			return host.decode(this.buffer, this.byteOffset + from, to - from, e);
		},
		write(text, offset, length, encoding) {
			if (typeof offset === 'string') [offset, length, encoding] = [0, this.length, offset];
			else if (typeof length === 'string') [length, encoding] = [this.length, length];
			offset = tail(offset, 0, this.length);
			const room = tail(length, this.length - offset, this.length - offset), e = encodingOf(encoding);
			if (e === 'utf8') return host.use('text').TextEncoder.prototype.encodeInto(String(text), new Uint8Array(this.buffer, this.byteOffset + offset, room)).written;
			const bytes = encode(String(text), e), n = Math.min(room, bytes.length);
			this.set(n < bytes.length ? new Uint8Array(bytes.buffer, bytes.byteOffset, n) : bytes, offset);
			return n;
		},
		toJSON() { return { type: 'Buffer', data: Array.prototype.slice.call(this) }; },
		toLocaleString() { return this.toString(...arguments); },
		equals(other) {
			if (!(other instanceof Uint8Array)) throw new TypeError('The "otherBuffer" argument must be an instance of Buffer or Uint8Array.');
			return equals.call(this, Buffer.isBuffer(other) ? other : over(other.buffer, other.byteOffset, other.length));
		},
		compare(other, otherStart, otherEnd, start, end) {
			const part = (b, from, to) => (from === undefined && to === undefined ? b : b.subarray(tail(from, 0, b.length), tail(to, b.length, b.length)));
			return Buffer.compare(part(this, start, end), part(other, otherStart, otherEnd));
		},
		subarray(start, end) {
			const n = this.length, at = (v, d) => { v = Math.trunc(Number(v ?? d)) || 0; return v < 0 ? Math.max(n + v, 0) : Math.min(v, n); };
			const from = at(start, 0), to = at(end, n);
			return over(this.buffer, this.byteOffset + from, Math.max(to - from, 0));
		},
		slice(start, end) { return this.subarray(start, end); },
		copy(target, at = 0, start = 0, end = this.length) {
			const from = tail(start, 0, this.length), to = Math.min(tail(end, this.length, this.length), from + Math.max(target.length - at, 0));
			if (to <= from) return 0;
			target.set(new Uint8Array(this.buffer, this.byteOffset + from, to - from), at);
			return to - from;
		},
		fill(value, start, end, encoding) {
			if (typeof start === 'string') [start, end, encoding] = [0, this.length, start];
			const from = tail(start, 0, this.length), to = tail(end, this.length, this.length);
			if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
				Uint8Array.prototype.fill.call(this, Number(value) & 255, from, to);
				return this;
			}
			const bytes = typeof value === 'string' ? encode(value, encodingOf(encoding)) : value;
			if (bytes.length === 0) Uint8Array.prototype.fill.call(this, 0, from, to);
			else for (let i = from; i < to; i++) this[i] = bytes[(i - from) % bytes.length];
			return this;
		},
		indexOf(value, offset, encoding) {
			if (typeof offset === 'string') [offset, encoding] = [0, offset];
			const bytes = needle(value, encoding);
			return host.indexOf(this, bytes, Math.trunc(Number(offset ?? 0)) || 0);
		},
		lastIndexOf(value, offset, encoding) {
			if (typeof offset === 'string') [offset, encoding] = [this.length, offset];
			const n = Number(offset ?? this.length);
			return host.lastIndexOf(this, needle(value, encoding), Number.isNaN(n) ? this.length : Math.trunc(n));
		},
		includes(value, offset, encoding) { return this.indexOf(value, offset, encoding) !== -1; },
		swap16() { return swap(this, 2); },
		swap32() { return swap(this, 4); },
		swap64() { return swap(this, 8); },
	});
	function swap(buffer, size) {
		if (buffer.length % size) throw Object.assign(new RangeError('Buffer size must be a multiple of ' + size * 8 + '-bits'), { code: 'ERR_INVALID_BUFFER_SIZE' });
		for (let i = 0; i < buffer.length; i += size) buffer.subarray(i, i + size).reverse();
		return buffer;
	}
	for (const encoding of ['utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url', 'ucs2']) {
		put(proto, { [encoding + 'Slice'](start, end) { return this.toString(encoding, start, end); } });
	}
	for (const name of Object.keys(proto)) Object.defineProperty(proto, name, { enumerable: false });
	Object.defineProperty(proto, 'parent', { get() { return this.buffer; }, configurable: true });

	const text = host.use('text');
	return Object.assign(host.exports, {
		kMaxLength: host.limit, constants: { MAX_LENGTH: host.limit, MAX_STRING_LENGTH: host.limit }, INSPECT_MAX_BYTES: 50,
		atob: text.atob, btoa: text.btoa, SlowBuffer: Buffer,
		isAscii(bytes) { return Buffer.from(bytes).every((byte) => byte < 128); },
		isUtf8(bytes) { try { new text.TextDecoder('utf-8', { fatal: true }).decode(bytes); return true; } catch { return false; } },
	});
})
