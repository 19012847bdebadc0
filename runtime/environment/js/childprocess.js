// require('child_process'): exec and execFile.
(function (host) {
	const { nodeError, argumentType, argumentValue, check } = host.use('errors'), { aborted, signalOf } = host.use('aborted');
	const { Buffer } = host.use('buffer'), EventEmitter = host.use('events');

	function checkText(value, name) {
		check.string(value, name);
		if (value.includes('\0')) throw argumentValue(name, value, 'must be a string without null bytes');
	}
	function checkOptions(options) {
		const { cwd, env, timeout = 0, maxBuffer = 1024 * 1024, encoding = 'utf8', shell } = options;
		if (cwd !== undefined && cwd !== null) checkText(cwd, 'options.cwd');
		if (env !== undefined && env !== null) check.object(env, 'options.env');
		check.integer(timeout, 'timeout', 0);
		if (maxBuffer !== Infinity) {
			check.number(maxBuffer, 'options.maxBuffer');
			if (!(maxBuffer >= 0)) throw host.use('errors').outOfRange('options.maxBuffer', 'a positive number', maxBuffer);
		}
		if (shell) throw argumentValue('options.shell', shell, 'is not served; exec runs command lines');
		signalOf(options);
		const list = env && Object.keys(env).filter((name) => env[name] !== undefined).map((name) => name + '=' + env[name]);
		if (list) list.forEach((variable) => checkText(variable, 'options.env'));
		return { cwd, env: list ?? undefined, timeout, maxBuffer: Math.min(maxBuffer, 2 ** 40), encoding: encoding === null ? 'buffer' : encoding };
	}

	// A ChildProcess has neither streams nor a pid: all that a program writes is for the callback.
	class ChildProcess extends EventEmitter {
		constructor(spawnfile, spawnargs) {
			super();
			Object.assign(this, { spawnfile, spawnargs, exitCode: null, signalCode: null, killed: false });
		}
		kill(signal = 'SIGTERM') {
			if (signal !== 'SIGTERM' && signal !== 15) throw argumentValue('signal', signal, "can only be 'SIGTERM'; SIGKILL follows a second later");
			if (this.exitCode !== null || this.signalCode !== null || !this.cancel) return false;
			this.killed = true;
			this.cancel();
			return true;
		}
	}

	function run(what, line, options, callback) {
		const { encoding, ...o } = checkOptions(options), { signal } = options;
		const child = new ChildProcess(what.file ?? '/bin/sh', what.file ? [what.file, ...what.args] : ['/bin/sh', '-c', line]);
		const cancel = () => child.cancel();
		if (signal?.aborted) {
			queueMicrotask(() => over(aborted(signal), '', ''));
			return child;
		}
		const operation = host.run({ args: [], ...what, ...o });
		Object.defineProperty(child, 'cancel', { value: operation.cancel });
		signal?.addEventListener('abort', cancel, { once: true });

		const decoded = (bytes) => (Buffer.isEncoding(encoding) ? Buffer.from(bytes).toString(encoding) : Buffer.from(bytes));
		// over calls the callback so that what it throws is an uncaught error, and no rejected promise.
		function over(error, stdout, stderr) {
			signal?.removeEventListener('abort', cancel);
			if (callback) callback(error, stdout, stderr);
		}
		operation.promise.then((result) => queueMicrotask(() => {
			const stdout = decoded(result.stdout), stderr = decoded(result.stderr);
			if (result.signal) child.signalCode = result.signal;
			else child.exitCode = result.code;
			let error = null;
			if (signal?.aborted) {
				error = aborted(signal);
			} else if (result.full) {
				error = nodeError('RangeError', 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER', result.full + ' maxBuffer length exceeded');
			} else if (result.code !== 0) {
				error = new Error('Command failed: ' + line + '\n' + (result.late ? 'it was ended after ' + result.seconds + ' s, its time' : stderr));
				error.code = result.signal ? null : result.code;
			}
			if (error) Object.assign(error, { killed: child.killed || result.late || result.full !== '', signal: result.signal || null, cmd: line });
			over(error, stdout, stderr);
			child.emit('exit', child.exitCode, child.signalCode);
			child.emit('close', child.exitCode, child.signalCode);
		}), (error) => queueMicrotask(() => {
			if (signal?.aborted) error = aborted(signal);
			else Object.assign(error, { cmd: line, spawnargs: what.args });
			over(error, '', '');
			if (!callback || child.listenerCount('error') > 0) child.emit('error', error);
		}));
		return child;
	}

	function execFile(file, ...rest) {
		checkText(file, 'file');
		if (file === '') throw argumentValue('file', file, 'cannot be empty');
		const args = Array.isArray(rest[0]) ? rest.shift() : (rest[0] ?? undefined) === undefined && rest.length > 1 ? (rest.shift(), []) : [];
		args.forEach((arg, i) => checkText(arg, 'args[' + i + ']'));
		const { options, callback } = taken(rest);
		return run({ file, args: [...args] }, [file, ...args].join(' '), options, callback);
	}
	function exec(command, ...rest) {
		checkText(command, 'command');
		if (command.trim() === '') throw argumentValue('command', command, 'cannot be empty');
		const { options, callback } = taken(rest);
		return run({ command }, command, options, callback);
	}
	// taken returns the options and the callback, either of which may be missing.
	function taken(rest) {
		const options = typeof rest[0] === 'function' ? {} : rest.shift() ?? {}, callback = rest[0];
		check.object(options, 'options');
		if (callback !== undefined && callback !== null) check.callback(callback);
		return { options, callback };
	}

	const promised = Symbol.for('nodejs.util.promisify.custom');
	for (const f of [exec, execFile]) {
		Object.defineProperty(f, promised, { value: (...args) => {
			let child;
			const promise = new Promise((resolve, reject) => {
				child = f(...args, (error, stdout, stderr) => {
					if (error) reject(Object.assign(error, { stdout, stderr }));
					else resolve({ stdout, stderr });
				});
			});
			promise.child = child;
			return promise;
		} });
	}

	const module = { exec, execFile, ChildProcess };
	for (const name of ['spawn', 'fork']) module[name] = () => { throw nodeError('Error', 'ERR_METHOD_NOT_IMPLEMENTED', 'child_process.' + name + ' is not available: exec and execFile are there'); };
	for (const name of ['spawn', 'exec', 'execFile']) {
		module[name + 'Sync'] = () => { throw nodeError('Error', 'ERR_METHOD_NOT_IMPLEMENTED', 'child_process.' + name + 'Sync is not available: all connections of the module would wait for the program; use exec or execFile'); };
	}
	return module;
})
