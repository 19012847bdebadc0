// require('timers/promises').
(function (host) {
	const { argumentType } = host.use('errors'), { aborted, signalOf } = host.use('aborted');

	// wait makes a promise of value. start is given what settles it, and returns what stops that.
	function wait(start, value, options) {
		let signal;
		try {
			signal = signalOf(options);
			if (options?.ref !== undefined && typeof options.ref !== 'boolean') throw argumentType('options.ref', 'of type boolean', options.ref);
		} catch (error) {
			return Promise.reject(error);
		}
		if (signal?.aborted) return Promise.reject(aborted(signal));
		return new Promise((resolve, reject) => {
			const stop = start(() => {
				signal?.removeEventListener('abort', cancel);
				resolve(value);
			});
			function cancel() {
				stop();
				reject(aborted(signal));
			}
			signal?.addEventListener('abort', cancel, { once: true });
		});
	}

	function setTimeout(delay, value, options) {
		if (delay !== undefined && typeof delay !== 'number') return Promise.reject(argumentType('delay', 'of type number', delay));
		return wait((done) => {
			const timer = globalThis.setTimeout(done, delay);
			return () => globalThis.clearTimeout(timer);
		}, value, options);
	}

	function setImmediate(value, options) {
		return wait((done) => {
			const immediate = globalThis.setImmediate(done);
			return () => globalThis.clearImmediate(immediate);
		}, value, options);
	}

	// setInterval returns an async iterator, which starts with the first call of next. Ticks that nobody
	// waits for are counted.
	function setInterval(delay, value, options) {
		if (delay !== undefined && typeof delay !== 'number') throw argumentType('delay', 'of type number', delay);
		const signal = signalOf(options), waiting = [];
		let timer, ticks = 0, state = 'new'; // then 'running' and 'done'

		function stop() {
			state = 'done';
			globalThis.clearInterval(timer);
			signal?.removeEventListener('abort', cancel);
		}
		function cancel() {
			stop();
			const first = waiting.shift();
			first?.reject(aborted(signal));
			for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
			failed = !first;
		}
		let failed = false; // by the signal, which the next call of next has to be told
		function start() {
			state = 'running';
			timer = globalThis.setInterval(() => {
				if (waiting.length > 0) waiting.shift().resolve({ value, done: false });
				else ticks++;
			}, delay);
			signal?.addEventListener('abort', cancel, { once: true });
		}
		return {
			next() {
				if (state === 'new') {
					if (signal?.aborted) {
						state = 'done';
						return Promise.reject(aborted(signal));
					}
					start();
				}
				if (ticks > 0) {
					ticks--;
					return Promise.resolve({ value, done: false });
				}
				if (failed) {
					failed = false;
					return Promise.reject(aborted(signal));
				}
				if (state === 'done') return Promise.resolve({ value: undefined, done: true });
				return new Promise((resolve, reject) => { waiting.push({ resolve, reject }); });
			},
			return(result) {
				stop();
				ticks = 0;
				for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
				return Promise.resolve({ value: result, done: true });
			},
			throw(error) {
				this.return();
				return Promise.reject(error);
			},
			[Symbol.asyncIterator]() { return this; },
		};
	}

	const scheduler = {
		wait: (delay, options) => setTimeout(delay, undefined, options),
		yield: () => setImmediate(),
	};
	return { setTimeout, setImmediate, setInterval, scheduler };
})
