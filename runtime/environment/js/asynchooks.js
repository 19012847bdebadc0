// require('async_hooks'): AsyncLocalStorage and AsyncResource. A frame is a Map of the storages that
// have a value, which is never changed. The current one follows promises and timers; see asynccontext.go.
(function (host) {
	const { argumentType } = host.use('errors');

	// within calls f in a frame.
	function within(frame, f, self, args) {
		const outer = host.enter(frame);
		try {
			return Reflect.apply(f, self, args);
		} finally {
			host.enter(outer);
		}
	}
	function callable(f, name) {
		if (typeof f !== 'function') throw argumentType(name, 'of type function', f);
	}
	function bound(f) {
		const frame = host.current();
		return function (...args) { return within(frame, f, this, args); };
	}

	class AsyncLocalStorage {
		#fallback; #name;
		constructor(options = {}) {
			if (typeof options !== 'object' || options === null) throw argumentType('options', 'of type object', options);
			this.#fallback = options.defaultValue;
			this.#name = options.name === undefined ? '' : String(options.name);
		}
		static bind(f) {
			callable(f, 'fn');
			return bound(f);
		}
		static snapshot() { return bound((f, ...args) => f(...args)); }

		get name() { return this.#name; }
		#with(store) { return new Map(host.current()).set(this, store); }
		enterWith(store) { host.enter(this.#with(store)); }
		run(store, f, ...args) { return within(this.#with(store), f, undefined, args); }
		exit(f, ...args) { return this.run(undefined, f, ...args); }
		getStore() {
			const frame = host.current();
			return frame?.has(this) ? frame.get(this) : this.#fallback;
		}
		disable() {
			const frame = new Map(host.current());
			frame.delete(this);
			host.enter(frame);
		}
	}

	let lastId = 1;

	class AsyncResource {
		#frame = host.current(); #id = ++lastId;
		constructor(type) {
			if (typeof type !== 'string') throw argumentType('type', 'of type string', type);
		}
		runInAsyncScope(f, self, ...args) {
			callable(f, 'fn');
			return within(this.#frame, f, self, args);
		}
		bind(f, self) {
			callable(f, 'fn');
			const resource = this;
			return function (...args) { return resource.runInAsyncScope(f, self === undefined ? this : self, ...args); };
		}
		static bind(f, type, self) { return new AsyncResource(type || f?.name || 'bound-anonymous-fn').bind(f, self); }
		emitDestroy() { return this; }
		asyncId() { return this.#id; }
		triggerAsyncId() { return 1; }
	}

	const exports = { AsyncLocalStorage, AsyncResource };
	for (const name of ['createHook', 'executionAsyncId', 'executionAsyncResource', 'triggerAsyncId']) {
		exports[name] = () => { throw new Error('async_hooks.' + name + ' is not available: this server has AsyncLocalStorage and AsyncResource'); };
	}
	let emitter;
	Object.defineProperty(exports, 'EventEmitterAsyncResource', { get() {
		return emitter ??= class EventEmitterAsyncResource extends host.use('events') {
			#resource;
			constructor(options) {
				super(options);
				this.#resource = new AsyncResource(options?.name || new.target.name);
			}
			get asyncResource() { return this.#resource; }
			emit(...args) { return this.#resource.runInAsyncScope(super.emit, this, ...args); }
			emitDestroy() { this.#resource.emitDestroy(); }
		};
	} });
	return exports;
})
