// What Node's functions with a signal reject with, and their options.
(function (host) {
	const { nodeError, argumentType } = host.use('errors');

	function aborted(signal) {
		const error = nodeError('Error', 'ABORT_ERR', 'The operation was aborted');
		const hide = (key, value) => Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
		delete error.toString;
		hide('cause', signal.reason);
		hide('name', 'AbortError');
		hide('stack', error.stack.replace(/^Error \[ABORT_ERR\]/, 'AbortError'));
		return error;
	}
	// signalOf returns the signal of options, and throws if either is none.
	function signalOf(options) {
		if (options === undefined) return undefined;
		if (typeof options !== 'object' || options === null) throw argumentType('options', 'of type object', options);
		const { signal } = options;
		if (signal !== undefined && (typeof signal !== 'object' || signal === null || !('aborted' in signal))) {
			throw argumentType('options.signal', 'an instance of AbortSignal', signal);
		}
		return signal;
	}

	return { aborted, signalOf };
})
