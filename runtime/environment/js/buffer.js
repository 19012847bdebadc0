// Buffer. What loops over bytes, and numbers, are in Go; this file has the arguments and errors of Node's.
(function (host) {
	const Native = host.exports.Buffer, proto = Native.prototype;
	const { from } = Native, { toString } = proto;
	const { nodeError, argumentType, argumentValue, outOfRange, check } = host.use('errors');
	const limit = host.limit;

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
		__proto__: null, utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64', base64url: 'base64url', latin1: 'latin1', binary: 'latin1',
		ascii: 'ascii', ucs2: 'utf16le', 'ucs-2': 'utf16le', utf16le: 'utf16le', 'utf-16le': 'utf16le',
	};
	function encodingOf(name) {
		const text = String(name);
		const encoding = encodings[text] || encodings[text.toLowerCase()];
		if (!encoding) throw nodeError('TypeError', 'ERR_UNKNOWN_ENCODING', 'Unknown encoding: ' + text);
		return encoding;
	}
	const encodingOrUTF8 = (name) => (name === undefined || name === null || name === '' ? 'utf8' : encodingOf(name));

	const bytesExpected = 'an instance of Buffer or Uint8Array';
	const isBytes = (value) => value instanceof Uint8Array;
	function checkBytes(value, name) { if (!isBytes(value)) throw argumentType(name, bytesExpected, value); }
	// offset is what an argument for an offset or a length becomes, which must be a whole number.
	function offset(value, name, otherwise, most = Number.MAX_SAFE_INTEGER) {
		if (value === undefined) return otherwise;
		check.integer(value, name, 0, most);
		return value;
	}
	// whole makes a whole number of an argument as the language does.
	const whole = (value, otherwise) => { value = +value; return Number.isNaN(value) ? otherwise : Math.trunc(value); };
	// clamped is for an end of a range that need not be one.
	const clamped = (value, otherwise, most) => (value === undefined ? otherwise : Math.min(Math.max(Math.trunc(value) || 0, 0), most));
	const outside = (name) => nodeError('RangeError', 'ERR_BUFFER_OUT_OF_BOUNDS', name ? '"' + name + '" is outside of buffer bounds' : 'Attempt to access memory outside buffer bounds');

	function size(n) {
		check.number(n, 'size');
		if (!(n >= 0 && n <= limit)) throw outOfRange('size', '>= 0 && <= ' + limit, n);
		return Math.trunc(n);
	}
	// over makes a Buffer of existing bytes, without a copy.
	function over(buffer, offset, length) { return from.call(Native, buffer, offset, length); }
	function encode(text, encoding) { return over(host.encode(text, encoding)); }

	function fromArrayBuffer(buffer, at, length) {
		at = at === undefined ? 0 : +at || 0;
		const most = buffer.byteLength - at;
		if (most < 0) throw outside('offset');
		if (length === undefined) length = most;
		else if ((length = +length) > 0) {
			if (length > most) throw outside('length');
		} else length = 0;
		return over(buffer, at, length);
	}
	function fromObject(value) {
		if (value.length !== undefined || value.buffer instanceof ArrayBuffer) {
			if (typeof value.length !== 'number' || !(value.length > 0)) return over(new ArrayBuffer(0));
			if (isBytes(value)) return over(host.copy(value));
			if (ArrayBuffer.isView(value)) return over(new Uint8Array(value).buffer);
			host.checkLength(value);
			return from.call(Native, value);
		}
		if (value.type === 'Buffer' && Array.isArray(value.data)) return fromObject(value.data);
		return null;
	}

	// Functions, not methods: libraries call some with new, as Node allows.
	put(Buffer, {
		poolSize: 65536,
		from: function (value, second, third) {
			if (typeof value === 'string') return encode(value, encodingOrUTF8(typeof second === 'string' ? second : ''));
			if (typeof value === 'object' && value !== null) {
				if (value instanceof ArrayBuffer) return fromArrayBuffer(value, second, third);
				const primitive = value.valueOf && value.valueOf();
				if (primitive !== null && primitive !== undefined && primitive !== value && (typeof primitive === 'string' || typeof primitive === 'object')) return Buffer.from(primitive, second, third);
				const made = fromObject(value);
				if (made) return made;
				if (typeof value[Symbol.toPrimitive] === 'function') {
					const text = value[Symbol.toPrimitive]('string');
					if (typeof text === 'string') return Buffer.from(text, second);
				}
			}
			throw argumentType('first argument', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value);
		},
		alloc: function (n, fill, encoding) {
			n = size(n);
			if (fill === undefined || fill === 0 || n === 0) return over(new ArrayBuffer(n));
			return filled(over(new ArrayBuffer(n)), fill, encoding);
		},
		allocUnsafe: function (n) { return over(new ArrayBuffer(size(n))); },
		allocUnsafeSlow: function (n) { return over(new ArrayBuffer(size(n))); },
		concat: function (list, length) {
			if (!Array.isArray(list)) throw argumentType('list', 'an instance of Array', list);
			if (list.length === 0) return over(new ArrayBuffer(0));
			if (length === undefined) {
				length = 0;
				for (let i = 0; i < list.length; i++) if (list[i] && list[i].length) length += list[i].length;
			} else {
				offset(length, 'length');
			}
			host.checkSize(length);
			const whole = over(new ArrayBuffer(length));
			for (let i = 0, at = 0; i < list.length; i++) {
				const item = list[i];
				checkBytes(item, 'list[' + i + ']');
				if (at < length) whole.set(at + item.length > length ? new Uint8Array(item.buffer, item.byteOffset, length - at) : item, at);
				at += item.length;
			}
			return whole;
		},
		copyBytesFrom: function (view, start, length) {
			if (!ArrayBuffer.isView(view) || view instanceof DataView) throw argumentType('view', 'an instance of TypedArray', view);
			start = offset(start, 'offset', 0);
			if (start >= view.length) return over(new ArrayBuffer(0));
			const end = start + Math.min(offset(length, 'length', view.length), view.length - start), each = view.BYTES_PER_ELEMENT;
			return over(view.buffer.slice(view.byteOffset + start * each, view.byteOffset + end * each));
		},
		isBuffer: function (value) { return value instanceof Buffer; },
		isEncoding: function (name) { return typeof name === 'string' && name.toLowerCase() in encodings; },
		byteLength: function (value, encoding) {
			if (typeof value === 'string') return host.byteLength(value, Buffer.isEncoding(encoding) ? encodingOf(encoding) : 'utf8');
			if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
			throw argumentType('string', 'of type string or an instance of Buffer or ArrayBuffer', value);
		},
		compare: function (a, b) {
			checkBytes(a, 'buf1');
			checkBytes(b, 'buf2');
			return host.compare(a, b);
		},
	});

	function filled(buffer, value, start, end, encoding) {
		if (typeof value === 'string') {
			if (start === undefined || typeof start === 'string') [start, end, encoding] = [undefined, undefined, start];
			else if (typeof end === 'string') [end, encoding] = [undefined, end];
			if (encoding !== undefined && encoding !== null && encoding !== '') check.string(encoding, 'encoding');
			encoding = encodingOrUTF8(encoding);
		}
		if (start === undefined) [start, end] = [0, buffer.length];
		else {
			check.number(start, 'offset');
			if (!(start >= 0)) throw outOfRange('offset', '>= 0 && <= ' + Number.MAX_SAFE_INTEGER, start);
			if (end === undefined) end = buffer.length;
			else {
				check.number(end, 'end');
				if (!(end >= 0 && end <= buffer.length)) throw outOfRange('end', '>= 0 && <= ' + buffer.length, end);
			}
		}
		if (start >= end) return buffer;
		let bytes = value;
		if (typeof value === 'string') bytes = value === '' ? 0 : encode(value, encoding);
		if (!isBytes(bytes)) {
			Uint8Array.prototype.fill.call(buffer, Number(bytes) & 255, start, end);
			return buffer;
		}
		if (bytes.length === 0) throw argumentValue('value', value);
		host.fill(buffer, bytes, start, end);
		return buffer;
	}

	function written(buffer, text, start, length, encoding) {
		if (typeof text !== 'string') throw nodeError('TypeError', 'ERR_INVALID_ARG_TYPE', 'argument must be a string');
		if (encoding === 'utf8') return host.use('text').TextEncoder.prototype.encodeInto(text, new Uint8Array(buffer.buffer, buffer.byteOffset + start, length)).written;
		const bytes = encode(text, encoding);
		let n = Math.min(length, bytes.length);
		if (encoding === 'utf16le') n -= n % 2;
		buffer.set(n < bytes.length ? new Uint8Array(bytes.buffer, bytes.byteOffset, n) : bytes, start);
		return n;
	}

	function search(find, buffer, value, from, otherwise, encoding) {
		if (typeof from === 'string') [from, encoding] = [undefined, from];
		from = from === undefined ? otherwise : whole(from, otherwise);
		from = Math.min(Math.max(from, -0x80000000), 0x7fffffff);
		if (typeof value === 'number') return find(buffer, new Uint8Array([value >>> 0 & 255]), from);
		if (typeof value === 'string') return find(buffer, encode(value, encodingOrUTF8(encoding)), from);
		if (isBytes(value)) return find(buffer, value, from);
		throw argumentType('value', 'one of type number or string or an instance of Buffer or Uint8Array', value);
	}

	function swapped(buffer, size) {
		if (buffer.length % size) throw nodeError('RangeError', 'ERR_INVALID_BUFFER_SIZE', 'Buffer size must be a multiple of ' + size * 8 + '-bits');
		host.swap(buffer, size);
		return buffer;
	}

	put(proto, {
		toString(encoding, start, end) {
			const n = this.length, from = clamped(start, 0, n), to = clamped(end, n, n);
			if (to <= from) return '';
			const e = encoding === undefined ? 'utf8' : encodingOf(encoding);
			if (e === 'utf8' || e === 'hex' || e === 'base64') return toString.call(this, e, from, to);
			return host.decode(this.buffer, this.byteOffset + from, to - from, e);
		},
		write(text, start, length, encoding) {
			const n = this.length;
			if (start === undefined) return written(this, text, 0, n, 'utf8');
			if (length === undefined && typeof start === 'string') return written(this, text, 0, n, encodingOrUTF8(start));
			start = offset(start, 'offset', 0, n);
			if (typeof length === 'string') [length, encoding] = [n, length];
			length = Math.min(offset(length, 'length', n, n), n - start);
			return written(this, text, start, length, encodingOrUTF8(encoding));
		},
		toJSON() { return { type: 'Buffer', data: Array.prototype.slice.call(this) }; },
		equals(other) {
			checkBytes(other, 'otherBuffer');
			return this.length === other.length && host.compare(this, other) === 0;
		},
		compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
			checkBytes(target, 'target');
			if (arguments.length === 1) return host.compare(this, target);
			targetStart = offset(targetStart, 'targetStart', 0);
			targetEnd = offset(targetEnd, 'targetEnd', target.length, target.length);
			sourceStart = offset(sourceStart, 'sourceStart', 0);
			sourceEnd = offset(sourceEnd, 'sourceEnd', this.length, this.length);
			if (sourceStart >= sourceEnd) return targetStart >= targetEnd ? 0 : -1;
			if (targetStart >= targetEnd) return 1;
			const part = (b, from, to) => new Uint8Array(b.buffer, b.byteOffset + from, to - from);
			return host.compare(part(this, sourceStart, sourceEnd), part(target, targetStart, targetEnd));
		},
		subarray(start, end) {
			const n = this.length, at = (v, d) => { v = v === undefined ? d : whole(v, 0); return v < 0 ? Math.max(n + v, 0) : Math.min(v, n); };
			const from = at(start, 0), to = at(end, n);
			return over(this.buffer, this.byteOffset + from, Math.max(to - from, 0));
		},
		slice(start, end) { return this.subarray(start, end); },
		copy(target, at, start, end) {
			checkBytes(target, 'target');
			const n = this.length;
			at = at === undefined ? 0 : whole(at, 0);
			if (at < 0) throw outOfRange('targetStart', '>= 0', at);
			start = start === undefined ? 0 : whole(start, 0);
			if (start < 0 || start > n) throw outOfRange('sourceStart', '>= 0 && <= ' + n, start);
			end = end === undefined ? n : whole(end, 0);
			if (end < 0) throw outOfRange('sourceEnd', '>= 0', end);
			const count = Math.min(Math.min(end, n) - start, target.length - at);
			if (count <= 0) return 0;
			target.set(new Uint8Array(this.buffer, this.byteOffset + start, count), at);
			return count;
		},
		fill(value, start, end, encoding) { return filled(this, value, start, end, encoding); },
		indexOf(value, from, encoding) { return search(host.indexOf, this, value, from, 0, encoding); },
		lastIndexOf(value, from, encoding) { return search(host.lastIndexOf, this, value, from, this.length, encoding); },
		includes(value, from, encoding) { return this.indexOf(value, from, encoding) !== -1; },
		swap16() { return swapped(this, 2); },
		swap32() { return swapped(this, 4); },
		swap64() { return swapped(this, 8); },
	});
	put(proto, { toLocaleString: proto.toString });
	for (const encoding of ['utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url', 'ucs2']) {
		put(proto, {
			[encoding + 'Slice'](start, end) { return this.toString(encoding, start, end); },
			[encoding + 'Write'](text, start = 0, length = this.length - start) { return written(this, text, start, Math.min(length, this.length - start), encodingOf(encoding)); },
		});
	}
	for (const name of Object.keys(proto)) Object.defineProperty(proto, name, { enumerable: false });
	Object.defineProperty(proto, 'parent', { get() { return this instanceof Buffer ? this.buffer : undefined; }, configurable: true });
	Object.defineProperty(proto, 'offset', { get() { return this instanceof Buffer ? this.byteOffset : undefined; }, configurable: true });

	function transcode(source, fromEncoding, toEncoding) {
		checkBytes(source, 'source');
		const known = (name) => { name = Buffer.isEncoding(name) ? encodingOf(name) : ''; return ['utf8', 'utf16le', 'latin1', 'ascii'].includes(name) ? name : ''; };
		const before = known(fromEncoding), after = known(toEncoding);
		if (!before || !after) {
			const error = new Error('Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]');
			throw Object.assign(error, { code: 'U_ILLEGAL_ARGUMENT_ERROR', errno: 1 });
		}
		let text = over(source.buffer, source.byteOffset, source.length).toString(before);
		if (after === 'latin1') text = text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\0-\xff]/g, '?');
		if (after === 'ascii') text = text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\0-\x7f]/g, '?');
		return Buffer.from(text, after);
	}
	function bytesOf(input) {
		if (ArrayBuffer.isView(input) && !(input instanceof DataView) || input instanceof ArrayBuffer) return input;
		throw argumentType('input', 'an instance of ArrayBuffer, Buffer, or TypedArray', input);
	}

	const text = host.use('text');
	return Object.assign(host.exports, {
		kMaxLength: limit, kStringMaxLength: limit, constants: { MAX_LENGTH: limit, MAX_STRING_LENGTH: limit }, INSPECT_MAX_BYTES: 50,
		atob: text.atob, btoa: text.btoa, SlowBuffer: Buffer, transcode,
		isAscii(input) { return host.isAscii(bytesOf(input)); },
		isUtf8(input) { return host.isUtf8(bytesOf(input)); },
	});
})
