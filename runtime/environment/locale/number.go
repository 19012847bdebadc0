package locale

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
)

// NumberOptions are those of Intl.NumberFormat (ECMA-402 §15), with the defaults filled in and the
// values as the standard names them.
type NumberOptions struct {
	Style                                   string // decimal, percent, currency, unit
	Currency, CurrencyDisplay, CurrencySign string
	Unit, UnitDisplay                       string
	Notation, CompactDisplay                string
	SignDisplay, UseGrouping                string // UseGrouping: auto, always, min2 or false
	RoundingMode                            string
	StripZeros                              bool // trailingZeroDisplay: stripIfInteger
	MinInteger, MinFraction, MaxFraction    int
	MinSignificant, MaxSignificant          int  // 0: those of the fraction count
	Compact                                 bool // neither kind of digits was asked for in compact notation
	NumberingSystem                         string
}

// A Number formats numbers. It is safe for concurrent use.
type Number struct {
	locale  *Locale
	table   *table
	options NumberOptions
	digits  []rune // 0 to 9
	outer   string // key of the template of the style
	symbol  string // of the currency
}

// NewNumber returns a formatter, or an [*Error] that names the option that is not served.
func (l *Locale) NewNumber(o NumberOptions) (*Number, error) {
	f := &Number{locale: l, options: o, outer: "number"}
	digits, err := l.digits(o.NumberingSystem)
	if err != nil {
		return nil, err
	}
	f.digits = digits
	f.table = l.table
	for digits[0] == '0' && f.table.parent != nil && f.table.get("numbers") != "latn" {
		f.table = f.table.parent // the signs are those of the digits
	}
	t := f.table
	switch o.Style {
	case "percent":
		f.outer = "percent"
		if o.Notation == "compact" {
			f.outer = "number"
		}
	case "currency":
		f.outer = "currency"
		f.options.CompactDisplay = "short" // there are no long ones of currencies
		if o.CurrencySign == "accounting" {
			f.outer = "currency accounting"
		}
		f.symbol = o.Currency
		switch o.CurrencyDisplay {
		case "narrowSymbol":
			if s := t.get("narrow symbol " + o.Currency); s != "" {
				f.symbol = s
				break
			}
			fallthrough
		case "symbol":
			if s := t.get("symbol " + o.Currency); s != "" {
				f.symbol = s
			}
		case "name":
			f.outer = "number"
			if t.get("name "+o.Currency) == "" {
				return nil, refuse("the currency %s has no name here", o.Currency)
			}
		}
		if f.outer != "number" && meetsLetter(t.get(f.outer), f.symbol) {
			f.outer += " letters"
		}
	case "unit":
		if t.get("unit "+o.UnitDisplay+" "+o.Unit) == "" {
			return nil, refuse("the unit %s is not served here", o.Unit)
		}
	}
	return f, nil
}

// digits returns the digits of a numbering system, or those of the locale.
func (l *Locale) digits(system string) ([]rune, error) {
	if system == "" {
		system = l.extension("nu")
	}
	switch system {
	case "", l.table.get("numbers"):
		return []rune(l.table.get("digits")), nil
	case "latn":
		return []rune("0123456789"), nil
	}
	return nil, refuse("the numbering system %s is not served here in the locale %s: latn and %s are", system, l.Name, l.table.get("numbers"))
}

// NumberingSystem returns the name of the digits.
func (f *Number) NumberingSystem() string {
	if f.digits[0] == '0' {
		return "latn"
	}
	return f.table.get("numbers")
}

// meetsLetter reports whether a currency's symbol is something else than a sign where it meets the
// number.
func meetsLetter(template, symbol string) bool {
	r, _ := utf8.DecodeLastRuneInString(symbol)
	if strings.Index(template, "{#}") < strings.Index(template, "{¤}") {
		r, _ = utf8.DecodeRuneInString(symbol)
	}
	return !unicode.IsSymbol(r)
}

// Float returns the text of a number of JavaScript.
func (f *Number) Float(x float64) []Part {
	t := f.table
	switch {
	case math.IsNaN(x):
		return f.sign([]Part{{"nan", t.get("nan")}}, false, false, "other")
	case math.IsInf(x, 0):
		return f.sign([]Part{{"infinity", t.get("infinity")}}, x < 0, false, "other")
	}
	d, _ := parseDecimal(strconv.FormatFloat(x, 'e', -1, 64))
	return f.decimal(d)
}

