// Writes data/*.json, which hold what Node's Intl prints in the locales that are served: the package's
// only source of patterns and names. Run it with the version of Node that the README names:
//
//     node generate.mjs
//
// A file has the locales of one language. Each has the values that differ from those of its parent:
// "-" names the parent. In a template, {#} is the number, {-} its sign, {¤} the currency; of dates, each
// {…} is a field as in CLDR's patterns: {MMM} a month's short name, {LLL} the name that it has alone.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

const languages = ('en de fr es it pt nl pl sv da nb fi cs sk hu ro ru uk tr he ar hi id vi ja ko zh').split(' ');
const parents = { en: 'en-001', es: 'es-419', pt: 'pt-PT' }; // of the regions other than those of the language itself
const own = { en: 'US', es: 'ES', pt: 'BR' };
// The others have the table of their language, or of parents.
const regions = {
	en: 'US GB CA AU NZ IE IN ZA SG HK IL NL DE SE CH BE DK FI AT', de: 'DE AT CH LU LI', fr: 'FR CA CH BE LU', es: 'ES MX AR CO CL PE US', it: 'IT CH', pt: 'BR PT', nl: 'NL BE', sv: 'SE FI', ar: 'EG AE MA',
	da: 'DK', cs: 'CZ', uk: 'UA', he: 'IL', hi: 'IN', vi: 'VN', ja: 'JP', ko: 'KR', zh: 'CN TW HK SG',
};
const scripts = { zh: { TW: 'zh-Hant', HK: 'zh-Hant-HK', MO: 'zh-Hant-HK' } };
const currencies = ('AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NGN NOK NZD PEN PHP PLN RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR').split(' ');
const units = [...Intl.supportedValuesOf('unit').filter((u) => !['microsecond', 'nanosecond', 'mile-scandinavian', 'stone', 'fluid-ounce'].includes(u)),
	'kilometer-per-hour', 'mile-per-hour', 'meter-per-second', 'mile-per-gallon'];
// One zone for each of the names that are served.
const zones = ('UTC Europe/London Europe/Berlin Europe/Helsinki Europe/Moscow America/New_York America/Chicago America/Denver America/Los_Angeles America/Anchorage Pacific/Honolulu America/Halifax America/Sao_Paulo '
	+ 'Asia/Tokyo Asia/Shanghai Asia/Seoul Asia/Kolkata Asia/Singapore Asia/Hong_Kong Asia/Jerusalem Asia/Dubai Australia/Sydney Australia/Adelaide Australia/Brisbane Australia/Perth Pacific/Auckland Africa/Johannesburg').split(' ');

const day = Date.UTC(2005, 2, 4, 5, 6, 7, 89); // a Friday in which every field shows its width
const september = Date.UTC(2005, 8, 4); // whose short name is never the long one
const utc = { timeZone: 'UTC' };

