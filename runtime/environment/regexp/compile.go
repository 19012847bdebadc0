package regexp

import (
	"strings"
	"unicode/utf16"
)

// An operation is the opcode of an instruction. Those that take characters go forward, unless they say
// back.
type operation uint8

const (
	opMatch         operation = iota
	opUnit                    // a: one UTF-16 unit
	opPair                    // a, b: two
	opSet                     // set
	opUnitBack                // as above, before the place
	opSetBack                 //
	opLoop                    // set, a to b times, as often as possible
	opLoopLazy                // as seldom as possible
	opJump                    // to a
	opSplit                   // go on; or else to a
	opSplitTo                 // to a; or else go on
	opSave                    // the place as the bound a of a capture
	opClear                   // the bounds from a to before b
	opReference               // what the groups in references[a] hold
	opReferenceBack           //
	opLineStart               // ^ with m
	opLineEnd                 // $ with m
	opStart                   // ^ without
	opEnd                     // $ without
	opBoundary                // set: the word characters; a is 1 for \B
	opLook                    // what follows matches here, up to opMatch; a is 1 if it must not; on to b
	opZero                    // register a counts from 0
	opRepeat                  // register a: loops[b] says how often; on to c
	opCounted                 // register a: once more
	opMark                    // register a is the place
	opProgress                // the place is no longer what register a is
	opFail
)

// An instruction is one step of a program.
type instruction struct {
	op      operation
	a, b, c int32
	set     *set
}

// A loop has the bounds of a quantifier.
type loop struct {
	min, max int32
	lazy     bool
}

// Flags are those of a regular expression, in the order of its property flags.
type Flags struct {
	HasIndices, Global, IgnoreCase, Multiline, DotAll, Unicode, UnicodeSets, Sticky bool
}

const flagLetters = "dgimsuvy"

func (f *Flags) all() [8]*bool {
	return [8]*bool{&f.HasIndices, &f.Global, &f.IgnoreCase, &f.Multiline, &f.DotAll, &f.Unicode, &f.UnicodeSets, &f.Sticky}
}

// ParseFlags reads flags. ok is false for an unknown one, for one twice, and for u and v together.
func ParseFlags(text string) (f Flags, ok bool) {
	all := f.all()
	for _, c := range text {
		i := strings.IndexRune(flagLetters, c)
		if i < 0 || *all[i] {
			return Flags{}, false
		}
		*all[i] = true
	}
	return f, !f.Unicode || !f.UnicodeSets
}

func (f Flags) String() string {
	var b strings.Builder
	for i, on := range f.all() {
		if *on {
			b.WriteByte(flagLetters[i])
		}
	}
	return b.String()
}

// FullUnicode reports whether the characters are code points: the flag u or v.
func (f Flags) FullUnicode() bool { return f.Unicode || f.UnicodeSets }

// A Regexp is a compiled regular expression. It is not changed, and may be used by many goroutines.
type Regexp struct {
	Flags  Flags
	Groups int    // capturing groups, apart from the whole match
	Names  []Name // of groups, in the order in which they begin

	code       []instruction
	loops      []loop
	references [][]int32
	registers  int
	isUni      bool
	anchored   bool   // a match begins at the start of the text
	first      *set   // of the characters that a match begins with; nil if it may be any
	prefix     []byte // what each match begins with, if it is ASCII, of two characters or more
}

// maxCode bounds the instructions of a program.
const maxCode = 1 << 22

