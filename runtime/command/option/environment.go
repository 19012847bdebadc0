package option

import (
	"os"
	"slices"
	"strings"
)

// prefix begins the names of this program's environment variables.
const prefix = "NODE_WEBSOCKET_"

// isSetting reports whether the environment and a configuration file may have the option: it is one of
// the server's, and has a value.
func (r *row) isSetting() bool { return r.Unit != "" && slices.Contains(Serve.all(), r) }

// variable returns the option's environment variable: that of --max-message is
// NODE_WEBSOCKET_MAX_MESSAGE, and that of --logKey NODE_WEBSOCKET_LOG_KEY.
func (r *row) variable() string {
	name := r.Name
	if r.Also != "" && strings.ToLower(name) != name {
		name = r.Also
	}
	return prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// parseEnvironment returns a copy of s with what the environment says of options that s does not have.
// An empty variable says nothing. A variable that is probably misspelt becomes a warning; it is no error
// because others may set variables with this prefix, as Kubernetes does for a service of this name.
func (t Table) parseEnvironment(s Set) (Set, error) {
	for _, r := range t.all() {
		if _, isGiven := s.given[r]; isGiven || !r.isSetting() {
			continue
		}
		for _, name := range []string{r.variable(), r.Variable} {
			written := ""
			if name != "" {
				written = os.Getenv(name)
			}
			if written == "" {
				continue
			}
			var err error
			if s, err = s.parse(r, source{name: name}, written, readLiteral(written)); err != nil {
				return s, err
			}
			break
		}
	}
	for _, variable := range os.Environ() {
		variable, _, _ = strings.Cut(variable, "=")
		rest, ours := strings.CutPrefix(variable, prefix)
		if name := strings.ToLower(strings.ReplaceAll(rest, "_", "-")); ours && Serve.setting(name) == nil {
			if meant := Serve.nearest(name); meant != nil && meant.isSetting() {
				s = s.warning(variable + ": there is no such option; " + meant.variable() + " is one")
			}
		}
	}
	return s, nil
}

// setting returns the row of a setting by its name on the command line or in JavaScript, or nil.
func (t Table) setting(name string) *row {
	for _, r := range t.all() {
		if (r.Name == name || r.Also == name || r.property() == name) && r.isSetting() {
			return r
		}
	}
	return nil
}
