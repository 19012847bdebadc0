// Queuing strategies (Streams standard §7), and what the streams share.
(function (host) {
	class CountQueuingStrategy {
		#high;
		constructor(options) { this.#high = high(options); }
		get highWaterMark() { return this.#high; }
		get size() { return count; }
	}
	class ByteLengthQueuingStrategy {
		#high;
		constructor(options) { this.#high = high(options); }
		get highWaterMark() { return this.#high; }
		get size() { return byteLength; }
	}
	const { count, byteLength } = {
		count: Object.defineProperty(() => 1, 'name', { value: 'size' }),
		byteLength: Object.defineProperty((chunk) => chunk.byteLength, 'name', { value: 'size' }),
	};
	function high(options) {
		if (options?.highWaterMark === undefined) throw host.use('errors').nodeError('TypeError', 'ERR_MISSING_OPTION', 'options.highWaterMark is required');
		return Number(options.highWaterMark);
	}
	for (const c of [CountQueuingStrategy, ByteLengthQueuingStrategy]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
	}

	// strategy reads what a stream was given, which may be of no class.
	function strategy(given, usual) {
		const size = given?.size, most = given?.highWaterMark === undefined ? usual : Number(given.highWaterMark);
		if (size !== undefined && typeof size !== 'function') throw host.use('errors').argumentType('strategy.size', 'of type function', size);
		if (Number.isNaN(most) || most < 0) throw Object.assign(new RangeError("The property 'strategy.highWaterMark' is invalid. Received " + most), { code: 'ERR_INVALID_ARG_VALUE' });
		return { high: most, size: size === undefined ? undefined : (chunk) => size(chunk) };
	}
	// sizeOf measures a chunk by the size of a strategy.
	function sizeOf(size, chunk) {
		if (size === undefined) return 1;
		const n = Number(size(chunk));
		if (!(n >= 0 && n < Infinity)) throw Object.assign(new RangeError("The argument 'size' is invalid. Received " + n), { code: 'ERR_INVALID_ARG_VALUE' });
		return n;
	}
	function deferred() {
		const d = {};
		d.promise = new Promise((resolve, reject) => {
			d.resolve = resolve;
			d.reject = reject;
		});
		return d;
	}
	// quiet keeps a rejection that nobody waits for from being reported.
	function quiet(promise) { promise.then(undefined, () => undefined); }
	function failed(message) { return host.use('errors').nodeError('TypeError', 'ERR_INVALID_STATE', message); }

	return { CountQueuingStrategy, ByteLengthQueuingStrategy, strategy, sizeOf, deferred, quiet, failed };
})
