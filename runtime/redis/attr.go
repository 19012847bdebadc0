package redis

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// EachAttr calls yield with a or, if a is a group, with each attribute in it, so that a handler
// can write them on one line. Values are resolved. group is the names of the groups around an
// attribute, each followed by a dot. EachAttr skips empty attributes, as a slog.Handler has to.
//
// Any goroutine may call it.
func EachAttr(group string, a slog.Attr, yield func(group string, a slog.Attr)) {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
	case v.Kind() == slog.KindGroup:
		for _, inner := range v.Group() {
			EachAttr(group+a.Key+".", inner, yield)
		}
	default:
		yield(group, slog.Attr{Key: a.Key, Value: v})
	}
}

// QuoteValue returns a plain word unchanged, and everything else as a Go string literal, so that it
// can stand in key=value on a line.
//
// Any goroutine may call it.
func QuoteValue(s string) string {
	if isPlain(s) {
		return s
	}
	return strconv.Quote(s)
}

func isPlain(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool {
		return c == ' ' || c == '"' || c == '=' || c == utf8.RuneError || !unicode.IsPrint(c)
	}) < 0
}
