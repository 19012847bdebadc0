// The iterator helpers (ECMA-262 §27.1.4) and the global Iterator.
(function () {
	const proto = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

	function Iterator() {
		if (new.target === undefined || new.target === Iterator) throw new TypeError('Iterator is an abstract class: extend it');
	}
	Object.defineProperty(Iterator, 'prototype', { value: proto, writable: false });
	Object.defineProperty(proto, 'constructor', { value: Iterator, writable: true, configurable: true, enumerable: false });
	Object.defineProperty(proto, Symbol.toStringTag, { value: 'Iterator', writable: true, configurable: true });

	// A Helper is the result of map, filter and the like. next calls `step`; return closes the
	// underlying iterator.
	class Helper {
		#step; #close; #done = false;
		constructor(step, close) { this.#step = step; this.#close = close; }
		next() {
			if (this.#done) return { value: undefined, done: true };
			try {
				const result = this.#step();
				if (result.done) this.#done = true;
				return result;
			} catch (error) {
				this.#done = true;
				throw error;
			}
		}
		return() {
			if (!this.#done) {
				this.#done = true;
				this.#close();
			}
			return { value: undefined, done: true };
		}
	}
	Object.setPrototypeOf(Helper.prototype, proto);
	delete Helper.prototype.constructor;
	Object.defineProperty(Helper.prototype, Symbol.toStringTag, { value: 'Iterator Helper', configurable: true });

	function open(self) {
		if (Object(self) !== self) throw new TypeError('Iterator method called on something that is no object');
		const next = self.next;
		return {
			next() {
				const result = next.call(self);
				if (Object(result) !== result) throw new TypeError('Iterator result is not an object');
				return result;
			},
			close() { self.return?.(); },
		};
	}

	// closing calls f. If it throws, closing closes the source and throws on.
	function closing(source, f) {
		try { return f(); } catch (error) {
			try { source.close(); } catch { /* the first error counts */ }
			throw error;
		}
	}

	function callable(f, self) {
		if (typeof f !== 'function') {
			self?.return?.();
			throw new TypeError(String(f) + ' is not a function');
		}
	}

	function count(n, self) {
		const number = Number(n);
		if (Number.isNaN(number) || Math.trunc(number) < 0) {
			self?.return?.();
			throw new RangeError(String(n) + ' must be zero or more');
		}
		return Math.trunc(number);
	}

	const end = { value: undefined, done: true };
	const helpers = {
		map(f) {
			callable(f, this);
			const source = open(this);
			let i = 0;
			return new Helper(() => {
				const r = source.next();
				return r.done ? end : { value: closing(source, () => f(r.value, i++)), done: false };
			}, source.close);
		},
		filter(f) {
			callable(f, this);
			const source = open(this);
			let i = 0;
			return new Helper(() => {
				for (;;) {
					const r = source.next();
					if (r.done) return end;
					const value = r.value;
					if (closing(source, () => f(value, i++))) return { value, done: false };
				}
			}, source.close);
		},
		take(n) {
			let left = count(n, this);
			const source = open(this);
			return new Helper(() => {
				if (left-- > 0) {
					const r = source.next();
					return r.done ? end : { value: r.value, done: false };
				}
				source.close();
				return end;
			}, source.close);
		},
		drop(n) {
			let left = count(n, this);
			const source = open(this);
			return new Helper(() => {
				for (; left > 0; left--) if (source.next().done) return end;
				const r = source.next();
				return r.done ? end : { value: r.value, done: false };
			}, source.close);
		},
		flatMap(f) {
			callable(f, this);
			const source = open(this);
			let i = 0, inner = null;
			return new Helper(() => {
				for (;;) {
					if (inner) {
						const r = closing(source, () => inner.next());
						if (!r.done) return { value: r.value, done: false };
						inner = null;
					}
					const r = source.next();
					if (r.done) return end;
					inner = closing(source, () => {
						const items = f(r.value, i++);
						if (Object(items) !== items) throw new TypeError('flatMap: the mapper must return an iterable');
						const method = items[Symbol.iterator];
						return open(method == null ? items : method.call(items));
					});
				}
			}, () => { try { inner?.close(); } finally { source.close(); } });
		},
		reduce(f, ...initial) {
			callable(f, this);
			const source = open(this);
			let i = 0, total = initial[0];
			if (initial.length === 0) {
				const r = source.next();
				if (r.done) throw new TypeError('Reduce of an empty iterator with no initial value');
				total = r.value;
				i = 1;
			}
			for (let r; !(r = source.next()).done;) {
				const value = r.value, before = total;
				total = closing(source, () => f(before, value, i++));
			}
			return total;
		},
		toArray() {
			const source = open(this), out = [];
			for (let r; !(r = source.next()).done;) out.push(r.value);
			return out;
		},
		forEach(f) { search(this, f, () => false); },
		some(f) { return search(this, f, (yes) => yes) !== none; },
		every(f) { return search(this, f, (yes) => !yes) === none; },
		find(f) {
			const found = search(this, f, (yes) => yes);
			return found === none ? undefined : found.value;
		},
	};

	const none = { value: undefined };
	function search(self, f, stop) {
		callable(f, self);
		const source = open(self);
		let i = 0;
		for (let r; !(r = source.next()).done;) {
			const value = r.value;
			if (stop(closing(source, () => f(value, i++)))) {
				source.close();
				return { value };
			}
		}
		return none;
	}

	Object.defineProperty(Iterator, 'from', {
		writable: true, configurable: true, enumerable: false,
		value: function from(items) {
			const method = items[Symbol.iterator];
			const iterator = method == null ? items : method.call(items);
			if (iterator instanceof Iterator) return iterator;
			const source = open(iterator);
			return new Helper(() => source.next(), source.close);
		},
	});
	return { ...helpers, Iterator };
})
