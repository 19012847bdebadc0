// WritableStream (Streams standard §5).
(function (host) {
	const { deferred, failed, quiet, strategy, sizeOf } = host.use('queuing');
	let inner, making = null;
	const closing = Symbol('close'); // stands in the queue for a close

	const attempt = (f) => new Promise((resolve) => { resolve(f()); });
	const closeAsked = (s) => s.closeRequest !== null || s.closeRunning !== null;

	// A stream that fails is 'erroring' until what runs of its sink has ended, and then 'errored'.
	function startErroring(s, reason) {
		s.state = 'erroring';
		s.error = reason;
		if (s.writer) rejectReady(s.writer, reason);
		if (!s.writeRunning && !s.closeRunning && s.started) finishErroring(s);
	}
	function finishErroring(s) {
		s.state = 'errored';
		s.queue = [];
		s.total = 0;
		for (const request of s.requests.splice(0)) request.reject(s.error);
		const { abort, sink } = s;
		s.abort = null;
		if (!abort || abort.late) {
			abort?.reject(s.error);
			rejectClosed(s);
			return;
		}
		attempt(() => sink.abort?.(abort.reason)).then(() => {
			abort.resolve();
			rejectClosed(s);
		}, (error) => {
			abort.reject(error);
			rejectClosed(s);
		});
	}
	function rejectClosed(s) {
		s.closeRequest?.reject(s.error);
		s.closeRequest = null;
		s.writer?.closed.reject(s.error);
	}
	function rejectReady(w, error) {
		if (w.readyIsSettled) w.ready = deferred();
		w.readyIsSettled = true;
		quiet(w.ready.promise);
		w.ready.reject(error);
	}
	function fail(s, error) {
		if (s.state === 'writable') startErroring(s, error);
		else if (s.state === 'erroring') finishErroring(s);
	}

	function updateBackpressure(s) {
		const full = s.high - s.total <= 0, w = s.writer;
		if (w && full !== s.full) {
			if (full) {
				w.ready = deferred();
				quiet(w.ready.promise);
				w.readyIsSettled = false;
			} else {
				w.ready.resolve();
				w.readyIsSettled = true;
			}
		}
		s.full = full;
	}

	function advance(s) {
		if (!s.started || s.writeRunning || s.closeRunning) return;
		if (s.state === 'erroring') {
			finishErroring(s);
			return;
		}
		if (s.state !== 'writable' || s.queue.length === 0) return;
		const { chunk, size } = s.queue[0];
		if (chunk === closing) runClose(s);
		else runWrite(s, chunk, size);
	}
	function runWrite(s, chunk, size) {
		s.writeRunning = s.requests.shift();
		attempt(() => s.sink.write?.(chunk, s.controller)).then(() => {
			s.writeRunning.resolve();
			s.writeRunning = null;
			if (s.queue.length > 0) {
				s.queue.shift();
				s.total = s.queue.length > 0 ? Math.max(s.total - size, 0) : 0;
			}
			if (!closeAsked(s) && s.state === 'writable') updateBackpressure(s);
			advance(s);
		}, (error) => {
			s.writeRunning.reject(error);
			s.writeRunning = null;
			fail(s, error);
		});
	}
	function runClose(s) {
		s.closeRunning = s.closeRequest;
		s.closeRequest = null;
		s.queue = [];
		s.total = 0;
		attempt(() => s.sink.close?.()).then(() => {
			s.closeRunning.resolve();
			s.closeRunning = null;
			s.abort?.resolve();
			s.abort = null;
			s.state = 'closed';
			s.writer?.closed.resolve();
		}, (error) => {
			s.closeRunning.reject(error);
			s.closeRunning = null;
			s.abort?.reject(error);
			s.abort = null;
			fail(s, error);
		});
	}

	function abort(s, reason) {
		if (s.state === 'closed' || s.state === 'errored') return Promise.resolve();
		s.aborter.abort(reason);
		if (s.state === 'closed' || s.state === 'errored') return Promise.resolve();
		if (s.abort) return s.abort.promise;
		s.abort = Object.assign(deferred(), { reason, late: s.state === 'erroring' });
		const { promise } = s.abort;
		if (!s.abort.late) startErroring(s, reason);
		return promise;
	}
	function close(s) {
		if (s.state === 'closed' || s.state === 'errored') return Promise.reject(failed('Invalid state: WritableStream is closed'));
		if (closeAsked(s)) return Promise.reject(failed('Invalid state: Failure to close WritableStream'));
		const request = s.closeRequest = deferred();
		if (s.writer && s.full && s.state === 'writable') {
			s.writer.ready.resolve();
			s.writer.readyIsSettled = true;
		}
		s.queue.push({ chunk: closing, size: 0 });
		advance(s);
		return request.promise;
	}
	function write(s, w, chunk) {
		let size = 1;
		try {
			size = sizeOf(s.size, chunk);
		} catch (error) {
			if (s.state === 'writable') startErroring(s, error);
		}
		if (w.s !== s) return Promise.reject(failed('Invalid state: Mismatched WritableStreams'));
		if (s.state === 'errored') return Promise.reject(s.error);
		if (closeAsked(s) || s.state === 'closed') return Promise.reject(failed('Invalid state: WritableStream is closed'));
		if (s.state === 'erroring') return Promise.reject(s.error);
		const request = deferred();
		s.requests.push(request);
		s.queue.push({ chunk, size });
		s.total += size;
		updateBackpressure(s);
		advance(s);
		return request.promise;
	}

	class WritableStreamDefaultController {
		#s;
		constructor() {
			if (making === null) throw new TypeError('Illegal constructor');
			this.#s = making;
		}
		get signal() { return this.#s.aborter.signal; }
		error(error) { if (this.#s.state === 'writable') startErroring(this.#s, error); }
	}

	class WritableStreamDefaultWriter {
		#w;
		constructor(stream) {
			const s = inner(stream);
			if (!s) throw host.use('errors').argumentType('stream', 'an instance of WritableStream', stream);
			if (s.writer) throw failed('Invalid state: WritableStream is locked');
			const w = this.#w = { s, ready: deferred(), readyIsSettled: false, closed: deferred() };
			s.writer = w;
			quiet(w.ready.promise);
			quiet(w.closed.promise);
			if (s.state === 'erroring' || s.state === 'errored') {
				rejectReady(w, s.error);
				if (s.state === 'errored') w.closed.reject(s.error);
			} else if (s.state === 'closed' || closeAsked(s) || !s.full) {
				w.ready.resolve();
				w.readyIsSettled = true;
				if (s.state === 'closed') w.closed.resolve();
			}
		}
		#attached() {
			if (!this.#w.s) throw failed('Invalid state: Writer is not bound to a WritableStream');
			return this.#w.s;
		}
		get closed() { return this.#w.closed.promise; }
		get ready() { return this.#w.ready.promise; }
		get desiredSize() {
			const s = this.#attached();
			return s.state === 'erroring' || s.state === 'errored' ? null : s.state === 'closed' ? 0 : s.high - s.total;
		}
		async abort(reason) { await abort(this.#attached(), reason); }
		async close() { await close(this.#attached()); }
		async write(chunk) { await write(this.#attached(), this.#w, chunk); }
		releaseLock() {
			const w = this.#w, { s } = w;
			if (!s) return;
			const error = failed('Invalid state: Writer has been released');
			rejectReady(w, error);
			w.closed.reject(error);
			w.closed = deferred();
			quiet(w.closed.promise);
			w.closed.reject(error);
			w.s = s.writer = null;
		}
	}

	class WritableStream {
		#s;
		static { inner = (stream) => (typeof stream === 'object' && stream !== null && #s in stream ? stream.#s : undefined); }
		constructor(sink = {}, queuing = {}) {
			if (sink === null || typeof sink !== 'object' && typeof sink !== 'function') throw host.use('errors').argumentType('sink', 'of type object', sink);
			if (sink.type !== undefined) throw host.use('errors').nodeError('RangeError', 'ERR_INVALID_ARG_VALUE', "The argument 'type' is invalid. Received " + String(sink.type));
			const { high, size } = strategy(queuing, 1), { AbortController } = host.use('event');
			const s = this.#s = { state: 'writable', writer: null, error: undefined, queue: [], total: 0, high, size, sink, started: false, full: high <= 0, requests: [],
				writeRunning: null, closeRequest: null, closeRunning: null, abort: null, aborter: new AbortController(), controller: null };
			making = s;
			try {
				s.controller = new WritableStreamDefaultController();
			} finally {
				making = null;
			}
			const started = sink.start?.(s.controller);
			Promise.resolve(started).then(() => {
				s.started = true;
				advance(s);
			}, (error) => {
				s.started = true;
				fail(s, error);
			});
		}
		get locked() { return this.#s.writer !== null; }
		abort(reason) { return this.locked ? Promise.reject(failed('Invalid state: WritableStream is locked')) : abort(this.#s, reason); }
		close() { return this.locked ? Promise.reject(failed('Invalid state: WritableStream is locked')) : close(this.#s); }
		getWriter() { return new WritableStreamDefaultWriter(this); }
	}
	for (const c of [WritableStream, WritableStreamDefaultWriter, WritableStreamDefaultController]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
	}
	return { WritableStream, WritableStreamDefaultWriter, WritableStreamDefaultController, isWritable: (stream) => inner(stream) !== undefined };
})
