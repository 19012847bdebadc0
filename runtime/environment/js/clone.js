// structuredClone (HTML §2.7): a deep copy that keeps cycles, and types that JSON would lose.
(function (host) {
	const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

	function refuse(what) {
		const { DOMException } = host.use('exception');
		return new DOMException(what + ' could not be cloned.', 'DataCloneError');
	}

	function describe(value) {
		if (typeof value === 'function') return value.name ? 'function ' + value.name : 'A function';
		if (typeof value === 'symbol') return value.toString();
		return '#<' + (value?.constructor?.name || 'Object') + '>';
	}

	// Keys of the methods of objects of the environment that can be cloned, and that can be transferred.
	// Each returns the new object.
	const copied = Symbol('copied'), transferred = Symbol('transferred');

	function structuredClone(value, options) {
		if (arguments.length === 0) throw new TypeError('structuredClone needs a value');
		return clone(value, [...(options?.transfer ?? [])]).value;
	}

	// clone returns the copy, and the ports of it that were transferred. Copies are made level by level,
	// not recursively, because a list of a million links would fill the stack.
	function clone(value, transfer) {
		const copies = new Map(), work = [], ports = [];
		for (const item of transfer) {
			if (host.kind(item) !== 'ArrayBuffer' && typeof item?.[transferred] !== 'function') throw refuse('Only an ArrayBuffer or a MessagePort can be transferred; this value');
			if (transfer.indexOf(item) !== transfer.lastIndexOf(item)) throw refuse('A value that is twice in the list of transfers');
		}

		function copy(v) {
			if (typeof v === 'function' || typeof v === 'symbol') throw refuse(describe(v));
			if (typeof v !== 'object' || v === null) return v;
			if (copies.has(v)) return copies.get(v);
			const made = begin(v);
			copies.set(v, made);
			return made;
		}

		function begin(v) {
			if (typeof v[copied] === 'function') return v[copied]();
			if (typeof v[transferred] === 'function') {
				if (!transfer.includes(v)) throw refuse('An object that is not in the list of transfers');
				return transferTo(v);
			}
			switch (host.kind(v)) {
			case 'Array': {
				const made = new Array(v.length);
				work.push(() => properties(v, made));
				return made;
			}
			case 'Map': {
				const made = new Map();
				work.push(() => { for (const [k, item] of [...Map.prototype.entries.call(v)]) made.set(copy(k), copy(item)); });
				return made;
			}
			case 'Set': {
				const made = new Set();
				work.push(() => { for (const item of [...Set.prototype.values.call(v)]) made.add(copy(item)); });
				return made;
			}
			case 'Date': return new Date(Date.prototype.getTime.call(v));
			case 'RegExp': return new RegExp(v.source, v.flags);
			case 'Boolean': case 'Number': case 'String': return Object(v.valueOf());
			case 'Error': return error(v);
			case 'ArrayBuffer': return ArrayBuffer.prototype.slice.call(v, 0);
			case 'Proxy': case 'Promise': throw refuse(describe(v));
			}
			if (ArrayBuffer.isView(v)) return view(v);
			const boxed = v.valueOf !== Object.prototype.valueOf && typeof v.valueOf === 'function' ? v.valueOf() : v;
			if (typeof boxed === 'bigint') return Object(boxed);
			if (typeof boxed === 'symbol' || v instanceof WeakMap || v instanceof WeakSet) throw refuse(describe(v));
			const made = {};
			work.push(() => properties(v, made));
			return made;
		}

		function properties(from, to) {
			for (const key of Object.keys(from)) define(to, key, copy(from[key]));
		}

		function view(v) {
			const buffer = copy(v.buffer);
			if (v instanceof DataView) return new DataView(buffer, v.byteOffset, v.byteLength);
			const name = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get.call(v);
			return new globalThis[name](buffer, v.byteOffset, v.length);
		}

		function error(v) {
			const make = Object.hasOwn(errors, v.name) ? errors[v.name] : Error;
			const made = Object.create(make.prototype);
			const copied = new make();
			if (Object.hasOwn(v, 'message')) define(copied, 'message', String(v.message), false);
			if (Object.hasOwn(v, 'stack')) define(copied, 'stack', v.stack, false);
			if (Object.hasOwn(v, 'cause')) work.push(() => define(copied, 'cause', copy(v.cause), false));
			return Object.setPrototypeOf(copied, Object.getPrototypeOf(made));
		}

		function transferTo(v) {
			const made = v[transferred]();
			copies.set(v, made);
			ports.push(made);
			return made;
		}

		const result = copy(value);
		while (work.length > 0) work.pop()();
		for (const item of transfer) {
			if (typeof item[transferred] !== 'function') host.detach(item); // its bytes were copied, like everything else
			else if (!copies.has(item)) transferTo(item);
		}
		return { value: result, ports };
	}

	function define(o, key, value, enumerable = true) {
		Object.defineProperty(o, key, { value, enumerable, writable: true, configurable: true });
	}

	return { structuredClone, clone, copied, transferred };
})
