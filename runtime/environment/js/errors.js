// Errors as Node's own modules throw them: with a code, which is also in the first line of the stack.
(function (host) {
	const constructors = { Error, TypeError, RangeError, SyntaxError, URIError };

	function nodeError(name, code, message) {
		const error = new constructors[name](message);
		const hide = (key, value) => Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
		error.code = code;
		hide('toString', function toString() { return this.name + ' [' + code + ']: ' + this.message; });
		hide('stack', String(error.stack).replace(/^[^\n]*/, () => name + ' [' + code + ']: ' + message));
		return error;
	}

	// received describes a value that an argument should not have.
	function received(value) {
		switch (typeof value) {
		case 'undefined': return 'undefined';
		case 'function': return 'function ' + value.name;
		case 'object':
			if (value === null) return 'null';
			if (value.constructor && value.constructor.name) return 'an instance of ' + value.constructor.name;
			return host.inspect(value, { depth: -1 });
		case 'string':
			if (value.length > 28) value = value.slice(0, 25) + '...';
			return 'type string (' + (value.includes("'") ? JSON.stringify(value) : "'" + value + "'") + ')';
		case 'bigint': return 'type bigint (' + value + 'n)';
		case 'number': return 'type number (' + (Object.is(value, -0) ? '-0' : value) + ')';
		}
		return 'type ' + typeof value + ' (' + String(value) + ')';
	}

	const argument = (name) => (/ argument$/.test(name) ? 'The ' + name : 'The "' + name + '" ' + (name.includes('.') ? 'property' : 'argument'));

	// argumentType is for an argument that must be what expected says, such as 'of type string'.
	function argumentType(name, expected, value) {
		return nodeError('TypeError', 'ERR_INVALID_ARG_TYPE', argument(name) + ' must be ' + expected + '. Received ' + received(value));
	}
	// argumentValue is for an argument of the right type whose value is wrong.
	function argumentValue(name, value, reason = 'is invalid') {
		let text = host.inspect(value);
		if (text.length > 128) text = text.slice(0, 128) + '...';
		const kind = name.includes('.') ? 'property' : 'argument';
		return nodeError('TypeError', 'ERR_INVALID_ARG_VALUE', 'The ' + kind + " '" + name + "' " + reason + '. Received ' + text);
	}

	const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, '_');

	function outOfRange(name, range, value) {
		let text;
		if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) text = grouped(String(value));
		else if (typeof value === 'bigint') text = (value > 2n ** 32n || value < -(2n ** 32n) ? grouped(String(value)) : String(value)) + 'n';
		else text = host.inspect(value);
		return nodeError('RangeError', 'ERR_OUT_OF_RANGE', 'The value of "' + name + '" is out of range. It must be ' + range + '. Received ' + text);
	}

	const tooLarge = (most) => nodeError('RangeError', 'ERR_BUFFER_TOO_LARGE', 'Cannot create a Buffer larger than ' + most + ' bytes');

	const check = {
		string(value, name) { if (typeof value !== 'string') throw argumentType(name, 'of type string', value); },
		number(value, name) { if (typeof value !== 'number') throw argumentType(name, 'of type number', value); },
		boolean(value, name) { if (typeof value !== 'boolean') throw argumentType(name, 'of type boolean', value); },
		callback(value, name = 'callback') { if (typeof value !== 'function') throw argumentType(name, 'of type function', value); },
		object(value, name) { if (value === null || typeof value !== 'object' || Array.isArray(value)) throw argumentType(name, 'of type object', value); },
		integer(value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
			check.number(value, name);
			if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
			if (value < min || value > max) throw outOfRange(name, '>= ' + min + ' && <= ' + max, value);
		},
	};

	// systemError is for what failed outside of the VM. The caller adds its code.
	const systemError = (message) => new Error(message);

	return { nodeError, systemError, received, argumentType, argumentValue, outOfRange, tooLarge, check };
})
