// The global process: the environment as far as it is granted, and what packages look for beside it.
(function (host) {
	const { nodeError, argumentType, check } = host.use('errors');
	const told = new Set();

	// As in Node, what is assigned becomes a string. It does not leave the VM.
	const env = new Proxy(host.environ(), {
		get(target, name) {
			if (typeof name === 'string' && !Object.hasOwn(target, name) && !told.has(name) && told.size < 100 && host.hides(name)) {
				told.add(name);
				host.warn('process.env.' + name + ' is undefined, because it is not granted to modules; the server would have to be started with --allow-env=' + name);
			}
			return Object.hasOwn(target, name) ? target[name] : undefined;
		},
		set(target, name, value) {
			if (typeof name === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
			target[name] = String(value);
			return true;
		},
		defineProperty(target, name, descriptor) {
			return Reflect.defineProperty(target, name, { ...descriptor, value: String(descriptor.value) });
		},
	});

	const refused = (name) => ({ [name]() { throw nodeError('Error', 'ERR_METHOD_NOT_IMPLEMENTED', 'process.' + name + ' is not available: a module runs in the server, which is not its own'); } }[name]);
	const process = {
		env, platform: host.platform, arch: host.arch, argv: [], execArgv: [], versions: {}, version: '', title: 'node.websocket',
		nextTick(callback, ...args) {
			check.callback(callback);
			queueMicrotask(() => callback(...args));
		},
		hrtime: Object.assign(function hrtime(since) {
			const now = host.now(), seconds = Math.floor(now / 1000), nanoseconds = Math.round((now - seconds * 1000) * 1e6);
			if (since === undefined) return [seconds, nanoseconds];
			if (!Array.isArray(since)) throw argumentType('time', 'an instance of Array', since);
			const passed = [seconds - since[0], nanoseconds - since[1]];
			return passed[1] < 0 ? [passed[0] - 1, passed[1] + 1e9] : passed;
		}, { bigint: () => BigInt(Math.round(host.now() * 1000)) * 1000n }),
		uptime: () => host.now() / 1000,
		cwd: () => host.cwd(),
		emitWarning(warning) { host.warn(typeof warning === 'string' ? warning : warning?.message); },
		emit: () => false,
		listenerCount: () => 0,
		listeners: () => [],
	};
	// There are no events: the server ends, or gets a signal, and module.hot.dispose tells of a reload.
	for (const name of ['on', 'once', 'addListener', 'prependListener', 'off', 'removeListener', 'removeAllListeners']) {
		process[name] = { [name]() { return process; } }[name];
	}
	for (const name of ['exit', 'abort', 'kill', 'chdir', 'binding', 'dlopen']) process[name] = refused(name);
	Object.defineProperty(process, Symbol.toStringTag, { value: 'process', configurable: true });
	return { process };
})
