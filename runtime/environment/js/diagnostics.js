// require('diagnostics_channel'): channels by name, and what listens to them.
(function (host) {
	const { argumentType } = host.use('errors');
	const channels = new Map();

	class Channel {
		#subscribers = [];
		constructor(name) { this.name = name; }
		get hasSubscribers() { return this.#subscribers.length > 0; }
		subscribe(f) {
			if (typeof f !== 'function') throw argumentType('subscription', 'of type function', f);
			this.#subscribers = [...this.#subscribers, f];
		}
		unsubscribe(f) {
			const at = this.#subscribers.indexOf(f);
			if (at >= 0) this.#subscribers = this.#subscribers.toSpliced(at, 1);
			return at >= 0;
		}
		publish(message) {
			for (const f of this.#subscribers) {
				try {
					f(message, this.name);
				} catch (error) {
					reportError(error); // as an uncaught exception, which the publisher does not see
				}
			}
		}
	}

	function channel(name) {
		if (typeof name !== 'string' && typeof name !== 'symbol') throw argumentType('channel', 'of type string or an instance of Symbol', name);
		if (!channels.has(name)) channels.set(name, new Channel(name));
		return channels.get(name);
	}

	return {
		channel, Channel, hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
		subscribe: (name, f) => channel(name).subscribe(f), unsubscribe: (name, f) => channel(name).unsubscribe(f),
		tracingChannel() { throw new Error('diagnostics_channel.tracingChannel is not available: this server has channel, subscribe and unsubscribe'); },
	};
})
