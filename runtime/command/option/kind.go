package option

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"node.websocket/runtime/permission"
)

// An explained is an error that the command line shows as it is, without the value, which may
// contain a password.
type explained struct{ error }

// number is the kind of whole numbers from least to most.
type number struct {
	of          string // a unit, such as "bytes"
	least, most int
}

func (k number) accepts() string {
	of := ""
	if k.of != "" {
		of = "of " + k.of + " "
	}
	return "a number " + of + "from " + strconv.Itoa(k.least) + " to " + strconv.Itoa(k.most)
}

func (k number) read(v any) (int, error) {
	n, ok := readFloat(v)
	if !ok || n != math.Trunc(n) || n < float64(k.least) || n > float64(k.most) {
		return 0, errors.New("want " + k.accepts())
	}
	return int(n), nil
}

func (k number) text(n int) string {
	if n < k.least {
		return ""
	}
	return strconv.Itoa(n)
}

// seconds is the kind of durations from least to most, in seconds, which may have fractions.
type seconds struct{ least, most time.Duration }

func (k seconds) accepts() string {
	return fmt.Sprintf("a number of seconds from %v to %v", k.least.Seconds(), k.most.Seconds())
}

func (k seconds) read(v any) (time.Duration, error) {
	n, ok := readFloat(v)
	if text, isText := v.(string); isText && !ok { // such as 2m
		if d, err := time.ParseDuration(text); err == nil {
			n, ok = d.Seconds(), true
		}
	}
	if !ok || !(n >= k.least.Seconds() && n <= k.most.Seconds()) {
		return 0, errors.New("want " + k.accepts())
	}
	return time.Duration(n * float64(time.Second)), nil
}

func (k seconds) text(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}

// readFloat converts a number, or a string that contains one, as --port='8080' does.
func readFloat(v any) (float64, bool) {
	if s, ok := v.(string); ok {
		v = readLiteral(s)
	}
	n, ok := v.(float64)
	return n, ok
}

// truth is the kind of true and false.
type truth struct{}

func (truth) accepts() string { return "true or false" }

func (k truth) read(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, errors.New("want " + k.accepts())
	}
	return b, nil
}

func (truth) text(b bool) string { return strconv.FormatBool(b) }

// text is the kind of strings. What looks like a number, as the folder 007 does, is the text that was written.
type text struct {
	of    string              // what the string is: "the name of a file"
	empty bool                // it may be empty, or false, null or undefined for that
	check func(s string) bool // nil: accept any string
}

func (k text) accepts() string { return k.of }

func (k text) read(v any) (string, error) {
	s, ok := "", k.empty && (v == nil || v == false)
	switch v := v.(type) {
	case string:
		s, ok = v, true
	}
	if !ok || s == "" && !k.empty || k.check != nil && !k.check(s) {
		return "", errors.New("want " + k.of)
	}
	return s, nil
}

func (k text) text(s string) string { return s }

// choice is the kind of one string out of several.
type choice []string

func (k choice) accepts() string { return strings.Join(k, " or ") }

func (k choice) read(v any) (string, error) {
	s, _ := v.(string)
	if !slices.Contains(k, s) {
		return "", errors.New("want " + k.accepts())
	}
	return s, nil
}

func (k choice) text(s string) string { return s }

// words is the kind of lists of strings. It accepts a single string as well.
type words struct {
	of    string                   // what they are: "a name such as 'v1', or a list of them"
	empty bool                     // the list may be empty
	check func(list []string) bool // called without empty strings
}

func (k words) accepts() string { return k.of }

func (k words) read(v any) ([]string, error) {
	items, ok := v.([]any)
	if !ok {
		if _, ok := v.(string); !ok {
			return nil, errors.New("want a string or an array of strings")
		}
		items = []any{v}
	}
	list := []string{}
	for _, item := range items {
		s, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("want an array of strings, and %v is none", item)
		}
		list = append(list, s)
	}
	if len(list) == 0 && !k.empty || slices.Contains(list, "") || !k.check(list) {
		return nil, fmt.Errorf("want %s, not %q", k.of, list)
	}
	return list, nil
}

func (k words) text(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return "'" + list[0] + "'"
	}
	return "['" + strings.Join(list, "','") + "']"
}

// several is the kind of strings that are given one at a time, each by an option of its own.
type several struct {
	of    string // what each is: "a name such as v1"
	check func(s string) bool
}

func (k several) accepts() string { return k.of }

func (k several) read(v any) ([]string, error) {
	s, ok := v.(string)
	if !ok || !k.check(s) {
		return nil, errors.New("want " + k.of)
	}
	return []string{s}, nil
}

// more returns the value of an option that is given again.
func (several) more(before, v any) any { return slices.Concat(before.([]string), v.([]string)) }

func (several) text([]string) string { return "" }

// grant is the kind of what modules may reach: a list of strings, which commas may separate as well, or
// true for everything.
type grant struct {
	of    string              // what the strings are: "a path"
	check func(s string) bool // nil: accept any string
}

func (k grant) accepts() string { return k.of + ", or a list of them; alone, it grants all" }

func (k grant) read(v any) (permission.List, error) {
	wrong := errors.New("want " + k.accepts())
	var names []string
	switch v := v.(type) {
	case bool:
		return permission.List{All: v}, nil
	case string:
		for name := range strings.SplitSeq(v, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	case []any:
		for _, item := range v {
			name, ok := item.(string)
			if !ok {
				return permission.List{}, wrong
			}
			names = append(names, name)
		}
	}
	if len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
		return name == "" || strings.ContainsRune(name, 0) || k.check != nil && !k.check(name)
	}) {
		return permission.List{}, wrong
	}
	return permission.List{Names: names}, nil
}

func (grant) text(permission.List) string { return "" }

// show returns a single string as a string, as in 2009.
func (k words) show(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// threshold is the kind of the lowest level that is logged: true is info, and false is error.
type threshold struct{}

var levels = map[any]slog.Level{
	true: slog.LevelInfo, false: slog.LevelError,
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

func (threshold) accepts() string { return "true, false, debug, info, warn or error" }

func (k threshold) read(v any) (slog.Level, error) {
	switch v.(type) {
	case bool, string: // others may not be keys of a map
		if level, ok := levels[v]; ok {
			return level, nil
		}
	}
	return 0, errors.New("want " + k.accepts())
}

func (threshold) text(level slog.Level) string {
	switch level {
	case slog.LevelInfo:
		return "true"
	case slog.LevelError:
		return "false"
	}
	return strings.ToLower(level.String())
}

// show returns whether there is a log, which is all the option said in 2009.
func (threshold) show(level slog.Level) any { return level <= slog.LevelInfo }

// levelName is the kind of a level's name.
type levelName struct{}

func (levelName) accepts() string { return "debug, info, warn or error" }

func (k levelName) read(v any) (level slog.Level, err error) {
	name, _ := v.(string)
	if level.UnmarshalText([]byte(name)) != nil {
		err = errors.New("want " + k.accepts())
	}
	return level, err
}

func (levelName) text(level slog.Level) string { return strings.ToLower(level.String()) }
