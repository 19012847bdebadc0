// toLocaleString of numbers and dates, in the format of en-US whatever the locale. Options that are
// not named here have no effect.
(function () {
	const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
	const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
	const signs = { USD: '$', EUR: '€', GBP: '£', JPY: '¥', INR: '₹', CNY: 'CN¥', KRW: '₩' };

	function group(digits) {
		let out = '';
		for (let i = 0; i < digits.length; i++) {
			if (i > 0 && (digits.length - i) % 3 === 0) out += ',';
			out += digits[i];
		}
		return out;
	}

	function digits(value, fallback, name) {
		if (value === undefined) return fallback;
		const n = Number(value);
		if (!(n >= 0 && n <= 100)) throw new RangeError(name + ' value is out of range.');
		return Math.floor(n);
	}

	// number formats a Number or a BigInt. Options: style (decimal, percent, currency), the digits
	// of the fraction, useGrouping.
	function number(self, options) {
		options = options ?? {};
		const value = self.valueOf();
		if (typeof value !== 'number' && typeof value !== 'bigint') throw new TypeError('toLocaleString needs a number');
		const currency = options.style === 'currency';
		if (currency && options.currency === undefined) throw new TypeError('Currency code is required with currency style.');
		const code = currency ? String(options.currency).toUpperCase() : '';
		const usual = currency ? (code === 'JPY' || code === 'KRW' ? 0 : 2) : 0;
		const least = digits(options.minimumFractionDigits, usual, 'minimumFractionDigits');
		const most = digits(options.maximumFractionDigits, Math.max(least, currency ? usual : options.style === 'percent' ? 0 : 3), 'maximumFractionDigits');
		let negative, text;
		if (typeof value === 'bigint') {
			negative = value < 0n;
			text = (negative ? -value : value).toString() + (options.style === 'percent' ? '00' : '');
		} else {
			if (Number.isNaN(value)) return 'NaN';
			negative = value < 0 || Object.is(value, -0);
			const size = Math.abs(options.style === 'percent' ? value * 100 : value);
			text = size === Infinity ? '∞' : size < 1e21 ? size.toFixed(Math.min(most, 100)) : BigInt(size).toString();
		}
		let [whole, fraction = ''] = text.split('.');
		while (fraction.length > least && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
		fraction = fraction.padEnd(text === '∞' ? 0 : least, '0');
		if (options.useGrouping !== false && text !== '∞') whole = group(whole);
		text = whole + (fraction && '.' + fraction);
		if (currency) text = (signs[code] ?? code + '\u00a0') + text;
		if (options.style === 'percent') text += '%';
		return (negative ? '-' : '') + text;
	}

	const pad = (n, style) => (style === '2-digit' ? String(n).padStart(2, '0').slice(-2) : String(n));
	const styles = {
		full: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
		long: { year: 'numeric', month: 'long', day: 'numeric' },
		medium: { year: 'numeric', month: 'short', day: 'numeric' },
		short: { year: '2-digit', month: 'numeric', day: 'numeric' },
	};

	// date formats a Date. Options: weekday, year, month, day, hour, minute, second, dateStyle,
	// timeStyle, hour12, and timeZone if it is UTC.
	function date(self, options, wantDate, wantTime) {
		if (Number.isNaN(self.getTime())) return 'Invalid Date';
		let o = { ...options };
		const zone = o.timeZone === undefined ? '' : String(o.timeZone).toUpperCase();
		if (zone && !['UTC', 'GMT', 'ETC/UTC', 'ETC/GMT'].includes(zone)) {
			throw new RangeError('timeZone ' + o.timeZone + ' is not available: the zone of the server (leave it out) and UTC are');
		}
		const get = (name) => self['get' + (zone ? 'UTC' : '') + name]();
		if (o.dateStyle || o.timeStyle) {
			const time = o.timeStyle && { hour: 'numeric', minute: '2-digit', ...(o.timeStyle === 'short' ? {} : { second: '2-digit' }) };
			o = { ...styles[o.dateStyle], ...time, hour12: o.hour12, spelled: o.dateStyle === 'full' || o.dateStyle === 'long' };
		} else {
			const anyDate = o.weekday || o.year || o.month || o.day, anyTime = o.hour || o.minute || o.second;
			if (!(wantDate && anyDate) && !(wantTime && anyTime)) {
				if (wantDate) Object.assign(o, { year: 'numeric', month: 'numeric', day: 'numeric' });
				if (wantTime) Object.assign(o, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
			}
		}
		const parts = [], left = dateText(o, get), right = timeText(o, get);
		if (left) parts.push(left);
		if (right) parts.push(right);
		return parts.join(o.spelled ? ' at ' : ', ');
	}

	function dateText(o, get) {
		const year = o.year && pad(get('FullYear'), o.year), day = o.day && pad(get('Date'), o.day);
		const weekday = o.weekday && (o.weekday === 'long' ? days[get('Day')] : days[get('Day')].slice(0, o.weekday === 'narrow' ? 1 : 3));
		let text;
		if (o.month === 'long' || o.month === 'short' || o.month === 'narrow') {
			const name = months[get('Month')], short = o.month === 'long' ? name : name.slice(0, o.month === 'short' ? 3 : 1);
			text = short + (day ? ' ' + day : '') + (year ? (day ? ', ' : ' ') + year : '');
		} else {
			text = [o.month && pad(get('Month') + 1, o.month), day, year].filter((p) => p).join('/');
		}
		return [weekday, text].filter((p) => p).join(', ');
	}

	function timeText(o, get) {
		const half = o.hour12 !== false && o.hourCycle !== 'h23';
		const hour = get('Hours'), shown = half ? hour % 12 || 12 : hour;
		const two = (n) => String(n).padStart(2, '0');
		const parts = [];
		if (o.hour) parts.push(o.hour === '2-digit' || !half ? two(shown) : String(shown));
		if (o.minute) parts.push(o.hour || o.second ? two(get('Minutes')) : pad(get('Minutes'), o.minute));
		if (o.second) parts.push(o.minute ? two(get('Seconds')) : pad(get('Seconds'), o.second));
		return parts.join(':') + (o.hour && half ? (hour < 12 ? ' AM' : ' PM') : '');
	}

	return { number, date };
})
