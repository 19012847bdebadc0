// crypto.subtle (Web Cryptography API) with SHA, HMAC, AES-GCM, AES-CBC, PBKDF2 and HKDF.
(function (host) {
	const { Buffer } = host.use('buffer');
	const { DOMException } = host.use('exception');
	const fail = (message, name) => new DOMException(message, name);
	const unrecognized = () => fail('Unrecognized algorithm name', 'NotSupportedError');

	const hashes = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 };
	const uses = {
		HMAC: ['sign', 'verify'], 'AES-GCM': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'], 'AES-CBC': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
		PBKDF2: ['deriveKey', 'deriveBits'], HKDF: ['deriveKey', 'deriveBits'],
	};

	// normal is "normalize an algorithm" (§18.4): names in any case become the standard's.
	function normal(algorithm, names) {
		const given = typeof algorithm === 'string' ? { name: algorithm } : algorithm;
		if (typeof given !== 'object' || given === null || given.name === undefined) throw new TypeError("Failed to normalize algorithm: 'name' is required in 'Algorithm'");
		const name = names.find((n) => n.toLowerCase() === String(given.name).toLowerCase());
		if (!name) throw unrecognized();
		return { ...given, name };
	}
	const hashOf = (algorithm) => {
		if (algorithm.hash === undefined) throw new TypeError("'hash' is required in '" + algorithm.name + "Params'");
		return normal(algorithm.hash, Object.keys(hashes));
	};
	// bytes copies a BufferSource (WebIDL §3.2.25).
	function bytes(source, what) {
		if (source instanceof ArrayBuffer) return new Uint8Array(source.slice(0));
		if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer.slice(source.byteOffset, source.byteOffset + source.byteLength));
		throw new TypeError(what + ' is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.');
	}

	const secrets = new WeakMap();
	class CryptoKey {
		constructor() { throw new TypeError('Illegal constructor'); }
		get type() { return 'secret'; }
		get extractable() { return secrets.get(this).extractable; }
		get algorithm() { return secrets.get(this).algorithm; }
		get usages() { return secrets.get(this).usages; }
		get [Symbol.toStringTag]() { return 'CryptoKey'; }
	}
	function makeKey(algorithm, raw, extractable, usages) {
		const allowed = uses[algorithm.name];
		for (const use of usages) if (!allowed.includes(use)) throw fail('Unsupported key usage for a ' + algorithm.name + ' key', 'SyntaxError');
		if (usages.length === 0) throw fail('Usages cannot be empty when importing a secret key.', 'SyntaxError');
		const key = Object.create(CryptoKey.prototype);
		secrets.set(key, { algorithm, raw, extractable: !!extractable, usages: [...new Set(usages)] });
		return key;
	}
	// secret returns what a key holds, if it may be used so.
	function secret(key, algorithm, use) {
		const s = secrets.get(key);
		if (!s) throw new TypeError('the key is not instance of CryptoKey.');
		if (s.algorithm.name !== algorithm.name) throw fail('Key algorithm mismatch', 'InvalidAccessError');
		if (!s.usages.includes(use)) throw fail('Unable to use this key to ' + use, 'InvalidAccessError');
		return s;
	}

	function keyAlgorithm(algorithm, size) {
		switch (algorithm.name) {
		case 'HMAC': return { name: 'HMAC', length: size * 8, hash: { name: hashOf(algorithm).name } };
		case 'PBKDF2': case 'HKDF': return { name: algorithm.name };
		}
		if (![16, 24, 32].includes(size)) throw fail('Invalid key length', 'DataError');
		return { name: algorithm.name, length: size * 8 };
	}
	const random = (n) => { const b = new Uint8Array(n); host.fillRandom(b.buffer, 0, n); return b; };

	const jwkName = (algorithm) => (algorithm.name === 'HMAC' ? 'HS' + algorithm.hash.name.slice(4) : 'A' + algorithm.length + algorithm.name.slice(4));

	function importRaw(format, data, algorithm, extractable, usages) {
		let raw;
		if (format === 'raw' || format === 'raw-secret') raw = bytes(data, 'keyData');
		else if (format === 'jwk') {
			if (typeof data !== 'object' || data === null) throw new TypeError('keyData must be a JsonWebKey.');
			if (data.kty !== 'oct' || typeof data.k !== 'string') throw fail('Invalid keyData', 'DataError');
			raw = new Uint8Array(Buffer.from(data.k, 'base64url'));
		} else throw fail('Unable to import ' + algorithm.name + ' key with format ' + format, 'NotSupportedError');
		if (algorithm.name === 'HMAC' && raw.length === 0) throw fail('Zero-length key is not supported', 'DataError');
		const described = keyAlgorithm(algorithm, raw.length);
		if (format === 'jwk' && data.alg !== undefined && described.length && data.alg !== jwkName(described)) throw fail('JWK "alg" does not match the requested algorithm', 'DataError');
		if ((algorithm.name === 'PBKDF2' || algorithm.name === 'HKDF') && extractable) throw fail('The key must not be extractable', 'SyntaxError');
		return makeKey(described, raw, extractable, usages);
	}

	function cipher(algorithm, s, data, decrypts) {
		const iv = bytes(algorithm.iv, 'algorithm.iv'), gcm = s.algorithm.name === 'AES-GCM';
		if (!gcm && iv.length !== 16) throw fail('algorithm.iv must contain exactly 16 bytes', 'OperationError');
		const wrong = () => fail('The operation failed for an operation-specific reason', 'OperationError');
		const parts = host.cipher('aes-' + s.raw.length * 8 + (gcm ? '-gcm' : '-cbc'), decrypts, s.raw, iv);
		if (typeof parts === 'string') throw wrong();
		const bits = algorithm.tagLength === undefined ? 128 : algorithm.tagLength, size = gcm ? bits / 8 : 0;
		if (gcm && ![32, 64, 96, 104, 112, 120, 128].includes(bits)) throw fail(bits + ' is not a valid AES-GCM tag length', 'OperationError');
		if (gcm && algorithm.additionalData !== undefined) parts[2](bytes(algorithm.additionalData, 'algorithm.additionalData'));
		if (decrypts && gcm) {
			if (data.length < size) throw wrong();
			parts[3](data.subarray(data.length - size));
			data = data.subarray(0, data.length - size);
		}
		const first = parts[0](data), last = parts[1]();
		if (typeof last === 'string') throw wrong();
		const tail = gcm && !decrypts ? parts[4](size) : last;
		const out = new Uint8Array(first.byteLength + tail.byteLength);
		out.set(new Uint8Array(first));
		out.set(new Uint8Array(tail), first.byteLength);
		return out.buffer;
	}

	function sum(s, data) {
		const step = host.hmac(s.algorithm.hash.name, s.raw);
		step(data);
		return step();
	}

	function derive(algorithm, s, length) {
		if (length === null || length === undefined || length % 8 !== 0) throw fail('length must be a multiple of 8', 'OperationError');
		const hash = hashOf(algorithm).name, salt = bytes(algorithm.salt, 'algorithm.salt');
		return new Promise((resolve, reject) => {
			const done = (error, key) => (error ? reject(Object.assign(fail(error.message, 'OperationError'), { cause: error })) : resolve(key));
			if (algorithm.name === 'PBKDF2') {
				if (!(algorithm.iterations >= 1 && algorithm.iterations < 2 ** 32)) throw fail('iterations cannot be zero', 'OperationError');
				host.pbkdf2(s.raw, salt, Math.trunc(algorithm.iterations), length / 8, hash, done);
			} else {
				if (length / 8 > 255 * hashes[hash]) throw fail('length is too long for HKDF', 'OperationError');
				host.hkdf(hash, s.raw, salt, bytes(algorithm.info, 'algorithm.info'), length / 8, done);
			}
		});
	}

	const lengthOf = (algorithm) => {
		if (algorithm.name === 'HMAC') return algorithm.length === undefined ? { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 }[hashOf(algorithm).name] : algorithm.length;
		if (![128, 192, 256].includes(algorithm.length)) throw fail('AES key length must be 128, 192, or 256 bits', 'OperationError');
		return algorithm.length;
	};
	const keyNames = ['HMAC', 'AES-GCM', 'AES-CBC'];

	class SubtleCrypto {
		async digest(algorithm, data) {
			const step = host.hash(normal(algorithm, Object.keys(hashes)).name);
			step(bytes(data, 'data'));
			return step();
		}
		async generateKey(algorithm, extractable, usages) {
			algorithm = normal(algorithm, keyNames);
			const n = lengthOf(algorithm) / 8;
			if (!(n >= 1 && n <= 1 << 16)) throw fail('Invalid key length', 'OperationError');
			return makeKey(keyAlgorithm(algorithm, n), random(n), extractable, usages);
		}
		async importKey(format, data, algorithm, extractable, usages) {
			return importRaw(format, data, normal(algorithm, Object.keys(uses)), extractable, usages);
		}
		async exportKey(format, key) {
			const s = secrets.get(key);
			if (!s) throw new TypeError('the key is not instance of CryptoKey.');
			if (!s.extractable) throw fail('key is not extractable', 'InvalidAccessError');
			if (format === 'raw' || format === 'raw-secret') return s.raw.slice().buffer;
			if (format !== 'jwk') throw fail('Unable to export a raw ' + s.algorithm.name + ' key using ' + format + ' format', 'NotSupportedError');
			return { key_ops: s.usages, ext: true, alg: jwkName(s.algorithm), kty: 'oct', k: Buffer.from(s.raw).toString('base64url') };
		}
		async sign(algorithm, key, data) { return sum(secret(key, normal(algorithm, ['HMAC']), 'sign'), bytes(data, 'data')); }
		async verify(algorithm, key, signature, data) {
			const s = secret(key, normal(algorithm, ['HMAC']), 'verify');
			return host.equal(sum(s, bytes(data, 'data')), bytes(signature, 'signature'));
		}
		async encrypt(algorithm, key, data) {
			algorithm = normal(algorithm, ['AES-GCM', 'AES-CBC']);
			return cipher(algorithm, secret(key, algorithm, 'encrypt'), bytes(data, 'data'), false);
		}
		async decrypt(algorithm, key, data) {
			algorithm = normal(algorithm, ['AES-GCM', 'AES-CBC']);
			return cipher(algorithm, secret(key, algorithm, 'decrypt'), bytes(data, 'data'), true);
		}
		async deriveBits(algorithm, key, length) {
			algorithm = normal(algorithm, ['PBKDF2', 'HKDF']);
			return derive(algorithm, secret(key, algorithm, 'deriveBits'), length);
		}
		async deriveKey(algorithm, key, derived, extractable, usages) {
			algorithm = normal(algorithm, ['PBKDF2', 'HKDF']);
			derived = normal(derived, keyNames);
			const raw = await derive(algorithm, secret(key, algorithm, 'deriveKey'), lengthOf(derived));
			return importRaw('raw', raw, derived, extractable, usages);
		}
		get [Symbol.toStringTag]() { return 'SubtleCrypto'; }
	}
	const unserved = (name) => ({ async [name]() { throw fail('crypto.subtle.' + name + ' is not available on this server', 'NotSupportedError'); } })[name];
	for (const name of ['wrapKey', 'unwrapKey']) Object.defineProperty(SubtleCrypto.prototype, name, { value: unserved(name), writable: true, configurable: true, enumerable: false });

	return { subtle: new SubtleCrypto(), CryptoKey, SubtleCrypto };
})