function numbers(tag, set) {
	const parts = (value, o) => new Intl.NumberFormat(tag, o).formatToParts(value);
	const of = (type, value, o) => parts(value, o).find((p) => p.type === type)?.value ?? '';
	const resolved = new Intl.NumberFormat(tag).resolvedOptions();
	set('numbers', resolved.numberingSystem);
	set('digits', Array.from({ length: 10 }, (_, i) => parts(i)[0].value).join(''));
	const big = parts(1234567890).filter((p) => p.type === 'integer').map((p) => p.value.length);
	set('decimal', of('decimal', 1.5));
	set('group', of('group', 1234567));
	set('grouping', `${big.at(-1)},${big.at(-2)},${parts(1234).length > 1 ? 1 : 2}`);
	const money = { style: 'currency', currency: 'EUR' }; // some regions write it with other signs
	if (of('decimal', 1.5, money) !== of('decimal', 1.5)) set('currency decimal', of('decimal', 1.5, money));
	if (of('group', 1234567, money) !== of('group', 1234567)) set('currency group', of('group', 1234567, money));
	set('infinity', of('infinity', Infinity));
	set('nan', of('nan', NaN));
	set('minus', of('minusSign', -1));
	set('plus', of('plusSign', 1, { signDisplay: 'always' }));
	set('exponent', of('exponentSeparator', 1e5, { notation: 'scientific' }));
	const inner = new Set(['integer', 'group', 'decimal', 'fraction', 'compact', 'nan', 'infinity']);
	const template = (list) => {
		let out = '', inside = false;
		list.forEach((p, i) => {
			if (inner.has(p.type) && p.type !== 'compact') { if (!inside) out += '{#}'; inside = true; return }
			if (p.type === 'minusSign' || p.type === 'plusSign') out += '{-}';
			else if (p.type === 'currency') out += '{¤}';
			else if (p.type === 'percentSign' || p.type === 'unit' || p.type === 'compact') out += '{' + p.type[0] + ':' + p.value + '}';
			else out += p.value;
		});
		return out;
	};
	const both = (key, o, sample = 1) => {
		set(key, template(parts(sample, o)));
		set(key + ' -', template(parts(-sample, o)));
	};
	both('number', {});
	both('percent', { style: 'percent' });
	for (const [sign, accounting] of [['', 'standard'], [' accounting', 'accounting']]) {
		// XAG and XTS have no symbol; a euro's has no letter.
		both('currency' + sign, { style: 'currency', currency: 'EUR', currencySign: accounting, currencyDisplay: 'narrowSymbol' });
		both('currency' + sign + ' letters', { style: 'currency', currency: 'EUR', currencySign: accounting, currencyDisplay: 'code' });
	}
	const plural = new Intl.PluralRules(tag), categories = plural.resolvedOptions().pluralCategories;
	const sample = {};
	for (const n of [1, 2, 3, 5, 6, 8, 0, 11, 21, 100, 1000000, 1.5, 0.5]) sample[plural.select(n)] ??= n;
	const forms = (make) => {
		const out = {};
		for (const c of Object.keys(sample)) out[c] = make(sample[c]);
		for (const c of Object.keys(out)) if (c !== 'other' && out[c] === out.other) delete out[c];
		return Object.keys(out).length === 1 ? out.other : Object.entries(out).map(([c, t]) => c + '=' + t).join('|');
	};
	set('currency name', forms((n) => template(parts(n, { style: 'currency', currency: 'USD', currencyDisplay: 'name' }))));
	for (const currency of Intl.supportedValuesOf('currency')) {
		const show = (currencyDisplay) => of('currency', 1, { style: 'currency', currency, currencyDisplay });
		if (show('symbol') !== currency) set('symbol ' + currency, show('symbol'));
		if (show('narrowSymbol') !== show('symbol')) set('narrow symbol ' + currency, show('narrowSymbol'));
	}
	for (const currency of currencies) set('name ' + currency, forms((n) => of('currency', n, { style: 'currency', currency, currencyDisplay: 'name' })));
	for (const compactDisplay of ['short', 'long']) {
		for (let e = 3; e < 15; e++) {
			const o = { notation: 'compact', compactDisplay };
			set(`compact ${compactDisplay} ${e}`, forms((n) => {
				if (n < 1 || n >= 10) n = n < 1 ? 1.5 : n % 10 === 1 ? 1 : 5;
				const whole = parts(n * 10 ** e, o).filter((p) => p.type === 'integer').map((p) => p.value).join('').length;
				return whole + template(parts(n * 10 ** e, o));
			}));
		}
	}
	set('compact percent', template(parts(5, { style: 'percent', notation: 'compact' })));
	for (const unitDisplay of ['short', 'long', 'narrow']) {
		for (const unit of units) set(`unit ${unitDisplay} ${unit}`, forms((n) => template(parts(n, { style: 'unit', unit, unitDisplay }))));
	}
}

