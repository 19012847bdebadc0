// require('punycode'): RFC 3492, and domains label by label, without the mapping that a URL has.
(function () {
	const most = 0x7fffffff, base = 36, letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

	function ucs2decode(text) { return Array.from(text, (c) => c.codePointAt(0)); }
	function ucs2encode(points) {
		let text = '';
		for (const point of points) text += String.fromCodePoint(point);
		return text;
	}

	// threshold is t of RFC 3492 §6.2; adapt is §6.1.
	function threshold(k, bias) { return Math.min(Math.max(k - bias, 1), 26); }
	function adapt(delta, count, first) {
		delta = Math.floor(first ? delta / 700 : delta / 2);
		delta += Math.floor(delta / count);
		let k = 0;
		for (; delta > 455; k += base) delta = Math.floor(delta / 35);
		return k + Math.floor(36 * delta / (delta + 38));
	}
	function overflow() { return new RangeError('Overflow: input needs wider integers to process'); }

	function decode(input) {
		const dash = Math.max(input.lastIndexOf('-'), 0), output = [];
		for (let i = 0; i < dash; i++) {
			if (input.charCodeAt(i) >= 128) throw new RangeError('Illegal input >= 0x80 (not a basic code point)');
			output.push(input.charCodeAt(i));
		}
		let point = 128, i = 0, bias = 72;
		for (let at = dash > 0 ? dash + 1 : 0; at < input.length;) {
			const before = i;
			for (let weight = 1, k = base; ; k += base) {
				if (at >= input.length) throw new RangeError('Invalid input');
				const digit = letters.indexOf(input[at++].toLowerCase());
				if (digit < 0) throw new RangeError('Invalid input');
				i += digit * weight;
				if (i > most) throw overflow();
				const t = threshold(k, bias);
				if (digit < t) break;
				weight *= base - t;
				if (weight > most) throw overflow();
			}
			const count = output.length + 1;
			bias = adapt(i - before, count, before === 0);
			point += Math.floor(i / count);
			if (point > most) throw overflow();
			i %= count;
			output.splice(i++, 0, point);
		}
		return String.fromCodePoint(...output);
	}

	function encode(input) {
		const points = ucs2decode(input), basic = points.filter((point) => point < 128);
		let output = String.fromCharCode(...basic), done = basic.length, point = 128, delta = 0, bias = 72;
		if (done > 0) output += '-';
		while (done < points.length) {
			let next = most;
			for (const p of points) if (p >= point && p < next) next = p;
			delta += (next - point) * (done + 1);
			if (delta > most) throw overflow();
			point = next;
			for (const p of points) {
				if (p < point) delta++;
				if (p !== point) continue;
				let q = delta;
				for (let k = base; ; k += base) {
					const t = threshold(k, bias);
					if (q < t) break;
					output += letters[t + (q - t) % (base - t)];
					q = Math.floor((q - t) / (base - t));
				}
				output += letters[q];
				bias = adapt(delta, done + 1, done === basic.length);
				delta = 0;
				done++;
			}
			delta++;
			point++;
		}
		return output;
	}

	// labels calls f for each label of a domain, or of what stands behind the @ of an address.
	function labels(domain, f) {
		const at = domain.split('@');
		const local = at.length > 1 ? at[0] + '@' : '';
		return local + (at.length > 1 ? at[1] : domain).replace(/[\u3002\uff0e\uff61]/g, '.').split('.').map(f).join('.');
	}

	return {
		version: '2.1.0', ucs2: { decode: ucs2decode, encode: ucs2encode }, decode, encode,
		toASCII: (input) => labels(input, (label) => (/[^\0-\x7f]/.test(label) ? 'xn--' + encode(label) : label)),
		toUnicode: (input) => labels(input, (label) => (label.startsWith('xn--') ? decode(label.slice(4).toLowerCase()) : label)),
	};
})
