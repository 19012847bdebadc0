package regexp

import (
	"fmt"
	"slices"
	"unicode/utf16"
)

// A SyntaxError says why a pattern is none.
type SyntaxError struct{ Message string }

func (e *SyntaxError) Error() string { return e.Message }

const (
	maxGroups  = 1 << 16
	maxNesting = 1_000 // of groups and classes
)

// A Name is the name of capturing groups. Groups in different alternatives may share one.
type Name struct {
	Name   string
	Groups []int
}

// A parser reads a pattern. Mistakes are panics with a *SyntaxError, which Compile recovers.
type parser struct {
	src     []rune // code points if the pattern has the flag u or v, UTF-16 units otherwise
	pos     int
	isUni   bool // flag u or v
	sets    bool // flag v
	named   bool // \k is a reference, because a group has a name or isUni
	total   int  // capturing groups in all
	groups  int  // so far
	names   []Name
	within  map[string][][]branch // where each name stands
	path    []branch              // of the alternative being read
	choices int                   // so far
	nesting int

	ignoreCase, multiline, dotAll bool // at this place: (?ims-ims:) changes them

	references []*node // by name, to be resolved
}

// A branch is an alternative of a choice.
type branch struct{ choice, alternative int }

func (p *parser) fail(format string, args ...any) {
	panic(&SyntaxError{fmt.Sprintf(format, args...)})
}

func (p *parser) more() bool { return p.pos < len(p.src) }

// peek returns the character n after the next, or -1.
func (p *parser) peek(n int) rune {
	if p.pos+n < len(p.src) {
		return p.src[p.pos+n]
	}
	return -1
}

func (p *parser) take(c rune) bool {
	if p.peek(0) == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) takeText(text string) bool {
	for i, c := range text {
		if p.peek(i) != c {
			return false
		}
	}
	p.pos += len(text)
	return true
}

// count counts the capturing groups of the whole pattern, and finds out whether one has a name.
func (p *parser) count() {
	class := 0
	for i := 0; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '\\':
			i++
		case c == '[' && (class == 0 || p.sets):
			class++
		case c == ']' && class > 0:
			class--
		case c == '(' && class == 0:
			rest := p.src[i+1:]
			isName := len(rest) > 2 && rest[0] == '?' && rest[1] == '<' && rest[2] != '=' && rest[2] != '!'
			p.named = p.named || isName
			if isName || len(rest) == 0 || rest[0] != '?' {
				p.total++
			}
		}
	}
	if p.total > maxGroups {
		p.fail("it has more capturing groups than the limit of %d", maxGroups)
	}
}

func (p *parser) parse() *node {
	p.named = p.isUni
	p.count()
	n := p.disjunction()
	if p.more() {
		p.fail("Unmatched ')'")
	}
	for _, r := range p.references {
		i := slices.IndexFunc(p.names, func(n Name) bool { return n.Name == r.name })
		if i < 0 {
			p.fail("Invalid named capture referenced")
		}
		r.references = p.names[i].Groups
	}
	return n
}

// disjunction reads alternatives, up to a ) or the end.
func (p *parser) disjunction() *node {
	if p.nesting++; p.nesting > maxNesting {
		p.fail("its groups are nested deeper than the limit of %d levels", maxNesting)
	}
	p.choices++
	p.path = append(p.path, branch{p.choices, 0})
	var all []*node
	for {
		all = append(all, p.alternative())
		if !p.take('|') {
			break
		}
		p.path[len(p.path)-1].alternative++
	}
	p.path = p.path[:len(p.path)-1]
	p.nesting--
	if len(all) == 1 {
		return all[0]
	}
	return &node{kind: kindChoice, nodes: all}
}

func (p *parser) alternative() *node {
	var parts []*node
	for p.more() && p.peek(0) != '|' && p.peek(0) != ')' {
		parts = append(parts, p.term())
	}
	switch len(parts) {
	case 0:
		return &node{kind: kindEmpty}
	case 1:
		return parts[0]
	}
	return &node{kind: kindSequence, nodes: parts}
}

