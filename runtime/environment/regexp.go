package environment

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/dop251/goja"
)

// expandArguments rewrites the arguments of RegExp(pattern, flags) as [Rewrite] does literals. Unknown
// properties stay as they are, because packages make patterns that they never use.
func expandArguments(args []goja.Value) {
	if len(args) < 2 {
		return
	}
	pattern, ok := args[0].(goja.String)
	flags, ok2 := args[1].(goja.String)
	if !ok || !ok2 || !strings.Contains(flags.String(), "u") {
		return
	}
	text := pattern.String()
	if expanded, _ := expandProperties(text); expanded != text {
		args[0] = stringValue(expanded)
	}
}

// expandProperties replaces each \p{…} and \P{…} of a pattern with the ranges that it stands for
// (ECMA-262 §22.2.2.9), inside a class or as a class of its own. Unknown ones stay, and unknown is
// the first of them.
func expandProperties(pattern string) (expanded, unknown string) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			end := strings.IndexByte(pattern[i:], '}')
			if (pattern[i+1] != 'p' && pattern[i+1] != 'P') || end < 0 || pattern[i+2] != '{' {
				b.WriteString(pattern[i : i+2])
				i++
				continue
			}
			ranges, ok := propertyRanges(pattern[i+3 : i+end])
			if !ok {
				if unknown == "" {
					unknown = pattern[i : i+end+1]
				}
				b.WriteString(pattern[i : i+end+1])
			} else {
				if pattern[i+1] == 'P' {
					ranges = complement(ranges)
				}
				if !inClass {
					b.WriteByte('[')
				}
				writeRanges(&b, ranges)
				if !inClass {
					b.WriteByte(']')
				}
			}
			i += end
			continue
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		}
		b.WriteByte(pattern[i])
	}
	return b.String(), unknown
}

// A runeRange is the runes from low to high, both included.
type runeRange struct{ low, high rune }

// derived holds the properties that Unicode defines by others (DerivedCoreProperties.txt).
var derived = map[string]string{
	"Alphabetic": "L Nl Other_Alphabetic", "Lowercase": "Ll Other_Lowercase", "Uppercase": "Lu Other_Uppercase", "Math": "Sm Other_Math",
	"ID_Start": "L Nl Other_ID_Start", "ID_Continue": "L Nl Other_ID_Start Mn Mc Nd Pc Other_ID_Continue",
}

var propertyAliases = map[string]string{
	"Alpha": "Alphabetic", "Lower": "Lowercase", "Upper": "Uppercase", "IDS": "ID_Start", "IDC": "ID_Continue", "space": "White_Space",
	"Hex": "Hex_Digit", "AHex": "ASCII_Hex_Digit", "Ideo": "Ideographic", "UIdeo": "Unified_Ideograph", "RI": "Regional_Indicator",
}

// propertyRanges returns the runes that have a property, named as between the braces of \p{…}, and
// reports whether the property is known.
func propertyRanges(name string) ([]runeRange, bool) {
	switch name {
	case "Any":
		return []runeRange{{0, unicode.MaxRune}}, true
	case "ASCII":
		return []runeRange{{0, unicode.MaxASCII}}, true
	}
	var tables []*unicode.RangeTable
	if key, value, ok := strings.Cut(name, "="); ok {
		switch key {
		case "Script", "sc", "Script_Extensions", "scx":
			tables = append(tables, unicode.Scripts[value])
		case "General_Category", "gc":
			tables = append(tables, category(value))
		}
	} else if t := category(name); t != nil {
		tables = append(tables, t)
	} else {
		if long, ok := propertyAliases[name]; ok {
			name = long
		}
		for part := range strings.FieldsSeq(derived[name]) {
			tables = append(tables, cmp.Or(unicode.Categories[part], unicode.Properties[part]))
		}
		if len(tables) == 0 {
			tables = append(tables, unicode.Properties[name])
		}
	}
	if len(tables) == 0 || slices.Contains(tables, nil) {
		return nil, false
	}
	return rangesOf(tables), true
}

// category returns the table of a general category, by its short or its long name, or nil.
func category(name string) *unicode.RangeTable {
	if short, ok := unicode.CategoryAliases[name]; ok {
		name = short
	}
	return unicode.Categories[name]
}

// rangesOf returns the runes of all the tables, in order, in as few ranges as possible.
func rangesOf(tables []*unicode.RangeTable) []runeRange {
	var all []runeRange
	add := func(low, high, stride rune) {
		if stride == 1 {
			all = append(all, runeRange{low, high})
			return
		}
		for r := low; r <= high; r += stride {
			all = append(all, runeRange{r, r})
		}
	}
	for _, t := range tables {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	slices.SortFunc(all, func(a, b runeRange) int { return cmp.Compare(a.low, b.low) })
	merged := all[:0]
	for _, r := range all {
		if n := len(merged); n > 0 && r.low <= merged[n-1].high+1 {
			merged[n-1].high = max(merged[n-1].high, r.high)
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}

// complement returns the runes that are in none of the ranges, which are in order.
func complement(ranges []runeRange) []runeRange {
	var others []runeRange
	next := rune(0)
	for _, r := range ranges {
		if r.low > next {
			others = append(others, runeRange{next, r.low - 1})
		}
		next = r.high + 1
	}
	if next <= unicode.MaxRune {
		others = append(others, runeRange{next, unicode.MaxRune})
	}
	return others
}

// writeRanges writes the inside of a class. It leaves out surrogates, which goja's UTF-8 patterns
// cannot hold.
func writeRanges(b *strings.Builder, ranges []runeRange) {
	const digits = "0123456789ABCDEF"
	char := func(r rune) {
		if r < 0x80 {
			b.WriteString(`\x`)
			b.WriteByte(digits[r>>4])
			b.WriteByte(digits[r&15])
		} else {
			b.WriteRune(r)
		}
	}
	for _, r := range ranges {
		for _, part := range []runeRange{{r.low, min(r.high, 0xd7ff)}, {max(r.low, 0xe000), r.high}} {
			if part.low > part.high || part.low > 0xd7ff && part.high < 0xe000 {
				continue
			}
			char(part.low)
			if part.high > part.low {
				b.WriteByte('-')
				char(part.high)
			}
		}
	}
}
