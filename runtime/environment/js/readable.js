// ReadableStream (Streams standard §4), with the default reader. A stream of bytes is read by it too.
(function (host) {
	const { deferred, failed, quiet, strategy, sizeOf } = host.use('queuing');
	let inner, controllerOf, readerOf; // of a stream, a controller and a reader: what is shared by all functions here

	function closeStream(s) {
		if (s.state !== 'readable') return;
		s.state = 'closed';
		s.source = null;
		if (!s.reader) return;
		for (const request of s.reader.requests.splice(0)) request.close();
		s.reader.closed.resolve();
	}
	function errorStream(s, error) {
		if (s.state !== 'readable') return;
		s.state = 'errored';
		s.error = error;
		s.queue = [];
		s.total = 0;
		s.source = null;
		if (!s.reader) return;
		for (const request of s.reader.requests.splice(0)) request.error(error);
		s.reader.closed.reject(error);
	}

	function wantsMore(s) {
		if (s.state !== 'readable' || s.closing || !s.started) return false;
		return s.reader?.requests.length > 0 || s.high - s.total > 0;
	}
	function pull(s) {
		if (!wantsMore(s)) return;
		if (s.pulling) {
			s.again = true;
			return;
		}
		s.pulling = true;
		const { source } = s;
		attempt(() => source.pull?.(s.controller)).then(() => {
			s.pulling = false;
			if (s.again) {
				s.again = false;
				pull(s);
			}
		}, (error) => errorStream(s, error));
	}
	function attempt(f) { return new Promise((resolve) => { resolve(f()); }); }

	function cancel(s, reason) {
		s.disturbed = true;
		if (s.state === 'closed') return Promise.resolve();
		if (s.state === 'errored') return Promise.reject(s.error);
		const { source } = s;
		closeStream(s);
		s.queue = [];
		s.total = 0;
		return attempt(() => source.cancel?.(reason)).then(() => undefined);
	}

	// read gives the next chunk to a request, {chunk, close, error}.
	function read(s, request) {
		s.disturbed = true;
		if (s.state === 'errored') return request.error(s.error);
		if (s.queue.length > 0) {
			const { chunk, size } = s.queue.shift();
			s.total = s.queue.length > 0 ? Math.max(s.total - size, 0) : 0;
			if (s.closing && s.queue.length === 0) closeStream(s);
			else pull(s);
			return request.chunk(chunk);
		}
		if (s.state === 'closed') return request.close();
		s.reader.requests.push(request);
		pull(s);
	}

	class ReadableStreamDefaultController {
		#s;
		static {
			controllerOf = (s) => {
				making = s;
				try {
					return new ReadableStreamDefaultController();
				} finally {
					making = null;
				}
			};
		}
		constructor() {
			if (making === null) throw new TypeError('Illegal constructor');
			this.#s = making;
		}
		get desiredSize() {
			const s = this.#s;
			return s.state === 'errored' ? null : s.state === 'closed' ? 0 : s.high - s.total;
		}
		get byobRequest() { return null; }
		close() {
			const s = this.#s;
			if (s.closing || s.state !== 'readable') throw failed('Invalid state: Controller is already closed');
			s.closing = true;
			if (s.queue.length === 0) closeStream(s);
		}
		enqueue(chunk) {
			const s = this.#s;
			if (s.closing || s.state !== 'readable') throw failed('Invalid state: Controller is already closed');
			if (s.bytes && (!ArrayBuffer.isView(chunk) || chunk.byteLength === 0)) throw host.use('errors').argumentType('chunk', 'an instance of ArrayBufferView that is not empty', chunk);
			const bytes = s.bytes && !(chunk instanceof Uint8Array) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : chunk;
			if (s.reader?.requests.length > 0) {
				s.reader.requests.shift().chunk(bytes);
			} else {
				let size;
				try {
					size = s.bytes ? bytes.byteLength : sizeOf(s.size, chunk);
				} catch (error) {
					errorStream(s, error);
					throw error;
				}
				s.queue.push({ chunk: bytes, size });
				s.total += size;
			}
			pull(s);
		}
		error(error) { errorStream(this.#s, error); }
	}
	let making = null;

	class ReadableStreamDefaultReader {
		#r;
		static { readerOf = (reader) => reader.#r; }
		constructor(stream) {
			const s = inner(stream);
			if (!s) throw host.use('errors').argumentType('stream', 'an instance of ReadableStream', stream);
			if (s.reader) throw failed('Invalid state: ReadableStream is locked');
			this.#r = { s, requests: [], closed: deferred() };
			quiet(this.#r.closed.promise);
			s.reader = this.#r;
			if (s.state === 'closed') this.#r.closed.resolve();
			else if (s.state === 'errored') this.#r.closed.reject(s.error);
		}
		get closed() { return this.#r.closed.promise; }
		read() {
			const { s } = this.#r;
			if (!s) return Promise.reject(failed('Invalid state: The reader is not attached to a stream'));
			const waits = s.queue.length === 0; // the order of properties shows in JSON, and is Node's
			return new Promise((resolve, reject) => {
				read(s, { chunk: (value) => resolve(waits ? { value, done: false } : { done: false, value }), close: () => resolve({ done: true, value: undefined }), error: reject });
			});
		}
		cancel(reason) {
			const { s } = this.#r;
			return s ? cancel(s, reason) : Promise.reject(failed('Invalid state: The reader is not attached to a stream'));
		}
		releaseLock() {
			const { s, requests, closed } = this.#r;
			if (!s) return;
			const error = failed('Invalid state: Releasing reader');
			if (s.state === 'readable') {
				closed.reject(error);
			} else {
				this.#r.closed = deferred();
				quiet(this.#r.closed.promise);
				this.#r.closed.reject(error);
			}
			this.#r.s = s.reader = null;
			for (const request of requests.splice(0)) request.error(error);
		}
	}

	class ReadableStream {
		#s;
		static { inner = (stream) => (typeof stream === 'object' && stream !== null && #s in stream ? stream.#s : undefined); }
		constructor(source = {}, queuing = {}) {
			if (source === null || typeof source !== 'object' && typeof source !== 'function') throw host.use('errors').argumentType('source', 'of type object', source);
			const { type } = source, bytes = type !== undefined && String(type) === 'bytes';
			if (type !== undefined && !bytes) throw host.use('errors').argumentValue('source.type', type);
			const { high, size } = strategy(queuing, bytes ? 0 : 1);
			if (bytes && queuing?.size !== undefined) throw new RangeError('A stream of bytes has no size in its strategy');
			const s = this.#s = { state: 'readable', reader: null, error: undefined, queue: [], total: 0, high, size, bytes, source, started: false, closing: false,
				pulling: false, again: false, disturbed: false, controller: null };
			s.controller = controllerOf(s);
			const started = source.start?.(s.controller);
			Promise.resolve(started).then(() => {
				s.started = true;
				pull(s);
			}, (error) => errorStream(s, error));
		}
		static from(iterable) {
			const method = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
			if (typeof method !== 'function') throw host.use('errors').nodeError('TypeError', 'ERR_ARG_NOT_ITERABLE', host.use('errors').received(iterable) + ' must be iterable');
			const iterator = method.call(iterable);
			return new ReadableStream({
				async pull(controller) {
					const step = await iterator.next();
					if (step === null || typeof step !== 'object') throw failed('The iterator returned no object');
					if (step.done) controller.close();
					else controller.enqueue(await step.value);
				},
				async cancel(reason) { await iterator.return?.(reason); },
			}, { highWaterMark: 0 });
		}
		get locked() { return this.#s.reader !== null; }
		cancel(reason) {
			if (this.locked) return Promise.reject(failed('Invalid state: ReadableStream is locked'));
			return cancel(this.#s, reason);
		}
		getReader(options) {
			if (options?.mode === undefined) return new ReadableStreamDefaultReader(this);
			if (String(options.mode) !== 'byob') throw host.use('errors').argumentValue('options.mode', options.mode);
			throw new TypeError('a reader of the mode "byob" is not available: getReader() reads the same bytes');
		}
		pipeThrough(transform, options) {
			const { readable, writable } = transform;
			quiet(this.pipeTo(writable, options));
			return readable;
		}
		async pipeTo(destination, options) {
			const { preventClose = false, preventAbort = false, preventCancel = false, signal } = { ...options };
			if (!host.use('writable').isWritable(destination)) throw host.use('errors').argumentType('destination', 'an instance of WritableStream', destination);
			if (signal !== undefined) host.use('aborted').signalOf({ signal });
			if (this.locked) throw failed('Invalid state: The ReadableStream is locked');
			if (destination.locked) throw failed('Invalid state: The WritableStream is locked');
			const reader = this.getReader(), writer = destination.getWriter(), stop = deferred();
			const lost = (error) => { throw { from: 'source', error }; };
			let writing = Promise.resolve();
			quiet(stop.promise);
			const onAbort = () => stop.reject({ from: 'signal', error: signal.reason });
			if (signal?.aborted) onAbort();
			else signal?.addEventListener('abort', onAbort, { once: true });
			// What ends first, the source, the destination or the signal, decides what becomes of the others.
			reader.closed.catch((error) => stop.reject({ from: 'source', error }));
			writer.closed.then(() => stop.reject({ from: 'destination', error: failed('Destination WritableStream is closed') }), (error) => stop.reject({ from: 'destination', error }));
			try {
				for (;;) {
					await Promise.race([writer.ready, stop.promise]);
					const { value, done } = await Promise.race([reader.read().catch(lost), stop.promise]);
					if (done) break;
					writing = writer.write(value);
					quiet(writing);
				}
				if (!preventClose) await writer.close();
				else await writing;
			} catch (reason) {
				const { from, error } = reason !== null && typeof reason === 'object' && 'from' in reason ? reason : { from: 'destination', error: reason };
				await writing.catch(() => undefined); // what was read is written first
				const ends = [];
				if (from !== 'destination' && !preventAbort) ends.push(writer.abort(error));
				if (from !== 'source' && !preventCancel) ends.push(reader.cancel(error));
				await Promise.all(ends);
				throw error;
			} finally {
				signal?.removeEventListener('abort', onAbort);
				reader.releaseLock();
				writer.releaseLock();
			}
		}
		tee() {
			const reader = this.getReader(), ended = deferred(), branches = [], canceled = [false, false], reasons = [];
			let reading = false, again = false;
			function next() {
				if (reading) {
					again = true;
					return;
				}
				reading = true;
				read(readerOf(reader).s, {
					chunk(value) {
						queueMicrotask(() => {
							again = false;
							branches.forEach((c, n) => { if (!canceled[n]) c.enqueue(value); });
							reading = false;
							if (again) next();
						});
					},
					close() {
						reading = false;
						branches.forEach((c, n) => { if (!canceled[n]) c.close(); });
						ended.resolve();
					},
					error() { reading = false; },
				});
			}
			const branch = (n) => new ReadableStream({
				start(c) { branches[n] = c; },
				pull: next,
				cancel(reason) {
					canceled[n] = true;
					reasons[n] = reason;
					if (canceled[0] && canceled[1]) ended.resolve(reader.cancel(reasons));
					return ended.promise;
				},
			});
			const both = [branch(0), branch(1)];
			reader.closed.catch((error) => {
				for (const c of branches) c.error(error);
				ended.resolve();
			});
			return both;
		}
		values(options) {
			const reader = this.getReader(), preventCancel = Boolean(options?.preventCancel);
			let last = Promise.resolve(), finished = false;
			const queued = (f) => (last = last.then(f, f)); // one call after the other
			return Object.setPrototypeOf({
				next: () => queued(async () => {
					if (finished) return { value: undefined, done: true };
					try {
						const { value, done } = await reader.read();
						if (done) end();
						return { value, done };
					} catch (error) {
						end();
						throw error;
					}
				}),
				return: (value) => queued(async () => {
					if (!finished) {
						const canceled = preventCancel ? undefined : reader.cancel(value);
						end();
						await canceled;
					}
					return { done: true, value };
				}),
			}, asyncIteratorPrototype);
			function end() {
				finished = true;
				reader.releaseLock();
			}
		}
	}
	const asyncIteratorPrototype = { [Symbol.asyncIterator]() { return this; } };
	Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, { value: ReadableStream.prototype.values, writable: true, configurable: true });
	for (const c of [ReadableStream, ReadableStreamDefaultReader, ReadableStreamDefaultController]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
	}
	return { ReadableStream, ReadableStreamDefaultReader, ReadableStreamDefaultController, wantsMore: (stream) => wantsMore(inner(stream)) };
})