// Decimal returns the text of a number that is written in decimal digits, and reports whether s is one.
func (f *Number) Decimal(s string) ([]Part, bool) {
	d, ok := parseDecimal(s)
	if !ok {
		return nil, false
	}
	return f.decimal(d), true
}

func (f *Number) decimal(d decimal) []Part {
	o, t := f.options, f.table
	if o.Style == "percent" && d.digits != "" {
		d.exp += 2
	}
	compact, shift, power := "", 0, 0
	switch o.Notation {
	case "compact":
		d, compact, shift = f.compact(d)
	case "scientific", "engineering":
		d, power = f.scientific(d)
	default:
		d = f.round(d)
	}
	least := o.MinFraction
	switch {
	case o.MaxSignificant > 0:
		least = max(0, o.MinSignificant-d.exp)
		if d.digits == "" {
			least = max(0, o.MinSignificant-1)
		}
	case o.Compact:
		least = 0
	}
	if o.StripZeros && len(d.digits) <= d.exp {
		least = 0
	}
	whole, fraction := d.split(max(1, o.MinInteger), least)
	parts := f.group(whole)
	if fraction != "" {
		parts = append(parts, Part{"decimal", f.mark("decimal")}, Part{"fraction", f.inDigits(fraction)})
	}
	category := f.category(whole, fraction)
	if compact != "" {
		number := parts
		parts = nil
		for _, p := range pieces(t.form(compact, category)[1:]) {
			parts = f.fill(parts, p, number)
		}
	}
	if o.Notation == "scientific" || o.Notation == "engineering" {
		parts = append(parts, Part{"exponentSeparator", t.get("exponent")})
		if power < 0 {
			parts = append(parts, Part{"exponentMinusSign", t.get("minus")})
			power = -power
		}
		parts = append(parts, Part{"exponentInteger", f.inDigits(strconv.Itoa(power))})
	}
	if o.Notation != "standard" { // that of the whole number, whose exponent is not shown
		full := d
		full.exp += shift + power
		category = f.category(full.split(1, 0))
	}
	return f.sign(parts, d.negative, d.digits == "", category)
}

// round rounds to the digits that are asked for.
func (f *Number) round(d decimal) decimal {
	o := f.options
	switch {
	case o.MaxSignificant > 0:
		return d.round(o.MaxSignificant, o.RoundingMode)
	case o.Compact: // two digits, or all those before the point
		return d.round(max(2, d.exp), o.RoundingMode)
	}
	return d.round(d.exp+o.MaxFraction, o.RoundingMode)
}

// compact rounds a number and scales it. It returns as well the key of its template, "" for none, and
// the power of ten that it was divided by.
func (f *Number) compact(d decimal) (scaled decimal, key string, shift int) {
	if d.digits == "" {
		return d, "", 0
	}
	for power := d.exp - 1; ; power++ {
		key, shift = "", 0
		if power >= 3 {
			key = "compact " + f.options.CompactDisplay + " " + strconv.Itoa(min(power, 14))
			shift = min(power, 14) - int(f.table.form(key, "other")[0]-'1')
		}
		scaled = d
		scaled.exp -= shift
		rounded := f.round(scaled)
		if rounded.exp <= scaled.exp || power >= d.exp { // else it was carried: 999,999 is 1M
			return rounded, key, shift
		}
	}
}

// scientific returns the mantissa and the power of ten, a multiple of 3 in engineering notation.
func (f *Number) scientific(d decimal) (decimal, int) {
	if d.digits == "" {
		return d, 0
	}
	for {
		power := d.exp - 1
		if f.options.Notation == "engineering" {
			power -= ((power % 3) + 3) % 3
		}
		mantissa := d
		mantissa.exp -= power
		rounded := f.round(mantissa)
		if rounded.exp == mantissa.exp || rounded.digits == "" {
			return rounded, power
		}
		d = rounded // it was carried: 9.9996 is 1E1
		d.exp += power
	}
}

