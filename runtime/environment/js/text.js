// TextEncoder and TextDecoder (encoding standard §7), atob and btoa (HTML §8.3).
(function (host) {
	class TextEncoder {
		get encoding() { return 'utf-8'; }
		encode(input = '') { return new Uint8Array(host.encode(String(input))); }
		encodeInto(source, destination) {
			if (!(destination instanceof Uint8Array)) throw new TypeError('TextEncoder.encodeInto needs a Uint8Array to write into');
			return host.encodeInto(String(source), destination);
		}
	}

	class TextDecoder {
		#encoding; #fatal; #ignoreBOM; #decode;
		constructor(label = 'utf-8', options = {}) {
			options = options ?? {};
			this.#fatal = Boolean(options.fatal);
			this.#ignoreBOM = Boolean(options.ignoreBOM);
			const found = host.decoder(String(label), this.#fatal, this.#ignoreBOM);
			if (!found) throw Object.assign(new RangeError('The "' + label + '" encoding is not supported'), { code: 'ERR_ENCODING_NOT_SUPPORTED' });
			[this.#encoding, this.#decode] = found;
		}
		get encoding() { return this.#encoding; }
		get fatal() { return this.#fatal; }
		get ignoreBOM() { return this.#ignoreBOM; }
		decode(input, options) { return this.#decode(input, Boolean(options?.stream)); }
	}

	for (const c of [TextEncoder, TextDecoder]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
	}

	function invalid(message) {
		const { DOMException } = host.use('exception');
		return new DOMException(message, 'InvalidCharacterError');
	}

	function atob(data) {
		if (arguments.length === 0) throw new TypeError('atob needs a string');
		const text = host.atob(String(data));
		if (text === null) throw invalid('The string to be decoded is not correctly encoded.');
		return text;
	}

	function btoa(data) {
		if (arguments.length === 0) throw new TypeError('btoa needs a string');
		const text = host.btoa(String(data));
		if (text === null) throw invalid('btoa takes characters up to U+00FF only; encode the text with TextEncoder first.');
		return text;
	}

	return { TextEncoder, TextDecoder, atob, btoa };
})
