package locale

import (
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
)

// pluralNames are the categories as ECMA-402 names them.
var pluralNames = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// millions are the languages in which whole millions have a category of their own. x/text has the rules
// of CLDR 32, which did not know it yet.
var millions = map[string]bool{"es": true, "fr": true, "it": true, "pt": true}

// pluralCategory returns the category of the digits before and after the point.
func pluralCategory(rules *plural.Rules, l *Locale, whole, fraction string) string {
	base, _ := l.tag.Base()
	shown := strings.TrimRight(fraction, "0")
	// The rules ask for remainders by powers of ten up to a million.
	last := func(s string) int {
		n, _ := strconv.Atoi(s[max(0, len(s)-7):])
		return n
	}
	i := last(whole)
	if trimmed := strings.TrimLeft(whole, "0"); len(trimmed) > 7 {
		i += 10_000_000 // a number that is no small one
	}
	form := rules.MatchPlural(l.tag, i, len(fraction), len(shown), last(fraction), last(shown))
	switch {
	case rules == plural.Cardinal && millions[base.String()] && fraction == "" && i != 0 && i%1_000_000 == 0:
		form = plural.Many
	case base.String() == "he" && rules == plural.Cardinal && form == plural.Many: // since CLDR 42
		form = plural.Other
	case base.String() == "he" && rules == plural.Cardinal && i == 0 && fraction != "":
		form = plural.One
	}
	return pluralNames[form]
}

// Plural returns the plural category of a number that f formats, or of its place in an order.
func (f *Number) Plural(x float64, ordinal bool) string {
	rules := plural.Cardinal
	if ordinal {
		rules = plural.Ordinal
	}
	var whole, fraction strings.Builder
	for _, p := range f.Float(x) {
		switch p.Type {
		case "integer":
			whole.WriteString(p.Text)
		case "fraction":
			fraction.WriteString(p.Text)
		case "nan", "infinity":
			return "other"
		}
	}
	return pluralCategory(rules, f.locale, whole.String(), fraction.String())
}
