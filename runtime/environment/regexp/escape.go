package regexp

import (
	"strings"
	"unicode/utf16"
)

// atomEscape reads what follows a backslash outside of classes.
func (p *parser) atomEscape() *node {
	c := p.peek(0)
	if c >= '1' && c <= '9' {
		start, n := p.pos, 0
		for p.peek(0) >= '0' && p.peek(0) <= '9' {
			n = min(n*10+int(p.peek(0)-'0'), unlimited)
			p.pos++
		}
		if n <= p.total {
			return &node{kind: kindReference, references: []int{n}, ignoreCase: p.ignoreCase}
		}
		if p.isUni {
			p.fail("Invalid escape")
		}
		p.pos = start
	}
	if c == 'k' && p.named {
		p.pos++
		if !p.take('<') {
			p.fail("Invalid named reference")
		}
		n := &node{kind: kindReference, name: p.groupName(), ignoreCase: p.ignoreCase}
		p.references = append(p.references, n)
		return n
	}
	if s, ok := p.classEscape(); ok {
		return &node{kind: kindSet, set: s}
	}
	return p.character(p.characterEscape(false))
}

// classEscape reads \d and the like, and \p{…}; ok is false, and nothing is read, for anything else.
// The set is complete under the flag i.
func (p *parser) classEscape() (s *set, ok bool) {
	c := p.peek(0)
	switch c {
	case 'd', 'D':
		s = digits
	case 's', 'S':
		s = whiteSpace
	case 'w', 'W':
		s = p.words()
	case 'p', 'P':
		if !p.isUni {
			return nil, false
		}
		p.pos++
		return p.property(c == 'P'), true
	default:
		return nil, false
	}
	p.pos++
	if c < 'a' {
		s = s.complement()
	}
	return s, true
}

// property reads the {…} of \p or \P.
func (p *parser) property(not bool) *set {
	if !p.take('{') {
		p.fail("Invalid property name")
	}
	var b strings.Builder
	for !p.take('}') {
		if !p.more() {
			p.fail("Invalid property name")
		}
		b.WriteRune(p.src[p.pos])
		p.pos++
	}
	if p.sets && !not {
		switch b.String() {
		case "Basic_Emoji", "Emoji_Keycap_Sequence", "RGI_Modifier_Sequence", "RGI_Flag_Sequence", "RGI_Emoji_Modifier_Sequence", "RGI_Emoji_Flag_Sequence",
			"RGI_Emoji_Tag_Sequence", "RGI_Emoji_ZWJ_Sequence", "RGI_Emoji":
			p.fail(`\p{%s} is not available: properties of strings are not, those of characters are`, b.String())
		}
	}
	s, ok := propertySet(b.String())
	if !ok {
		p.fail("Invalid property name")
	}
	if p.sets && p.ignoreCase {
		s = closeOver(s, true)
	}
	if not {
		s = s.complement()
	}
	return p.closed(s)
}

// characterEscape reads an escape that stands for one character.
func (p *parser) characterEscape(inClass bool) rune {
	if !p.more() {
		p.fail(`\ at end of pattern`)
	}
	c := p.src[p.pos]
	p.pos++
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'v':
		return '\v'
	case 'f':
		return '\f'
	case 'r':
		return '\r'
	case 'c':
		next := p.peek(0)
		isLetter := next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z'
		if isLetter || inClass && !p.isUni && (next >= '0' && next <= '9' || next == '_') {
			p.pos++
			return next & 31
		}
		if p.isUni {
			p.fail("Invalid unicode escape")
		}
		p.pos-- // the backslash stands for itself
		return '\\'
	case 'x':
		if n, ok := p.hex(2); ok {
			return n
		}
	case 'u':
		if n, ok := p.unicodeEscape(p.isUni); ok {
			return n
		}
		if p.isUni {
			p.fail("Invalid Unicode escape")
		}
		return c
	case '0', '1', '2', '3', '4', '5', '6', '7':
		next := p.peek(0)
		if p.isUni {
			if c != '0' || next >= '0' && next <= '9' {
				p.fail("Invalid decimal escape")
			}
			return 0
		}
		n := c - '0'
		for range 2 {
			if next := p.peek(0); next >= '0' && next <= '7' && n*8+next-'0' < 256 {
				n = n*8 + next - '0'
				p.pos++
			}
		}
		return n
	}
	if p.isUni && !strings.ContainsRune(`^$\.*+?()[]{}|/`, c) && !(inClass && c == '-') {
		p.fail("Invalid escape")
	}
	if !p.isUni && c == 'k' && p.named {
		p.fail("Invalid escape")
	}
	return c
}

// hex reads n hexadecimal digits, or nothing.
func (p *parser) hex(n int) (rune, bool) {
	value := rune(0)
	for i := range n {
		d := hexDigit(p.peek(i))
		if d < 0 {
			return 0, false
		}
		value = value<<4 | d
	}
	p.pos += n
	return value, true
}

func hexDigit(c rune) rune {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}

// unicodeEscape reads what follows \u: four digits, two such escapes of a pair, or {…}. If it is none,
// nothing is read.
func (p *parser) unicodeEscape(points bool) (rune, bool) {
	start := p.pos
	if points && p.take('{') {
		value, any := rune(0), false
		for d := hexDigit(p.peek(0)); d >= 0; d = hexDigit(p.peek(0)) {
			if value = value<<4 | d; value > maxRune {
				p.fail("Invalid Unicode escape")
			}
			any = true
			p.pos++
		}
		if any && p.take('}') {
			return value, true
		}
		p.pos = start
		return 0, false
	}
	c, ok := p.hex(4)
	if ok && points && utf16.IsSurrogate(c) && p.peek(0) == '\\' && p.peek(1) == 'u' {
		before := p.pos
		p.pos += 2
		if trail, ok := p.hex(4); ok {
			if pair := utf16.DecodeRune(c, trail); pair != 0xfffd {
				return pair, true
			}
		}
		p.pos = before
	}
	return c, ok
}
