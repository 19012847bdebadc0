package option

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Override returns a copy of s with the values of a Module.options, which is given in Go's types:
// string, bool, int64, float64, []any, or nil for undefined and null. A name that no module may set
// is an error, and so is a value that the command line would refuse: a misspelt limit that silently
// had no effect would be noticed too late.
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
		s = s.with(r, given{value: v})
	}
	if high, most := HighWaterMark.In(s), MaxQueue.In(s); high > most && options[HighWaterMark.property()] != nil {
		return Set{}, fmt.Errorf("Module.options.highWaterMark: %d is above maxQueue, %d: a client would be closed before send has returned false for it", high, most)
	}
	return s, nil
}

// Shown returns connection.server.options.
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

// overridable returns the row of an option that a module may override, by its name in JavaScript, or
// nil.
func overridable(name string) *row {
	for _, r := range Serve.all() {
		if r.Module && (r.property() == name || r.Also == name) {
			return r
		}
	}
	return nil
}

// overridableNames lists the options that a module may override: "origins, protocols and cookie".
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

// asLiteral converts a value to the types that readLiteral returns, which have one type for all
// numbers.
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
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, value := range v {
			object[name] = asLiteral(value)
		}
		return object
	}
	return v
}
