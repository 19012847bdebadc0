// What the language has and goja lacks. This part is evaluated in each VM, so it holds only what
// costs little or cannot wait. It adds only what is missing, because a later goja may bring its own;
// toLocaleString alone is replaced, and two properties of BigInt.prototype are removed.
(function (host) {
	function add(o, methods) {
		for (const name of Object.getOwnPropertyNames(methods)) {
			if (Object.hasOwn(o, name)) continue;
			Object.defineProperty(o, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
		}
	}
	function replace(o, methods) {
		for (const name of Object.getOwnPropertyNames(methods)) {
			Object.defineProperty(o, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
		}
	}

	for (const name of ['asyncIterator', 'dispose', 'asyncDispose']) {
		if (!(name in Symbol)) Object.defineProperty(Symbol, name, { value: Symbol('Symbol.' + name) });
	}

	for (const name of ['length', 'name']) delete BigInt.prototype[name]; // (10n).length was 0

	add(Object, {
		groupBy(items, callback) {
			const groups = Object.create(null);
			let i = 0;
			for (const item of items) {
				const key = callback(item, i++);
				(groups[typeof key === 'symbol' ? key : String(key)] ??= []).push(item);
			}
			return groups;
		},
	});
	add(Map, {
		groupBy(items, callback) {
			const groups = new Map();
			let i = 0;
			for (const item of items) {
				const key = callback(item, i++), group = groups.get(key);
				if (group) group.push(item);
				else groups.set(key, [item]);
			}
			return groups;
		},
	});
	add(Promise, {
		withResolvers() {
			let resolve, reject;
			const promise = new this((yes, no) => { resolve = yes; reject = no; });
			return { promise, resolve, reject };
		},
		try(callback, ...args) {
			return new this((resolve) => resolve(callback(...args)));
		},
	});
	add(Array, {
		async fromAsync(items, map, self) {
			if (map !== undefined && typeof map !== 'function') throw new TypeError('Array.fromAsync: the mapper must be a function');
			const result = typeof this === 'function' ? new this() : [];
			const method = items[Symbol.asyncIterator] ?? items[Symbol.iterator];
			let i = 0;
			if (method === undefined || method === null) {
				for (; i < items.length; i++) {
					const value = await items[i];
					result[i] = map ? await map.call(self, value, i) : value;
				}
			} else {
				const iterator = method.call(items);
				try {
					for (;;) {
						const step = await iterator.next();
						if (step.done) break;
						const value = await step.value;
						result[i] = map ? await map.call(self, value, i) : value;
						i++;
					}
				} catch (error) {
					try { await iterator.return?.(); } catch { /* the first error counts */ }
					throw error;
				}
			}
			result.length = i;
			return result;
		},
	});
	add(Error, {
		// As in V8: gives any object a stack. The frames above `upTo` cannot be left out here.
		captureStackTrace(target) {
			const stack = String(new Error().stack).split('\n');
			const head = target.message === undefined || target.message === '' ? String(target.name ?? 'Error') : (target.name ?? 'Error') + ': ' + target.message;
			const value = [head, ...stack.slice(2)].join('\n');
			Object.defineProperty(target, 'stack', { value, writable: true, configurable: true, enumerable: false });
		},
	});
	if (!('stackTraceLimit' in Error)) Error.stackTraceLimit = 10;

	add(String.prototype, {
		isWellFormed() { return host.isWellFormed(String(this)); },
		toWellFormed() { return host.toWellFormed(String(this)); },
	});
	// goja's buffers have one length for life: there are no resizable ones.
	function transfer(length = this.byteLength) {
		const bytes = new Uint8Array(this), moved = new ArrayBuffer(length);
		new Uint8Array(moved).set(bytes.subarray(0, moved.byteLength));
		if (!host.detach(this)) throw new TypeError('Cannot perform ArrayBuffer.prototype.transfer on a detached ArrayBuffer');
		return moved;
	}
	add(ArrayBuffer.prototype, {
		transfer(...length) { return transfer.apply(this, length); },
		transferToFixedLength(...length) { return transfer.apply(this, length); },
	});

	add(Date.prototype, {
		getYear() { return this.getFullYear() - 1900; },
		toGMTString() { return this.toUTCString(); },
	});
	add(Object.prototype, {
		__defineGetter__(name, get) { Object.defineProperty(this, name, { get, enumerable: true, configurable: true }); },
		__defineSetter__(name, set) { Object.defineProperty(this, name, { set, enumerable: true, configurable: true }); },
		__lookupGetter__(name) { return lookup(this, name)?.get; },
		__lookupSetter__(name) { return lookup(this, name)?.set; },
	});
	function lookup(o, name) {
		for (o = Object(o); o; o = Object.getPrototypeOf(o)) {
			const d = Object.getOwnPropertyDescriptor(o, name);
			if (d) return d;
		}
	}

	replace(Number.prototype, { toLocaleString(locales, options) { return host.use('locale').number(this, locales, options); } });
	replace(BigInt.prototype, { toLocaleString(locales, options) { return host.use('locale').bigint(this, locales, options); } });
	replace(Date.prototype, {
		toLocaleString(locales, options) { return host.use('locale').date(this, locales, options, 'any', 'all'); },
		toLocaleDateString(locales, options) { return host.use('locale').date(this, locales, options, 'date', 'date'); },
		toLocaleTimeString(locales, options) { return host.use('locale').date(this, locales, options, 'time', 'time'); },
	});

	if (!('Iterator' in globalThis)) host.iteratorMethods(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
	return {};
})
