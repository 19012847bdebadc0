// performance, as far as a module without files and network can use it.
(function (host) {
	class Performance {
		now() { return host.now(); }
		get timeOrigin() { return host.origin; }
		toJSON() { return { timeOrigin: host.origin }; }
		get [Symbol.toStringTag]() { return 'Performance'; }
	}

	return { performance: new Performance() };
})
