package regexp

import (
	"cmp"
	"slices"
	"sort"
)

const maxRune = 0x10ffff

// A span is the code points from low to high, both included.
type span struct{ low, high rune }

// A set is a set of code points: spans in order, which neither touch nor overlap.
type set struct {
	spans []span
	low   [4]uint64 // the code points below 256, as bits
}

// makeSet makes a set of spans in any order.
func makeSet(spans ...span) *set {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.low, b.low) })
	merged := spans[:0]
	for _, s := range spans {
		if n := len(merged); n > 0 && s.low <= merged[n-1].high+1 {
			merged[n-1].high = max(merged[n-1].high, s.high)
		} else {
			merged = append(merged, s)
		}
	}
	s := &set{spans: merged}
	for _, p := range merged {
		for c := p.low; c <= p.high && c < 256; c++ {
			s.low[c>>6] |= 1 << (c & 63)
		}
	}
	return s
}

func setOf(chars ...rune) *set {
	spans := make([]span, len(chars))
	for i, c := range chars {
		spans[i] = span{c, c}
	}
	return makeSet(spans...)
}

func (s *set) has(c rune) bool {
	if c < 256 {
		return s.low[c>>6]&(1<<(c&63)) != 0
	}
	return s.hasHigh(c)
}

func (s *set) hasHigh(c rune) bool {
	i := sort.Search(len(s.spans), func(i int) bool { return s.spans[i].high >= c })
	return i < len(s.spans) && s.spans[i].low <= c
}

// single returns the only code point of a set that has just one.
func (s *set) single() (rune, bool) {
	if len(s.spans) == 1 && s.spans[0].low == s.spans[0].high {
		return s.spans[0].low, true
	}
	return 0, false
}

func (s *set) complement() *set {
	var others []span
	next := rune(0)
	for _, p := range s.spans {
		if p.low > next {
			others = append(others, span{next, p.low - 1})
		}
		next = p.high + 1
	}
	if next <= maxRune {
		others = append(others, span{next, maxRune})
	}
	return makeSet(others...)
}

func union(sets ...*set) *set {
	var all []span
	for _, s := range sets {
		all = append(all, s.spans...)
	}
	return makeSet(all...)
}

func intersection(a, b *set) *set { return union(a.complement(), b.complement()).complement() }

func difference(a, b *set) *set { return intersection(a, b.complement()) }

var (
	digits     = makeSet(span{'0', '9'})
	wordChars  = makeSet(span{'0', '9'}, span{'A', 'Z'}, span{'_', '_'}, span{'a', 'z'})
	whiteSpace = makeSet(span{'\t', '\r'}, span{' ', ' '}, span{0xa0, 0xa0}, span{0x1680, 0x1680}, span{0x2000, 0x200a},
		span{0x2028, 0x2029}, span{0x202f, 0x202f}, span{0x205f, 0x205f}, span{0x3000, 0x3000}, span{0xfeff, 0xfeff})
	lineEnds = setOf('\n', '\r', 0x2028, 0x2029)
	anything = makeSet(span{0, maxRune})
	notEnds  = lineEnds.complement()
)
