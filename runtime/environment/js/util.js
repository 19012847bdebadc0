// require('util'), and require('sys'), as it was called in 2009.
(function (host) {
	const { inspect, format } = host;
	const custom = Symbol.for('nodejs.util.promisify.custom');

	function inherits(child, parent) {
		if (typeof child !== 'function') throw new TypeError('The "ctor" argument must be of type function');
		if (typeof parent !== 'function') throw new TypeError('The "superCtor" argument must be of type function');
		if (parent.prototype === undefined) throw new TypeError('The "superCtor.prototype" property must be of type object');
		Object.defineProperty(child, 'super_', { value: parent, writable: true, configurable: true });
		Object.setPrototypeOf(child.prototype, parent.prototype);
	}

	function promisify(original) {
		if (typeof original !== 'function') throw new TypeError('The "original" argument must be of type function');
		if (original[custom]) return original[custom];
		function promised(...args) {
			return new Promise((resolve, reject) => {
				original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
			});
		}
		Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
		Object.defineProperty(promised, custom, { value: promised, configurable: true });
		return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
	}
	promisify.custom = custom;

	function callbackify(original) {
		if (typeof original !== 'function') throw new TypeError('The "original" argument must be of type function');
		return function (...args) {
			const callback = args.pop();
			if (typeof callback !== 'function') throw new TypeError('The last argument must be of type function');
			original.apply(this, args).then(
				(value) => queueMicrotask(() => callback.call(this, null, value)),
				(reason) => queueMicrotask(() => {
					if (!reason) {
						const error = new Error('Promise was rejected with a falsy value');
						error.reason = reason;
						error.code = 'ERR_FALSY_VALUE_REJECTION';
						reason = error;
					}
					callback.call(this, reason);
				}));
		};
	}

	const warned = new Set();
	function deprecate(f, message, code) {
		let done = false;
		return function (...args) {
			if (!done && !(code && warned.has(code))) {
				done = true;
				if (code) warned.add(code);
				host.warn((code ? '[' + code + '] ' : '') + 'DeprecationWarning: ' + message);
			}
			return new.target ? Reflect.construct(f, args, new.target) : f.apply(this, args);
		};
	}

	// isDeepStrictEqual compares as assert.deepStrictEqual does: types, prototypes, own enumerable
	// properties, entries.
	function isDeepStrictEqual(a, b) { return equal(a, b, new Map(), true); }

	function equal(a, b, seen, strict) {
		if (strict ? Object.is(a, b) : a == b || Number.isNaN(a) && Number.isNaN(b)) return true;
		if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
		if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
		const kind = host.kind(a);
		if (kind !== host.kind(b)) return false;
		if (seen.get(a)?.has(b)) return true; // being compared already: a cycle, the same on both sides
		if (!seen.has(a)) seen.set(a, new Set());
		seen.get(a).add(b);
		switch (kind) {
		case 'Date': if (!Object.is(a.getTime(), b.getTime())) return false; break;
		case 'RegExp': if (String(a) !== String(b) || a.lastIndex !== b.lastIndex) return false; break;
		case 'Error': if (a.message !== b.message || a.name !== b.name || !equal(a.cause, b.cause, seen, strict)) return false; break;
		case 'Number': case 'String': case 'Boolean': case 'Symbol': case 'BigInt':
			if (!Object.is(a.valueOf(), b.valueOf())) return false;
			break;
		case 'Map': case 'Set': if (!entries(a, b, kind, seen, strict)) return false; break;
		case 'ArrayBuffer': return equal(new Uint8Array(a), new Uint8Array(b), seen, strict);
		case 'Promise': case 'WeakMap': case 'WeakSet': case 'Proxy': return kind === 'Proxy' ? properties(a, b, seen, strict) : false;
		}
		if (ArrayBuffer.isView(a)) {
			if (a.byteLength !== b.byteLength) return false;
			const x = new Uint8Array(a.buffer, a.byteOffset, a.byteLength), y = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
			for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
			return true;
		}
		if (kind === 'Array' && a.length !== b.length) return false;
		return properties(a, b, seen, strict);
	}

	function keysOf(o, strict) {
		const keys = Object.keys(o);
		if (strict) for (const s of Object.getOwnPropertySymbols(o)) if (Object.prototype.propertyIsEnumerable.call(o, s)) keys.push(s);
		return keys;
	}

	function properties(a, b, seen, strict) {
		const keys = keysOf(a, strict);
		if (keys.length !== keysOf(b, strict).length) return false;
		return keys.every((k) => Object.prototype.propertyIsEnumerable.call(b, k) && equal(a[k], b[k], seen, strict));
	}

	function entries(a, b, kind, seen, strict) {
		if (a.size !== b.size) return false;
		const rest = [];
		for (const item of kind === 'Map' ? a.keys() : a.values()) {
			if (!b.has(item)) {
				if (strict && (typeof item !== 'object' || item === null)) return false;
				rest.push(item);
			} else if (kind === 'Map' && !equal(a.get(item), b.get(item), seen, strict)) return false;
		}
		if (rest.length === 0) return true;
		// What is left are objects that may be equal to others that only the other side has.
		const others = [...(kind === 'Map' ? b.keys() : b.values())].filter((k) => !a.has(k));
		return rest.every((item) => {
			const i = others.findIndex((o) => equal(item, o, seen, strict) && (kind !== 'Map' || equal(a.get(item), b.get(o), seen, strict)));
			if (i >= 0) others.splice(i, 1);
			return i >= 0;
		});
	}

	const types = { isProxy: (v) => host.kind(v) === 'Proxy', isBoxedPrimitive: (v) => ['Number', 'String', 'Boolean', 'Symbol', 'BigInt'].includes(host.kind(v)),
		isTypedArray: (v) => ArrayBuffer.isView(v) && host.kind(v) !== 'DataView', isArrayBufferView: (v) => ArrayBuffer.isView(v),
		isAnyArrayBuffer: (v) => host.kind(v) === 'ArrayBuffer', isNativeError: (v) => host.kind(v) === 'Error',
		isNumberObject: (v) => host.kind(v) === 'Number', isStringObject: (v) => host.kind(v) === 'String', isBooleanObject: (v) => host.kind(v) === 'Boolean',
		isSymbolObject: (v) => host.kind(v) === 'Symbol', isBigIntObject: (v) => host.kind(v) === 'BigInt', isArgumentsObject: (v) => host.kind(v) === 'Arguments',
		isGeneratorObject: (v) => Object.prototype.toString.call(v) === '[object Generator]', isExternal: () => false, isModuleNamespaceObject: () => false,
		isMapIterator: (v) => Object.prototype.toString.call(v) === '[object Map Iterator]', isSetIterator: (v) => Object.prototype.toString.call(v) === '[object Set Iterator]',
		isSharedArrayBuffer: () => false };
	for (const name of ['ArrayBuffer', 'AsyncFunction', 'DataView', 'Date', 'GeneratorFunction', 'Map', 'Promise', 'RegExp', 'Set', 'WeakMap', 'WeakSet',
		'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array',
		'BigInt64Array', 'BigUint64Array']) types['is' + name] = (v) => host.kind(v) === name;

	const { TextEncoder, TextDecoder } = host.use('text');
	return {
		inspect, format, inherits, promisify, callbackify, deprecate, isDeepStrictEqual, types, TextEncoder, TextDecoder,
		formatWithOptions: (options, ...args) => format(...args.map((a, i) => (typeof a === 'string' || i === 0 && typeof args[0] === 'string' ? a : inspect(a, options)))),
		stripVTControlCharacters: (text) => String(text).replace(/[\u001b\u009b][[\]()#;?]*(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/g, ''),
		toUSVString: (text) => String(text).toWellFormed(),
		debuglog: () => Object.assign(() => undefined, { enabled: false }),
		isArray: Array.isArray, isBoolean: (v) => typeof v === 'boolean', isNull: (v) => v === null, isNullOrUndefined: (v) => v == null,
		isNumber: (v) => typeof v === 'number', isString: (v) => typeof v === 'string', isSymbol: (v) => typeof v === 'symbol',
		isUndefined: (v) => v === undefined, isRegExp: types.isRegExp, isObject: (v) => v !== null && typeof v === 'object', isDate: types.isDate,
		isError: (v) => host.kind(v) === 'Error' || v instanceof Error, isFunction: (v) => typeof v === 'function', isPrimitive: (v) => Object(v) !== v,
		_extend: (target, source) => Object.assign(target, source),
		// As in 2009: sys.puts('x'), sys.print, sys.debug, sys.error, sys.log.
		puts: (...args) => args.forEach((a) => host.print('info', String(a))),
		print: (...args) => host.print('info', args.join('')),
		debug: (text) => host.print('debug', String(text)),
		error: (...args) => args.forEach((a) => host.print('error', String(a))),
		log: (...args) => host.print('info', format(...args)),
		looselyEqual: (a, b) => equal(a, b, new Map(), false),
	};
})
