// Event, EventTarget, AbortController and AbortSignal (DOM §2 and §3). There is no tree: an event
// has one target.
(function (host) {
	const state = Symbol('state'); // key of what only EventTarget may change in an event

	function value(o, name, v) {
		Object.defineProperty(o, name, { value: v, writable: true, configurable: true, enumerable: false });
	}

	class Event {
		constructor(type, options) {
			if (arguments.length === 0) throw new TypeError('Event needs a type');
			value(this, state, {
				type: String(type), bubbles: Boolean(options?.bubbles), cancelable: Boolean(options?.cancelable), composed: Boolean(options?.composed),
				time: host.now(), target: null, phase: 0, prevented: false, stopped: false, stoppedNow: false, passive: false, dispatching: false,
				trusted: false,
			});
		}
		get type() { return this[state].type; }
		get bubbles() { return this[state].bubbles; }
		get cancelable() { return this[state].cancelable; }
		get composed() { return this[state].composed; }
		get timeStamp() { return this[state].time; }
		get target() { return this[state].target; }
		get srcElement() { return this[state].target; }
		get currentTarget() { return this[state].dispatching ? this[state].target : null; }
		get eventPhase() { return this[state].phase; }
		get defaultPrevented() { return this[state].prevented; }
		get returnValue() { return !this[state].prevented; }
		get isTrusted() { return this[state].trusted; }
		get cancelBubble() { return this[state].stopped; }
		set cancelBubble(stop) { if (stop) this.stopPropagation(); }
		composedPath() { return this[state].dispatching ? [this[state].target] : []; }
		preventDefault() { if (this[state].cancelable && !this[state].passive) this[state].prevented = true; }
		stopPropagation() { this[state].stopped = true; }
		stopImmediatePropagation() { this[state].stopped = this[state].stoppedNow = true; }
	}
	for (const [name, phase] of Object.entries({ NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 })) {
		Object.defineProperty(Event, name, { value: phase, enumerable: true });
		Object.defineProperty(Event.prototype, name, { value: phase, enumerable: true });
	}

	class CustomEvent extends Event {
		#detail;
		constructor(type, options) {
			super(type, options);
			this.#detail = options?.detail ?? null;
		}
		get detail() { return this.#detail; }
	}

	class EventTarget {
		#listeners = new Map(); // type -> list of {callback, capture, once, passive, removed}

		addEventListener(type, callback, options) {
			if (callback === null || callback === undefined) return;
			if (typeof callback !== 'function' && typeof callback !== 'object') {
				throw new TypeError('addEventListener needs a function or an object with handleEvent');
			}
			const o = typeof options === 'object' && options !== null ? options : { capture: Boolean(options) };
			const capture = Boolean(o.capture), signal = o.signal;
			if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('addEventListener: signal must be an AbortSignal');
			if (signal?.aborted) return;
			type = String(type);
			let list = this.#listeners.get(type);
			if (!list) this.#listeners.set(type, list = []);
			if (list.some((l) => l.callback === callback && l.capture === capture)) return;
			const listener = { callback, capture, once: Boolean(o.once), passive: Boolean(o.passive), removed: false };
			list.push(listener);
			if (signal) onAbort(signal, () => this.#remove(type, listener));
		}

		removeEventListener(type, callback, options) {
			type = String(type);
			const capture = Boolean(typeof options === 'object' && options !== null ? options.capture : options);
			const found = this.#listeners.get(type)?.find((l) => l.callback === callback && l.capture === capture);
			if (found) this.#remove(type, found);
		}

		#remove(type, listener) {
			listener.removed = true;
			const rest = (this.#listeners.get(type) ?? []).filter((l) => l !== listener);
			if (rest.length > 0) this.#listeners.set(type, rest);
			else this.#listeners.delete(type);
		}

		dispatchEvent(event) {
			if (!(event instanceof Event)) throw new TypeError('dispatchEvent needs an Event');
			const s = event[state];
			if (s.dispatching) {
				const { DOMException } = host.use('exception');
				throw new DOMException('The event is already being dispatched', 'InvalidStateError');
			}
			s.target = this;
			s.dispatching = true;
			s.phase = 2;
			// A copy: listeners added now are not called for this event. Those removed now are
			// skipped.
			const list = [...(this.#listeners.get(s.type) ?? [])];
			for (const l of [...list.filter((l) => l.capture), ...list.filter((l) => !l.capture)]) {
				if (s.stoppedNow) break;
				if (l.removed) continue;
				if (l.once) this.#remove(s.type, l);
				s.passive = l.passive;
				try {
					if (typeof l.callback === 'function') l.callback.call(this, event);
					else l.callback.handleEvent(event);
				} catch (error) {
					host.report(error); // the listeners after it are called all the same
				}
				s.passive = false;
			}
			s.dispatching = s.stopped = s.stoppedNow = false;
			s.phase = 0;
			return !s.prevented;
		}
	}

	const aborts = new WeakMap(); // signal -> {aborted, reason, steps, dependents}; a private field would be closed to AbortController
	let making = false;

	class AbortSignal extends EventTarget {
		#handler = null;
		constructor() {
			if (!making) throw new TypeError('Illegal constructor: use new AbortController().signal');
			super();
		}
		get aborted() { return aborts.get(this).aborted; }
		get reason() { return aborts.get(this).reason; }
		get onabort() { return this.#handler; }
		set onabort(f) {
			if (this.#handler === null && typeof f === 'function') this.addEventListener('abort', (event) => this.#handler?.call(this, event));
			this.#handler = typeof f === 'function' ? f : null;
		}
		throwIfAborted() { if (this.aborted) throw this.reason; }

		static abort(reason) {
			const signal = make();
			abort(signal, reason);
			return signal;
		}
		static timeout(milliseconds) {
			const signal = make();
			const timer = globalThis.setTimeout(() => {
				const { DOMException } = host.use('exception');
				abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
			}, milliseconds);
			timer?.unref?.();
			return signal;
		}
		static any(signals) {
			const result = make(), list = [...signals];
			for (const s of list) if (!(s instanceof AbortSignal)) throw new TypeError('AbortSignal.any needs signals');
			const first = list.find((s) => s.aborted);
			if (first) abort(result, first.reason);
			else for (const s of list) onAbort(s, () => abort(result, s.reason));
			return result;
		}
	}

	function make() {
		making = true;
		try {
			const signal = new AbortSignal();
			aborts.set(signal, { aborted: false, reason: undefined, steps: [] });
			return signal;
		} finally {
			making = false;
		}
	}

	function onAbort(signal, step) { aborts.get(signal).steps.push(step); }

	function abort(signal, reason) {
		const a = aborts.get(signal);
		if (a.aborted) return;
		if (reason === undefined) {
			const { DOMException } = host.use('exception');
			reason = new DOMException('This operation was aborted', 'AbortError');
		}
		a.aborted = true;
		a.reason = reason;
		const steps = a.steps;
		a.steps = [];
		for (const step of steps) step();
		const event = new Event('abort');
		event[state].trusted = true;
		signal.dispatchEvent(event);
	}

	class AbortController {
		#signal = make();
		get signal() { return this.#signal; }
		abort(reason) { abort(this.#signal, reason); }
	}

	for (const c of [Event, CustomEvent, EventTarget, AbortSignal, AbortController]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
	}
	// Print the properties of the standard, not the state.
	const custom = Symbol.for('nodejs.util.inspect.custom');
	const short = (c, show) => value(c.prototype, custom, function (depth, options, inspect) {
		return this === c.prototype || depth < 0 ? '[' + c.name + ']' : this.constructor.name + ' ' + inspect(show(this), options);
	});
	short(Event, (e) => ({ type: e.type, defaultPrevented: e.defaultPrevented, cancelable: e.cancelable, timeStamp: e.timeStamp }));
	short(EventTarget, () => ({}));
	short(AbortSignal, (s) => ({ aborted: s.aborted }));
	short(AbortController, (c) => ({ signal: c.signal }));

	return { Event, CustomEvent, EventTarget, AbortController, AbortSignal };
})
