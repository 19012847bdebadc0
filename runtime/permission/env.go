package permission

import (
	"os"
	"slices"
	"strings"
)

// Environ returns the variables of the environment that are granted, by name.
func (s Set) Environ() map[string]string {
	granted := map[string]string{}
	for _, variable := range os.Environ() {
		if name, value, ok := strings.Cut(variable, "="); ok && s.grantsVariable(name) {
			granted[name] = value
		}
	}
	return granted
}

// Hides reports whether the environment has a variable that is not granted.
func (s Set) Hides(name string) bool {
	_, there := os.LookupEnv(name)
	return there && !s.grantsVariable(name)
}

func (s Set) grantsVariable(name string) bool {
	return s.Env.All || slices.ContainsFunc(s.Env.Names, func(grant string) bool { return matches(grant, name) })
}

// matches reports whether a pattern, which may end in *, stands for a variable.
func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}

// ValidVariable reports whether s can be granted: the name of a variable, or a beginning and *.
func ValidVariable(s string) bool {
	return s != "*" && !strings.Contains(s, "=") && !strings.Contains(strings.TrimSuffix(s, "*"), "*")
}

// passedOn are the variables that each program gets, because most need them: none of them is a secret.
var passedOn = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR",
	"SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE",
}

// programEnviron returns the environment of a program for which the module sets none: what is passed on, and what
// is granted.
func (s Set) programEnviron() (list []string) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if s.grantsVariable(name) || slices.ContainsFunc(passedOn, func(pattern string) bool { return matches(pattern, name) }) {
			list = append(list, variable)
		}
	}
	return list
}
