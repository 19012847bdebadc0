// DOMException, the error of the web's standards (WebIDL §3.14).
(function () {
	const codes = {
		IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5, NoModificationAllowedError: 7,
		NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10, InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13,
		NamespaceError: 14, InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20,
		URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25,
	};

	class DOMException extends Error {
		#name;
		constructor(message = '', options = 'Error') {
			super(message);
			if (typeof options === 'object' && options !== null) {
				this.#name = 'name' in options ? String(options.name) : 'Error';
				if ('cause' in options) hide(this, 'cause', options.cause);
			} else {
				this.#name = String(options);
			}
			// The head of the stack was written before the name was known.
			hide(this, 'stack', String(this.stack).replace(/^[^\n]*/, () => this.#name + (this.message && ': ' + this.message)));
		}
		get name() { return this.#name; }
		get code() { return Object.hasOwn(codes, this.#name) ? codes[this.#name] : 0; }
	}

	function hide(o, name, value) {
		Object.defineProperty(o, name, { value, writable: true, configurable: true, enumerable: false });
	}

	hide(DOMException.prototype, Symbol.toStringTag, 'DOMException');
	for (const [name, code] of Object.entries(codes)) {
		const constant = name.replace(/Error$/, '').replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase() + '_ERR';
		const fixed = { value: code, enumerable: true };
		Object.defineProperty(DOMException, constant, fixed);
		Object.defineProperty(DOMException.prototype, constant, fixed);
	}
	return { DOMException };
})
