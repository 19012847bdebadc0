package option

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// PrintConfig writes the settings of s as a configuration file in TOML, each with where its value comes
// from. Those that have their default are comments. So is a URL that contains a password, without it.
func (t Table) PrintConfig(w io.Writer, s Set) error {
	for i, part := range t {
		begun := false
		for _, r := range part.rows {
			if !r.isSetting() || r == Config.row {
				continue
			}
			if !begun {
				if i > 0 {
					fmt.Fprintln(w)
				}
				fmt.Fprintf(w, "# %s\n", part.title)
				begun = true
			}
			line, err := r.toml(s)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// toml returns the option's line in a configuration file.
func (r *row) toml(s Set) (string, error) {
	g, isGiven := s.given[r]
	if !isGiven {
		if r.def == "" {
			return "# " + r.Name + ": " + strings.ReplaceAll(orNone(r.Default), "`", ""), nil
		}
		line, err := tomlLine(r.Name, readLiteral(r.def))
		return "# " + line, err
	}
	literal, note := g.literal, g.source.place
	if note == "" {
		note = g.source.name
	}
	comment := ""
	if text, ok := literal.(string); ok && withoutPassword(text) != text {
		literal, comment, note = withoutPassword(text), "# ", note+", without the password"
	}
	if r.hide != nil && r.hide(literal) != literal {
		literal, comment, note = r.hide(literal), "# ", note+", without the token"
	}
	line, err := tomlLine(r.Name, literal)
	return comment + line + "  # " + strings.ReplaceAll(note, "\n", " "), err
}

// tomlLine returns a value of the types that readLiteral returns as a line of TOML.
func tomlLine(name string, literal any) (string, error) {
	line, err := toml.Marshal(map[string]any{name: plain(literal)})
	return strings.TrimSpace(string(line)), err
}

// plain converts a literal to the types that TOML has: numbers without a fraction are integers, and null,
// which TOML lacks, is the empty text that it stands for.
func plain(literal any) any {
	switch v := literal.(type) {
	case nil:
		return ""
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = plain(item)
		}
		return items
	}
	return literal
}

// orNone returns the text of a default for people.
func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
