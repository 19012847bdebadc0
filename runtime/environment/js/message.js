// MessageEvent, CloseEvent, MessageChannel and BroadcastChannel (HTML §9.1, §9.4 and §9.5), within one
// VM. Each message is a task of its own.
(function (host) {
	const { Event, EventTarget } = host.use('event'), { clone, transferred } = host.use('clone');

	class MessageEvent extends Event {
		#data; #origin; #lastEventId; #source; #ports;
		constructor(type, options) {
			super(type, options);
			this.#data = options?.data === undefined ? null : options.data;
			this.#origin = String(options?.origin ?? '');
			this.#lastEventId = String(options?.lastEventId ?? '');
			this.#source = options?.source ?? null;
			this.#ports = Object.freeze([...(options?.ports ?? [])]);
		}
		get data() { return this.#data; }
		get origin() { return this.#origin; }
		get lastEventId() { return this.#lastEventId; }
		get source() { return this.#source; }
		get ports() { return this.#ports; }
	}

	class CloseEvent extends Event {
		#wasClean; #code; #reason;
		constructor(type, options) {
			super(type, options);
			this.#wasClean = Boolean(options?.wasClean);
			this.#code = Number(options?.code ?? 0) & 0xffff;
			this.#reason = String(options?.reason ?? '');
		}
		get wasClean() { return this.#wasClean; }
		get code() { return this.#code; }
		get reason() { return this.#reason; }
	}

	// handler adds an attribute such as onmessage to a class.
	function handler(c, type, set) {
		const handlers = new WeakMap(); // target -> {f}
		Object.defineProperty(c.prototype, 'on' + type, {
			configurable: true, enumerable: true,
			get() { return handlers.get(this)?.f ?? null; },
			set(f) {
				if (!handlers.has(this)) {
					const own = { f: null };
					handlers.set(this, own);
					this.addEventListener(type, (event) => own.f?.call(this, event));
				}
				handlers.get(this).f = typeof f === 'function' ? f : null;
				set?.(this);
			},
		});
	}

	function task(f) { globalThis.setImmediate(f); }

	// An end is one of the two of a channel: the queue of what was sent to it, and the port that has it,
	// which changes when that is transferred.
	function end() { return { port: null, other: null, queue: [], started: false, closed: false, at: 0 }; }
	const ends = new WeakMap(); // port -> its end; null once it was transferred
	let making = null;

	function post(e, message) {
		e.queue.push(message);
		if (e.started) task(() => deliver(e));
	}
	function deliver(e) {
		if (e.closed || !e.started || e.queue.length === 0) return;
		const { value, ports } = e.queue.shift();
		e.port.dispatchEvent(new MessageEvent('message', { data: value, ports }));
	}
	function start(e) {
		if (e.started) return;
		e.started = true;
		for (let n = e.queue.length; n > 0; n--) task(() => deliver(e));
	}
	function close(e) {
		if (e.closed) return;
		e.closed = true;
		e.queue.length = 0;
		task(() => e.port.dispatchEvent(new Event('close')));
		const { other } = e;
		// What was sent before comes first.
		if (!other.closed) task(() => close(other));
	}

	class MessagePort extends EventTarget {
		constructor() {
			if (making === null) throw new TypeError('Illegal constructor: use new MessageChannel()');
			super();
			ends.set(this, making);
			making.port = this;
		}
		postMessage(message, options) {
			if (arguments.length === 0) throw host.use('errors').nodeError('TypeError', 'ERR_MISSING_ARGS', 'The "message" argument must be specified');
			const e = ends.get(this), transfer = [...(Array.isArray(options) ? options : options?.transfer ?? [])];
			if (transfer.includes(this)) throw dataError('Transfer list contains source port');
			const sent = clone(message, transfer);
			if (e && !e.closed && !e.other.closed) post(e.other, sent);
		}
		start() { if (ends.get(this)) start(ends.get(this)); }
		close() { if (ends.get(this)) close(ends.get(this)); }
		ref() { }
		unref() { }
		hasRef() { return Boolean(ends.get(this)?.started && !ends.get(this).closed); }
		[transferred]() {
			const e = ends.get(this);
			if (!e || e.closed) throw dataError('MessagePort in transfer list is already detached');
			ends.set(this, null);
			e.started = false;
			return portOf(e);
		}

		// As an EventEmitter has them, and with the message itself, as in Node.
		on(type, f) { return listen(this, type, f, false); }
		addListener(type, f) { return listen(this, type, f, false); }
		once(type, f) { return listen(this, type, f, true); }
		off(type, f) {
			const own = listeners.get(this)?.get(type)?.get(f);
			if (own) {
				listeners.get(this).get(type).delete(f);
				this.removeEventListener(type, own);
			}
			return this;
		}
		removeListener(type, f) { return this.off(type, f); }
	}
	const listeners = new WeakMap(); // port -> type -> function -> what was added in its place

	function listen(port, type, f, once) {
		if (typeof f !== 'function') throw host.use('errors').argumentType('listener', 'of type function', f);
		const own = (event) => {
			if (once) port.off(type, f);
			f.call(port, event instanceof MessageEvent ? event.data : event);
		};
		if (!listeners.has(port)) listeners.set(port, new Map());
		const byType = listeners.get(port);
		if (!byType.has(type)) byType.set(type, new Map());
		byType.get(type).set(f, own);
		port.addEventListener(type, own);
		if (type === 'message') port.start();
		return port;
	}

	function portOf(e) {
		making = e;
		try {
			return new MessagePort();
		} finally {
			making = null;
		}
	}

	class MessageChannel {
		#port1; #port2;
		constructor() {
			const one = end(), two = end();
			one.other = two;
			two.other = one;
			this.#port1 = portOf(one);
			this.#port2 = portOf(two);
		}
		get port1() { return this.#port1; }
		get port2() { return this.#port2; }
	}

	const groups = new Map(); // name -> the open channels of that name

	class BroadcastChannel extends EventTarget {
		#name; #closed = false;
		constructor(name) {
			if (arguments.length === 0) throw host.use('errors').nodeError('TypeError', 'ERR_MISSING_ARGS', 'The "name" argument must be specified');
			super();
			this.#name = String(name);
			if (!groups.has(this.#name)) groups.set(this.#name, new Set());
			groups.get(this.#name).add(this);
		}
		get name() { return this.#name; }
		postMessage(message) {
			if (arguments.length === 0) throw host.use('errors').nodeError('TypeError', 'ERR_MISSING_ARGS', 'The "message" argument must be specified');
			if (this.#closed) throw new (host.use('exception').DOMException)('BroadcastChannel is closed.', 'InvalidStateError');
			const first = clone(message, []).value;
			for (const channel of groups.get(this.#name)) {
				if (channel === this) continue;
				const { value } = clone(first, []);
				task(() => { if (!channel.#closed) channel.dispatchEvent(new MessageEvent('message', { data: value })); });
			}
		}
		close() {
			this.#closed = true;
			const group = groups.get(this.#name);
			if (group?.delete(this) && group.size === 0) groups.delete(this.#name);
		}
		ref() { return this; }
		unref() { return this; }
	}

	function dataError(message) { return new (host.use('exception').DOMException)(message, 'DataCloneError'); }

	handler(MessagePort, 'message', (port) => port.start());
	for (const type of ['messageerror', 'close']) handler(MessagePort, type);
	for (const type of ['message', 'messageerror']) handler(BroadcastChannel, type);
	for (const c of [MessageEvent, CloseEvent, MessagePort, MessageChannel, BroadcastChannel]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
	}
	return { MessageEvent, CloseEvent, MessagePort, MessageChannel, BroadcastChannel };
})
