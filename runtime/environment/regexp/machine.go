package regexp

import (
	"bytes"
	"errors"
	"unicode/utf16"
)

// ErrTooLong is the error of a Match that Matcher.Check has ended.
var ErrTooLong = errors.New("the match takes too long")

// ErrTooDeep is returned by Match if it would have to remember more places to go back to than a
// machine holds.
var ErrTooDeep = errors.New("the match needs too much memory")

const (
	maxStack   = 4 << 20 // entries of 16 bytes
	keptStack  = 4 << 10 // that a Matcher keeps between matches
	checkSteps = 1 << 16
)

// A Matcher holds the memory of matches, one after the other.
type Matcher struct {
	// Check is called every 65,536 steps, across matches, and ends the match by returning false. A nil
	// one never does.
	Check func() bool

	steps     int // since Check was called
	bounds    []int32
	registers []int32
	stack     []entry
}

// An entryKind is the purpose of an entry.
type entryKind uint8

const (
	entryPlace    entryKind = iota // go on at pc, from at
	entryLoop                      // a loop of single characters took those from low to at: give one back
	entryLoopLazy                  // it may take low more, from at
	entryBound                     // bound pc was at
	entryRegister                  // register pc was at
)

// An entry of the stack is a place to go back to, or what has to be restored before.
type entry struct {
	kind        entryKind
	pc, at, low int32
}

// A unit is one of a text: a byte of ASCII, or UTF-16.
type unit interface{ ~uint8 | ~uint16 }

// Match looks for the first match in a text, from start on, or at start alone if the flag y is set. It
// returns the bounds of the match and of each capture, -1 for those that took no part; nil if there is
// no match. They are the Matcher's, up to its next match. With the flag u or v a start within a pair
// of surrogates is moved: with u before it, as the standard says, with v behind it, because goja moves
// on by one unit after an empty match there.
func Match[T unit](re *Regexp, m *Matcher, text []T, start int) ([]int32, error) {
	n := 2 * (re.Groups + 1)
	if cap(m.bounds) < n {
		m.bounds = make([]int32, n)
	}
	if cap(m.registers) < re.registers {
		m.registers = make([]int32, re.registers)
	}
	k := machine[T]{Matcher: m, re: re, text: text, isWide: re.isUni && ^T(0) > 255}
	m.bounds, m.registers = m.bounds[:n], m.registers[:re.registers]
	if k.isWide && k.within(start) {
		if re.Flags.Unicode {
			start--
		} else {
			start++
		}
	}
	ok, err := k.search(start)
	if cap(m.stack) > keptStack {
		m.stack = nil
	}
	if !ok {
		return nil, err
	}
	return m.bounds, nil
}

// A machine runs a program on one text.
type machine[T unit] struct {
	*Matcher
	re     *Regexp
	text   []T
	isWide bool // characters may be of two units
}

// within reports whether a place is in the middle of a pair.
func (k *machine[T]) within(at int) bool {
	return at > 0 && at < len(k.text) && isLead(k.text[at-1]) && isTrail(k.text[at])
}

func isLead[T unit](c T) bool  { return uint16(c)&0xfc00 == 0xd800 }
func isTrail[T unit](c T) bool { return uint16(c)&0xfc00 == 0xdc00 }

// next returns the character at a place that is not the end, and where it ends.
func (k *machine[T]) next(at int) (rune, int) {
	c := k.text[at]
	if k.isWide && isLead(c) && at+1 < len(k.text) && isTrail(k.text[at+1]) {
		return utf16.DecodeRune(rune(c), rune(k.text[at+1])), at + 2
	}
	return rune(c), at + 1
}

// previous returns the character before a place that is not the start, and where it begins.
func (k *machine[T]) previous(at int) (rune, int) {
	c := k.text[at-1]
	if k.isWide && isTrail(c) && at > 1 && isLead(k.text[at-2]) {
		return utf16.DecodeRune(rune(k.text[at-2]), rune(c)), at - 2
	}
	return rune(c), at - 1
}

// tick counts steps, and reports whether the match may go on.
func (k *machine[T]) tick(n int) bool {
	if k.steps += n; k.steps < checkSteps {
		return true
	}
	k.steps = 0
	return k.Check == nil || k.Check()
}

func (k *machine[T]) search(start int) (bool, error) {
	re := k.re
	for at := start; at <= len(k.text); {
		if re.first != nil && !re.Flags.Sticky {
			skipped := at
			if at = k.candidate(at); at < 0 {
				return false, nil
			}
			if !k.tick((at - skipped) >> 4) {
				return false, ErrTooLong
			}
		}
		for i := range k.bounds {
			k.bounds[i] = -1
		}
		k.stack = k.stack[:0]
		if _, ok, err := k.run(0, at); ok || err != nil {
			return ok, err
		}
		if re.Flags.Sticky || re.anchored {
			return false, nil
		}
		if at == len(k.text) {
			break
		}
		_, at = k.next(at)
		if !k.tick(1) {
			return false, ErrTooLong
		}
	}
	return false, nil
}

// candidate returns the first place from at on where a match may begin, or -1.
func (k *machine[T]) candidate(at int) int {
	if k.re.anchored && at > 0 {
		return -1
	}
	first := k.re.first
	if text, ok := any(k.text).([]byte); ok {
		i := -1
		if one, single := first.single(); k.re.prefix != nil {
			i = bytes.Index(text[at:], k.re.prefix)
		} else if single {
			if one < 128 {
				i = bytes.IndexByte(text[at:], byte(one))
			}
		} else {
			low := &first.low
			for ; at < len(text); at++ {
				if c := text[at]; low[c>>6]&(1<<(c&63)) != 0 {
					return at
				}
			}
		}
		if i < 0 {
			return -1
		}
		return at + i
	}
	for at < len(k.text) {
		c, end := k.next(at)
		if first.has(c) {
			return at
		}
		at = end
	}
	return -1
}

func (k *machine[T]) push(e entry) bool {
	if len(k.stack) >= maxStack {
		return false
	}
	k.stack = append(k.stack, e)
	return true
}

// look runs what stands in a lookahead or a lookbehind, and reports whether it matches. What it
// captured then stays, and can be undone.
func (k *machine[T]) look(pc, at int, not bool) (bool, error) {
	base := len(k.stack)
	_, ok, err := k.run(pc, at)
	if err != nil || !ok {
		return not && err == nil, err
	}
	if not {
		for len(k.stack) > base {
			k.restore(k.pop())
		}
		return false, nil
	}
	kept := k.stack[:base]
	for _, e := range k.stack[base:] {
		if e.kind >= entryBound {
			kept = append(kept, e)
		}
	}
	k.stack = kept
	return true, nil
}

func (k *machine[T]) pop() entry {
	e := k.stack[len(k.stack)-1]
	k.stack = k.stack[:len(k.stack)-1]
	return e
}

func (k *machine[T]) restore(e entry) {
	switch e.kind {
	case entryBound:
		k.bounds[e.pc] = e.at
	case entryRegister:
		k.registers[e.pc] = e.at
	}
}

// setBound and setRegister change what going back restores.
func (k *machine[T]) setBound(i int32, at int) bool {
	old := k.bounds[i]
	k.bounds[i] = int32(at)
	return old == int32(at) || k.push(entry{kind: entryBound, pc: i, at: old})
}

func (k *machine[T]) setRegister(i int32, n int) bool {
	old := k.registers[i]
	k.registers[i] = int32(n)
	return old == int32(n) || k.push(entry{kind: entryRegister, pc: i, at: old})
}
