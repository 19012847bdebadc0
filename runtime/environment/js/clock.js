// performance and crypto, as far as a module without files and network can use them.
(function (host) {
	const bytesPerCall = 65536; // Web Cryptography API §10.1.1; a QuotaExceededError above that

	class Performance {
		now() { return host.now(); }
		get timeOrigin() { return host.origin; }
		toJSON() { return { timeOrigin: host.origin }; }
		get [Symbol.toStringTag]() { return 'Performance'; }
	}

	class Crypto {
		randomUUID() { return host.randomUUID(); }
		getRandomValues(array) {
			if (!ArrayBuffer.isView(array) || array instanceof DataView || array instanceof Float32Array || array instanceof Float64Array) {
				const { DOMException } = host.use('exception');
				throw new DOMException('getRandomValues needs an integer typed array', 'TypeMismatchError');
			}
			if (array.byteLength > bytesPerCall) {
				const { DOMException } = host.use('exception');
				throw new DOMException('getRandomValues gives at most ' + bytesPerCall + ' bytes a call, not ' + array.byteLength, 'QuotaExceededError');
			}
			host.fillRandom(array.buffer, array.byteOffset, array.byteLength);
			return array;
		}
		get [Symbol.toStringTag]() { return 'Crypto'; }
	}

	return { performance: new Performance(), crypto: new Crypto() };
})
