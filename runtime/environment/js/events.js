// require('events'): Node's EventEmitter. It is a `function`, not a class, so that util.inherits
// and EventEmitter.call(this), as in 2009, work as well as `class extends`.
(function (host) {
	const errorMonitor = Symbol('events.errorMonitor');

	function EventEmitter() { EventEmitter.init.call(this); }
	hide(EventEmitter, 'init', function () {
		// An own property: util.inherits(Foo, EventEmitter) works even if Foo never calls
		// EventEmitter.
		if (this._events === undefined || !Object.hasOwn(this, '_events')) hide(this, '_events', Object.create(null));
		hide(this, '_maxListeners', this._maxListeners);
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
			for (const listener of list) listener.apply(this, args);
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

	function target(emitter) { return typeof emitter.on === 'function' ? null : emitter; }

	// once returns a promise of the arguments of the next event. An 'error' before it rejects the
	// promise.
	function once(emitter, name, options) {
		return new Promise((resolve, reject) => {
			const signal = options?.signal;
			const aborted = () => {
				const { DOMException } = host.use('exception');
				return signal.reason ?? new DOMException('The operation was aborted', 'AbortError');
			};
			if (signal?.aborted) {
				reject(aborted());
				return;
			}
			const t = target(emitter);
			const add = (type, f) => (t ? t.addEventListener(type, f, { once: true }) : emitter.once(type, f));
			const drop = (type, f) => (t ? t.removeEventListener(type, f) : emitter.removeListener(type, f));
			const done = (...args) => {
				if (name !== 'error') drop('error', failed);
				signal?.removeEventListener('abort', stopped);
				resolve(args);
			};
			const failed = (error) => {
				drop(name, done);
				signal?.removeEventListener('abort', stopped);
				reject(error);
			};
			const stopped = () => {
				drop(name, done);
				if (name !== 'error') drop('error', failed);
				reject(aborted());
			};
			add(name, done);
			if (name !== 'error' && !t) add('error', failed);
			signal?.addEventListener('abort', stopped, { once: true });
		});
	}

	Object.assign(EventEmitter, { once, errorMonitor, defaultMaxListeners: 10, EventEmitter,
		listenerCount: (emitter, type) => emitter.listenerCount(type),
		getEventListeners: (emitter, type) => emitter.listeners(type) });
	return EventEmitter;
})
