// require('assert'), and require('assert/strict').
(function (host) {
	const { isDeepStrictEqual, looselyEqual } = host.use('util'), { inspect } = host;

	class AssertionError extends Error {
		constructor(options) {
			super(options.message ?? inspect(options.actual) + ' ' + options.operator + ' ' + inspect(options.expected));
			this.generatedMessage = options.message === undefined;
			this.code = 'ERR_ASSERTION';
			this.actual = options.actual;
			this.expected = options.expected;
			this.operator = options.operator;
		}
		get name() { return 'AssertionError'; }
	}

	function fail(actual, expected, message, operator, text) {
		if (message instanceof Error) throw message;
		const error = new AssertionError({ actual, expected, operator, message: message === undefined ? text : String(message) });
		if (message === undefined) error.generatedMessage = true;
		throw error;
	}
	const both = (a, b) => '\n\n' + inspect(a) + '\n\nshould equal\n\n' + inspect(b);

	function ok(value, message) {
		if (arguments.length === 0) fail(value, true, undefined, '==', 'No value argument passed to `assert.ok()`');
		if (!value) fail(value, true, message, '==', 'The expression evaluated to a falsy value: ' + inspect(value));
	}

	// matches reports whether a thrown value is as expected: of a class, matching a pattern, with
	// the properties of an object, or approved by a function.
	function matches(thrown, expected, message) {
		if (expected === undefined) return;
		if (expected instanceof RegExp) {
			if (!expected.test(String(thrown))) fail(thrown, expected, message, 'throws', 'The input did not match the regular expression ' + expected + '. Input:\n\n' + inspect(String(thrown)));
			return;
		}
		if (typeof expected === 'function') {
			if (expected.prototype !== undefined && thrown instanceof expected) return;
			if (Error.isPrototypeOf(expected) || expected === Error) throw thrown;
			if (expected.call({}, thrown) !== true) fail(thrown, expected, message, 'throws', 'The validation function is expected to return "true". Caught error:\n\n' + inspect(thrown));
			return;
		}
		const keys = Object.keys(expected);
		if (expected instanceof Error) keys.push('name', 'message');
		for (const key of keys) {
			const want = expected[key], got = thrown?.[key];
			if (want instanceof RegExp && typeof got === 'string' ? !want.test(got) : !isDeepStrictEqual(got, want)) {
				fail(thrown, expected, message, 'throws', 'The thrown value differs in "' + key + '":' + both(got, want));
			}
		}
	}
	function split(expected, message) { return typeof expected === 'string' ? [undefined, expected] : [expected, message]; }
	const missing = (message, what) => fail(undefined, undefined, undefined, what, 'Missing expected ' + (what === 'rejects' ? 'rejection' : 'exception') + (message === undefined ? '.' : ': ' + message));

	async function settle(promise) {
		try {
			await (typeof promise === 'function' ? promise() : promise);
			return null;
		} catch (error) {
			return { error };
		}
	}

	const assert = Object.assign(function assert(...args) { ok(...args); }, {
		AssertionError, ok,
		fail(message) { fail(undefined, undefined, message, 'fail', 'Failed'); },
		equal(a, b, message) { if (!(a == b || Number.isNaN(a) && Number.isNaN(b))) fail(a, b, message, '==', inspect(a) + ' == ' + inspect(b)); },
		notEqual(a, b, message) { if (a == b || Number.isNaN(a) && Number.isNaN(b)) fail(a, b, message, '!=', inspect(a) + ' != ' + inspect(b)); },
		strictEqual(a, b, message) { if (!Object.is(a, b)) fail(a, b, message, 'strictEqual', 'Expected values to be strictly equal:' + both(a, b)); },
		notStrictEqual(a, b, message) { if (Object.is(a, b)) fail(a, b, message, 'notStrictEqual', 'Expected "actual" to be strictly unequal to: ' + inspect(b)); },
		deepEqual(a, b, message) { if (!looselyEqual(a, b)) fail(a, b, message, 'deepEqual', 'Expected values to be loosely deep-equal:' + both(a, b)); },
		notDeepEqual(a, b, message) { if (looselyEqual(a, b)) fail(a, b, message, 'notDeepEqual', 'Expected "actual" not to be loosely deep-equal to: ' + inspect(b)); },
		deepStrictEqual(a, b, message) { if (!isDeepStrictEqual(a, b)) fail(a, b, message, 'deepStrictEqual', 'Expected values to be strictly deep-equal:' + both(a, b)); },
		notDeepStrictEqual(a, b, message) { if (isDeepStrictEqual(a, b)) fail(a, b, message, 'notDeepStrictEqual', 'Expected "actual" not to be strictly deep-equal to: ' + inspect(b)); },
		match(text, pattern, message) { if (!pattern.test(text)) fail(text, pattern, message, 'match', 'The input did not match the regular expression ' + pattern + '. Input:\n\n' + inspect(text)); },
		doesNotMatch(text, pattern, message) { if (pattern.test(text)) fail(text, pattern, message, 'doesNotMatch', 'The input was expected to not match the regular expression ' + pattern + '. Input:\n\n' + inspect(text)); },
		ifError(value) { if (value !== null && value !== undefined) { if (value instanceof Error) throw value; fail(value, null, undefined, 'ifError', 'ifError got unwanted exception: ' + inspect(value)); } },
		throws(f, expected, message) {
			[expected, message] = split(expected, message);
			let caught = null;
			try { f(); } catch (error) { caught = { error }; }
			if (!caught) missing(message, 'throws');
			matches(caught.error, expected, message);
		},
		doesNotThrow(f, expected, message) {
			[, message] = split(expected, message);
			try { f(); } catch (error) { fail(error, expected, undefined, 'doesNotThrow', 'Got unwanted exception' + (message === undefined ? '.' : ': ' + message) + '\nActual message: "' + error?.message + '"'); }
		},
		async rejects(promise, expected, message) {
			[expected, message] = split(expected, message);
			const caught = await settle(promise);
			if (!caught) missing(message, 'rejects');
			matches(caught.error, expected, message);
		},
		async doesNotReject(promise, expected, message) {
			[, message] = split(expected, message);
			const caught = await settle(promise);
			if (caught) fail(caught.error, expected, undefined, 'doesNotReject', 'Got unwanted rejection' + (message === undefined ? '.' : ': ' + message) + '\nActual message: "' + caught.error?.message + '"');
		},
	});
	const { strictEqual, notStrictEqual, deepStrictEqual, notDeepStrictEqual } = assert;
	const strict = Object.assign(function strict(...args) { ok(...args); }, assert, {
		equal: strictEqual, notEqual: notStrictEqual, deepEqual: deepStrictEqual, notDeepEqual: notDeepStrictEqual,
	});
	assert.strict = strict.strict = strict;
	return assert;
})
