// Atomics (ECMA-262 §25.4) and SharedArrayBuffer (§25.2). A worker shares its memory with nobody, so each
// operation is an ordinary one.
(function (host) {
	const { copied } = host.use('clone');
	const { get: lengthOf } = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength'), { slice } = ArrayBuffer.prototype;
	const kinds = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];

	// A shared buffer is an ArrayBuffer of goja with another prototype. That of typed arrays does not matter
	// to them.
	class SharedArrayBuffer {
		constructor(length, options) {
			if (options?.maxByteLength !== undefined) throw new TypeError('a growable SharedArrayBuffer is not available: leave out maxByteLength');
			return Object.setPrototypeOf(new ArrayBuffer(length), new.target.prototype);
		}
		static get [Symbol.species]() { return this; }
		get byteLength() { return lengthOf.call(check(this)); }
		get growable() { return check(this) === null; }
		get maxByteLength() { return lengthOf.call(check(this)); }
		[copied]() { return this; }
		grow() { throw new TypeError('a SharedArrayBuffer cannot grow here'); }
		slice(start, end) { return Object.setPrototypeOf(slice.call(check(this), start, end), SharedArrayBuffer.prototype); }
	}
	Object.defineProperty(SharedArrayBuffer.prototype, Symbol.toStringTag, { value: 'SharedArrayBuffer', configurable: true });
	function check(buffer) {
		if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError('Method of SharedArrayBuffer called on incompatible receiver ' + String(buffer));
		return buffer;
	}

	function integers(array, kindsThere = kinds) {
		if (!kindsThere.some((kind) => array instanceof kind)) throw new TypeError('[object ' + (Object(array) === array ? 'Object' : 'Array') + '] is not an integer typed array.');
		return array;
	}
	function place(array, index) {
		const i = Math.trunc(Number(index)) || 0;
		if (i < 0 || i >= array.length) throw new RangeError('Invalid atomic access index');
		return i;
	}
	function element(array, value) {
		if (!(array instanceof BigInt64Array || array instanceof BigUint64Array)) return Math.trunc(Number(value)) || 0;
		if (typeof value === 'number') throw new TypeError('Cannot convert ' + value + ' to a BigInt');
		return BigInt(value);
	}
	// change makes an operation that writes f of the old and the given value, and returns the old.
	function change(f) {
		return (array, index, value) => {
			const i = place(integers(array), index), v = element(array, value), old = array[i];
			array[i] = f(old, v);
			return old;
		};
	}
	const waitable = [Int32Array, BigInt64Array];

	const methods = {
		add: change((a, b) => a + b), and: change((a, b) => a & b), exchange: change((a, b) => b), or: change((a, b) => a | b),
		sub: change((a, b) => a - b), xor: change((a, b) => a ^ b),
		compareExchange(array, index, expected, replacement) {
			const i = place(integers(array), index), want = new array.constructor([element(array, expected)])[0], v = element(array, replacement), old = array[i];
			if (old === want) array[i] = v;
			return old;
		},
		isLockFree(n) { return [1, 2, 4, 8].includes(Math.trunc(Number(n))); },
		load(array, index) { return array[place(integers(array), index)]; },
		store(array, index, value) {
			const i = place(integers(array), index), v = element(array, value);
			array[i] = v;
			return v;
		},
		notify(array, index) {
			place(integers(array, waitable), index);
			return 0; // nobody can wait
		},
		pause() { },
		wait() { throw new TypeError('Atomics.wait cannot be called in this context: nothing else runs in a worker that could notify it'); },
		waitAsync() { throw new TypeError('Atomics.waitAsync is not available: a worker shares its memory with nobody'); },
	};
	const Atomics = {};
	for (const [name, value] of Object.entries(methods)) {
		Object.defineProperty(Atomics, name, { value: Object.defineProperty(value, 'name', { value: name }), writable: true, configurable: true });
	}
	Object.defineProperty(Atomics, Symbol.toStringTag, { value: 'Atomics', configurable: true });
	return { Atomics, SharedArrayBuffer };
})
