package inspect

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// limitString returns at most limit UTF-16 units of a JavaScript string.
func limitString(s goja.String, limit int) string {
	if s.Length() > limit {
		return s.Substring(0, limit).String()
	}
	return s.String()
}

// Cut shortens s to at most limit bytes and "...", without cutting a character in two.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "..."
}

// quoted returns a string in quotes. One that does not fit its line is broken after each newline.
func (s *inspection) quoted(v goja.String) string {
	trailer := ""
	limit := min(s.text, s.left+16)
	if n := v.Length(); n > limit {
		more := n - limit
		v = v.Substring(0, limit)
		trailer = "... " + strconv.Itoa(more) + " more character" + plural(more)
	}
	length := v.Length()
	if s.compact >= 0 && length > 16 && length > s.breakLength-s.indent-4 {
		if parts := splitLines(v); len(parts) > 1 {
			return strings.Join(parts, " +\n"+spaces(s.indent+2)) + trailer
		}
	}
	return quote(v) + trailer
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// splitLines cuts a string after each newline, and returns the pieces in quotes.
func splitLines(v goja.String) (parts []string) {
	start, n := 0, v.Length()
	for i := 0; i < n; i++ {
		if v.CharAt(i) == '\n' {
			parts = append(parts, quote(v.Substring(start, i+1)))
			start = i + 1
		}
	}
	if start < n {
		parts = append(parts, quote(v.Substring(start, n)))
	}
	return parts
}

// quote returns a string in the first of the quotes ' " ` that it does not contain; in ' if it
// contains all three.
func quote(v goja.String) string {
	n := v.Length()
	var single, double, back bool
	for i := 0; i < n; i++ {
		switch v.CharAt(i) {
		case '\'':
			single = true
		case '"':
			double = true
		case '`':
			back = true
		case '$':
			back = back || i+1 < n && v.CharAt(i+1) == '{'
		}
	}
	mark := byte('\'')
	if single && !double {
		mark = '"'
	} else if single && !back {
		mark = '`'
	}
	var b strings.Builder
	b.Grow(n + 2)
	b.WriteByte(mark)
	for i := 0; i < n; i++ {
		c := v.CharAt(i)
		if utf16.IsSurrogate(rune(c)) {
			if i+1 < n {
				if r := utf16.DecodeRune(rune(c), rune(v.CharAt(i+1))); r != utf8.RuneError {
					b.WriteRune(r)
					i++
					continue
				}
			}
			b.WriteString(`\u` + strconv.FormatUint(uint64(c), 16))
			continue
		}
		escapeUnit(&b, c, mark)
	}
	b.WriteByte(mark)
	return b.String()
}

func escapeUnit(b *strings.Builder, c uint16, mark byte) {
	switch {
	case c == '\b':
		b.WriteString(`\b`)
	case c == '\t':
		b.WriteString(`\t`)
	case c == '\n':
		b.WriteString(`\n`)
	case c == '\f':
		b.WriteString(`\f`)
	case c == '\r':
		b.WriteString(`\r`)
	case c == '\\':
		b.WriteString(`\\`)
	case c == uint16(mark):
		b.WriteByte('\\')
		b.WriteByte(mark)
	case c < 0x20 || c >= 0x7f && c <= 0x9f:
		const hex = "0123456789ABCDEF"
		b.WriteString(`\x`)
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	default:
		b.WriteRune(rune(c))
	}
}

// units returns the length of s as JavaScript counts it, in UTF-16 units.
func units(s string) (n int) {
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// width returns how many columns of a terminal s takes: two for an East Asian wide character or
// emoji, none for a combining mark.
func width(s string) (n int) {
	for _, r := range s {
		switch {
		case r < 0x300:
			n++
		case r <= 0x36f || r == 0x200d || r >= 0xfe00 && r <= 0xfe0f:
		case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0x303e, r >= 0x3041 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
			r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff01 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6,
			r >= 0x1f300 && r <= 0x1f64f, r >= 0x1f900 && r <= 0x1f9ff, r >= 0x20000 && r <= 0x3fffd:
			n += 2
		default:
			n++
		}
	}
	return n
}
