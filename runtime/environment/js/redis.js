// require('redis'): a client of the server of --redis, with the methods of node-redis.
(function (host) {
	const { Buffer } = host.use('buffer'), { commands } = host.use('rediscommands');
	const { send, sendOne } = host.redis;

	// refusals tells why commands are not sent, by their names: all modules share a connection.
	const refusals = {};
	for (const [names, why] of [
		['SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE', 'use subscribe, pSubscribe, unsubscribe and pUnsubscribe of the client'],
		['MULTI EXEC DISCARD', 'use multi() of the client'],
		['WATCH UNWATCH', 'all modules share a connection; use a script, or compareAndSet of require(\'storage\')'],
		['BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF', 'it would keep the connection that all modules share waiting; ask again after a while, or subscribe'],
		['AUTH HELLO SELECT RESET QUIT ASKING READONLY READWRITE', 'it would change the connection that all modules share'],
		['MONITOR SYNC PSYNC REPLCONF', 'it would take the connection that all modules share'],
		['SHUTDOWN DEBUG REPLICAOF SLAVEOF FAILOVER', 'it would stop Redis, or what others use of it'],
	]) {
		for (const name of names.split(' ')) refusals[name] = why;
	}
	const clientCommands = 'GETNAME HELP ID INFO KILL LIST'.split(' ');

	// textOf returns the text of a word, to compare it.
	const textOf = (word) => String(typeof word === 'string' ? word : Buffer.from(word).toString('latin1')).toUpperCase();
	function refused(words) {
		const name = textOf(words[0]);
		let why = Object.hasOwn(refusals, name) ? refusals[name] : undefined;
		if (name === 'CLIENT' && !(words.length > 1 && clientCommands.includes(textOf(words[1])))) why = 'of it there are ' + clientCommands.join(', ');
		if (name === 'SCRIPT' && words.length > 1 && textOf(words[1]) === 'DEBUG') why = refusals.DEBUG;
		if (name === 'XREAD' || name === 'XREADGROUP') {
			for (let i = name === 'XREAD' ? 1 : 4; i < words.length && textOf(words[i]) !== 'STREAMS'; i++) {
				if (textOf(words[i]) === 'BLOCK') [why, words] = [refusals.BLPOP, [name + ' with BLOCK']];
			}
		}
		if (why !== undefined) throw new Error('redis: ' + textOf(words[0]) + ' is not available: ' + why);
	}

	// wordsOf flattens arguments into words.
	function wordsOf(args, words, name) {
		for (const arg of args) {
			if (typeof arg === 'string' || arg instanceof Uint8Array) words.push(arg);
			else if (typeof arg === 'number' || typeof arg === 'bigint') words.push(arg === Infinity ? '+inf' : arg === -Infinity ? '-inf' : String(arg));
			else if (Array.isArray(arg)) wordsOf(arg, words, name);
			else throw new TypeError('redis: ' + name + ': an argument must be a string, a number or a Buffer, and not ' + (arg === null ? 'null' : typeof arg));
		}
		return words;
	}

	// toBuffers replaces what is a Uint8Array in a reply.
	const toBuffers = (reply) => (reply instanceof Uint8Array ? Buffer.from(reply.buffer) : Array.isArray(reply) ? reply.map(toBuffers) : reply);

	// An ErrorReply is what Redis has refused a command with.
	class ErrorReply extends Error {}
	class MultiErrorReply extends ErrorReply {
		constructor(replies, errorIndexes) {
			super(errorIndexes.length + ' commands failed, see .replies and .errorIndexes for more information');
			this.replies = replies;
			this.errorIndexes = errorIndexes;
		}
	}
	host.redis.refuse((message) => new ErrorReply(message));
	for (const C of [ErrorReply, MultiErrorReply]) Object.defineProperty(C.prototype, 'name', { value: C.name, configurable: true, writable: true });

	// A prepared command has its words and what becomes of its reply.
	function prepare(name, args) {
		const { command, words, reply } = commands[name];
		const prepared = { words: wordsOf(words ? words(...args) : args, command.slice(), name), reply: reply && ((value) => reply(value, args)) };
		refused(prepared.words);
		return prepared;
	}
	function raw(_, args) {
		if (!Array.isArray(args) || args.length === 0) throw new TypeError('redis: sendCommand takes an array: the name of the command and its arguments');
		const prepared = { words: wordsOf(args, [], 'sendCommand') };
		refused(prepared.words);
		return prepared;
	}
	const finish = (prepared, value, buffers) => {
		if (value instanceof Error) return value;
		if (buffers) value = toBuffers(value);
		return prepared.reply ? prepared.reply(value) : value;
	};

	// one sends what make prepares, and returns the promise of the result. It is no async function, because each takes
	// as long as all else that is done for a command.
	function one(make, name, args, buffers) {
		let prepared;
		try { prepared = make(name, args); } catch (error) { return Promise.reject(error); }
		const promise = sendOne(prepared.words, buffers);
		return buffers || prepared.reply ? promise.then((value) => finish(prepared, value, buffers)) : promise;
	}

	// withNames gives a prototype a method for each command, by its name in node-redis, in small letters, and in capitals.
	function withNames(prototype, make) {
		for (const name of Object.keys(commands)) {
			const method = { value: { [name](...args) { return make.call(this, name, args); } }[name], writable: true, configurable: true };
			for (const spelled of new Set([name, name.toLowerCase(), name.toUpperCase()])) {
				Object.defineProperty(prototype, spelled, method);
			}
		}
	}

	class Multi {
		#commands = [];
		#buffers;
		constructor(buffers) { this.#buffers = buffers; }
		addCommand(args) { return this.#add(raw('', args)); }
		#add(prepared) {
			this.#commands.push(prepared);
			return this;
		}
		#results(replies) {
			const results = replies.map((value, i) => finish(this.#commands[i], value, this.#buffers));
			const errors = results.flatMap((value, i) => (value instanceof Error ? [i] : []));
			if (errors.length > 0) throw new MultiErrorReply(results, errors);
			return results;
		}
		async exec(asPipeline = false) {
			if (asPipeline) return this.execAsPipeline();
			if (this.#commands.length === 0) return [];
			const replies = await send([['MULTI'], ...this.#commands.map((c) => c.words), ['EXEC']], this.#buffers);
			const failed = replies.find((value) => value instanceof Error); // the first tells the reason
			if (failed) throw failed;
			return this.#results(replies.at(-1));
		}
		async execAsPipeline() {
			if (this.#commands.length === 0) return [];
			return this.#results(await send(this.#commands.map((c) => c.words), this.#buffers));
		}
		static { withNames(this.prototype, function (name, args) { return this.#add(prepare(name, args)); }); }
	}

	// iterated returns what for await goes over: the pages of a scan, as far as they have something.
	function iterated(next) {
		let cursor = '0', done = false;
		return {
			async next() {
				while (!done) {
					const page = await next(cursor);
					cursor = page.cursor;
					done = cursor === '0';
					const [items] = Object.keys(page).filter((key) => key !== 'cursor').map((key) => page[key]);
					if (items.length > 0) return { value: items, done: false };
				}
				return { value: undefined, done: true };
			},
			async return(value) {
				done = true;
				return { value, done: true };
			},
			[Symbol.asyncIterator]() { return this; },
		};
	}

	function namesOf(names) {
		names = Array.isArray(names) ? names : [names];
		for (const name of names) if (typeof name !== 'string') throw new TypeError('redis: the name of a channel must be a string');
		return names;
	}
	async function subscribe(names, listener, pattern, buffers) {
		if (typeof listener !== 'function') throw new TypeError('redis: the listener must be a function of the message and the channel');
		const heard = buffers ? (message, channel) => listener(Buffer.from(message.buffer), Buffer.from(channel)) : listener;
		await Promise.all(namesOf(names).map((name) => host.redis.subscribe(name, pattern, heard, buffers, listener)));
	}
	async function unsubscribe(names, listener, pattern) { host.redis.unsubscribe(names === undefined ? names : namesOf(names), pattern, listener); }

	class Client {
		#buffers;
		constructor(buffers = false) { this.#buffers = buffers; }
		sendCommand(args) { return one(raw, '', args, this.#buffers); }
		multi() { return new Multi(this.#buffers); }
		subscribe(channels, listener, buffers = false) { return subscribe(channels, listener, false, buffers); }
		pSubscribe(patterns, listener, buffers = false) { return subscribe(patterns, listener, true, buffers); }
		unsubscribe(channels, listener) { return unsubscribe(channels, listener, false); }
		pUnsubscribe(patterns, listener) { return unsubscribe(patterns, listener, true); }
		scanIterator({ cursor: _, ...options } = {}) { return iterated((cursor) => this.scan(cursor, options)); }
		hScanIterator(key, options) { return iterated((cursor) => this.hScan(key, cursor, options)); }
		sScanIterator(key, options) { return iterated((cursor) => this.sScan(key, cursor, options)); }
		zScanIterator(key, options) { return iterated((cursor) => this.zScan(key, cursor, options)); }

		// withTypeMapping takes {[RESP_TYPES.BLOB_STRING]: Buffer}.
		withTypeMapping(types) {
			const others = Object.keys(types).filter((type) => type !== String(RESP_TYPES.BLOB_STRING) || ![Buffer, String].includes(types[type]));
			if (others.length > 0) throw new TypeError('redis: withTypeMapping takes {[RESP_TYPES.BLOB_STRING]: Buffer}');
			return new Client(types[RESP_TYPES.BLOB_STRING] === Buffer);
		}

		// What programs written for node-redis call. The server connects, and connects again, by itself.
		createClient(options) {
			for (const name of ['url', 'socket', 'username', 'password', 'database']) {
				if (options?.[name] !== undefined) throw new Error('redis: leave ' + name + ' out: modules use the Redis of --redis');
			}
			return new Client();
		}
		async connect() { return this; }
		duplicate() { return new Client(this.#buffers); }
		on() { return this; }
		once() { return this; }
		off() { return this; }
		async close() {}
		async quit() { return 'OK'; }
		async disconnect() {}
		destroy() {}
		get isOpen() { return true; }
		get isReady() { return true; }
		static { withNames(this.prototype, function (name, args) { return one(prepare, name, args, this.#buffers); }); }
	}
	for (const name of ['subscribe', 'unsubscribe', 'pSubscribe', 'pUnsubscribe']) {
		for (const spelled of new Set([name.toLowerCase(), name.toUpperCase()])) Object.defineProperty(Client.prototype, spelled, Object.getOwnPropertyDescriptor(Client.prototype, name));
	}
	const RESP_TYPES = { BLOB_STRING: 36 };
	return Object.assign(new Client(), { RESP_TYPES, ErrorReply, MultiErrorReply });
})
