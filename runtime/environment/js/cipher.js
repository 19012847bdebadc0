// createCipheriv and createDecipheriv of require('crypto').
(function (host) {
	const { Buffer } = host.use('buffer');
	const { nodeError, argumentType, check } = host.use('errors');
	const names = [128, 192, 256].flatMap((bits) => ['cbc', 'ctr', 'gcm'].map((mode) => 'aes-' + bits + '-' + mode));
	const output = (bytes, encoding) => (encoding && encoding !== 'buffer' ? Buffer.from(bytes).toString(encoding) : Buffer.from(bytes));
	const isBinary = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
	const hide = (o, key, value) => Object.defineProperty(o, key, { value, writable: true, configurable: true });
	const state = (what) => nodeError('Error', 'ERR_CRYPTO_INVALID_STATE', 'Invalid state for operation ' + what);

	const wrongs = {
		'Invalid key length': () => nodeError('RangeError', 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length'),
		'Invalid initialization vector': () => nodeError('TypeError', 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector'),
		'wrong final block length': () => ossl('1C80006B', 'Provider routines::wrong final block length', 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH'),
		'bad decrypt': () => ossl('1C800064', 'Provider routines::bad decrypt', 'ERR_OSSL_BAD_DECRYPT'),
	};
	function ossl(number, text, code) {
		return Object.assign(new Error('error:' + number + ':' + text), { library: 'Provider routines', reason: text.replace(/.*::/, ''), code });
	}
	const wrong = (message) => (Object.hasOwn(wrongs, message) ? wrongs[message]() : new Error(message));

	class Base {
		constructor(name, key, iv, options, decrypts) {
			check.string(name, 'cipher');
			const form = host.cipherForm(name);
			if (form === null) throw nodeError('Error', 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
			if (iv === null) throw wrongs['Invalid initialization vector']();
			if (typeof iv !== 'string' && !isBinary(iv)) throw argumentType('iv', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView', iv);
			const parts = host.cipher(name, decrypts, key, typeof iv === 'string' ? Buffer.from(iv) : iv);
			if (typeof parts === 'string') throw wrong(parts);
			hide(this, '_parts', parts);
			hide(this, '_gcm', form[2] === 'gcm');
			hide(this, '_done', false);
			hide(this, '_tagLength', options && options.authTagLength);
		}
		update(data, inputEncoding, outputEncoding) {
			if (typeof data === 'string') data = Buffer.from(data, inputEncoding);
			else if (!ArrayBuffer.isView(data)) throw argumentType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
			if (this._done) throw state('update');
			return output(this._parts[0](data), outputEncoding);
		}
		final(outputEncoding) {
			if (this._done) throw state('final');
			this._done = true;
			const rest = this._parts[1]();
			if (typeof rest === 'string') throw wrong(rest);
			return output(rest, outputEncoding);
		}
		setAutoPadding(on = true) { this._parts[5](!on); return this; }
		setAAD(data, options) {
			if (typeof data === 'string') data = Buffer.from(data, options && options.encoding);
			else if (!isBinary(data)) throw argumentType('buffer', 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView', data);
			if (!this._parts[2](data)) throw state('setAAD');
			return this;
		}
	}
	class Cipheriv extends Base {
		constructor(name, key, iv, options) { super(name, key, iv, options, false); }
		getAuthTag() {
			if (!this._gcm || !this._done) throw state('getAuthTag');
			return Buffer.from(this._parts[4](this._tagLength || 16));
		}
	}
	class Decipheriv extends Base {
		constructor(name, key, iv, options) { super(name, key, iv, options, true); }
		setAuthTag(tag, encoding) {
			if (typeof tag === 'string') tag = Buffer.from(tag, encoding);
			else if (!isBinary(tag)) throw argumentType('buffer', 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView', tag);
			if (!this._gcm) throw state('setAuthTag');
			const n = tag.byteLength;
			if (n !== (this._tagLength || n) || n !== 4 && n !== 8 && (n < 12 || n > 16)) throw nodeError('TypeError', 'ERR_CRYPTO_INVALID_AUTH_TAG', 'Invalid authentication tag length: ' + n);
			this._parts[3](tag);
			return this;
		}
	}

	return {
		names, Cipheriv, Decipheriv,
		create: (name, key, iv, options, decrypts) => (decrypts ? new Decipheriv(name, key, iv, options) : new Cipheriv(name, key, iv, options)),
		info(name) {
			const form = host.cipherForm(String(name));
			if (form === null) return undefined;
			return { mode: form[2], name: String(name).toLowerCase(), nid: undefined, ...form[2] === 'cbc' ? { blockSize: 16 } : {}, ivLength: form[1], keyLength: form[0] };
		},
	};
})
