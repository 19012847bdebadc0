package regexp

import (
	"sync"
	"unicode"
)

// canonicalize is Canonicalize of ECMA-262 §22.2.2.7.3 under the flag i: simple case folding with u
// or v; without, the upper case of a UTF-16 unit, if that is one unit, and not ASCII for what is not.
func canonicalize(c rune, isUnicode bool) rune {
	if c < 128 {
		if isUnicode && 'A' <= c && c <= 'Z' {
			return c + 32
		} else if !isUnicode && 'a' <= c && c <= 'z' {
			return c - 32
		}
		return c
	}
	if upper, ok := laterCases()[c]; ok && (isUnicode || upper <= 0xffff && !hasLongUpper.has(c)) {
		return upper
	}
	if isUnicode {
		least := c
		for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		if 'A' <= least && least <= 'Z' {
			least += 32
		}
		return least
	}
	if c > 0xffff || hasLongUpper.has(c) {
		return c
	}
	u := unicode.ToUpper(c)
	if u < 128 || u > 0xffff {
		return c
	}
	return u
}

// laterCases are additions to Unicode since 15.0, the version of Go's tables: the upper case of
// letters, and three pairs that are the same with u alone.
var laterCases = sync.OnceValue(func() map[rune]rune {
	all := map[rune]rune{0x19b: 0xa7dc, 0x264: 0xa7cb, 0x1c8a: 0x1c89, 0xa7cd: 0xa7cc, 0xa7cf: 0xa7ce, 0xa7d3: 0xa7d2, 0xa7d5: 0xa7d4, 0xa7db: 0xa7da,
		0x1fd3: 0x390, 0x1fe3: 0x3b0, 0xfb05: 0xfb06}
	for c := rune(0x10d50); c <= 0x10d65; c++ {
		all[c+0x20] = c
	}
	for c := rune(0x16ea0); c <= 0x16eb8; c++ {
		all[c+0x1b] = c
	}
	return all
})

// hasLongUpper holds the characters whose upper case is more than one character, and which Unicode
// also gives a single one (SpecialCasing.txt).
var hasLongUpper = makeSet(span{0xdf, 0xdf}, span{0x149, 0x149}, span{0x1f0, 0x1f0}, span{0x390, 0x390}, span{0x3b0, 0x3b0}, span{0x587, 0x587},
	span{0x1e96, 0x1e9a}, span{0x1f50, 0x1f50}, span{0x1f52, 0x1f52}, span{0x1f54, 0x1f54}, span{0x1f56, 0x1f56},
	span{0x1f80, 0x1faf}, span{0x1fb2, 0x1fb4}, span{0x1fb6, 0x1fb7}, span{0x1fbc, 0x1fbc}, span{0x1fc2, 0x1fc4}, span{0x1fc6, 0x1fc7}, span{0x1fcc, 0x1fcc},
	span{0x1fd2, 0x1fd3}, span{0x1fd6, 0x1fd7}, span{0x1fe2, 0x1fe4}, span{0x1fe6, 0x1fe7}, span{0x1ff2, 0x1ff4}, span{0x1ff6, 0x1ff7}, span{0x1ffc, 0x1ffc},
	span{0xfb00, 0xfb06}, span{0xfb13, 0xfb17})

// cases are the classes of characters that are the same under the flag i, of two or more.
type cases struct {
	classes [][]rune
	by      map[rune][]rune // the class of a character
}

var simpleCases = [2]func() *cases{
	sync.OnceValue(func() *cases { return makeCases(false, 0xffff) }),
	sync.OnceValue(func() *cases { return makeCases(true, 0x1ffff) }), // nothing above has case
}

func makeCases(isUnicode bool, last rune) *cases {
	k := &cases{by: map[rune][]rune{}}
	members := map[rune][]rune{}
	for c := rune(0); c <= last; c++ {
		if canon := canonicalize(c, isUnicode); canon != c {
			if members[canon] == nil {
				members[canon] = []rune{canon}
			}
			members[canon] = append(members[canon], c)
		}
	}
	for _, class := range members {
		k.classes = append(k.classes, class)
		for _, c := range class {
			k.by[c] = class
		}
	}
	return k
}

func casesOf(isUnicode bool) *cases {
	if isUnicode {
		return simpleCases[1]()
	}
	return simpleCases[0]()
}

// closeOver returns the set with all characters that are the same as one in it under the flag i.
func closeOver(s *set, isUnicode bool) *set {
	if len(s.spans) == 1 && s.spans[0].low == 0 && s.spans[0].high == maxRune {
		return s
	}
	var more []span
	ascii := true
	for _, p := range s.spans {
		if ascii = p.high < 128; !ascii {
			break
		}
	}
	if ascii {
		for _, p := range s.spans {
			for c := p.low; c <= p.high; c++ {
				for _, other := range sameCase(c, isUnicode) {
					more = append(more, span{other, other})
				}
			}
		}
	} else {
		for _, class := range casesOf(isUnicode).classes {
			for _, c := range class {
				if s.has(c) {
					for _, other := range class {
						more = append(more, span{other, other})
					}
					break
				}
			}
		}
	}
	return makeSet(append(more, s.spans...)...)
}

// sameCase returns the characters that are the same as c under the flag i, or nil if that is c alone.
func sameCase(c rune, isUnicode bool) []rune {
	if c < 128 {
		switch {
		case isUnicode && (c == 'k' || c == 'K'):
			return []rune{'K', 'k', 0x212a}
		case isUnicode && (c == 's' || c == 'S'):
			return []rune{'S', 's', 0x17f}
		case 'a' <= c && c <= 'z':
			return []rune{c - 32, c}
		case 'A' <= c && c <= 'Z':
			return []rune{c, c + 32}
		}
		return nil
	}
	return casesOf(isUnicode).by[c]
}
