package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.json
var dataFiles embed.FS

// languages returns the languages that are served, sorted.
var languages = sync.OnceValue(func() []string {
	entries, err := dataFiles.ReadDir("data")
	if err != nil {
		panic(err) // cannot happen: the folder is embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
})

// A table has the patterns and names of one locale. It is not changed once made.
type table struct {
	parent *table             // has what values lacks; or nil
	values map[string]*string // nil: there is none, whatever the parent has
}

// get returns a value, or "" if there is none.
func (t *table) get(key string) string {
	for ; t != nil; t = t.parent {
		if v, ok := t.values[key]; ok {
			if v == nil {
				return ""
			}
			return *v
		}
	}
	return ""
}

// list returns a value that is a list.
func (t *table) list(key string) []string { return strings.Split(t.get(key), "|") }

// form returns the variant of a value for a plural category. A value with several is written as
// "one=…|other=…".
func (t *table) form(key, category string) string {
	v := t.get(key)
	if !strings.Contains(v, "other=") {
		return v
	}
	var other string
	for form := range strings.SplitSeq(v, "|") {
		name, text, _ := strings.Cut(form, "=")
		if name == category {
			return text
		}
		if name == "other" {
			other = text
		}
	}
	return other
}

var (
	tablesMu sync.Mutex
	tables   = map[string]map[string]*table{} // by language and locale, guarded by tablesMu
)

// tablesOf returns the tables of a language that is served, by locale. They are read once.
func tablesOf(language string) map[string]*table {
	tablesMu.Lock()
	defer tablesMu.Unlock()
	if t := tables[language]; t != nil {
		return t
	}
	if !slices.Contains(languages(), language) {
		return nil
	}
	data, err := dataFiles.ReadFile("data/" + language + ".json")
	if err != nil {
		panic(err) // cannot happen: languages has it
	}
	var all map[string]map[string]*string
	if err := json.Unmarshal(data, &all); err != nil {
		panic(fmt.Errorf("data/%s.json: %w", language, err)) // a test reads every file
	}
	made := map[string]*table{}
	for _, tag := range slices.Sorted(maps.Keys(all)) {
		made[tag] = &table{values: all[tag]}
	}
	for _, t := range made {
		if parent := t.values["-"]; parent != nil {
			t.parent = made[*parent]
		}
	}
	tables[language] = made
	return made
}

// A piece of a template is a field, or the text between fields.
type piece struct {
	field bool
	text  string
}

// pieces splits a template such as "{d}. {MMM}".
func pieces(template string) (all []piece) {
	for template != "" {
		before, rest, found := strings.Cut(template, "{")
		if before != "" {
			all = append(all, piece{false, before})
		}
		if !found {
			break
		}
		field, after, _ := strings.Cut(rest, "}")
		all, template = append(all, piece{true, field}), after
	}
	return all
}

// A Part is a piece of a formatted value, as formatToParts gives it.
type Part struct{ Type, Text string }

// Text returns the whole of what parts have.
func Text(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}
