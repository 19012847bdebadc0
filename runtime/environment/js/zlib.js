// require('zlib'), as far as gzip, zlib and raw deflate go. What is compressed is not byte by byte what Node
// makes, but each reads the other's.
(function (host) {
	const { Buffer } = host.use('buffer');
	const { nodeError, argumentType, outOfRange, check } = host.use('errors');
	const formats = { raw: 0, zlib: 1, gzip: 2, auto: 3 };

	const constants = {
		Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5, Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2,
		Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6, Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1,
		Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1, Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2, Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0, Z_MIN_WINDOWBITS: 8,
		Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15, Z_MIN_CHUNK: 64, Z_MAX_CHUNK: Infinity, Z_DEFAULT_CHUNK: 16384, Z_MIN_MEMLEVEL: 1, Z_MAX_MEMLEVEL: 9,
		Z_DEFAULT_MEMLEVEL: 8, Z_MIN_LEVEL: -1, Z_MAX_LEVEL: 9, Z_DEFAULT_LEVEL: -1,
	};

	function bytesOf(value, name) {
		if (typeof value === 'string') return Buffer.from(value);
		if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value;
		throw argumentType(name, 'of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer', value);
	}
	// option returns an option that is a number within a range, or what it is otherwise.
	function option(options, key, min, max, otherwise) {
		const value = options[key];
		if (value === undefined || Number.isNaN(value)) return otherwise;
		check.number(value, 'options.' + key);
		if (value < min || value > max) throw outOfRange('options.' + key, '>= ' + min + ' and <= ' + max, value);
		return value;
	}
	function convert(method, format, data, options, callback) {
		data = bytesOf(data, 'buffer');
		options = options || {};
		const level = option(options, 'level', -1, 9, -1), most = option(options, 'maxOutputLength', 1, host.limit, host.limit);
		option(options, 'windowBits', format === formats.gzip ? 9 : 0, 15, 15);
		option(options, 'memLevel', 1, 9, 8);
		option(options, 'strategy', 0, 4, 0);
		option(options, 'chunkSize', 64, Infinity, 16384);
		const { dictionary } = options;
		if (dictionary !== undefined && !ArrayBuffer.isView(dictionary) && !(dictionary instanceof ArrayBuffer)) throw argumentType('options.dictionary', 'an instance of Buffer, TypedArray, DataView, or ArrayBuffer', dictionary);
		return host[method](format, data, dictionary, level, most, callback && ((error, bytes) => (error ? callback(error) : callback(null, Buffer.from(bytes)))));
	}
	function pair(name, method, format) {
		const later = { [name](data, options, callback) {
			if (typeof options === 'function') [options, callback] = [undefined, options];
			check.callback(callback);
			convert(method, format, data, options, callback);
		} }[name];
		const sync = { [name + 'Sync'](data, options) { return Buffer.from(convert(method, format, data, options)); } }[name + 'Sync'];
		return { [name]: later, [name + 'Sync']: sync };
	}
	function unserved(name, why) {
		return { [name]() { throw nodeError('Error', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'zlib.' + name + ' is not available: ' + why); } };
	}

	const zlib = {
		...pair('gzip', 'compress', formats.gzip), ...pair('gunzip', 'decompress', formats.gzip),
		...pair('deflate', 'compress', formats.zlib), ...pair('inflate', 'decompress', formats.zlib),
		...pair('deflateRaw', 'compress', formats.raw), ...pair('inflateRaw', 'decompress', formats.raw),
		...pair('unzip', 'decompress', formats.auto),
		crc32(data, value = 0) {
			if (typeof data !== 'string' && !ArrayBuffer.isView(data)) throw argumentType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
			check.number(value, 'value');
			if (!Number.isInteger(value)) throw outOfRange('value', 'an integer', value);
			if (value < 0 || value > 2 ** 32 - 1) throw outOfRange('value', '>= 0 && <= 4294967295', value);
			return host.crc32(bytesOf(data, 'data'), value);
		},
		constants: Object.freeze(constants), ...constants,
	};
	for (const kind of ['brotliCompress', 'brotliDecompress', 'zstdCompress', 'zstdDecompress']) {
		Object.assign(zlib, unserved(kind, 'this server has gzip and deflate'), unserved(kind + 'Sync', 'this server has gzip and deflate'));
	}
	for (const kind of ['Gzip', 'Gunzip', 'Deflate', 'Inflate', 'DeflateRaw', 'InflateRaw', 'Unzip', 'BrotliCompress', 'BrotliDecompress', 'ZstdCompress', 'ZstdDecompress']) {
		Object.assign(zlib, unserved('create' + kind, 'this server has no streams; zlib.' + kind[0].toLowerCase() + kind.slice(1) + ' takes a callback'));
	}
	return zlib;
})
