package option

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A Table is the options of one command.
type Table []*section

// A section is a part of the table with a title of its own in the help.
type section struct {
	title string
	rows  []*row
}

// all returns the rows of every section.
func (t Table) all() (rows []*row) {
	for _, s := range t {
		rows = append(rows, s.rows...)
	}
	return rows
}

// Parse reads a command line: --name value, --name=value, and --name alone for true. A value is a
// JavaScript literal, or else the string as it stands. What the command line does not say, Parse takes
// from the environment, for options with a Variable. The error is one line for the user and
// contains no password.
func (t Table) Parse(args []string) (Set, error) {
	var set Set
	for i := 0; i < len(args); i++ {
		name, written, hasValue := strings.Cut(args[i], "=")
		if args[i] == "-h" {
			name = "--help"
		}
		bare, ok := strings.CutPrefix(name, "--")
		if !ok || bare == "" {
			hint := "as in --port 8080"
			if meant := strings.TrimLeft(name, "-"); t.find(meant) != nil {
				hint = "as in --" + meant
			}
			return set, fmt.Errorf("%q: options begin with two dashes, %s, and a command comes before them; see --help", withoutPassword(args[i]), hint)
		}
		r := t.find(bare)
		if r == nil {
			return set, fmt.Errorf("--%s: no such option%s; see --help", bare, t.suggest(bare))
		}
		var value any = true
		switch {
		case hasValue:
			value = readLiteral(written)
		case r.Unit != "" && i+1 < len(args) && !strings.HasPrefix(args[i+1], "--"):
			i++
			written = args[i]
			value = readLiteral(written)
		case r.Unit != "" && !r.alone:
			return set, fmt.Errorf("--%s: it needs a value: %s", r.Name, r.accept)
		}
		var err error
		if set, err = set.parse(r, "--"+r.Name, written, value); err != nil {
			return set, err
		}
	}
	for _, r := range t.all() {
		written := ""
		if r.Variable != "" {
			written = os.Getenv(r.Variable)
		}
		if _, given := set.given[r]; given || written == "" {
			continue
		}
		var err error
		if set, err = set.parse(r, r.Variable, written, written); err != nil {
			return set, err
		}
	}
	return set, nil
}

// parse returns a copy of s with a value as it was written, which from says where.
func (s Set) parse(r *row, from, written string, value any) (Set, error) {
	v, err := r.read(value)
	var whole explained
	if errors.As(err, &whole) {
		return s, fmt.Errorf("%s: %w", from, whole.error)
	}
	if err != nil {
		return s, fmt.Errorf("%s: %q is not accepted; it takes %s", from, withoutPassword(written), r.accept)
	}
	s = s.with(r, v)
	if r.warn != nil {
		if w := r.warn(value); w != "" {
			s.warnings = append(slices.Clip(s.warnings), from+": "+w)
		}
	}
	return s, nil
}

// Ineffective returns a line for each option that was given and has no effect, because another was not.
func (t Table) Ineffective(s Set) (lines []string) {
	for _, r := range t.all() {
		if r.Needs == "" {
			continue
		}
		_, given := s.given[r]
		if _, needed := s.given[t.find(r.Needs)]; given && !needed {
			lines = append(lines, fmt.Sprintf("--%s has no effect without --%s", r.Name, r.Needs))
		}
	}
	return lines
}

// find returns the row with a name, or nil.
func (t Table) find(name string) *row {
	for _, r := range t.all() {
		if r.Name == name || r.Also == name {
			return r
		}
	}
	return nil
}

// withoutPassword returns an argument without the password of a URL, which may be in the wrong
// place.
func withoutPassword(arg string) string {
	begin, end := strings.Index(arg, "://"), strings.LastIndex(arg, "@")
	if begin < 0 || end < begin {
		return arg
	}
	return arg[:begin] + "://…" + arg[end:]
}
