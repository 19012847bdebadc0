// require('fs') and require('fs/promises'), as far as they read. Each function starts an operation
// outside of the VM; none waits.
(function (host) {
	const { nodeError, argumentType, argumentValue, check } = host.use('errors'), { aborted, signalOf } = host.use('aborted');
	const { Buffer } = host.use('buffer');

	function pathOf(value, name = 'path') {
		if (value instanceof URL) {
			if (value.protocol !== 'file:') throw nodeError('TypeError', 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
			if (value.hostname !== '') throw nodeError('TypeError', 'ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty');
			if (/%2f/i.test(value.pathname)) throw nodeError('TypeError', 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters');
			value = decodeURIComponent(value.pathname);
		} else if (value instanceof Uint8Array) {
			value = Buffer.from(value).toString();
		}
		if (typeof value !== 'string') throw argumentType(name, 'of type string or an instance of Buffer or URL', value);
		if (value.includes('\0')) throw argumentValue(name, value, 'must be a string, Uint8Array, or URL without null bytes');
		return value;
	}
	function optionsOf(options) {
		if (options === undefined || options === null) return {};
		if (typeof options === 'string') options = { encoding: options };
		check.object(options, 'options');
		const { encoding } = options;
		if (encoding !== undefined && encoding !== null && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
			throw argumentValue('encoding', encoding, 'is invalid encoding');
		}
		signalOf(options);
		return options;
	}
	// finished is the promise of an operation, which the signal of options ends.
	function finished(operation, { signal } = {}) {
		if (!signal) return operation.promise;
		return new Promise((resolve, reject) => {
			const cancel = () => { operation.cancel(); reject(aborted(signal)); };
			const over = (settle) => (value) => { signal.removeEventListener('abort', cancel); settle(value); };
			operation.promise.then(over(resolve), over(reject));
			if (signal.aborted) cancel();
			else signal.addEventListener('abort', cancel, { once: true });
		});
	}
	const decoded = (buffer, encoding) => (encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer);
	const named = (text, encoding) => (encoding === 'buffer' ? Buffer.from(text) : text);

	const kinds = { isDirectory: 0o040000, isFile: 0o100000, isBlockDevice: 0o060000, isCharacterDevice: 0o020000, isSymbolicLink: 0o120000, isFIFO: 0o010000, isSocket: 0o140000 };
	class Stats {
		constructor(made) {
			this.mode = made.mode;
			this.size = made.size;
			this.mtimeMs = made.mtimeMs;
			this.mtime = new Date(made.mtimeMs);
		}
	}
	const type = Symbol('type');
	class Dirent {
		constructor(name, parentPath, mode) {
			this.name = name;
			this.parentPath = parentPath;
			Object.defineProperty(this, type, { value: mode });
		}
	}
	for (const name of Object.keys(kinds)) {
		const method = (f) => ({ value: f, writable: true, configurable: true });
		Object.defineProperty(Stats.prototype, name, method(function () { return (this.mode & 0o170000) === kinds[name]; }));
		Object.defineProperty(Dirent.prototype, name, method(function () { return (this[type] & 0o170000) === kinds[name]; }));
	}
	const constants = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1 };

	const promises = {
		async readFile(path, options) {
			const o = optionsOf(options);
			if (o.flag !== undefined && o.flag !== null && o.flag !== 'r') throw argumentValue('options.flag', o.flag, "can only be 'r', because modules do not write files");
			if (o.signal?.aborted) throw aborted(o.signal);
			return decoded(Buffer.from(await finished(host.readFile(pathOf(path)), o)), o.encoding);
		},
		async readdir(path, options) {
			const o = optionsOf(options), name = pathOf(path);
			if (o.recursive) throw argumentValue('options.recursive', true, 'is not served; read the directories one by one');
			const { names, modes } = await host.readdir(name).promise;
			if (o.withFileTypes) return names.map((entry, i) => new Dirent(named(entry, o.encoding), name, modes[i]));
			return names.map((entry) => named(entry, o.encoding));
		},
		async stat(path, options) {
			if (options?.bigint) throw argumentValue('options.bigint', true, 'is not served');
			return new Stats(await host.stat(pathOf(path), true).promise);
		},
		async lstat(path, options) {
			if (options?.bigint) throw argumentValue('options.bigint', true, 'is not served');
			return new Stats(await host.stat(pathOf(path), false).promise);
		},
		async realpath(path, options) {
			const o = optionsOf(options);
			return named(await host.realpath(pathOf(path)).promise, o.encoding);
		},
		async access(path, mode = constants.F_OK) {
			const name = pathOf(path);
			check.integer(mode, 'mode', 0, 7);
			const { mode: bits } = await host.stat(name, true).promise;
			if (mode & constants.R_OK) await host.access(name).promise;
			if (mode & constants.W_OK || mode & constants.X_OK && !(bits & 0o111)) throw Object.assign(new Error("EACCES: permission denied, access '" + name + "'"), { code: 'EACCES', syscall: 'access', path: name });
		},
	};

	// refused makes a function of Node's that throws, because of why.
	const refused = (name, why) => ({ [name](...args) { throw nodeError('Error', 'ERR_METHOD_NOT_IMPLEMENTED', name + ' is not available: ' + why); } }[name]);
	const writing = 'appendFile chmod chown copyFile cp lchown link lutimes mkdir mkdtemp rename rm rmdir symlink truncate unlink utimes writeFile'.split(' ');
	const unserved = 'open opendir readlink statfs watch glob'.split(' ');
	for (const name of writing) promises[name] = async (...args) => refused('fs.' + name, 'modules may read files, and not write them')(...args);
	for (const name of unserved) promises[name] = async (...args) => refused('fs.' + name, 'readFile, readdir, stat, lstat, realpath and access are there')(...args);
	promises.constants = constants;

	// report calls a callback so that what it throws is an uncaught error, and no rejected promise.
	const report = (callback, ...args) => queueMicrotask(() => callback(...args));
	const fs = { constants, promises, Stats, Dirent, ...constants };
	for (const name of ['readFile', 'readdir', 'stat', 'lstat', 'realpath', 'access']) {
		fs[name] = { [name](...args) {
			const callback = args.pop();
			check.callback(callback, 'cb');
			if (name !== 'access') optionsOf(args[1]);
			pathOf(args[0]);
			promises[name](...args).then((value) => (name === 'access' ? report(callback, null) : report(callback, null, value)), (error) => report(callback, error));
		} }[name];
	}
	fs.realpath.native = fs.realpath;
	fs.exists = function exists(path, callback) {
		check.callback(callback, 'cb');
		promises.access(path).then(() => report(callback, true), () => report(callback, false));
	};
	for (const name of [...writing, 'createWriteStream']) fs[name] = refused('fs.' + name, 'modules may read files, and not write them');
	for (const name of [...unserved, 'read', 'close', 'fstat', 'watchFile', 'createReadStream']) {
		fs[name] = refused('fs.' + name, 'readFile, readdir, stat, lstat, realpath and access are there');
	}
	for (const name of ['readFile', 'readdir', 'stat', 'lstat', 'realpath', 'access', 'exists', 'open', 'read', 'close', 'fstat', 'readlink', 'opendir', ...writing]) {
		const form = name in promises ? 'await fs.promises.' + (writing.includes(name) ? 'readFile' : name) : 'await fs.promises.' + (name === 'exists' ? 'access' : 'readFile');
		fs[name + 'Sync'] = refused('fs.' + name + 'Sync', writing.includes(name) ? 'modules may read files, and not write them'
			: 'all connections of the module would wait for the disk; use ' + form + '(…), or fs.' + name + ' with a callback');
	}
	return fs;
})
