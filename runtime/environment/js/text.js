// TextEncoder and TextDecoder (encoding standard §7), atob and btoa (HTML §8.3).
(function (host) {
	const labels = {};
	for (const [encoding, names] of Object.entries({
		'utf-8': 'utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8',
		'utf-16le': 'utf-16le utf-16 ucs-2 unicode csunicode iso-10646-ucs-2 unicodefeff',
		'utf-16be': 'utf-16be unicodefffe',
		'windows-1252': 'windows-1252 latin1 ascii us-ascii iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 cp1252 cp819 ibm819 x-cp1252 '
			+ 'ansi_x3.4-1968 csisolatin1 iso-ir-100',
	})) for (const name of names.split(' ')) labels[name] = encoding;

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
			const name = String(label).trim().toLowerCase();
			if (!Object.hasOwn(labels, name)) {
				throw new RangeError('The encoding "' + label + '" is not supported: utf-8, utf-16le, utf-16be and windows-1252 (latin1) are');
			}
			options = options ?? {};
			this.#encoding = labels[name];
			this.#fatal = Boolean(options.fatal);
			this.#ignoreBOM = Boolean(options.ignoreBOM);
			this.#decode = host.decoder(this.#encoding, this.#fatal, this.#ignoreBOM);
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
