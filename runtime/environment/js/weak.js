// WeakRef and FinalizationRegistry. Scripts cannot see goja's weak references, so these hold what
// they are given: deref always finds its target, and no clean-up function is ever called. The
// standard allows both (ECMA-262 §9.10: an implementation may keep an object alive, and need not
// call back), but a cache built on them grows.
(function () {
	function check(target, what) {
		if ((typeof target !== 'object' || target === null) && typeof target !== 'function' && typeof target !== 'symbol') {
			throw new TypeError(what + ' must be an object');
		}
	}

	class WeakRef {
		#target;
		constructor(target) {
			check(target, 'WeakRef: target');
			this.#target = target;
		}
		deref() { return this.#target; }
	}

	class FinalizationRegistry {
		constructor(cleanup) {
			if (typeof cleanup !== 'function') throw new TypeError('FinalizationRegistry: cleanup must be callable');
		}
		register(target) { check(target, 'FinalizationRegistry.prototype.register: target'); }
		unregister(token) {
			check(token, 'unregister token');
			return false;
		}
	}

	for (const c of [WeakRef, FinalizationRegistry]) {
		Object.defineProperty(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });
	}
	return { WeakRef, FinalizationRegistry };
})
