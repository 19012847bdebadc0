// Intl (ECMA-402) and the methods of the language that take locales: what is asked for is read here, and
// done in Go by the package locale. What is not served is an error that says so.
(function (host) {
	const served = 'Collator, DateTimeFormat, Locale, NumberFormat and PluralRules are';
	const define = (o, methods) => {
		for (const [name, d] of Object.entries(Object.getOwnPropertyDescriptors(methods))) Object.defineProperty(o, name, { ...d, enumerable: false });
	};

	// tags is CanonicalizeLocaleList.
	function tags(locales) {
		if (locales === undefined) return [];
		if (locales === null) throw new TypeError('Cannot convert undefined or null to object');
		const list = typeof locales === 'string' || locales instanceof Locale ? [locales] : Object(locales), found = [];
		const length = Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), 1000);
		for (let i = 0; i < length; i++) {
			if (!(i in list)) continue;
			if (typeof list[i] !== 'string' && (typeof list[i] !== 'object' || list[i] === null)) throw new TypeError('Language ID should be string or object.');
			const tag = host.canonical(String(list[i]));
			if (!found.includes(tag)) found.push(tag);
		}
		return found;
	}

	// A reader reads the options of one kind of Intl's.
	class Reader {
		constructor(kind, options) {
			if (options === null) throw new TypeError('Cannot convert undefined or null to object');
			this.kind = kind;
			this.options = options === undefined ? Object.create(null) : Object(options);
			this.one('localeMatcher', ['lookup', 'best fit']);
		}
		one(name, values, usual) {
			let v = this.options[name];
			if (v === undefined) return usual;
			v = String(v);
			if (!values.includes(v)) throw new RangeError('Value ' + v + ' out of range for ' + this.kind + ' options property ' + name);
			return v;
		}
		yes(name) {
			const v = this.options[name];
			return v === undefined ? undefined : Boolean(v);
		}
		text(name) {
			const v = this.options[name];
			return v === undefined ? undefined : String(v);
		}
		integer(name, least, most, usual) { return inRange(name, this.options[name], least, most, usual); }
		// type is an option such as a calendar, which Go knows the values of.
		type(name) {
			const v = this.text(name);
			if (v !== undefined && !/^[a-z0-9]{3,8}(-[a-z0-9]{3,8})*$/i.test(v)) throw new RangeError('Invalid ' + name + ' : ' + v);
			return v?.toLowerCase();
		}
		none(name, usual) {
			const v = this.options[name];
			if (v !== undefined && String(v) !== usual) throw new RangeError('the option ' + name + ' of ' + this.kind + ' is not served here' + (usual === undefined ? '' : ': ' + usual + ' is'));
		}
	}
	function inRange(name, v, least, most, usual) {
		if (v === undefined) return usual;
		v = Number(v);
		if (!(v >= least && v <= most)) throw new RangeError(name + ' value is out of range.');
		return Math.floor(v);
	}

	// given makes the options that Go reads, whose names begin with capital letters.
	function given(options) {
		const out = {};
		for (const name of Object.keys(options)) if (options[name] !== undefined) out[name[0].toUpperCase() + name.slice(1)] = options[name];
		return out;
	}
	const without = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));

	function numberOptions(r) {
		const o = { numberingSystem: r.type('numberingSystem'), style: r.one('style', ['decimal', 'percent', 'currency', 'unit'], 'decimal') };
		let currency = r.text('currency');
		if (currency === undefined) {
			if (o.style === 'currency') throw new TypeError('Currency code is required with currency style.');
		} else if (!/^[a-z]{3}$/i.test(currency)) throw new RangeError('Invalid currency code : ' + currency);
		const currencyDisplay = r.one('currencyDisplay', ['code', 'symbol', 'narrowSymbol', 'name'], 'symbol');
		const currencySign = r.one('currencySign', ['standard', 'accounting'], 'standard');
		const unit = r.text('unit');
		if (unit === undefined) {
			if (o.style === 'unit') throw new TypeError('Invalid unit argument for ' + r.kind + '() \'\'');
		} else if (!/^[a-z]+(-[a-z]+)*$/.test(unit)) throw new RangeError('Invalid unit argument for ' + r.kind + '() \'' + unit + '\'');
		const unitDisplay = r.one('unitDisplay', ['short', 'narrow', 'long'], 'short');
		if (o.style === 'currency') Object.assign(o, { currency: currency.toUpperCase(), currencyDisplay, currencySign });
		if (o.style === 'unit') Object.assign(o, { unit, unitDisplay });
		o.notation = r.one('notation', ['standard', 'scientific', 'engineering', 'compact'], 'standard');
		const digits = o.style === 'currency' && o.notation === 'standard' ? host.fractionDigits(o.currency) : undefined;
		readDigits(r, o, digits ?? 0, digits ?? (o.style === 'percent' ? 0 : 3));
		const compactDisplay = r.one('compactDisplay', ['short', 'long'], 'short');
		if (o.notation === 'compact') o.compactDisplay = compactDisplay;
		const grouping = r.options.useGrouping, usual = o.notation === 'compact' ? 'min2' : 'auto';
		o.useGrouping = grouping === true ? 'always' : grouping === undefined || String(grouping) === 'true' || grouping === 'false' ? usual : grouping ? r.one('useGrouping', ['min2', 'auto', 'always']) : 'false';
		o.signDisplay = r.one('signDisplay', ['auto', 'never', 'always', 'exceptZero', 'negative'], 'auto');
		return o;
	}

	// readDigits is SetNumberFormatDigitOptions.
	function readDigits(r, o, least, most) {
		o.minInteger = r.integer('minimumIntegerDigits', 1, 21, 1);
		let { minimumFractionDigits: minF, maximumFractionDigits: maxF, minimumSignificantDigits: minS, maximumSignificantDigits: maxS } = r.options;
		r.none('roundingIncrement', '1');
		o.roundingMode = r.one('roundingMode', ['ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfExpand', 'halfTrunc', 'halfEven'], 'halfExpand');
		r.none('roundingPriority', 'auto');
		o.stripZeros = r.one('trailingZeroDisplay', ['auto', 'stripIfInteger'], 'auto') === 'stripIfInteger';
		if (minS !== undefined || maxS !== undefined) {
			o.minSignificant = inRange('minimumSignificantDigits', minS, 1, 21, 1);
			o.maxSignificant = inRange('maximumSignificantDigits', maxS, o.minSignificant, 21, 21);
		} else if (minF !== undefined || maxF !== undefined || o.notation !== 'compact') {
			minF = inRange('minimumFractionDigits', minF, 0, 100, undefined);
			maxF = inRange('maximumFractionDigits', maxF, 0, 100, undefined);
			if (minF === undefined) minF = Math.min(least, maxF ?? least);
			else if (maxF === undefined) maxF = Math.max(most, minF);
			else if (minF > maxF) throw new RangeError('maximumFractionDigits value is out of range.');
			o.minFraction = minF;
			o.maxFraction = maxF ?? Math.max(most, minF);
		} else o.compact = true;
	}
	function shownDigits(o) {
		return {
			minimumIntegerDigits: o.minInteger, minimumFractionDigits: o.compact ? 0 : o.minFraction, maximumFractionDigits: o.compact ? 0 : o.maxFraction,
			minimumSignificantDigits: o.compact ? 1 : o.minSignificant, maximumSignificantDigits: o.compact ? 2 : o.maxSignificant,
		};
	}
	const shownRounding = (o) => ({ roundingIncrement: 1, roundingMode: o.roundingMode, roundingPriority: o.compact ? 'morePrecision' : 'auto', trailingZeroDisplay: o.stripZeros ? 'stripIfInteger' : 'auto' });

	// numeric is ToIntlMathematicalValue: a number, or the digits of one.
	function numeric(v) {
		if (typeof v === 'object' && v !== null) v = typeof v[Symbol.toPrimitive] === 'function' ? v[Symbol.toPrimitive]('number') : plain(v);
		if (typeof v === 'bigint') return v.toString();
		if (typeof v === 'string' && v.length <= 1000 && /^\s*-?\d+(\.\d*)?\s*$/.test(v)) return v.trim();
		return Number(v);
	}
	function plain(v) {
		const p = v.valueOf();
		return typeof p === 'object' && p !== null ? String(v) : p;
	}
	const list = (parts) => parts.map(([type, value]) => ({ type, value }));

	const states = new WeakMap();
	const state = (o, kind, method) => {
		const s = states.get(o);
		if (s?.kind !== kind) throw new TypeError('Method Intl.' + kind + '.prototype.' + method + ' called on incompatible receiver ' + String(o));
		return s;
	};
	// intl makes a constructor. construct(locales, options) returns its state.
	function intl(kind, callable, construct, methods) {
		const f = { [kind]: function (locales, options) {
			if (!new.target && !callable) throw new TypeError('Constructor Intl.' + kind + ' requires \'new\'');
			const made = new.target ? this : Object.create(f.prototype);
			states.set(made, { kind, ...construct(locales, options) });
			return made;
		} }[kind];
		Object.defineProperty(f, 'length', { value: 0 });
		define(f.prototype, methods);
		Object.defineProperty(f.prototype, Symbol.toStringTag, { value: 'Intl.' + kind, configurable: true });
		define(f, { supportedLocalesOf(locales) { return tags(locales).filter((tag) => host.served(tag)); } });
		return f;
	}

	function makeNumber(locales, options, kind = 'Number.prototype.toLocaleString') {
		const list = tags(locales), o = numberOptions(new Reader(kind, options));
		return { o, go: host.number(list, given(o)) };
	}
	const NumberFormat = intl('NumberFormat', true, (locales, options) => makeNumber(locales, options, 'Intl.NumberFormat'), {
		get format() {
			const s = state(this, 'NumberFormat', 'format');
			return s.bound ??= (v) => s.go.format(numeric(v));
		},
		formatToParts(v) { return list(state(this, 'NumberFormat', 'formatToParts').go.format(numeric(v), true)); },
		resolvedOptions() {
			const { o, go } = state(this, 'NumberFormat', 'resolvedOptions');
			return without({
				locale: go.locale, numberingSystem: go.numberingSystem, style: o.style, currency: o.currency, currencyDisplay: o.currencyDisplay, currencySign: o.currencySign, unit: o.unit, unitDisplay: o.unitDisplay,
				...shownDigits(o), useGrouping: o.useGrouping === 'false' ? false : o.useGrouping, notation: o.notation, compactDisplay: o.compactDisplay, signDisplay: o.signDisplay, ...shownRounding(o),
			});
		},
		formatRange() { throw new RangeError('Intl.NumberFormat.prototype.formatRange is not served here'); },
		formatRangeToParts() { throw new RangeError('Intl.NumberFormat.prototype.formatRangeToParts is not served here'); },
	});

	const PluralRules = intl('PluralRules', false, (locales, options) => {
		const list = tags(locales), r = new Reader('Intl.PluralRules', options), o = { type: r.one('type', ['cardinal', 'ordinal'], 'cardinal'), notation: 'standard', useGrouping: 'false', style: 'decimal', signDisplay: 'auto', numberingSystem: 'latn' };
		r.none('notation', 'standard');
		readDigits(r, o, 0, 3);
		return { o, go: host.number(list, given({ ...o, type: undefined })) };
	}, {
		select(v) {
			const { o, go } = state(this, 'PluralRules', 'select');
			return go.plural(Number(v), o.type === 'ordinal');
		},
		resolvedOptions() {
			const { o, go } = state(this, 'PluralRules', 'resolvedOptions'), categories = new Set();
			for (const n of [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 20, 21, 100, 1e6, ...(o.type === 'ordinal' ? [] : [0.5, 1.5])]) categories.add(go.plural(n, o.type === 'ordinal'));
			return without({ locale: go.locale, type: o.type, notation: 'standard', ...shownDigits(o), pluralCategories: ['zero', 'one', 'two', 'few', 'many', 'other'].filter((c) => categories.has(c)), ...shownRounding(o) });
		},
		selectRange() { throw new RangeError('Intl.PluralRules.prototype.selectRange is not served here'); },
	});

	const dateFields = { weekday: ['narrow', 'short', 'long'], year: ['2-digit', 'numeric'], month: ['2-digit', 'numeric', 'narrow', 'short', 'long'], day: ['2-digit', 'numeric'] };
	const timeFields = { hour: ['2-digit', 'numeric'], minute: ['2-digit', 'numeric'], second: ['2-digit', 'numeric'] };
	const zoneNames = ['short', 'long', 'shortOffset', 'longOffset', 'shortGeneric', 'longGeneric'], styles = ['full', 'long', 'medium', 'short'];

	// makeDate is CreateDateTimeFormat: required says which fields count as asked for, defaults which are
	// shown if none was.
	function makeDate(locales, options, kind, required, defaults) {
		const list = tags(locales), r = new Reader(kind, options);
		const o = { calendar: r.type('calendar'), numberingSystem: r.type('numberingSystem'), hour12: r.yes('hour12')?.toString(), hourCycle: r.one('hourCycle', ['h11', 'h12', 'h23', 'h24']), timeZone: r.text('timeZone') };
		for (const [name, values] of Object.entries(dateFields)) o[name] = r.one(name, values);
		r.none('era');
		r.none('dayPeriod');
		for (const [name, values] of Object.entries(timeFields)) o[name] = r.one(name, values);
		o.fractionDigits = r.integer('fractionalSecondDigits', 1, 3);
		o.timeZoneName = r.one('timeZoneName', zoneNames);
		r.one('formatMatcher', ['basic', 'best fit']);
		o.dateStyle = r.one('dateStyle', styles);
		o.timeStyle = r.one('timeStyle', styles);
		if (o.timeZone === '') throw new RangeError('Invalid time zone specified: ');
		const some = (fields) => Object.keys(fields).some((name) => o[name] !== undefined), time = some(timeFields) || o.fractionDigits !== undefined;
		if (o.dateStyle || o.timeStyle) {
			for (const name of [...Object.keys(dateFields), ...Object.keys(timeFields), 'timeZoneName']) if (o[name] !== undefined) throw new TypeError('Can\'t set option ' + name + ' when ' + (o.dateStyle ? 'dateStyle' : 'timeStyle') + ' is used');
			if (o.fractionDigits !== undefined) throw new TypeError('Can\'t set option fractionalSecondDigits when ' + (o.dateStyle ? 'dateStyle' : 'timeStyle') + ' is used');
			if (required === 'date' && o.timeStyle) throw new TypeError('Invalid option : timeStyle');
			if (required === 'time' && o.dateStyle) throw new TypeError('Invalid option : dateStyle');
		} else if (!(required !== 'time' && some(dateFields)) && !(required !== 'date' && time)) {
			if (defaults !== 'time') Object.assign(o, { year: 'numeric', month: 'numeric', day: 'numeric' });
			if (defaults !== 'date') Object.assign(o, { hour: 'numeric', minute: 'numeric', second: 'numeric' });
		}
		return { o, go: host.date(list, given(o)) };
	}
	function instant(v) {
		const t = v === undefined ? Date.now() : Number(v);
		if (!(Math.abs(t) <= 8.64e15)) throw new RangeError('Invalid time value');
		return Math.trunc(t);
	}
	const DateTimeFormat = intl('DateTimeFormat', true, (locales, options) => makeDate(locales, options, 'Intl.DateTimeFormat', 'any', 'date'), {
		get format() {
			const s = state(this, 'DateTimeFormat', 'format');
			return s.bound ??= (v) => s.go.format(instant(v));
		},
		formatToParts(v) { return list(state(this, 'DateTimeFormat', 'formatToParts').go.format(instant(v), true)); },
		resolvedOptions() {
			const { o, go } = state(this, 'DateTimeFormat', 'resolvedOptions'), shown = o.dateStyle || o.timeStyle ? {} : go.fields;
			return without({
				locale: go.locale, calendar: 'gregory', numberingSystem: go.numberingSystem, timeZone: go.timeZone, hourCycle: go.hourCycle || undefined, hour12: go.hourCycle ? go.hourCycle < 'h2' : undefined,
				weekday: shown.weekday, year: shown.year, month: shown.month, day: shown.day, hour: shown.hour, minute: shown.minute, second: shown.second, fractionalSecondDigits: o.fractionDigits, timeZoneName: o.timeZoneName, dateStyle: o.dateStyle, timeStyle: o.timeStyle,
			});
		},
		formatRange() { throw new RangeError('Intl.DateTimeFormat.prototype.formatRange is not served here'); },
		formatRangeToParts() { throw new RangeError('Intl.DateTimeFormat.prototype.formatRangeToParts is not served here'); },
	});

	function collatorOptions(options, kind) {
		const r = new Reader(kind, options);
		r.none('usage', 'sort');
		r.none('collation', 'default');
		return { numeric: r.yes('numeric'), caseFirst: r.one('caseFirst', ['upper', 'lower', 'false']), sensitivity: r.one('sensitivity', ['base', 'accent', 'case', 'variant']), ignorePunctuation: r.yes('ignorePunctuation') };
	}
	const Collator = intl('Collator', true, (locales, options) => {
		const list = tags(locales), o = collatorOptions(options, 'Intl.Collator');
		return { o, go: host.collator(list, given(o)) };
	}, {
		get compare() {
			const s = state(this, 'Collator', 'compare');
			return s.bound ??= (a, b) => s.go.compare(a, b);
		},
		resolvedOptions() {
			const { o, go } = state(this, 'Collator', 'resolvedOptions');
			return { locale: go.locale, usage: 'sort', sensitivity: o.sensitivity ?? 'variant', ignorePunctuation: o.ignorePunctuation ?? false, collation: 'default', numeric: go.numeric, caseFirst: o.caseFirst ?? 'false' };
		},
	});

	class Locale {
		#tag; #base; #keys = {};
		constructor(tag, options) {
			if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null)) throw new TypeError('First argument to Intl.Locale constructor can\'t be empty or missing');
			if (options !== undefined && Object.keys(Object(options)).length > 0) throw new RangeError('options of Intl.Locale are not served here');
			this.#tag = host.canonical(String(tag));
			const [base, extension = ''] = this.#tag.split(/-u-/);
			this.#base = base.split(/-[a-z0-9]-/)[0].split('-');
			for (const [, key, , value = ''] of ('-' + extension.split(/-[a-z0-9]-/)[0]).matchAll(/-([a-z0-9][a-z])(?=-|$)((?:-([a-z0-9]{3,8}(?:-[a-z0-9]{3,8})*))?)/g)) this.#keys[key] = value;
		}
		get baseName() { return this.#base.join('-'); }
		get language() { return this.#base[0]; }
		get script() { return this.#base.find((s) => /^[A-Z][a-z]{3}$/.test(s)); }
		get region() { return this.#base.slice(1).find((s) => /^([A-Z]{2}|\d{3})$/.test(s)); }
		get calendar() { return this.#keys.ca; }
		get hourCycle() { return this.#keys.hc; }
		get numberingSystem() { return this.#keys.nu; }
		get collation() { return this.#keys.co; }
		get caseFirst() { return this.#keys.kf; }
		get numeric() { return this.#keys.kn === '' || this.#keys.kn === 'true'; }
		toString() { return this.#tag; }
	}
	Object.defineProperty(Locale.prototype, Symbol.toStringTag, { value: 'Intl.Locale', configurable: true });

	const Intl = {};
	define(Intl, { Collator, DateTimeFormat, Locale, NumberFormat, PluralRules, getCanonicalLocales(locales) { return tags(locales); } });
	for (const name of ['DisplayNames', 'DurationFormat', 'ListFormat', 'RelativeTimeFormat', 'Segmenter', 'supportedValuesOf']) {
		define(Intl, { [name]: { [name]: function () { throw new TypeError('Intl.' + name + ' is not served here: ' + served); } }[name] });
	}
	Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });

	// Those of the language's methods that were made last, by what they were asked for without options.
	const kept = new Map();
	function keep(key, locales, options, make) {
		if (options !== undefined || locales !== undefined && typeof locales !== 'string') return make();
		key += locales;
		let made = kept.get(key);
		if (!made) {
			made = make();
			if (kept.size >= 32) kept.clear();
			kept.set(key, made);
		}
		return made;
	}

	return {
		Intl,
		number(self, locales, options) {
			const v = Number.prototype.valueOf.call(self);
			return keep('number ', locales, options, () => makeNumber(locales, options)).go.format(v);
		},
		bigint(self, locales, options) {
			const v = BigInt.prototype.valueOf.call(self).toString();
			return keep('number ', locales, options, () => makeNumber(locales, options)).go.format(v);
		},
		date(self, locales, options, required, defaults) {
			const t = Date.prototype.getTime.call(self);
			if (Number.isNaN(t)) return 'Invalid Date';
			return keep('date ' + required + defaults + ' ', locales, options, () => makeDate(locales, options, 'Date.prototype.toLocale' + (required === 'any' ? '' : required === 'date' ? 'Date' : 'Time') + 'String', required, defaults)).go.format(t);
		},
		array(self, locales, options) {
			let text = '';
			for (let i = 0, n = self.length; i < n; i++) {
				const v = self[i];
				if (i > 0) text += ',';
				if (v !== undefined && v !== null) text += String(v.toLocaleString(locales, options));
			}
			return text;
		},
		compare(self, that, locales, options) {
			const o = collatorOptions(options, 'String.prototype.localeCompare'), found = tags(locales);
			const key = 'compare ' + found.join() + ' ' + Object.values(o).join();
			let made = kept.get(key);
			if (!made) {
				made = host.collator(found, given(o));
				if (kept.size >= 32) kept.clear();
				kept.set(key, made);
			}
			return made.compare(String(self), String(that));
		},
		upper(self, locales) {
			const text = String(self);
			return host.casing(tags(locales), true, text) ?? text.toUpperCase();
		},
		lower(self, locales) {
			const text = String(self);
			return host.casing(tags(locales), false, text) ?? text.toLowerCase();
		},
	};
})