function dates(tag, set) {
	const format = (o, t = day) => new Intl.DateTimeFormat(tag, { ...utc, calendar: 'gregory', numberingSystem: 'latn', ...o }).formatToParts(t);
	const value = (type, o, t) => format(o, t).find((p) => p.type === type)?.value ?? '';
	const month = (m) => Date.UTC(2005, m, 4), weekday = (d) => Date.UTC(2005, 0, 2 + d);
	const names = {};
	const list = (key, n, make) => { names[key] = Array.from({ length: n }, (_, i) => make(i)); };
	for (const [width, letters] of [['long', 4], ['short', 3], ['narrow', 5]]) {
		list('M'.repeat(letters), 12, (i) => value('month', { month: width, day: 'numeric' }, month(i)));
		list('L'.repeat(letters), 12, (i) => value('month', { month: width }, month(i)));
		list('E'.repeat(letters), 7, (i) => value('weekday', { weekday: width, day: 'numeric', month: 'short', year: 'numeric' }, weekday(i)));
		list('c'.repeat(letters), 7, (i) => value('weekday', { weekday: width }, weekday(i)));
	}
	for (const key of Object.keys(names)) {
		const format = key.replaceAll('L', 'M').replaceAll('c', 'E');
		set(key, key !== format && names[key].join() === names[format].join() ? '' : names[key].join('|'));
	}
	const hours = Array.from({ length: 24 }, (_, h) => value('dayPeriod', { hour: 'numeric', hour12: true }, Date.UTC(2005, 2, 4, h)));
	const periods = (hours) => (new Set(hours).size <= 2 ? hours[0] + '|' + hours[12] : hours.join('|'));
	set('periods', periods(hours));
	const styled = Array.from({ length: 24 }, (_, h) => value('dayPeriod', { timeStyle: 'short' }, Date.UTC(2005, 2, 4, h)));
	if (styled[0] !== '' && periods(styled) !== periods(hours)) set('style periods', periods(styled));
	const cycle = (o) => new Intl.DateTimeFormat(tag, { hour: 'numeric', ...o }).resolvedOptions().hourCycle;
	set('cycles', [cycle({}), cycle({ hour12: true }), cycle({ hour12: false })].join(' '));

	const named = (type, text, letters) => {
		for (const key of letters) if (names[key].includes(text)) return '{' + key + '}';
		throw new Error(`${tag}: ${type} ${text} is no name`);
	};
	const template = (list, hour) => list.map((p) => {
		switch (p.type) {
		case 'literal': return p.value;
		case 'year': return p.value === '05' ? '{yy}' : '{y}';
		case 'month': return p.value === '3' || p.value === '9' ? '{M}' : p.value === '03' || p.value === '09' ? '{MM}' : named('month', p.value, ['MMMM', 'LLLL', 'MMM', 'LLL', 'MMMMM', 'LLLLL']);
		case 'weekday': return named('weekday', p.value, ['EEEE', 'cccc', 'EEE', 'ccc', 'EEEEE', 'ccccc']);
		case 'day': return p.value === '4' ? '{d}' : '{dd}';
		case 'hour': return p.value === '5' ? `{${hour}}` : `{${hour}${hour}}`;
		case 'minute': return p.value === '6' ? '{m}' : '{mm}';
		case 'second': return p.value === '7' ? '{s}' : '{ss}';
		case 'fractionalSecond': return '{S}';
		case 'dayPeriod': return '{a}';
		case 'timeZoneName': return '{z}';
		}
		throw new Error(`${tag}: ${p.type} ${p.value}`);
	}).join('');

	// A field of another width than the one of the base has the base's template with that width, if it
	// is not given for itself.
	const bases = {};
	const keyed = (prefix, fields, hour, o = {}, base = fields) => {
		const options = { ...o };
		for (const [name, , v] of fields) options[name] = v;
		let text = template(format(options), hour);
		if (fields.some((f) => f[1] === 'MMMM' || f[1] === 'LLLL')) text = disambiguate(text, 'MMMM');
		if (fields.some((f) => f[1] === 'MMM')) text = disambiguate(text, 'MMM');
		if (fields.some((f) => f[1] === 'MMMMM')) text = disambiguate(text, 'MMMMM');
		for (const w of ['EEEE', 'EEE', 'EEEEE']) if (fields.some((f) => f[1] === w)) text = disambiguate(text, w);
		const key = prefix + fields.map((f) => f[1]).join('');
		if (base === fields) {
			bases[key] = text;
			set(key, text);
			return;
		}
		let derived = bases[prefix + base.map((f) => f[1]).join('')];
		fields.forEach((f, i) => { derived = derived.replace('{' + base[i][1] + '}', '{' + f[1] + '}').replace('{' + alone(base[i][1]) + '}', '{' + alone(f[1]) + '}'); });
		if (normal(derived) !== normal(text)) set(key, text);
	};
	const normal = (text) => text.replace(/\{([LMEc]{3,5})\}/g, (_, letters) => '{' + (letters[0] === 'L' || letters[0] === 'c' ? values(letters) : letters) + '}');
	const values = (letters) => { const f = letters.replaceAll('L', 'M').replaceAll('c', 'E'); return names[f].join() === names[letters].join() ? f : letters; };
	const alone = (letters) => letters.replaceAll('M', letters.length > 2 ? 'L' : 'M').replaceAll('E', 'c');
	// Names of several widths can be the same, as May's: the width is the one asked for, if that has it.
	function disambiguate(text, letters) {
		return text.replace(letters[0] === 'M' ? /\{([ML]{3,5})\}/ : /\{([Ec]{3,5})\}/, (whole, found) => {
			const index = letters[0] === 'M' ? 2 : 5, shown = names[found][index];
			if (names[letters][index] === shown) return '{' + letters + '}';
			if (names[alone(letters)][index] === shown) return '{' + alone(letters) + '}';
			return whole;
		});
	}
	const weekdays = [null, ['weekday', 'EEE', 'short'], ['weekday', 'EEEE', 'long'], ['weekday', 'EEEEE', 'narrow']];
	const years = [null, ['year', 'y', 'numeric'], ['year', 'yy', '2-digit']];
	const months = [null, ['month', 'M', 'numeric'], ['month', 'MM', '2-digit'], ['month', 'MMM', 'short'], ['month', 'MMMM', 'long'], ['month', 'MMMMM', 'narrow']];
	const days = [null, ['day', 'd', 'numeric'], ['day', 'dd', '2-digit']];
	const basis = (f) => f && { weekday: weekdays[1], year: years[1], month: f[1].length > 2 ? months[3] : months[1], day: days[1], hour: f[1][0] === 'h' ? h12[1] : h23[1], minute: minutes[1], second: seconds[1], timeZoneName: zone[1] }[f[0]];
	const h12 = [null, ['hour', 'h', 'numeric'], ['hour', 'hh', '2-digit']], h23 = [null, ['hour', 'H', 'numeric'], ['hour', 'HH', '2-digit']];
	const minutes = [null, ['minute', 'm', 'numeric'], ['minute', 'mm', '2-digit']], seconds = [null, ['second', 's', 'numeric'], ['second', 'ss', '2-digit']];
	const zone = [null, ['timeZoneName', 'z', 'short']];
	const cross = (...lists) => lists.reduce((all, list) => all.flatMap((a) => list.map((b) => [...a, b])), [[]]);
	const each = (prefix, lists, hour, o) => {
		const all = cross(...lists).map((c) => c.filter((f) => f)).filter((c) => c.length && c[0][0] !== 'timeZoneName');
		const same = (c) => c.map(basis);
		const isBase = (c) => c.every((f) => basis(f) === f);
		for (const c of all.filter(isBase)) keyed(prefix, c, hour, o);
		for (const c of all.filter((c) => !isBase(c))) keyed(prefix, c, hour, o, same(c));
	};
	each('date ', [weekdays, years, months, days]);
	each('time ', [h12, minutes, seconds, zone], 'h', { hourCycle: 'h12' });
	each('time ', [h23, minutes, seconds, zone], 'H', { hourCycle: 'h23' });
	set('fraction', template(format({ minute: 'numeric', second: 'numeric', fractionalSecondDigits: 3 })).match(/\{ss\}(.*)\{S\}/)[1]);

	const glue = (o, dateFields, timeFields) => {
		const list = format(o);
		const isTime = (p) => ['hour', 'minute', 'second', 'dayPeriod', 'timeZoneName'].includes(p.type);
		const isDate = (p) => ['weekday', 'year', 'month', 'day'].includes(p.type);
		const dateText = format(dateFields).map((p) => p.value).join(''), timeText = format(timeFields).map((p) => p.value).join('');
		const text = list.map((p) => p.value).join('');
		const out = text.replace(dateText, '{1}').replace(timeText, '{0}');
		if (!out.includes('{1}') || !out.includes('{0}')) throw new Error(`${tag}: ${text} does not have ${dateText} and ${timeText}`);
		return out;
	};
	const time = { hour: 'numeric', minute: 'numeric', second: 'numeric' };
	for (const [name, date] of Object.entries({
		full: { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' }, long: { month: 'long', day: 'numeric', year: 'numeric' },
		medium: { month: 'short', day: 'numeric', year: 'numeric' }, short: { month: 'numeric', day: 'numeric', year: 'numeric' },
	})) set('join ' + name, glue({ ...date, ...time }, date, time));
	const [first, second] = format({ weekday: 'short', ...time });
	if (first.type === 'weekday') set('join weekday', '{1}' + (second.type === 'literal' ? second.value : '') + '{0}');
	const clock = format({ ...time, hourCycle: 'h23', timeZoneName: 'longOffset' }), at = clock.findIndex((p) => p.type === 'timeZoneName');
	const between = (p) => (p?.type === 'literal' ? p.value : '');
	set('join offset', at > 0 ? '{0}' + between(clock[at - 1]) + '{1}' : '{1}' + between(clock[1]) + '{0}');
	for (const style of ['full', 'long', 'medium', 'short']) {
		set('dateStyle ' + style, template(format({ dateStyle: style }, september)));
		set('timeStyle 12 ' + style, template(format({ timeStyle: style, hourCycle: 'h12' }), 'h'));
		set('timeStyle 24 ' + style, template(format({ timeStyle: style, hourCycle: 'h23' }), 'H'));
		set('style join ' + style, glue({ dateStyle: style, timeStyle: 'short' }, { dateStyle: style }, { timeStyle: 'short' }));
	}
	set('gmt', value('timeZoneName', { timeZone: 'Etc/GMT-3', timeZoneName: 'longOffset', hour: 'numeric' }).replace(/[+\u2212-].*$/, '') || 'GMT');
	set('gmt form', ['Etc/GMT-3', 'Etc/GMT+3', 'Asia/Kolkata', 'UTC'].map((timeZone) => value('timeZoneName', { timeZone, timeZoneName: 'shortOffset' }) + '|' + value('timeZoneName', { timeZone, timeZoneName: 'longOffset' })).join('|'));
	for (const timeZone of zones) {
		const at = (timeZoneName, t) => value('timeZoneName', { timeZone, timeZoneName }, t);
		const [winter, summer] = [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)].sort((a, b) => offset(timeZone, a) - offset(timeZone, b));
		set('zone ' + timeZone, ['short', 'long'].flatMap((w) => [at(w, winter), at(w, summer)]).map((n, i) => (i < 2 && /[+\u2212-]\d/.test(n) ? '' : n)).join('|'));
	}
}

