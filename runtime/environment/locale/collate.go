package locale

import (
	"bytes"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// CollatorOptions are those of Intl.Collator (ECMA-402 §10). An empty one was not asked for.
type CollatorOptions struct {
	Sensitivity       string // base, accent, case or variant
	CaseFirst         string // upper, lower or false
	Numeric           bool
	IgnorePunctuation bool
}

// A Collator compares strings in the order of a locale. It is for one goroutine at a time.
type Collator struct {
	all    *collate.Collator
	rough  *collate.Collator // ignores case, which comes the other way round after it; or nil
	bare   bool              // compare without marks
	byKeys bool              // compare keys, because only these leave punctuation out
}

// NewCollator returns a collator.
func (l *Locale) NewCollator(o CollatorOptions) *Collator {
	tag := l.tag
	set := func(key, value string) {
		if with, err := tag.SetTypeForKey(key, value); err == nil {
			tag = with
		}
	}
	if o.IgnorePunctuation {
		set("ka", "blanked") // x/text's name for what shifted comes to at three levels
	}
	var options []collate.Option
	if o.Numeric || l.Numeric() {
		options = append(options, collate.Numeric)
	}
	c := &Collator{bare: o.Sensitivity == "case", byKeys: o.IgnorePunctuation}
	first := o.CaseFirst
	if first == "" {
		first = l.extension("kf")
	}
	if base, _ := tag.Base(); first == "" && base.String() == "da" { // as in CLDR; x/text has no such setting
		first = "upper"
	}
	switch o.Sensitivity {
	case "base":
		options = append(options, collate.IgnoreDiacritics, collate.IgnoreCase)
	case "accent":
		options = append(options, collate.IgnoreCase)
	case "case":
		options = append(options, collate.IgnoreDiacritics)
	}
	if first == "upper" && (o.Sensitivity == "" || o.Sensitivity == "variant") {
		c.rough = collate.New(tag, append(options, collate.IgnoreCase)...)
	}
	c.all = collate.New(tag, options...)
	return c
}

// Numeric reports whether the tag asks for the numeric order, by -u-kn.
func (l *Locale) Numeric() bool {
	kn := l.extension("kn")
	return kn == "true" || kn == "" && strings.Contains(l.tag.String(), "-kn")
}

// Compare returns a negative number if a comes before b, a positive one if it comes after it, and 0 if
// they are the same to the collator.
func (c *Collator) Compare(a, b string) int {
	if c.bare {
		a, b = withoutMarks(a), withoutMarks(b)
	}
	if c.rough == nil {
		return c.compare(c.all, a, b)
	}
	if order := c.compare(c.rough, a, b); order != 0 {
		return order
	}
	return -c.compare(c.all, a, b)
}

func (c *Collator) compare(by *collate.Collator, a, b string) int {
	if !c.byKeys {
		return by.CompareString(a, b)
	}
	var buffer collate.Buffer
	return bytes.Compare(by.KeyFromString(&buffer, a), by.KeyFromString(&buffer, b))
}

func withoutMarks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// casing are the languages whose letters have other pairs than those of Unicode.
var casing = map[string]bool{"tr": true, "az": true, "lt": true}

// Casing returns the function that makes a text of a language's capital letters, or of its small ones:
// nil if they are those of any other language.
func Casing(tags []string, upper bool) (func(string) string, error) {
	tag := language.Und
	for i, name := range tags {
		t, err := parse(name)
		if err != nil {
			return nil, refuse("Incorrect locale information provided: %s", name)
		}
		if i == 0 {
			tag = t
		}
	}
	if base, _ := tag.Base(); len(tags) == 0 || !casing[base.String()] {
		return nil, nil
	}
	if upper {
		return cases.Upper(tag).String, nil
	}
	return cases.Lower(tag).String, nil
}
