package option

import (
	"slices"
	"strings"
)

// A Description is an option as a shell completes it.
type Description struct {
	Name   string   // without the dashes
	Unit   string   // "FILE", "DIR", …; "": it has no value
	Help   string   // a few words
	Values []string // the words that it takes; nil: others
}

// Options describes the options, in the order of the help.
func (t Table) Options() (all []Description) {
	for _, r := range t.all() {
		all = append(all, Description{r.Name, r.Unit, strings.ReplaceAll(r.Help, "`", ""), r.values})
	}
	return all
}

// NeedsValue reports whether an option, such as "--port", has a value in the next argument.
func (t Table) NeedsValue(name string) bool {
	return slices.ContainsFunc(t.all(), func(r *row) bool { return "--"+r.Name == name && r.Unit != "" && !r.alone })
}

func (truth) choices() []string { return []string{"true", "false"} }

func (k choice) choices() []string { return k }

func (threshold) choices() []string {
	return []string{"true", "false", "debug", "info", "warn", "error"}
}

func (levelName) choices() []string { return []string{"debug", "info", "warn", "error"} }
