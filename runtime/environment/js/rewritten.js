// What Rewrite puts into programs: async generators (ECMA-262 §27.6) and for await, which goja lacks. esbuild makes generators of
// their bodies, in which `await x` is `yield new Await(x)`; Rewrite puts these functions in the place
// of esbuild's own. superOf and classOf are for what goja gets wrong.
(function () {
	class Await {
		constructor(promise, isYieldStar) {
			this[0] = promise;
			this[1] = isYieldStar;
		}
	}

	// What yield* passes on is not awaited again.
	class Passed {
		constructor(value) { this.value = value; }
	}

	class AsyncIterator {
		[Symbol.asyncIterator]() { return this; }
	}

	class AsyncGenerator extends AsyncIterator {
		#body;
		#queue = []; // of calls that have not been answered; the first is at work unless #idle
		#idle = true;
		#state = 'start'; // then 'suspended', once it runs, and 'completed'

		constructor(body) {
			super();
			this.#body = body;
		}
		next(value) { return AsyncGenerator.#call(this, 'next', value); }
		return(value) { return AsyncGenerator.#call(this, 'return', value); }
		throw(value) { return AsyncGenerator.#call(this, 'throw', value); }

		static #call(self, kind, value) {
			return new Promise((resolve, reject) => {
				if (typeof self !== 'object' || self === null || !(#queue in self)) throw new TypeError(kind + ' method called on incompatible receiver ' + String(self));
				self.#queue.push({ kind, value, resolve, reject });
				if (self.#idle) self.#resume();
			});
		}

		// #resume begins with the first call of the queue.
		#resume() {
			const { kind, value } = this.#queue[0];
			this.#idle = false;
			if (this.#state === 'start' && kind !== 'next') this.#state = 'completed';
			if (this.#state === 'completed') {
				if (kind === 'next') this.#answer(undefined, true);
				else if (kind === 'throw') this.#fail(value);
				else settled(value, (v) => this.#answer(v, true), (e) => this.#fail(e));
				return;
			}
			if (kind === 'return' && this.#state !== 'start') {
				settled(value, (v) => this.#step('return', v), (e) => this.#step('throw', e));
			} else {
				this.#state = 'suspended';
				this.#step(kind, value);
			}
		}

		// #step runs the body up to the next await or yield.
		#step(kind, value) {
			let step;
			try {
				step = this.#body[kind](value);
			} catch (error) {
				this.#state = 'completed';
				this.#fail(error);
				return;
			}
			const it = step.value;
			if (step.done) {
				this.#state = 'completed';
				this.#answer(it, true);
			} else if (it instanceof Await) {
				// A delegate answers a return with what it returned: the generator returns too.
				const after = it[1] && kind === 'return' ? 'return' : 'next';
				settled(it[0], (v) => this.#step(after, v), (e) => this.#step('throw', e));
			} else if (it instanceof Passed) {
				this.#answer(it.value, false);
			} else {
				settled(it, (v) => this.#answer(v, false), (e) => this.#step('throw', e));
			}
		}

		#answer(value, done) {
			this.#queue.shift().resolve({ value, done });
			this.#more();
		}
		#fail(error) {
			this.#queue.shift().reject(error);
			this.#more();
		}
		#more() {
			this.#idle = true;
			if (this.#queue.length > 0) this.#resume();
		}
	}
	Object.defineProperty(AsyncGenerator.prototype, Symbol.toStringTag, { value: 'AsyncGenerator', configurable: true });
	// `constructor` leads to the prototype of such functions, which are ordinary ones here.
	delete AsyncGenerator.prototype.constructor;

	// settled is Await of the standard: reading value.constructor may throw.
	function settled(value, yes, no) {
		let promise;
		try {
			promise = Promise.resolve(value);
		} catch (error) {
			promise = Promise.reject(error);
		}
		promise.then(yes, no);
	}

	function asyncGenerator(self, args, body) {
		return new AsyncGenerator(body.apply(self, args));
	}

	function iteratorOf(value) {
		const method = value[Symbol.asyncIterator];
		if (method !== undefined && method !== null) return object(method.call(value));
		if (typeof value[Symbol.iterator] !== 'function') throw new TypeError((typeof value === 'object' ? 'value' : String(value)) + ' is not async iterable');
		return fromSync(object(value[Symbol.iterator]()));
	}

	function object(value) {
		if ((typeof value !== 'object' || value === null) && typeof value !== 'function') throw new TypeError(String(value) + ' is not an object');
		return value;
	}

	// fromSync is CreateAsyncFromSyncIterator (§27.1.6): an iterator whose values are awaited.
	function fromSync(it) {
		const next = it.next;
		function close() {
			try { it.return?.(); } catch { /* the rejection counts */ }
		}
		function result(call, closes) {
			return new Promise((yes, no) => {
				const { done, value } = object(call());
				const failed = closes && !done ? (error) => { close(); no(error); } : no;
				settled(value, (v) => yes({ value: v, done: Boolean(done) }), failed);
			});
		}
		return {
			next(value) { return result(() => next.call(it, value), true); },
			return(value) {
				const method = it.return;
				if (method === undefined || method === null) return Promise.resolve({ value, done: true });
				return result(() => method.call(it, value), false);
			},
			throw(value) {
				const method = it.throw;
				if (method !== undefined && method !== null) return result(() => method.call(it, value), true);
				close();
				return Promise.reject(new TypeError('The iterator does not provide a throw method'));
			},
		};
	}

	// yieldStar makes an iterator for the generator's own yield*. Each answer of the delegate is
	// awaited by a yield of its own, after which the same method is called with that answer.
	function yieldStar(value) {
		const it = iteratorOf(value), next = it.next;
		let awaiting = false;
		function pass(call) {
			return (v) => {
				if (awaiting) {
					awaiting = false;
					object(v);
					return v.done ? v : { done: false, value: new Passed(v.value) };
				}
				awaiting = true;
				return { done: false, value: new Await(call(v), 1) };
			};
		}
		const star = {
			[Symbol.iterator]() { return star; },
			next: pass((v) => next.call(it, v)),
			return: pass((v) => {
				const method = it.return;
				return method === undefined || method === null ? { value: v, done: true } : method.call(it, v);
			}),
		};
		const thrown = pass((v) => {
			const method = it.throw;
			if (method !== undefined && method !== null) return method.call(it, v);
			return Promise.resolve(it.return?.()).then(() => { throw new TypeError('The iterator does not provide a throw method'); });
		});
		star.throw = (error) => {
			if (awaiting) {
				awaiting = false;
				throw error;
			}
			return thrown(error);
		};
		return star;
	}

	// superOf returns an object that reads and writes what super does in a method.
	function superOf(get, set) {
		return new Proxy({}, { get: (o, key) => get(key), set: (o, key, value) => { set(key, value); return true; } });
	}

	// classOf gives a class, which Rewrite named, the name that it has in the language.
	function classOf(c, name) {
		if (Object.getOwnPropertyDescriptor(c, 'name')?.value === '(class)') Object.defineProperty(c, 'name', { value: name });
		return c;
	}

	return { '(asyncGenerator)': asyncGenerator, '(await)': Await, '(yieldStar)': yieldStar, '(forAwait)': iteratorOf, '(superOf)': superOf, '(classOf)': classOf };
})