// Compile makes a program of a pattern in UTF-16. The error is a *SyntaxError.
func Compile(pattern []uint16, flags Flags) (re *Regexp, err error) {
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(*SyntaxError)
			if !ok {
				panic(x)
			}
			re, err = nil, e
		}
	}()
	p := parser{isUni: flags.FullUnicode(), sets: flags.UnicodeSets, ignoreCase: flags.IgnoreCase, multiline: flags.Multiline, dotAll: flags.DotAll}
	if p.isUni {
		p.src = decode(pattern)
	} else {
		p.src = make([]rune, len(pattern))
		for i, c := range pattern {
			p.src[i] = rune(c)
		}
	}
	n := p.parse()
	re = &Regexp{Flags: flags, Groups: p.groups, Names: p.names, isUni: p.isUni, anchored: n.anchored(), first: n.first(), prefix: prefixOf(n)}
	c := compiler{re: re}
	c.emit(instruction{op: opSave, a: 0})
	c.node(n, false)
	c.emit(instruction{op: opSave, a: 1})
	c.emit(instruction{op: opMatch})
	return re, nil
}

// decode returns the code points of a text in UTF-16. Lone surrogates stay what they are.
func decode(units []uint16) []rune {
	points := make([]rune, 0, len(units))
	for i := 0; i < len(units); i++ {
		c := rune(units[i])
		if utf16.IsSurrogate(c) && i+1 < len(units) {
			if pair := utf16.DecodeRune(c, rune(units[i+1])); pair != 0xfffd {
				c = pair
				i++
			}
		}
		points = append(points, c)
	}
	return points
}

// prefixOf returns the ASCII text that all matches begin with, if it has two characters or more.
func prefixOf(n *node) []byte {
	if n.kind != kindSequence {
		return nil
	}
	var text []byte
	for _, part := range n.nodes {
		if part.kind != kindSet {
			break
		}
		c, ok := part.set.single()
		if !ok || c >= 128 {
			break
		}
		text = append(text, byte(c))
	}
	if len(text) < 2 {
		return nil
	}
	return text
}

type compiler struct{ re *Regexp }

func (c *compiler) here() int32 { return int32(len(c.re.code)) }

func (c *compiler) emit(i instruction) int32 {
	if len(c.re.code) >= maxCode {
		panic(&SyntaxError{"Regular expression too large"})
	}
	c.re.code = append(c.re.code, i)
	return c.here() - 1
}

func (c *compiler) register() int32 {
	c.re.registers++
	return int32(c.re.registers - 1)
}

// node emits a node; back is that it matches what is before the place, as in a lookbehind.
func (c *compiler) node(n *node, back bool) {
	switch n.kind {
	case kindSet:
		c.character(n.set, back)
	case kindSequence:
		for i := range n.nodes {
			if back {
				i = len(n.nodes) - 1 - i
			}
			c.node(n.nodes[i], back)
		}
	case kindChoice:
		var ends []int32
		for i, part := range n.nodes {
			if i == len(n.nodes)-1 {
				c.node(part, back)
				break
			}
			split := c.emit(instruction{op: opSplit})
			c.node(part, back)
			ends = append(ends, c.emit(instruction{op: opJump}))
			c.re.code[split].a = c.here()
		}
		for _, at := range ends {
			c.re.code[at].a = c.here()
		}
	case kindGroup:
		begin, end := int32(2*n.group), int32(2*n.group+1)
		if back {
			begin, end = end, begin
		}
		c.emit(instruction{op: opSave, a: begin})
		c.node(n.nodes[0], back)
		c.emit(instruction{op: opSave, a: end})
	case kindReference:
		groups := make([]int32, len(n.references))
		for i, g := range n.references {
			groups[i] = int32(g)
		}
		c.re.references = append(c.re.references, groups)
		i := instruction{op: opReference, a: int32(len(c.re.references) - 1)}
		if back {
			i.op = opReferenceBack
		}
		if n.ignoreCase {
			i.b = 1
		}
		c.emit(i)
	case kindLineStart, kindLineEnd:
		op := map[kind][2]operation{kindLineStart: {opStart, opLineStart}, kindLineEnd: {opEnd, opLineEnd}}[n.kind]
		if n.multiline {
			c.emit(instruction{op: op[1]})
		} else {
			c.emit(instruction{op: op[0]})
		}
	case kindBoundary:
		c.emit(instruction{op: opBoundary, a: bit(n.not), set: n.set})
	case kindLook:
		look := c.emit(instruction{op: opLook, a: bit(n.not)})
		c.node(n.nodes[0], n.behind)
		c.emit(instruction{op: opMatch})
		c.re.code[look].b = c.here()
	case kindRepeat:
		c.repeat(n, back)
	}
}

