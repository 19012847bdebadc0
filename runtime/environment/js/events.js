// require('events'): Node's EventEmitter. It is a `function`, not a class, so that util.inherits
// and EventEmitter.call(this), as in 2009, work as well as `class extends`.
(function (host) {
	const errorMonitor = Symbol('events.errorMonitor'), captureRejectionSymbol = Symbol.for('nodejs.rejection');
	const captures = Symbol('captures'); // key of whether an emitter looks after the promises of its listeners

	function EventEmitter(options) { EventEmitter.init.call(this, options); }
	hide(EventEmitter, 'init', function (options) {
		// An own property: util.inherits(Foo, EventEmitter) works even if Foo never calls
		// EventEmitter.
		if (this._events === undefined || !Object.hasOwn(this, '_events')) hide(this, '_events', Object.create(null));
		hide(this, '_maxListeners', this._maxListeners);
		const all = options?.captureRejections ?? EventEmitter.captureRejections;
		if (typeof all !== 'boolean') throw host.use('errors').argumentType('options.captureRejections', 'of type boolean', all);
		if (all) hide(this, captures, true);
	});

	function hide(o, name, value) {
		Object.defineProperty(o, name, { value, writable: true, configurable: true, enumerable: false });
	}
	function check(listener) {
		if (typeof listener !== 'function') {
			const error = new TypeError('The "listener" argument must be of type function. Received ' + (listener === null ? 'null' : typeof listener));
			error.code = 'ERR_INVALID_ARG_TYPE';
			throw error;
		}
	}
	function events(self) {
		if (!Object.hasOwn(self, '_events')) hide(self, '_events', Object.create(null));
		return self._events;
	}
	function add(self, type, listener, first) {
		check(listener);
		const all = events(self);
		if (all.newListener) self.emit('newListener', type, listener.listener ?? listener);
		const list = all[type] ?? [];
		// A new list each time, because emit may be walking the old one.
		all[type] = first ? [listener, ...list] : [...list, listener];
		const most = self.getMaxListeners();
		if (most > 0 && all[type].length > most && !all[type].warned) {
			hide(all[type], 'warned', true);
			host.warn('MaxListenersExceededWarning: Possible EventEmitter memory leak detected. ' + all[type].length + ' ' + String(type)
				+ ' listeners added. Use emitter.setMaxListeners() to increase limit');
		} else if (list.warned) {
			hide(all[type], 'warned', true);
		}
		return self;
	}
	function onceOf(self, type, listener) {
		check(listener);
		let fired = false;
		function wrapper(...args) {
			if (fired) return undefined;
			fired = true;
			self.removeListener(type, wrapper);
			return listener.apply(self, args);
		}
		wrapper.listener = listener;
		return wrapper;
	}

	// watch gives the rejection of a listener's promise to the emitter.
	function watch(emitter, result, type, args) {
		if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return;
		const rejected = (error) => {
			if (typeof emitter[captureRejectionSymbol] === 'function') {
				emitter[captureRejectionSymbol](error, type, ...args);
				return;
			}
			// A listener of 'error' that rejects would be called for its own rejection.
			emitter[captures] = false;
			try {
				emitter.emit('error', error);
			} finally {
				emitter[captures] = true;
			}
		};
		try {
			const { then } = result;
			if (typeof then === 'function') then.call(result, undefined, (error) => queueMicrotask(() => rejected(error)));
		} catch (error) {
			emitter.emit('error', error);
		}
	}

	const methods = {
		on(type, listener) { return add(this, type, listener, false); },
		prependListener(type, listener) { return add(this, type, listener, true); },
		once(type, listener) { return add(this, type, onceOf(this, type, listener), false); },
		prependOnceListener(type, listener) { return add(this, type, onceOf(this, type, listener), true); },
		off(type, listener) {
			check(listener);
			const all = events(this), list = all[type];
			if (!list) return this;
			for (let i = list.length - 1; i >= 0; i--) {
				if (list[i] !== listener && list[i].listener !== listener) continue;
				const rest = list.filter((_, n) => n !== i);
				if (rest.length > 0) all[type] = rest;
				else delete all[type];
				if (all.removeListener) this.emit('removeListener', type, list[i].listener ?? listener);
				break;
			}
			return this;
		},
		emit(type, ...args) {
			const all = events(this);
			if (type === 'error' && all[errorMonitor]) this.emit(errorMonitor, ...args);
			const list = all[type];
			if (!list) {
				if (type !== 'error') return false;
				const thrown = args[0];
				if (thrown instanceof Error) throw thrown;
				const error = new Error('Unhandled error. (' + (typeof thrown === 'string' ? "'" + thrown + "'" : host.inspect(thrown)) + ')');
				error.context = thrown;
				error.code = 'ERR_UNHANDLED_ERROR';
				throw error;
			}
			const captured = this[captures];
			for (const listener of list) {
				const result = listener.apply(this, args);
				if (captured) watch(this, result, type, args);
			}
			return true;
		},
		removeAllListeners(type) {
			const all = events(this);
			const types = arguments.length > 0 ? [type] : Reflect.ownKeys(all).filter((t) => t !== 'removeListener');
			for (const t of types) {
				if (all.removeListener && t !== 'removeListener') {
					for (const listener of [...(all[t] ?? [])].reverse()) this.removeListener(t, listener);
				}
				delete all[t];
			}
			if (arguments.length === 0) delete all.removeListener;
			return this;
		},
		setMaxListeners(n) {
			if (typeof n !== 'number' || !(n >= 0)) throw new RangeError('The value of "n" is out of range. It must be a non-negative number. Received ' + String(n));
			hide(this, '_maxListeners', n);
			return this;
		},
		getMaxListeners() { return this._maxListeners ?? EventEmitter.defaultMaxListeners; },
		listeners(type) { return (events(this)[type] ?? []).map((l) => l.listener ?? l); },
		rawListeners(type) { return [...(events(this)[type] ?? [])]; },
		listenerCount(type, listener) {
			const list = events(this)[type] ?? [];
			return listener === undefined ? list.length : list.filter((l) => l === listener || l.listener === listener).length;
		},
		eventNames() { return Reflect.ownKeys(events(this)); },
	};
	for (const name of Object.keys(methods)) hide(EventEmitter.prototype, name, methods[name]);
	for (const [name, other] of [['addListener', 'on'], ['removeListener', 'off']]) hide(EventEmitter.prototype, name, methods[other]);

	// subscribe calls f for each event, and returns what ends that.
	function subscribe(emitter, type, f, options) {
		if (typeof emitter?.on === 'function') {
			emitter.on(type, f);
			return () => emitter.removeListener(type, f);
		}
		if (typeof emitter?.addEventListener === 'function') {
			emitter.addEventListener(type, f, options);
			return () => emitter.removeEventListener(type, f);
		}
		throw host.use('errors').argumentType('emitter', 'an instance of EventEmitter or EventTarget', emitter);
	}
	const isTarget = (emitter) => typeof emitter?.on !== 'function';

	// once returns a promise of the arguments of the next event. An 'error' before it rejects the
	// promise.
	async function once(emitter, type, options) {
		const { aborted, signalOf } = host.use('aborted'), signal = signalOf(options);
		if (signal?.aborted) throw aborted(signal);
		const ends = [];
		try {
			return await new Promise((resolve, reject) => {
				ends.push(subscribe(emitter, type, (...args) => resolve(args), { once: true }));
				if (type !== 'error' && !isTarget(emitter)) ends.push(subscribe(emitter, 'error', reject));
				if (signal) ends.push(subscribe(signal, 'abort', () => reject(aborted(signal)), { once: true }));
			});
		} finally {
			for (const end of ends) end();
		}
	}

	// on returns an async iterator of the arguments of all events. They wait until they are asked for;
	// an emitter that can pause does so while more than highWaterMark wait.
	function on(emitter, type, options) {
		const { aborted, signalOf } = host.use('aborted'), signal = signalOf(options);
		if (signal?.aborted) throw aborted(signal);
		const high = options?.highWaterMark ?? options?.highWatermark ?? Number.MAX_SAFE_INTEGER;
		const low = options?.lowWaterMark ?? options?.lowWatermark ?? 1;
		for (const [name, n] of [['highWaterMark', high], ['lowWaterMark', low]]) if (!Number.isInteger(n) || n < 1) throw host.use('errors').outOfRange('options.' + name, '>= 1', n);
		const events = [], waiting = [], ends = [];
		let error = null, done = false, paused = false;
		const mayPause = typeof emitter?.pause === 'function' && typeof emitter?.resume === 'function';

		function finish() {
			for (const end of ends.splice(0)) end();
			done = true;
			for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
			return Promise.resolve({ value: undefined, done: true });
		}
		function fail(reason) {
			if (waiting.length > 0) waiting.shift().reject(reason);
			else error = { reason };
			finish();
		}
		ends.push(subscribe(emitter, type, (...args) => {
			if (waiting.length > 0) {
				waiting.shift().resolve({ value: args, done: false });
				return;
			}
			events.push(args);
			if (mayPause && !paused && events.length > high) {
				paused = true;
				emitter.pause();
			}
		}));
		if (type !== 'error' && !isTarget(emitter)) ends.push(subscribe(emitter, 'error', fail));
		for (const last of options?.close ?? []) ends.push(subscribe(emitter, last, finish));
		if (signal) ends.push(subscribe(signal, 'abort', () => fail(aborted(signal)), { once: true }));

		return Object.setPrototypeOf({
			next() {
				if (events.length > 0) {
					const value = events.shift();
					if (paused && events.length < low) {
						paused = false;
						emitter.resume();
					}
					return Promise.resolve({ value, done: false });
				}
				if (error) {
					const { reason } = error;
					error = null;
					return Promise.reject(reason);
				}
				if (done) return finish();
				return new Promise((resolve, reject) => { waiting.push({ resolve, reject }); });
			},
			return() { return finish(); },
			throw(reason) {
				if (!(reason instanceof Error)) throw host.use('errors').argumentType('EventEmitter.AsyncIterator', 'an instance of Error', reason);
				error = { reason };
				finish();
			},
			[Symbol.asyncIterator]() { return this; },
		}, null);
	}

	// addAbortListener calls f when the signal is aborted, or soon if it is already.
	function addAbortListener(signal, f) {
		host.use('aborted').signalOf({ signal });
		check(f);
		if (signal.aborted) {
			queueMicrotask(() => f());
			return { [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { } };
		}
		const end = subscribe(signal, 'abort', f, { once: true });
		return { [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { end(); } };
	}

	Object.assign(EventEmitter, { once, on, errorMonitor, captureRejectionSymbol, captureRejections: false, defaultMaxListeners: 10, EventEmitter, addAbortListener,
		listenerCount: (emitter, type) => emitter.listenerCount(type),
		getEventListeners: (emitter, type) => emitter.listeners(type),
		getMaxListeners: (emitter) => emitter.getMaxListeners(),
		setMaxListeners(n = EventEmitter.defaultMaxListeners, ...emitters) {
			if (emitters.length === 0) EventEmitter.defaultMaxListeners = n;
			else for (const emitter of emitters) emitter.setMaxListeners?.(n);
		} });
	Object.defineProperty(EventEmitter, 'EventEmitterAsyncResource', { enumerable: true, configurable: true, get: () => host.use('asynchooks').EventEmitterAsyncResource });
	return EventEmitter;
})
