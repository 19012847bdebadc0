package regexp

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// propertyText holds the properties of Unicode 17 that \p{…} may name (ECMA-262 §22.2.2.9), one in a
// line: the names, with gc= before a general category, sc= before a script and scx= before what
// script extensions differ in; then spans. Numbers are to the base 36: a span's distance from the
// one before, and its length. testdata/properties.js makes it of Node's.
//
//go:embed properties.txt
var propertyText string

// properties returns the spans of each property, unread, by its names.
var properties = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(propertyText) {
		names, spans, _ := strings.Cut(strings.TrimSpace(line), ": ")
		key, isKeyed := "", false
		for i, name := range strings.Fields(names) {
			if i == 0 {
				key, name, isKeyed = cutKey(name)
			}
			all[key+name] = spans
			if isKeyed && key == "gc=" {
				all[name] = spans
			}
		}
	}
	return all
})

func cutKey(name string) (key, rest string, ok bool) {
	if key, rest, ok = strings.Cut(name, "="); ok {
		return key + "=", rest, true
	}
	return "", name, false
}

// categories are the general categories that are made of others.
var categories = map[string]string{
	"LC Cased_Letter": "Lu Ll Lt", "L Letter": "Lu Ll Lt Lm Lo", "M Mark Combining_Mark": "Mn Mc Me", "N Number": "Nd Nl No",
	"P Punctuation punct": "Pc Pd Ps Pe Pi Pf Po", "S Symbol": "Sm Sc Sk So", "Z Separator": "Zs Zl Zp", "C Other": "Cc Cf Cs Co Cn",
}

var propertySets sync.Map // *set by name

// propertySet returns the set of a property, named as between the braces of \p{…}, and reports
// whether there is such a property.
func propertySet(name string) (*set, bool) {
	if s, ok := propertySets.Load(name); ok {
		return s.(*set), true
	}
	s := readProperty(name)
	if s != nil {
		propertySets.Store(name, s)
	}
	return s, s != nil
}

func readProperty(name string) *set {
	switch name {
	case "Any":
		return anything
	case "ASCII":
		return makeSet(span{0, 127})
	}
	key, value, isKeyed := strings.Cut(name, "=")
	if !isKeyed {
		key, value = "General_Category", name
	}
	spans, ok := "", false
	switch key {
	case "General_Category", "gc":
		for names, parts := range categories {
			if strings.Contains(" "+names+" ", " "+value+" ") && value != "" && !strings.Contains(value, " ") {
				var all []*set
				for part := range strings.FieldsSeq(parts) {
					all = append(all, readSpans(properties()["gc="+part]))
				}
				return union(all...)
			}
		}
		if spans, ok = properties()["gc="+value]; !ok && !isKeyed {
			if !strings.Contains(value, "=") {
				spans, ok = properties()[value]
			}
		}
	case "Script", "sc":
		if value == "Unknown" || value == "Zzzz" {
			return unknownScript()
		}
		spans, ok = properties()["sc="+value]
	case "Script_Extensions", "scx":
		if value == "Unknown" || value == "Zzzz" {
			return unknownScript()
		}
		if spans, ok = properties()["sc="+value]; ok {
			if extended, differs := properties()["scx="+longScript(value)]; differs {
				spans = extended
			}
		}
	}
	if !ok {
		return nil
	}
	return readSpans(spans)
}

// longScript returns the long name of a script, the first of its line.
func longScript(name string) string {
	for line := range strings.Lines(propertyText) {
		names, _, _ := strings.Cut(line, ": ")
		if names, ok := strings.CutPrefix(names, "sc="); ok && strings.Contains(" "+names+" ", " "+name+" ") {
			long, _, _ := strings.Cut(names, " ")
			return long
		}
	}
	return name
}

// unknownScript returns the characters without a script.
func unknownScript() *set {
	var all []*set
	for name, spans := range properties() {
		if strings.HasPrefix(name, "sc=") {
			all = append(all, readSpans(spans))
		}
	}
	return union(all...).complement()
}

func readSpans(text string) *set {
	var spans []span
	at := rune(0)
	for field := range strings.FieldsSeq(text) {
		distance, length, _ := strings.Cut(field, "-")
		low := at + fromBase36(distance)
		at = low + fromBase36(length)
		spans = append(spans, span{low, at})
	}
	return makeSet(spans...)
}

func fromBase36(digits string) rune {
	if digits == "" {
		return 0
	}
	n, err := strconv.ParseInt(digits, 36, 32)
	if err != nil {
		panic(err) // cannot happen: the text is embedded, and read by a test
	}
	return rune(n)
}

var (
	idStart    = sync.OnceValue(func() *set { return readSpans(properties()["ID_Start"]) })
	idContinue = sync.OnceValue(func() *set { return readSpans(properties()["ID_Continue"]) })
)
