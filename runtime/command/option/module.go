package option

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Override returns a set with the values of a Module.options in place of those of s. options is that object
// in Go's types: string, bool, int64, float64, []any, or nil for what is not given. A name that is no option,
// or that no module may override, is an error, and so is a value that the command line would not take:
// a misspelt limit that is silently none would be found too late.
func (s Set) Override(options map[string]any) (Set, error) {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		value := asLiteral(options[name])
		if value == nil {
			continue
		}
		r := overridable(name)
		if r == nil {
			return Set{}, fmt.Errorf("Module.options.%s: no such option; there are %s", name, overridableNames())
		}
		v, err := r.read(value)
		if err != nil {
			return Set{}, fmt.Errorf("Module.options.%s: %w", name, err)
		}
		s = s.with(r, v)
	}
	return s, nil
}

// Shown returns what modules see as connection.server.options.
func (s Set) Shown() map[string]any {
	shown := map[string]any{}
	for _, r := range Serve.all() {
		if r.Shown {
			shown[r.property()] = r.show(s)
		}
	}
	return shown
}

// property returns the name of an option in JavaScript: "max-message" is maxMessage.
func (r *row) property() string {
	first, rest, _ := strings.Cut(r.Name, "-")
	for word := range strings.SplitSeq(rest, "-") {
		if word != "" {
			first += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return first
}

func overridable(name string) *row {
	for _, r := range Serve.all() {
		if r.Module && r.property() == name {
			return r
		}
	}
	return nil
}

// overridableNames returns the names of all options that a module may override: "origins, protocols and cookie".
func overridableNames() string {
	var names []string
	for _, r := range Serve.all() {
		if r.Module {
			names = append(names, r.property())
		}
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// asLiteral returns a value as readLiteral does, which knows one type of numbers.
func asLiteral(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = asLiteral(item)
		}
		return items
	}
	return v
}