function offset(timeZone, t) {
	const text = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(t).find((p) => p.type === 'timeZoneName').value;
	const [, sign, h, m] = text.match(/([+-])(\d\d):(\d\d)/) ?? [0, '+', 0, 0];
	return (sign === '-' ? -1 : 1) * (h * 60 + +m);
}

function collect(tag) {
	const values = {};
	const set = (key, value) => { values[key] = value; };
	numbers(tag, set);
	dates(tag, set);
	return values;
}

// escaped keeps invisible characters readable.
const escaped = (text) => text.replace(/[\u0080-\u00a0\u00ad\u061c\u2000-\u200f\u2028-\u202f\u2060-\u206f\u3000\ufeff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));

mkdirSync('data', { recursive: true });
for (const file of readdirSync('data')) rmSync('data/' + file);
for (const language of languages) {
	const all = { [language]: collect(language) }, out = { [language]: all[language] };
	const add = (tag, parent) => {
		const values = collect(tag), changed = { '-': parent };
		for (const key of new Set([...Object.keys(all[parent]), ...Object.keys(values)])) if (values[key] !== all[parent][key]) changed[key] = values[key] ?? null;
		all[tag] = values;
		out[tag] = changed;
	};
	const between = new Set([parents[language], ...new Set(Object.values(scripts[language] ?? {}))].filter((t) => t));
	for (const tag of between) add(tag, tag.startsWith('zh-Hant-') ? 'zh-Hant' : language);
	for (const region of (regions[language] ?? (language === 'nb' ? '' : language.toUpperCase())).split(' ').filter((r) => r)) {
		const tag = language + '-' + region;
		if (all[tag]) continue;
		if (new Intl.NumberFormat(tag).resolvedOptions().locale !== tag || new Intl.DateTimeFormat(tag).resolvedOptions().calendar !== 'gregory') throw new Error(`Node does not have ${tag}, or with another calendar`);
		add(tag, scripts[language]?.[region] ?? (region === own[language] ? language : parents[language] ?? language));
	}
	const text = JSON.stringify(out, null, '\t').replace(/\n\t\t/g, '\n\t');
	writeFileSync(`data/${language}.json`, escaped(text) + '\n');
}
