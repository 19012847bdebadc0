package option

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readLiteral reads the value of an option: a JavaScript literal, which is a string in quotes, a
// number, true, false, null, undefined, or an array of literals. Anything else is the string as it
// stands; nothing is evaluated. The result is a string, a float64, a bool, nil, or a []any of these.
//
// Items of a list may be bare words as well, because a shell removes the quotes from
// --origins=['http://a.com'].
func readLiteral(s string) any {
	p := &literalParser{rest: strings.TrimSpace(s)}
	if v, ok := p.value(0); ok && strings.TrimSpace(p.rest) == "" {
		return v
	}
	return s
}

// A literalParser reads from the front of a string.
type literalParser struct{ rest string }

// value reads one literal from the front of rest. depth is the number of lists around it.
func (p *literalParser) value(depth int) (any, bool) {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	switch {
	case p.rest == "":
		return nil, false
	case strings.IndexByte("'\"`", p.rest[0]) >= 0:
		return p.quoted()
	case p.rest[0] == '[' && depth < 10:
		return p.list(depth)
	}
	word := p.rest
	if depth > 0 {
		if end := strings.IndexAny(word, ",]"); end >= 0 {
			word = word[:end]
		}
	}
	p.rest = p.rest[len(word):]
	word = strings.TrimRight(word, " \t\r\n")
	switch word {
	case "":
		return nil, false
	case "true", "false":
		return word == "true", true
	case "null", "undefined":
		return nil, true
	}
	if n, ok := readNumber(word); ok {
		return n, true
	}
	return word, depth > 0
}

func (p *literalParser) list(depth int) (any, bool) {
	items := []any{}
	p.rest = p.rest[1:]
	for {
		p.rest = strings.TrimLeft(p.rest, " \t\r\n")
		if rest, ok := strings.CutPrefix(p.rest, "]"); ok { // a comma may precede it
			p.rest = rest
			return items, true
		}
		v, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		items = append(items, v)
		p.rest = strings.TrimLeft(p.rest, " \t\r\n")
		if rest, ok := strings.CutPrefix(p.rest, ","); ok {
			p.rest = rest
		} else if !strings.HasPrefix(p.rest, "]") {
			return nil, false
		}
	}
}

// quoted reads a string. A template with ${ is not a literal.
func (p *literalParser) quoted() (any, bool) {
	quote := p.rest[0]
	var b strings.Builder
	s := p.rest[1:]
	for s != "" {
		c := s[0]
		switch {
		case c == quote:
			p.rest = s[1:]
			return b.String(), true
		case quote == '`' && strings.HasPrefix(s, "${"), c == '\n' && quote != '`':
			return nil, false
		case c == '\\':
			r, n, ok := escape(s)
			if !ok {
				return nil, false
			}
			if r >= 0 {
				b.WriteRune(r)
			}
			s = s[n:]
		default:
			_, n := utf8.DecodeRuneInString(s)
			b.WriteString(s[:n])
			s = s[n:]
		}
	}
	return nil, false
}

// escape reads an escape sequence. It returns the character, or -1 for a line continuation, and the
// length of the sequence.
func escape(s string) (r rune, n int, ok bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	if at := strings.IndexByte("nrtbfv0", s[1]); at >= 0 {
		return rune("\n\r\t\b\f\v\x00"[at]), 2, true
	}
	hex := 0
	switch s[1] {
	case 'x':
		hex = 2
	case 'u':
		hex = 4
	case '\n':
		return -1, 2, true
	default:
		r, size := utf8.DecodeRuneInString(s[1:])
		return r, 1 + size, true
	}
	if len(s) < 2+hex {
		return 0, 0, false
	}
	v, err := strconv.ParseUint(s[2:2+hex], 16, 32)
	return rune(v), 2 + hex, err == nil
}

// readNumber reads a decimal, hexadecimal, octal (0o) or binary number.
func readNumber(s string) (float64, bool) {
	if n, err := strconv.ParseInt(s, 0, 64); err == nil && !strings.HasPrefix(strings.TrimLeft(s, "+-"), "0") {
		return float64(n), true
	}
	if lower := strings.ToLower(s); strings.HasPrefix(lower, "0x") || strings.HasPrefix(lower, "0o") || strings.HasPrefix(lower, "0b") {
		n, err := strconv.ParseUint(s, 0, 64)
		return float64(n), err == nil
	}
	if strings.IndexFunc(s, func(c rune) bool { return (c < '0' || c > '9') && !strings.ContainsRune("+-.eE", c) }) >= 0 {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0)
}
