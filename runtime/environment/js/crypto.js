// require('crypto'), as far as Go's crypto goes.
(function (host) {
	const { Buffer } = host.use('buffer');
	const { nodeError, argumentType, argumentValue, outOfRange, check } = host.use('errors');
	const webcrypto = host.use('webcrypto').crypto;

	const dataExpected = 'of type string or an instance of Buffer, TypedArray, or DataView';
	const binaryExpected = 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView';
	const isBinary = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
	// data is the bytes of a string or of a view.
	function data(value, encoding, name = 'data', expected = dataExpected) {
		if (typeof value === 'string') return Buffer.from(value, encoding === 'buffer' ? 'utf8' : encoding);
		if (!ArrayBuffer.isView(value) && !(expected !== dataExpected && value instanceof ArrayBuffer)) throw argumentType(name, expected, value);
		return value;
	}
	const output = (bytes, encoding) => (encoding && encoding !== 'buffer' ? Buffer.from(bytes).toString(encoding) : Buffer.from(bytes));
	const finalized = () => nodeError('Error', 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
	const unknownDigest = (name) => nodeError('TypeError', 'ERR_CRYPTO_INVALID_DIGEST', 'Invalid digest: ' + name);
	const hide = (o, key, value) => Object.defineProperty(o, key, { value, writable: true, configurable: true });

	class HashBase {
		update(value, encoding) {
			if (!this._step || this._done) throw finalized();
			this._step(data(value, encoding));
			return this;
		}
	}

	class HashObject extends HashBase {
		constructor(algorithm, options) {
			super();
			const step = algorithm instanceof HashObject ? algorithm._step(null) : newHash(algorithm, options && options.outputLength);
			hide(this, '_step', step);
			hide(this, '_done', false);
		}
		digest(encoding) {
			if (this._done) throw finalized();
			this._done = true;
			return output(this._step(), encoding);
		}
		copy() {
			if (this._done) throw finalized();
			return new HashObject(this);
		}
	}
	Object.defineProperty(HashObject, 'name', { value: 'Hash' });

	function newHash(algorithm, outputLength) {
		check.string(algorithm, 'algorithm');
		if (outputLength !== undefined) check.integer(outputLength, 'options.outputLength', 0, 2 ** 32 - 1);
		const step = host.hash(algorithm, outputLength);
		if (step === null) throw new Error('Digest method not supported');
		if (step === false) throw nodeError('Error', 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH', 'error:030000B2:digital envelope routines::not XOF or invalid length');
		return step;
	}

	class Hmac extends HashBase {
		constructor(algorithm, key) {
			super();
			check.string(algorithm, 'hmac');
			const secret = keyBytes(key, 'key');
			const step = host.hmac(algorithm, secret);
			if (step === null) throw unknownDigest(algorithm);
			hide(this, '_step', step);
			hide(this, '_done', false);
		}
		digest(encoding) {
			if (this._done) return output(new ArrayBuffer(0), encoding);
			this._done = true;
			return output(this._step(), encoding);
		}
	}

	// A KeyObject holds a secret key; keys in pairs are not served.
	class KeyObject {
		constructor(type, bytes) {
			if (type !== 'secret') throw argumentValue('type', type);
			hide(this, '_bytes', bytes);
		}
		get type() { return 'secret'; }
		get symmetricKeySize() { return this._bytes.byteLength; }
		equals(other) {
			if (!(other instanceof KeyObject)) throw argumentType('otherKeyObject', 'an instance of KeyObject', other);
			return host.equal(this._bytes, other._bytes);
		}
		export(options) {
			if (options && options.format === 'jwk') return { kty: 'oct', k: this._bytes.toString('base64url') };
			return Buffer.from(this._bytes);
		}
		get [Symbol.toStringTag]() { return 'KeyObject'; }
	}
	function keyBytes(key, name, encoding) {
		if (key instanceof KeyObject) return key._bytes;
		if (typeof key !== 'string' && !isBinary(key)) throw argumentType(name, 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey', key);
		return typeof key === 'string' ? Buffer.from(key, encoding) : key;
	}
	function createSecretKey(key, encoding) {
		if (typeof key !== 'string' && !isBinary(key)) throw argumentType('key', 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView', key);
		return new KeyObject('secret', Buffer.from(keyBytes(key, 'key', encoding)));
	}
	function noPairs(name) {
		return function () { throw nodeError('Error', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'crypto.' + name + ' is not available: this server has hashes, HMAC, AES and keys of passwords, but no pairs of keys'); };
	}

	function hash(algorithm, input, options) {
		check.string(algorithm, 'algorithm');
		if (typeof input !== 'string' && !ArrayBuffer.isView(input)) throw argumentType('input', dataExpected, input);
		const encoding = typeof options === 'object' && options !== null ? options.outputEncoding : options;
		const step = newHash(algorithm, typeof options === 'object' && options !== null ? options.outputLength : undefined);
		step(data(input, 'utf8', 'input'));
		return output(step(), encoding === undefined ? 'hex' : encoding);
	}

	function timingSafeEqual(a, b) {
		for (const [value, name] of [[a, 'buf1'], [b, 'buf2']]) {
			if (!isBinary(value)) throw nodeError('TypeError', 'ERR_INVALID_ARG_TYPE', 'The "' + name + '" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.');
		}
		if (a.byteLength !== b.byteLength) throw nodeError('RangeError', 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
		return host.equal(a, b);
	}

	// Random numbers. What has a callback calls it in a microtask: they take no time.
	function randomBytes(size, callback) {
		check.number(size, 'size');
		if (!(size >= 0 && size <= 2 ** 31 - 1)) throw outOfRange('size', '>= 0 && <= 2147483647', size);
		if (callback !== undefined) check.callback(callback);
		const bytes = Buffer.alloc(Math.trunc(size));
		host.fillRandom(bytes.buffer, 0, bytes.length);
		if (callback === undefined) return bytes;
		queueMicrotask(() => callback(null, bytes));
	}
	function randomFillSync(buffer, offset = 0, size) {
		if (!isBinary(buffer)) throw argumentType('buf', 'an instance of ArrayBuffer or ArrayBufferView', buffer);
		const each = buffer.BYTES_PER_ELEMENT || 1, most = buffer.byteLength;
		check.number(offset, 'offset');
		offset *= each;
		if (!(offset >= 0 && offset <= most)) throw outOfRange('offset', '>= 0 && <= ' + most, offset);
		if (size === undefined) size = most - offset;
		else {
			check.number(size, 'size');
			size *= each;
			if (!(size >= 0 && size <= 2 ** 31 - 1)) throw outOfRange('size', '>= 0 && <= 2147483647', size);
			if (size + offset > most) throw outOfRange('size + offset', '<= ' + most, size + offset);
		}
		host.fillRandom(ArrayBuffer.isView(buffer) ? buffer.buffer : buffer, (buffer.byteOffset || 0) + offset, size);
		return buffer;
	}
	function randomFill(buffer, offset, size, callback) {
		if (typeof offset === 'function') [offset, size, callback] = [0, undefined, offset];
		else if (typeof size === 'function') [size, callback] = [undefined, size];
		check.callback(callback);
		randomFillSync(buffer, offset, size);
		queueMicrotask(() => callback(null, buffer));
	}
	function randomInt(min, max, callback) {
		if (max === undefined || typeof max === 'function') [min, max, callback] = [0, min, max];
		if (callback !== undefined) check.callback(callback);
		if (!Number.isSafeInteger(min)) throw argumentType('min', 'a safe integer', min);
		if (!Number.isSafeInteger(max)) throw argumentType('max', 'a safe integer', max);
		if (max <= min) throw outOfRange('max', 'greater than the value of "min" (' + min + ')', max);
		const range = max - min;
		if (range > 2 ** 48 - 1) throw outOfRange('max - min', '<= 281474976710655', range);
		const limit = 2 ** 48 - 2 ** 48 % range; // no remainder is more likely than another
		let n;
		do n = randomBytes(6).readUIntBE(0, 6); while (n >= limit);
		n = min + n % range;
		if (callback === undefined) return n;
		queueMicrotask(() => callback(undefined, n));
	}

	// Keys of passwords. finish makes the callback that Go calls.
	const finish = (callback, form) => callback && ((error, bytes) => (error ? callback(error) : callback(null, form(bytes))));
	function pbkdf2(password, salt, iterations, length, digest, callback) {
		check.string(digest, 'digest');
		password = data(password, 'utf8', 'password', binaryExpected);
		salt = data(salt, 'utf8', 'salt', binaryExpected);
		check.integer(iterations, 'iterations', 1, 2 ** 31 - 1);
		check.integer(length, 'keylen', 0, 2 ** 31 - 1);
		if (!host.isHash(digest)) throw unknownDigest(digest);
		return host.pbkdf2(password, salt, iterations, length, digest, finish(callback, Buffer.from));
	}
	function scrypt(password, salt, length, options, callback) {
		password = data(password, 'utf8', 'password', binaryExpected);
		salt = data(salt, 'utf8', 'salt', binaryExpected);
		check.integer(length, 'keylen', 0, 2 ** 31 - 1);
		let [n, r, p, memory] = [16384, 8, 1, 32 << 20];
		if (options) {
			const take = (name, alias, otherwise) => {
				const has = options[name] !== undefined, hasAlias = options[alias] !== undefined;
				if (has && hasAlias) throw nodeError('TypeError', 'ERR_INCOMPATIBLE_OPTION_PAIR', 'Option "' + name + '" cannot be used in combination with option "' + alias + '"');
				const value = has ? options[name] : hasAlias ? options[alias] : otherwise;
				check.integer(value, has || !hasAlias ? name : alias, 0, 2 ** 32 - 1);
				return value || otherwise;
			};
			n = take('N', 'cost', n);
			r = take('r', 'blockSize', r);
			p = take('p', 'parallelization', p);
			if (options.maxmem !== undefined) {
				check.integer(options.maxmem, 'maxmem', 0);
				memory = options.maxmem || memory;
			}
		}
		if (n < 2 || (n & n - 1) !== 0) throw nodeError('RangeError', 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', 'Invalid scrypt params');
		return host.scrypt(password, salt, length, n, r, p, memory, finish(callback, Buffer.from));
	}
	function hkdf(digest, key, salt, info, length, callback) {
		check.string(digest, 'digest');
		key = keyBytes(key, 'ikm');
		salt = data(salt, 'utf8', 'salt', binaryExpected);
		info = data(info, 'utf8', 'info', binaryExpected);
		check.integer(length, 'length', 0, 2 ** 31 - 1);
		if (info.byteLength > 1024) throw outOfRange('info', 'must not contain more than 1024 bytes', info.byteLength);
		if (!host.isHash(digest)) throw unknownDigest(digest);
		if (length > 255 * host.hash(digest)().byteLength) throw nodeError('RangeError', 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
		return host.hkdf(digest, key, salt, info, length, finish(callback, (bytes) => bytes));
	}

	const rest = host.use('cipher');
	return {
		createHash(algorithm, options) { return new HashObject(algorithm, options); },
		createHmac(algorithm, key) { return new Hmac(algorithm, key); },
		createSecretKey, hash, timingSafeEqual, Hash: HashObject, Hmac, KeyObject,
		createCipheriv(name, key, iv, options) { return rest.create(name, keyBytes(key, 'key'), iv, options, false); },
		createDecipheriv(name, key, iv, options) { return rest.create(name, keyBytes(key, 'key'), iv, options, true); },
		getCiphers: () => rest.names.slice(), getCipherInfo: rest.info, Cipheriv: rest.Cipheriv, Decipheriv: rest.Decipheriv,
		getHashes: () => host.hashes.slice(),
		getRandomValues: (array) => webcrypto.getRandomValues(array), randomUUID: () => webcrypto.randomUUID(),
		randomBytes, pseudoRandomBytes: randomBytes, randomFill, randomFillSync, randomInt,
		pbkdf2(password, salt, iterations, length, digest, callback) {
			if (typeof digest === 'function') [digest, callback] = [undefined, digest];
			check.callback(callback);
			pbkdf2(password, salt, iterations, length, digest, callback);
		},
		pbkdf2Sync: (password, salt, iterations, length, digest) => Buffer.from(pbkdf2(password, salt, iterations, length, digest)),
		scrypt(password, salt, length, options, callback) {
			if (typeof options === 'function') [options, callback] = [undefined, options];
			check.callback(callback);
			scrypt(password, salt, length, options, callback);
		},
		scryptSync: (password, salt, length, options) => Buffer.from(scrypt(password, salt, length, options)),
		hkdf(digest, key, salt, info, length, callback) {
			check.callback(callback);
			hkdf(digest, key, salt, info, length, callback);
		},
		hkdfSync: (digest, key, salt, info, length) => hkdf(digest, key, salt, info, length),
		createPublicKey: noPairs('createPublicKey'), createPrivateKey: noPairs('createPrivateKey'), generateKeyPair: noPairs('generateKeyPair'),
		generateKeyPairSync: noPairs('generateKeyPairSync'), createSign: noPairs('createSign'), createVerify: noPairs('createVerify'), sign: noPairs('sign'), verify: noPairs('verify'),
		constants: {}, webcrypto, get subtle() { return webcrypto.subtle; },
	};
})