// group splits the digits before the point.
func (f *Number) group(whole string) (parts []Part) {
	var first, further, least int
	for i, n := range strings.Split(f.table.get("grouping"), ",") {
		*[]*int{&first, &further, &least}[i], _ = strconv.Atoi(n)
	}
	switch f.options.UseGrouping {
	case "false":
		return []Part{{"integer", f.inDigits(whole)}}
	case "always":
		least = 1
	case "min2":
		least = 2
	}
	if len(whole) < first+least {
		return []Part{{"integer", f.inDigits(whole)}}
	}
	rest, last := whole[:len(whole)-first], whole[len(whole)-first:]
	for at := (len(rest)-1)%further + 1; rest != ""; at = further {
		parts = append(parts, Part{"integer", f.inDigits(rest[:at])}, Part{"group", f.mark("group")})
		rest = rest[at:]
	}
	return append(parts, Part{"integer", f.inDigits(last)})
}

// mark returns the mark between digits, of which some regions have others for money.
func (f *Number) mark(name string) string {
	if f.options.Style == "currency" {
		if own := f.table.get("currency " + name); own != "" {
			return own
		}
	}
	return f.table.get(name)
}

func (f *Number) inDigits(s string) string { return inDigits(s, f.digits) }

// inDigits returns ASCII digits in those of a numbering system.
func inDigits(s string, digits []rune) string {
	if digits[0] == '0' {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return digits[r-'0']
		}
		return r
	}, s)
}

// category returns the plural category of a number as it is shown.
func (f *Number) category(whole, fraction string) string {
	return pluralCategory(plural.Cardinal, f.locale, whole, fraction)
}

// sign puts the sign and what belongs to the style around the number.
func (f *Number) sign(number []Part, negative, zero bool, category string) []Part {
	t, o := f.table, f.options
	sign := Part{}
	switch minus := (Part{"minusSign", t.get("minus")}); {
	case o.SignDisplay == "never" || zero && o.SignDisplay == "exceptZero" || number[0].Type == "nan" && o.SignDisplay != "always":
	case o.SignDisplay == "negative" && zero:
	case negative:
		sign = minus
	case o.SignDisplay == "always" || o.SignDisplay == "exceptZero":
		sign = Part{"plusSign", t.get("plus")}
	}
	key := f.outer
	if kind := number[0].Type; kind == "nan" || kind == "infinity" { // a space parts letters from digits alone
		key = strings.TrimSuffix(key, " letters")
	}
	if sign.Type != "" {
		key += " -"
	}
	var parts []Part
	for _, p := range pieces(t.get(key)) {
		switch p.text {
		case "-":
			parts = append(parts, sign)
		case "¤":
			parts = append(parts, Part{"currency", f.symbol})
		default:
			parts = f.fill(parts, p, number)
		}
	}
	name, template := "", ""
	switch {
	case o.Style == "percent" && o.Notation == "compact":
		template = t.get("compact percent")
	case o.Style == "unit":
		template = t.form("unit "+o.UnitDisplay+" "+o.Unit, category)
	case o.Style == "currency" && o.CurrencyDisplay == "name":
		name, template = t.form("name "+o.Currency, category), t.form("currency name", category)
	default:
		return parts
	}
	number, parts = parts, nil
	for _, p := range pieces(template) {
		if p.field && p.text == "¤" {
			parts = append(parts, Part{"currency", name})
			continue
		}
		parts = f.fill(parts, p, number)
	}
	return parts
}

// fill appends what a piece of a template stands for.
func (f *Number) fill(parts []Part, p piece, number []Part) []Part {
	switch {
	case !p.field:
		return append(parts, Part{"literal", p.text})
	case p.text == "#":
		return append(parts, number...)
	}
	for _, kind := range []string{"percentSign", "unit", "compact"} {
		if text, ok := strings.CutPrefix(p.text, kind[:1]+":"); ok {
			return append(parts, Part{kind, text})
		}
	}
	return parts
}

// fractionDigits are the currencies without the usual two digits, as CLDR has them.
var fractionDigits = map[int]string{
	0: "AFN ALL BIF CLP COP DJF GNF HUF IDR IQD IRR ISK JPY KMF KPW KRW LAK LBP MGA MMK PKR PYG RWF SLL SOS SYP UGX VND VUV XAF XOF XPF YER",
	3: "BHD JOD KWD LYD OMR TND",
}

// FractionDigits returns the number of digits of the fraction that a currency is usually shown with.
func FractionDigits(currency string) int {
	for n, currencies := range fractionDigits {
		if strings.Contains(currencies, currency) {
			return n
		}
	}
	return 2
}
