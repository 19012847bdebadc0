package environment

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// Within this package's JSON, text is UTF-8 in which each lone surrogate, which JavaScript's strings
// may hold, takes the three bytes that it would have (WTF-8). Two that make a pair are one character.

// A repertoire is the range of a string's characters.
type repertoire uint8

const (
	onlyASCII repertoire = iota
	onlyUTF8
	withSurrogates
)

// sharedText is the length of a text up to which its strings are parts of it, and keep it from being
// collected. The objects that hold them are larger.
const sharedText = 256

// A VM keeps short strings that it has read, because a message most often has the names of the last,
// and many of its values.
const (
	keptStrings = 256 // of each of names and values
	nameLength  = 32
	valueLength = 16
)

type kept struct {
	names  [keptStrings]unistring.String
	values [keptStrings]goja.Value // nil, or of ASCII
}

// slot returns where a string that is not empty is kept.
func slot(s string) uint {
	return (uint(len(s))*7 + uint(s[0])*31 + uint(s[len(s)/2])*5 + uint(s[len(s)-1])*131) % keptStrings
}

// plainBytes returns how many bytes of b, from i on, are ASCII that stands for itself in a string of
// JSON: no quote, no backslash, no control character.
func plainBytes(b []byte, i int) int {
	from := i
	for ; i+8 <= len(b); i += 8 {
		const ones, tops = 0x0101010101010101, 0x8080808080808080
		x := binary.LittleEndian.Uint64(b[i:])
		quotes, slashes := x^ones*'"', x^ones*'\\'
		if found := (x | (x - ones*' ') | (quotes - ones) | (slashes - ones)) & tops; found != 0 {
			return i - from + bits.TrailingZeros64(found)/8 // a borrow reaches later bytes only
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' && b[i] < utf8.RuneSelf {
		i++
	}
	return i - from
}

// string reads a string.
func (p *jsonParser) string() goja.Value {
	c := p.codec
	s, kind, inText := p.quoted()
	switch {
	case s == "":
		return c.empty
	case kind == withSurrogates:
		return goja.StringFromUTF16(toUnits(s))
	case kind == onlyASCII && len(s) <= valueLength:
		v := &c.kept.values[slot(s)]
		if *v == nil || *valueData[string](*v) != s {
			*v = c.copyShort(s)
		}
		return *v
	case !inText || len(p.text) > sharedText && len(s) < len(p.text)/4:
		s = strings.Clone(s)
	}
	if kind == onlyASCII {
		return c.text(s)
	}
	return c.vm.ToValue(s)
}

// copyShort returns the value of a string of ASCII of at most valueLength bytes, with its characters
// in one allocation.
func (c *codec) copyShort(s string) goja.Value {
	data := new(struct {
		header string
		text   [valueLength]byte
	})
	data.header = view(data.text[:copy(data.text[:], s)])
	return newValue(c.in.ascii, &data.header)
}

// name reads the name of a property.
func (p *jsonParser) name() unistring.String {
	s, kind, _ := p.quoted()
	switch {
	case kind != onlyASCII:
		return unistring.FromUtf16(append([]uint16{unistring.BOM}, toUnits(s)...))
	case s == "":
		return ""
	case len(s) > nameLength:
		return unistring.String(strings.Clone(s))
	}
	name := &p.codec.kept.names[slot(s)]
	if string(*name) != s {
		*name = unistring.String(strings.Clone(s))
	}
	return *name
}

// quoted reads a string and returns its characters. They are a part of the text, or valid until the
// next call.
func (p *jsonParser) quoted() (s string, kind repertoire, inText bool) {
	text := unsafe.Slice(unsafe.StringData(p.text), len(p.text))
	from := p.at + 1
	i := from + plainBytes(text, from)
	if i < len(text) && text[i] == '"' {
		p.at = i + 1
		return p.text[from:i], onlyASCII, true
	}
	p.scratch, inText = p.scratch[:0], true
	for i < len(text) {
		switch b := text[i]; {
		case b == '"':
			p.at = i + 1
			if s = p.text[from:i]; !inText {
				p.scratch = append(p.scratch, s...)
				s = view(p.scratch)
			}
			if kind != onlyASCII && p.surrogates {
				kind = withSurrogates
			}
			return s, kind, inText
		case b == '\\':
			inText = false
			p.scratch = append(p.scratch, text[from:i]...)
			p.at = i
			kind = max(kind, p.escape())
			i, from = p.at, p.at
		case b < ' ':
			p.at = i
			p.fail("Bad control character in string literal in JSON")
		default:
			kind = max(kind, onlyUTF8)
			i++
		}
		i += plainBytes(text, i)
	}
	p.at = i
	p.fail("Unterminated string in JSON")
	return "", 0, false
}

// escape adds the character of an escape to scratch.
func (p *jsonParser) escape() repertoire {
	if p.at++; p.at == len(p.text) {
		p.unexpected()
	}
	b := p.text[p.at]
	switch b {
	case '"', '\\', '/':
	case 'b':
		b = '\b'
	case 'f':
		b = '\f'
	case 'n':
		b = '\n'
	case 'r':
		b = '\r'
	case 't':
		b = '\t'
	case 'u':
		p.at++
		r := p.unit()
		if utf16.IsSurrogate(r) {
			if strings.HasPrefix(p.text[p.at:], `\u`) {
				at := p.at
				p.at += 2
				if pair := utf16.DecodeRune(r, p.unit()); pair != utf8.RuneError {
					p.scratch = utf8.AppendRune(p.scratch, pair)
					return onlyUTF8
				}
				p.at = at
			}
			p.scratch = appendSurrogate(p.scratch, uint16(r))
			return withSurrogates
		}
		p.scratch = utf8.AppendRune(p.scratch, r)
		if r < utf8.RuneSelf {
			return onlyASCII
		}
		return onlyUTF8
	default:
		if b >= 0xc4 { // past U+00FF V8 has other words
			p.unexpected()
		}
		p.fail("Bad escaped character in JSON")
	}
	p.scratch = append(p.scratch, b)
	p.at++
	return onlyASCII
}

// unit reads the four digits of \u.
func (p *jsonParser) unit() (r rune) {
	for range 4 {
		digit := byte(0xff)
		if p.at < len(p.text) {
			switch b := p.text[p.at]; {
			case b-'0' <= 9:
				digit = b - '0'
			case b|0x20 >= 'a' && b|0x20 <= 'f':
				digit = b | 0x20 - 'a' + 10
			}
		}
		if digit == 0xff {
			p.fail("Bad Unicode escape in JSON")
		}
		r = r<<4 | rune(digit)
		p.at++
	}
	return r
}

func appendSurrogate(b []byte, unit uint16) []byte {
	return append(b, 0xe0|byte(unit>>12), 0x80|byte(unit>>6)&0x3f, 0x80|byte(unit)&0x3f)
}

// fromUnits returns the text of a string of JavaScript, and reports whether it has lone surrogates.
func fromUnits(source goja.String) (text string, surrogates bool) {
	n := source.Length()
	b := make([]byte, 0, n+n/2)
	for i := 0; i < n; i++ {
		r := rune(source.CharAt(i))
		if utf16.IsSurrogate(r) {
			if i+1 < n {
				if pair := utf16.DecodeRune(r, rune(source.CharAt(i+1))); pair != utf8.RuneError {
					b = utf8.AppendRune(b, pair)
					i++
					continue
				}
			}
			b, surrogates = appendSurrogate(b, uint16(r)), true
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return view(b), surrogates
}

// valueOf returns the string of JavaScript that text is.
func (c *codec) valueOf(text string) goja.Value {
	if utf8.ValidString(text) {
		return c.vm.ToValue(text)
	}
	return goja.StringFromUTF16(toUnits(text))
}

// toUnits returns text in UTF-16, as the strings of JavaScript are.
func toUnits(text string) []uint16 {
	units := make([]uint16, 0, len(text))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 && i+3 <= len(text) { // a lone surrogate: all else is valid
			r, n = rune(text[i]&0xf)<<12|rune(text[i+1]&0x3f)<<6|rune(text[i+2]&0x3f), 3
			units = append(units, uint16(r))
		} else {
			units = utf16.AppendRune(units, r)
		}
		i += n
	}
	return units
}
