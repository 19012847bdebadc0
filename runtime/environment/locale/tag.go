package locale

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// An Error says why a tag or an option cannot be had. JavaScript gets it as a RangeError.
type Error struct{ message string }

func (e *Error) Error() string { return e.message }

func refuse(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// A Locale is one that is served.
type Locale struct {
	// Name is the tag of the locale, without extensions.
	Name string

	tag   language.Tag // as asked for, with extensions
	table *table
}

// Default is the locale of those who ask for none.
const Default = "en-US"

// wellFormed matches unicode_locale_id of UTS 35 §3.2, in its form of BCP 47.
var wellFormed = regexp.MustCompile(`(?i)^([a-z]{2,3}|[a-z]{5,8})(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*(-[a-wy-z0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?$`)

// maxTag bounds the length of a tag, because what parses it is not linear.
const maxTag = 256

// Canonical returns the canonical form of a tag of BCP 47, or an [*Error] if it is not one.
func Canonical(tag string) (string, error) {
	t, err := parse(tag)
	return t.String(), err
}

func parse(tag string) (language.Tag, error) {
	if len(tag) > maxTag || !wellFormed.MatchString(tag) {
		return language.Tag{}, refuse("Incorrect locale information provided")
	}
	t, err := language.Parse(tag)
	if _, unknown := err.(language.ValueError); err != nil && !unknown {
		return language.Tag{}, refuse("Incorrect locale information provided")
	}
	return t, nil
}

// aliases are languages that have the tables of others.
var aliases = map[string]string{"no": "nb"}

// abroad are the tables of regions without one, where these are nearer to it than the language's own.
var abroad = map[string]string{"en": "en-001", "es": "es-419", "pt": "pt-PT"}

// serve returns the locale of a tag: that of the region, or of the script, or of the language.
func serve(t language.Tag) *Locale {
	base, script, region := t.Raw()
	name := base.String()
	tables := tablesOf(name)
	if alias := aliases[name]; tables == nil && alias != "" {
		tables = tablesOf(alias)
	}
	if tables == nil {
		return nil
	}
	if likely, _ := language.Make(name + "-" + region.String()).Script(); region != (language.Region{}) && script == likely {
		if table := tables[aliased(name)+"-"+region.String()]; table != nil {
			return &Locale{Name: name + "-" + script.String() + "-" + region.String(), tag: t, table: table}
		}
	}
	var parts []string
	if likely, _ := language.Make(name).Script(); script != (language.Script{}) && script != likely {
		parts = append(parts, script.String())
		if tables[name+"-"+parts[0]] == nil {
			return nil // another script than those that are served
		}
	}
	if region != (language.Region{}) {
		parts = append(parts, region.String())
	}
	if further := abroad[name]; further != "" && region != (language.Region{}) && tables[name+"-"+region.String()] == nil {
		return &Locale{Name: further, tag: t, table: tables[further]}
	}
	for n := len(parts); ; n-- {
		shown := strings.Join(append([]string{name}, parts[:n]...), "-")
		found := strings.Join(append([]string{aliased(name)}, parts[:n]...), "-")
		if table := tables[found]; table != nil {
			return &Locale{Name: shown, tag: t, table: table}
		}
	}
}

func aliased(name string) string {
	if alias := aliases[name]; alias != "" {
		return alias
	}
	return name
}

// Negotiate returns the first of tags that is served, or the default if there are none. A region that
// has no table of its own gets its language's. It returns an [*Error] if a tag is not one, or if none
// of them is served.
func Negotiate(tags []string) (*Locale, error) {
	if len(tags) == 0 {
		tags = []string{Default}
	}
	var first *Locale
	for _, tag := range tags {
		t, err := parse(tag)
		if err != nil {
			return nil, refuse("Incorrect locale information provided: %s", tag)
		}
		if first == nil {
			first = serve(t)
		}
	}
	if first == nil {
		return nil, refuse("the locale %s is not served here: %s are", strings.Join(tags, ", "), strings.Join(languages(), ", "))
	}
	return first, nil
}

// extension returns what the tag says of a key of the extension u, such as "nu"; or "".
func (l *Locale) extension(key string) string { return l.tag.TypeForKey(key) }
