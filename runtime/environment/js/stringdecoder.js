// require('string_decoder'): text of bytes that come in pieces, none of which need end with a character.
(function (host) {
	const { nodeError, argumentType } = host.use('errors'), { Buffer } = host.use('buffer'), { TextDecoder } = host.use('text');
	const names = { utf8: 'utf8', 'utf-8': 'utf8', utf16le: 'utf16le', 'utf-16le': 'utf16le', ucs2: 'utf16le', 'ucs-2': 'utf16le', latin1: 'latin1',
		binary: 'latin1', base64: 'base64', base64url: 'base64url', ascii: 'ascii', hex: 'hex' };
	const hidden = new WeakMap(); // decoder -> {kept, utf8}

	function StringDecoder(encoding) {
		const name = encoding ? names[String(encoding).toLowerCase()] : 'utf8';
		if (name === undefined) throw nodeError('TypeError', 'ERR_UNKNOWN_ENCODING', 'Unknown encoding: ' + String(encoding));
		this.encoding = name;
		hidden.set(this, { kept: Buffer.alloc(0), utf8: name === 'utf8' ? new TextDecoder('utf-8', { ignoreBOM: true }) : null });
	}

	// whole returns how many of the bytes make whole characters.
	function whole(encoding, bytes) {
		const n = bytes.length;
		switch (encoding) {
		case 'utf16le': {
			const even = n - n % 2;
			return even > 0 && (bytes[even - 1] & 0xfc) === 0xd8 ? even - 2 : even; // it ends between two surrogates
		}
		case 'base64': case 'base64url': return n - n % 3;
		}
		return n;
	}

	function write(bytes) {
		if (typeof bytes === 'string') return bytes;
		if (!ArrayBuffer.isView(bytes)) throw argumentType('buf', 'an instance of Buffer, TypedArray, or DataView', bytes);
		const state = hidden.get(this);
		if (state.utf8) return state.utf8.decode(bytes, { stream: true });
		const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const all = state.kept.length > 0 ? Buffer.concat([state.kept, piece]) : piece, n = whole(this.encoding, all);
		state.kept = Buffer.from(all.subarray(n));
		return all.toString(this.encoding, 0, n);
	}

	function end(bytes) {
		const text = bytes === undefined ? '' : this.write(bytes), state = hidden.get(this);
		if (state.utf8) return text + state.utf8.decode();
		const rest = state.kept.toString(this.encoding);
		state.kept = Buffer.alloc(0);
		return text + rest;
	}

	for (const method of [write, end]) {
		Object.defineProperty(StringDecoder.prototype, method.name, { value: method, writable: true, configurable: true, enumerable: true });
	}
	return { StringDecoder };
})
