package regexp

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// contents holds the matches of a class: characters, and, under the flag v, strings.
type contents struct {
	set   *set
	texts []string // none has one character
}

// contentsNode returns a node for contents: the longest string that matches comes first.
func (p *parser) contentsNode(c contents) *node {
	single := &node{kind: kindSet, set: c.set}
	if len(c.texts) == 0 {
		return single
	}
	texts := slices.Clone(c.texts)
	slices.SortStableFunc(texts, func(a, b string) int { return utf8.RuneCountInString(b) - utf8.RuneCountInString(a) })
	choice := &node{kind: kindChoice}
	for _, text := range texts {
		if text == "" {
			break
		}
		sequence := &node{kind: kindSequence}
		for _, r := range text {
			sequence.nodes = append(sequence.nodes, p.character(r))
		}
		choice.nodes = append(choice.nodes, sequence)
	}
	choice.nodes = append(choice.nodes, single)
	if slices.Contains(texts, "") {
		choice.nodes = append(choice.nodes, &node{kind: kindEmpty})
	}
	return choice
}

// class reads a class, after its bracket.
func (p *parser) class() *node {
	if p.sets {
		return p.contentsNode(p.setClass())
	}
	not := p.take('^')
	var parts []*set
	var spans []span
	for !p.take(']') {
		low, s := p.classAtom()
		if p.peek(0) != '-' || p.peek(1) == ']' || p.peek(1) < 0 {
			if s != nil {
				parts = append(parts, s)
			} else {
				spans = append(spans, span{low, low})
			}
			continue
		}
		p.pos++
		high, t := p.classAtom()
		switch {
		case s == nil && t == nil:
			if low > high {
				p.fail("Range out of order in character class")
			}
			spans = append(spans, span{low, high})
			continue
		case p.isUni:
			p.fail("Invalid character class")
		case s == nil:
			spans = append(spans, span{low, low})
		case t == nil:
			spans = append(spans, span{high, high})
		}
		spans = append(spans, span{'-', '-'}) // Annex B: between \d and a
		if s != nil {
			parts = append(parts, s)
		}
		if t != nil {
			parts = append(parts, t)
		}
	}
	all := makeSet(spans...)
	if len(parts) > 0 {
		all = union(append(parts, all)...)
	}
	n := p.setNode(all)
	if not {
		n.set = n.set.complement()
	}
	return n
}

// classAtom reads a character of a class, or an escape that is a set.
func (p *parser) classAtom() (rune, *set) {
	if !p.more() {
		p.fail("Unterminated character class")
	}
	c := p.src[p.pos]
	p.pos++
	if c != '\\' {
		return c, nil
	}
	if p.take('b') {
		return '\b', nil
	}
	if s, ok := p.classEscape(); ok {
		return 0, s
	}
	return p.characterEscape(true), nil
}

// setClass reads a class under the flag v, after its bracket (ClassSetExpression of ECMA-262 §22.2.1).
func (p *parser) setClass() contents {
	if p.nesting++; p.nesting > maxNesting {
		p.fail("its classes are nested deeper than the limit of %d levels", maxNesting)
	}
	defer func() { p.nesting-- }()
	not := p.take('^')
	all := contents{set: makeSet()}
	operator, first := "", true
	for !p.take(']') {
		if !p.more() {
			p.fail("Unterminated character class")
		}
		switch next := p.setOperator(); {
		case next != "" && (first || operator == "union"), next == "" && operator != "" && operator != "union", next != "" && operator != "" && operator != next:
			p.fail("Invalid set operation in character class")
		case next == "":
			one, isRange := p.setOperand(true)
			all = contents{union(all.set, one.set), addTexts(all.texts, one.texts)}
			if !first || isRange {
				operator = "union"
			}
		default:
			p.pos += 2
			operator = next
			if next == "&&" && p.peek(0) == '&' {
				p.fail("Invalid character in character class")
			}
			one, _ := p.setOperand(false)
			if next == "--" {
				all = contents{difference(all.set, one.set), slices.DeleteFunc(slices.Clone(all.texts), func(s string) bool { return slices.Contains(one.texts, s) })}
			} else {
				all = contents{intersection(all.set, one.set), slices.DeleteFunc(slices.Clone(all.texts), func(s string) bool { return !slices.Contains(one.texts, s) })}
			}
		}
		first = false
	}
	if not {
		if len(all.texts) > 0 {
			p.fail("Negated character class may contain strings")
		}
		all.set = all.set.complement()
	}
	return all
}

func (p *parser) setOperator() string {
	switch {
	case p.peek(0) == '-' && p.peek(1) == '-':
		return "--"
	case p.peek(0) == '&' && p.peek(1) == '&':
		return "&&"
	}
	return ""
}

func addTexts(texts, more []string) []string {
	for _, t := range more {
		if !slices.Contains(texts, t) {
			texts = append(slices.Clip(texts), t)
		}
	}
	return texts
}

// setOperand reads a class, an escape, strings, a character, or, if ranges are allowed, a range.
func (p *parser) setOperand(ranges bool) (c contents, isRange bool) {
	if p.take('[') {
		return p.setClass(), false
	}
	if p.peek(0) == '\\' {
		p.pos++
		if p.takeText("q{") {
			return p.quoted(), false
		}
		if s, ok := p.classEscape(); ok {
			return contents{set: s}, false
		}
		p.pos--
	}
	low := p.setCharacter()
	if !ranges || p.peek(0) != '-' || p.peek(1) == '-' {
		return contents{set: p.closed(setOf(low))}, false
	}
	p.pos++
	high := p.setCharacter()
	if low > high {
		p.fail("Range out of order in character class")
	}
	return contents{set: p.closed(makeSet(span{low, high}))}, true
}

// setCharacter reads one character of a class under the flag v.
func (p *parser) setCharacter() rune {
	if !p.more() {
		p.fail("Unterminated character class")
	}
	c := p.src[p.pos]
	if p.peek(1) == c && strings.ContainsRune("&!#$%*+,.:;<=>?@^`~", c) {
		p.fail("Invalid set operation in character class")
	}
	p.pos++
	if c != '\\' {
		if strings.ContainsRune("()[]{}/-|", c) {
			p.fail("Invalid character in character class")
		}
		return c
	}
	if p.take('b') {
		return '\b'
	}
	if next := p.peek(0); next >= 0 && strings.ContainsRune("&-!#%,:;<=>@`~", next) {
		p.pos++
		return next
	}
	return p.characterEscape(true)
}

// quoted reads the strings of \q{…}, after the brace.
func (p *parser) quoted() contents {
	all := contents{set: makeSet()}
	var text []rune
	add := func() {
		if len(text) == 1 {
			all.set = union(all.set, p.closed(setOf(text[0])))
		} else {
			all.texts = addTexts(all.texts, []string{p.folded(text)})
		}
		text = nil
	}
	for !p.take('}') {
		if !p.more() {
			p.fail("Invalid escape")
		}
		if p.take('|') {
			add()
			continue
		}
		text = append(text, p.setCharacter())
	}
	add()
	return all
}

// folded returns a text such that two that are the same under the flag i are equal.
func (p *parser) folded(text []rune) string {
	if p.ignoreCase {
		for i, c := range text {
			text[i] = canonicalize(c, true)
		}
	}
	return string(text)
}
