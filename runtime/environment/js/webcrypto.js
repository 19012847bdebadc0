// The global crypto: random numbers, and subtle on its first use.
(function (host) {
	const bytesPerCall = 65536; // Web Cryptography API §10.1.1; a QuotaExceededError above that

	class Crypto {
		get subtle() { return host.use('subtle').subtle; }
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

	return { crypto: new Crypto() };
})
