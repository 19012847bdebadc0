package option

import (
	"errors"
	"fmt"
	"regexp"
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
// from the environment, and what that does not say from the configuration file that --config names. The
// error is one line for the user, which tells where the wrong value is, and contains no password.
func (t Table) Parse(args []string) (Set, error) { return t.parse(args, nil) }

// ParseOperands is Parse for a command that takes arguments which are no options, at most so many. It
// returns these apart.
func (t Table) ParseOperands(args []string, most int) (set Set, operands []string, err error) {
	set, err = t.parse(args, func(arg string) bool {
		operands = append(operands, arg)
		return len(operands) <= most
	})
	return set, operands, err
}

// parse is Parse. operand is called with each argument that does not begin with a dash, and reports whether
// the command takes it; nil: it takes none.
func (t Table) parse(args []string, operand func(arg string) bool) (Set, error) {
	set, err := t.parseArgs(args, operand)
	if err != nil || isOnlyAsked(set) {
		return set, err
	}
	if set, err = t.parseEnvironment(set); err != nil {
		return set, err
	}
	return t.parseFile(set)
}

// parseArgs returns the set of what the command line says.
func (t Table) parseArgs(args []string, operand func(arg string) bool) (set Set, err error) {
	for i := 0; i < len(args); i++ {
		if operand != nil && !strings.HasPrefix(args[i], "-") {
			if !operand(args[i]) {
				return set, fmt.Errorf("%q: one argument too many; see --help", withoutPassword(args[i]))
			}
			continue
		}
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
		if set, err = set.parse(r, source{name: "--" + r.Name}, written, value); err != nil {
			return set, err
		}
	}
	return set, nil
}

// isOnlyAsked reports whether the command line asks for the help or the version alone, which a mistake
// elsewhere must not prevent.
func isOnlyAsked(s Set) bool { return Help.In(s) || Version.In(s) }

// parse returns a copy of s with a value as it was written in from.
func (s Set) parse(r *row, from source, written string, value any) (Set, error) {
	if _, isNumber := value.(float64); isNumber && r.verbatim {
		value = written
	}
	v, err := r.read(value)
	var whole explained
	if errors.As(err, &whole) {
		return s, fmt.Errorf("%v: %w", from, whole.error)
	}
	if err != nil {
		return s, fmt.Errorf("%v: %q is not accepted; it takes %s", from, withoutPassword(written), r.accept)
	}
	if before, again := s.given[r]; again && r.more != nil {
		v = r.more(before.value, v)
	}
	s = s.with(r, given{value: v, literal: value, source: from})
	if r.warn != nil {
		if w := r.warn(value); w != "" {
			s = s.warning(from.String() + ": " + w)
		}
	}
	return s, nil
}

// warning returns a copy of s with one more warning.
func (s Set) warning(line string) Set {
	s.warnings = append(slices.Clip(s.warnings), line)
	return s
}

// Ineffective returns a line for each option that was given and has no effect, because another was not, or because of
// another's value.
func (t Table) Ineffective(s Set) (lines []string) {
	for _, r := range t.all() {
		if r.Needs == "" {
			continue
		}
		g, isGiven := s.given[r]
		if _, needed := s.given[t.find(r.Needs)]; isGiven && !needed {
			lines = append(lines, fmt.Sprintf("%v has no effect without --%s", g.source, r.Needs))
		}
	}
	if high, most := HighWaterMark.In(s), MaxQueue.In(s); high > most && (HighWaterMark.GivenIn(s) || MaxQueue.GivenIn(s)) {
		lines = append(lines, fmt.Sprintf("--high-water-mark %d is above --max-queue %d: a client is closed before send has returned false for it", high, most))
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

// withoutPassword returns an argument without the passwords of a URL, which may be in the wrong
// place.
func withoutPassword(arg string) string {
	arg = sentinelPassword.ReplaceAllString(arg, "${1}…")
	begin, end := strings.Index(arg, "://"), strings.LastIndex(arg, "@")
	if begin < 0 || end < begin {
		return arg
	}
	return arg[:begin] + "://…" + arg[end:]
}

// sentinelPassword matches the second password of a URL of Redis Sentinel.
var sentinelPassword = regexp.MustCompile(`(sentinel_password=)[^&#]*`)