// term reads an assertion, or an atom and its quantifier.
func (p *parser) term() *node {
	from := p.groups
	var n *node
	quantifiable := true
	switch c := p.src[p.pos]; c {
	case '^':
		p.pos++
		return &node{kind: kindLineStart, multiline: p.multiline}
	case '$':
		p.pos++
		return &node{kind: kindLineEnd, multiline: p.multiline}
	case '(':
		n = p.group()
		quantifiable = n.kind != kindLook || !n.behind && !p.isUni
	case '.':
		p.pos++
		n = &node{kind: kindSet, set: notEnds}
		if p.dotAll {
			n.set = anything
		}
	case '[':
		p.pos++
		n = p.class()
	case '\\':
		if next := p.peek(1); next == 'b' || next == 'B' {
			p.pos += 2
			return &node{kind: kindBoundary, not: next == 'B', set: p.words()}
		}
		p.pos++
		n = p.atomEscape()
	case '*', '+', '?':
		p.fail("Nothing to repeat")
	case '{':
		if p.isUni {
			p.fail("Nothing to repeat")
		}
		if _, _, ok := p.braces(); ok {
			p.fail("Nothing to repeat")
		}
		p.pos++
		n = p.character(c)
	case '}', ']':
		if p.isUni {
			p.fail("Lone quantifier brackets")
		}
		p.pos++
		n = p.character(c)
	default:
		p.pos++
		n = p.character(c)
	}
	if quantifiable {
		return p.quantified(n, from)
	}
	return n
}

// character returns a node for one character.
func (p *parser) character(c rune) *node {
	if p.ignoreCase {
		if same := sameCase(c, p.isUni); same != nil {
			return &node{kind: kindSet, set: setOf(same...)}
		}
	}
	return &node{kind: kindSet, set: setOf(c)}
}

// setNode returns a node for one character of a set.
func (p *parser) setNode(s *set) *node { return &node{kind: kindSet, set: p.closed(s)} }

// closed returns the set with what is the same under the flag i, if that is on.
func (p *parser) closed(s *set) *set {
	if p.ignoreCase {
		return closeOver(s, p.isUni)
	}
	return s
}

// words returns the word characters, WordCharacters of ECMA-262 §22.2.2.9.2.
func (p *parser) words() *set {
	if p.isUni && p.ignoreCase {
		return closeOver(wordChars, true)
	}
	return wordChars
}

// quantified reads a quantifier of n, if there is one. The groups in n are those after from.
func (p *parser) quantified(n *node, from int) *node {
	r := &node{kind: kindRepeat, nodes: []*node{n}, max: unlimited, from: from + 1, to: p.groups + 1}
	switch {
	case p.take('*'):
	case p.take('+'):
		r.min = 1
	case p.take('?'):
		r.max = 1
	case p.peek(0) == '{':
		low, high, ok := p.braces()
		if !ok {
			if p.isUni {
				p.fail("Incomplete quantifier")
			}
			return n
		}
		if low > high {
			p.fail("numbers out of order in {} quantifier")
		}
		r.min, r.max = low, high
	default:
		return n
	}
	r.lazy = p.take('?')
	return r
}

// braces reads {n}, {n,} or {n,m}. If there is none, nothing is read.
func (p *parser) braces() (low, high int, ok bool) {
	start := p.pos
	number := func() (n int, ok bool) {
		for p.more() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
			n, ok = min(n*10+int(p.src[p.pos]-'0'), unlimited), true
			p.pos++
		}
		return n, ok
	}
	p.pos++
	if low, ok = number(); ok {
		high = low
		if p.take(',') {
			if high, ok = number(); !ok {
				high, ok = unlimited, true
			}
		}
		ok = p.take('}')
	}
	if !ok {
		p.pos = start
	}
	return low, high, ok
}

