// TransformStream (Streams standard §6), TextEncoderStream and TextDecoderStream (Encoding standard §8).
(function (host) {
	const { deferred, failed } = host.use('queuing'), { ReadableStream, wantsMore } = host.use('readable'), { WritableStream } = host.use('writable');
	const { TextEncoder, TextDecoder } = host.use('text');
	let making = null;

	class TransformStreamDefaultController {
		#t;
		constructor() {
			if (making === null) throw new TypeError('Illegal constructor');
			this.#t = making;
		}
		get desiredSize() { return this.#t.reading.desiredSize; }
		enqueue(chunk) {
			const t = this.#t;
			if (t.over) throw failed('Invalid state: Controller is already closed');
			try {
				t.reading.enqueue(chunk);
			} catch (error) {
				t.stopWriting(error);
				throw t.failure ? t.failure.error : error;
			}
			if (!wantsMore(t.readable)) t.setFull(true);
		}
		error(reason) { this.#t.fail(reason); }
		terminate() {
			const t = this.#t;
			if (!t.over) t.reading.close();
			t.over = true;
			t.stopWriting(failed('Invalid state: TransformStream terminated'));
		}
	}

	// A Transform joins the two sides. While it is full, which it is until its readable side is read,
	// writes wait.
	class Transform {
		full = true;
		change = deferred(); // settles when full changes
		over = false; // the readable side was closed, or failed
		failure = null; // {error}, once it has failed
		ending = null; // the promise of the transformer's cancel or flush, which is called once
		setFull(full) {
			if (this.full === full) return;
			this.full = full;
			this.change.resolve();
			this.change = deferred();
		}
		fail(error) {
			if (!this.over) this.reading.error(error);
			this.over = true;
			this.stopWriting(error);
		}
		stopWriting(error) {
			this.failure ??= { error };
			this.writing.error(error);
			this.setFull(false);
		}
	}

	class TransformStream {
		#t;
		constructor(transformer = {}, writableStrategy = {}, readableStrategy = {}) {
			if (transformer === null || typeof transformer !== 'object' && typeof transformer !== 'function') throw host.use('errors').argumentType('transformer', 'of type object', transformer);
			for (const type of ['readableType', 'writableType']) if (transformer[type] !== undefined) throw host.use('errors').nodeError('RangeError', 'ERR_INVALID_ARG_VALUE', "The argument 'transformer." + type + "' is invalid. Received " + String(transformer[type]));
			const t = this.#t = new Transform(), start = deferred();
			t.readable = new ReadableStream({
				start(c) {
					t.reading = c;
					return start.promise;
				},
				pull() {
					t.setFull(false);
					return t.change.promise;
				},
				async cancel(reason) {
					t.over = true;
					if (t.ending) return t.ending;
					t.ending = (async () => transformer.cancel?.(reason))();
					try {
						await t.ending;
						if (t.failure) throw t.failure.error;
						t.stopWriting(reason);
					} catch (error) {
						t.stopWriting(error);
						throw error;
					}
				},
			}, { highWaterMark: readableStrategy?.highWaterMark ?? 0, size: readableStrategy?.size });
			t.writable = new WritableStream({
				start(c) {
					t.writing = c;
					return start.promise;
				},
				async write(chunk) {
					if (t.full) await t.change.promise;
					if (t.failure) throw t.failure.error;
					try {
						if (transformer.transform === undefined) controller.enqueue(chunk);
						else await transformer.transform(chunk, controller);
					} catch (error) {
						t.fail(error);
						throw error;
					}
				},
				async close() {
					if (t.ending) return t.ending;
					t.ending = (async () => transformer.flush?.(controller))();
					try {
						await t.ending;
						if (t.failure) throw t.failure.error;
						if (!t.over) t.reading.close();
						t.over = true;
					} catch (error) {
						t.fail(error);
						throw error;
					}
				},
				async abort(reason) {
					if (t.ending) return t.ending;
					t.ending = (async () => transformer.cancel?.(reason))();
					try {
						await t.ending;
						if (!t.over) t.reading.error(reason);
						t.over = true;
					} catch (error) {
						t.fail(error);
						throw error;
					}
				},
			}, writableStrategy);
			making = t;
			let controller;
			try {
				controller = new TransformStreamDefaultController();
			} finally {
				making = null;
			}
			start.resolve(transformer.start?.(controller));
		}
		get readable() { return this.#t.readable; }
		get writable() { return this.#t.writable; }
	}

	class TextEncoderStream {
		#transform;
		constructor() {
			const encoder = new TextEncoder();
			let half = ''; // of a pair of surrogates
			this.#transform = new TransformStream({
				transform(chunk, controller) {
					const text = half + String(chunk), last = text.charCodeAt(text.length - 1);
					half = last >= 0xd800 && last < 0xdc00 ? text.at(-1) : '';
					const bytes = encoder.encode(half === '' ? text : text.slice(0, -1));
					if (bytes.length > 0) controller.enqueue(bytes);
				},
				flush(controller) { if (half !== '') controller.enqueue(encoder.encode(half)); },
			});
		}
		get encoding() { return 'utf-8'; }
		get readable() { return this.#transform.readable; }
		get writable() { return this.#transform.writable; }
	}

	class TextDecoderStream {
		#transform; #decoder;
		constructor(label, options) {
			const decoder = this.#decoder = new TextDecoder(label, options);
			this.#transform = new TransformStream({
				transform(chunk, controller) {
					const text = decoder.decode(chunk, { stream: true });
					if (text !== '') controller.enqueue(text);
				},
				flush(controller) {
					const text = decoder.decode();
					if (text !== '') controller.enqueue(text);
				},
			});
		}
		get encoding() { return this.#decoder.encoding; }
		get fatal() { return this.#decoder.fatal; }
		get ignoreBOM() { return this.#decoder.ignoreBOM; }
		get readable() { return this.#transform.readable; }
		get writable() { return this.#transform.writable; }
	}

	for (const c of [TransformStream, TransformStreamDefaultController, TextEncoderStream, TextDecoderStream]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
	}
	return { TransformStream, TransformStreamDefaultController, TextEncoderStream, TextDecoderStream };
})