func bit(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// character emits a node for one character.
func (c *compiler) character(s *set, back bool) {
	one, single := s.single()
	isPart := c.re.isUni && utf16.IsSurrogate(one) // not the half of a pair
	switch {
	case len(s.spans) == 0:
		c.emit(instruction{op: opFail})
	case single && !isPart && one > 0xffff && !back && c.re.isUni:
		lead, trail := utf16.EncodeRune(one)
		c.emit(instruction{op: opPair, a: lead, b: trail})
	case single && !isPart && one <= 0xffff && back:
		c.emit(instruction{op: opUnitBack, a: one})
	case single && !isPart && one <= 0xffff:
		c.emit(instruction{op: opUnit, a: one})
	case back:
		c.emit(instruction{op: opSetBack, set: s})
	default:
		c.emit(instruction{op: opSet, set: s})
	}
}

// repeat emits a quantified node (RepeatMatcher of ECMA-262 §22.2.2.3.1).
func (c *compiler) repeat(n *node, back bool) {
	body := n.nodes[0]
	if n.max == 0 {
		return
	}
	if body.kind == kindSet && !back && len(body.set.spans) > 0 {
		op := opLoop
		if n.lazy {
			op = opLoopLazy
		}
		c.emit(instruction{op: op, a: int32(n.min), b: int32(min(n.max, unlimited)), set: body.set})
		return
	}
	split := opSplit
	if n.lazy {
		split = opSplitTo
	}
	once := func() {
		if n.to > n.from {
			c.emit(instruction{op: opClear, a: int32(2 * n.from), b: int32(2 * n.to)})
		}
		c.node(body, back)
	}
	isEmpty := body.empty()
	pass := once // as often as the pattern likes, if it makes progress
	if isEmpty {
		pass = func() {
			r := c.register()
			c.emit(instruction{op: opMark, a: r})
			once()
			c.emit(instruction{op: opProgress, a: r})
		}
	}
	switch {
	case n.min == 0 && n.max == 1:
		at := c.emit(instruction{op: split})
		pass()
		c.re.code[at].a = c.here()
	case n.min == 0 && n.max == unlimited:
		start := c.emit(instruction{op: split})
		pass()
		c.emit(instruction{op: opJump, a: start})
		c.re.code[start].a = c.here()
	case n.min == 1 && n.max == unlimited && !isEmpty:
		start := c.here()
		once()
		again := opSplitTo
		if n.lazy {
			again = opSplit
		}
		c.emit(instruction{op: again, a: start})
	case n.min == 1 && n.max == 1:
		once()
	default:
		c.counted(n, isEmpty, once)
	}
}

// counted emits a repeat with a register that counts.
func (c *compiler) counted(n *node, isEmpty bool, once func()) {
	count := c.register()
	c.re.loops = append(c.re.loops, loop{int32(n.min), int32(n.max), n.lazy})
	c.emit(instruction{op: opZero, a: count})
	start := c.emit(instruction{op: opRepeat, a: count, b: int32(len(c.re.loops) - 1)})
	var place int32
	if isEmpty {
		place = c.register()
		c.emit(instruction{op: opMark, a: place})
	}
	once()
	if isEmpty {
		// The first n.min times may be empty.
		c.emit(instruction{op: opProgress, a: place, b: int32(n.min), c: count + 1})
	}
	c.emit(instruction{op: opCounted, a: count})
	c.emit(instruction{op: opJump, a: start})
	c.re.code[start].c = c.here()
}