// group reads what begins with a parenthesis.
func (p *parser) group() *node {
	p.pos++
	n := &node{kind: kindGroup}
	i, m, s := p.ignoreCase, p.multiline, p.dotAll
	switch {
	case p.takeText("?:"):
		n = nil
	case p.takeText("?="):
		n.kind = kindLook
	case p.takeText("?!"):
		n.kind, n.not = kindLook, true
	case p.takeText("?<="):
		n.kind, n.behind = kindLook, true
	case p.takeText("?<!"):
		n.kind, n.behind, n.not = kindLook, true, true
	case p.takeText("?<"):
		p.groups++
		n.group = p.groups
		p.addName(p.groupName(), n.group)
	case p.take('?'):
		p.modifiers()
		n = nil
	default:
		p.groups++
		n.group = p.groups
	}
	body := p.disjunction()
	if !p.take(')') {
		p.fail("Unterminated group")
	}
	p.ignoreCase, p.multiline, p.dotAll = i, m, s
	if n == nil {
		if body.kind == kindLook { // which could not be repeated
			body = &node{kind: kindSequence, nodes: []*node{body}}
		}
		return body
	}
	n.nodes = []*node{body}
	return n
}

// modifiers reads ims-ims: and changes the flags.
func (p *parser) modifiers() {
	seen := map[rune]bool{}
	on, any := true, false
	for !p.take(':') {
		c := p.peek(0)
		p.pos++
		flag := map[rune]*bool{'i': &p.ignoreCase, 'm': &p.multiline, 's': &p.dotAll}[c]
		switch {
		case c == '-' && on:
			on = false
			continue
		case flag == nil:
			p.fail("Invalid group")
		case seen[c]:
			p.fail("Invalid flags")
		}
		*flag, seen[c], any = on, true, true
	}
	if !any {
		p.fail("Invalid flags")
	}
}

// addName notes the name of a group, unless it stands in the same alternative as another of it.
func (p *parser) addName(name string, group int) {
	for _, other := range p.within[name] {
		if !slices.ContainsFunc(other, func(b branch) bool {
			return slices.ContainsFunc(p.path, func(mine branch) bool { return mine.choice == b.choice && mine.alternative != b.alternative })
		}) {
			p.fail("Duplicate capture group name")
		}
	}
	if p.within == nil {
		p.within = map[string][][]branch{}
	}
	p.within[name] = append(p.within[name], slices.Clone(p.path))
	i := slices.IndexFunc(p.names, func(n Name) bool { return n.Name == name })
	if i < 0 {
		i = len(p.names)
		p.names = append(p.names, Name{Name: name})
	}
	p.names[i].Groups = append(p.names[i].Groups, group)
}

// groupName reads a name up to the >, which may be spelled with \u escapes.
func (p *parser) groupName() string {
	var name []rune
	for !p.take('>') {
		if !p.more() {
			p.fail("Invalid capture group name")
		}
		c := p.src[p.pos]
		p.pos++
		if c == '\\' {
			var ok bool
			if p.take('u') {
				c, ok = p.unicodeEscape(true)
			}
			if !ok {
				p.fail("Invalid Unicode escape")
			}
		} else if next := p.peek(0); utf16.IsSurrogate(c) && next >= 0 {
			if pair := utf16.DecodeRune(c, next); pair != 0xfffd {
				c = pair
				p.pos++
			}
		}
		if !isNamePart(c, len(name) == 0) {
			p.fail("Invalid capture group name")
		}
		name = append(name, c)
	}
	if len(name) == 0 {
		p.fail("Invalid capture group name")
	}
	return string(name)
}

func isNamePart(c rune, first bool) bool {
	if c == '$' || c == '_' {
		return true
	}
	if first {
		return idStart().has(c)
	}
	return idContinue().has(c) || c == 0x200c || c == 0x200d
}
