package regexp

import "unicode/utf16"

// run runs the program from an instruction on up to opMatch, from a place in the text. If it fails,
// the stack is as it was.
func (k *machine[T]) run(pc, at int) (end int, ok bool, err error) {
	base := len(k.stack)
	code, text := k.re.code, k.text
	for {
		i := &code[pc]
		pc++
		ok := true
		switch i.op {
		case opMatch:
			return at, true, nil
		case opUnit:
			if ok = at < len(text) && int32(text[at]) == i.a; ok {
				at++
			}
		case opPair:
			if ok = at+1 < len(text) && int32(text[at]) == i.a && int32(text[at+1]) == i.b; ok {
				at += 2
			}
		case opSet:
			if ok = at < len(text); ok {
				c, after := rune(text[at]), at+1
				if k.isWide {
					c, after = k.next(at)
				}
				if ok = i.set.has(c); ok {
					at = after
				}
			}
		case opUnitBack:
			if ok = at > 0 && int32(text[at-1]) == i.a; ok {
				at--
			}
		case opSetBack:
			if ok = at > 0; ok {
				c, before := k.previous(at)
				if ok = i.set.has(c); ok {
					at = before
				}
			}
		case opLoop:
			var low int
			if at, low, ok = k.loop(i, at); ok && at > low {
				if !k.tick((at - low) >> 4) {
					return 0, false, ErrTooLong
				}
				if !k.push(entry{kind: entryLoop, pc: int32(pc), at: int32(at), low: int32(low)}) {
					return 0, false, ErrTooDeep
				}
			}
		case opLoopLazy:
			for n := int32(0); n < i.a && ok; n++ {
				if ok = at < len(text); ok {
					var c rune
					if c, at = k.next(at); !i.set.has(c) {
						ok = false
					}
				}
			}
			if ok && i.b > i.a && !k.push(entry{kind: entryLoopLazy, pc: int32(pc), at: int32(at), low: i.b - i.a}) {
				return 0, false, ErrTooDeep
			}
		case opJump:
			pc = int(i.a)
		case opSplit:
			if !k.push(entry{kind: entryPlace, pc: i.a, at: int32(at)}) {
				return 0, false, ErrTooDeep
			}
		case opSplitTo:
			if !k.push(entry{kind: entryPlace, pc: int32(pc), at: int32(at)}) {
				return 0, false, ErrTooDeep
			}
			pc = int(i.a)
		case opSave:
			if !k.setBound(i.a, at) {
				return 0, false, ErrTooDeep
			}
		case opClear:
			for b := i.a; b < i.b; b++ {
				if !k.setBound(b, -1) {
					return 0, false, ErrTooDeep
				}
			}
		case opReference, opReferenceBack:
			at, ok = k.reference(i, at)
			if !k.tick(1) {
				return 0, false, ErrTooLong
			}
		case opStart:
			ok = at == 0
		case opEnd:
			ok = at == len(text)
		case opLineStart:
			ok = at == 0 || isLineEnd(text[at-1])
		case opLineEnd:
			ok = at == len(text) || isLineEnd(text[at])
		case opBoundary:
			before, after := false, false
			if at > 0 {
				c, _ := k.previous(at)
				before = i.set.has(c)
			}
			if at < len(text) {
				c, _ := k.next(at)
				after = i.set.has(c)
			}
			ok = (before != after) == (i.a == 0)
		case opLook:
			var failed error
			if ok, failed = k.look(pc, at, i.a == 1); failed != nil {
				return 0, false, failed
			}
			pc = int(i.b)
		case opZero:
			if !k.setRegister(i.a, 0) {
				return 0, false, ErrTooDeep
			}
		case opRepeat:
			loop := k.re.loops[i.b]
			switch n := k.registers[i.a]; {
			case n < loop.min:
			case n >= loop.max:
				pc = int(i.c)
			default:
				e := entry{kind: entryPlace, pc: i.c, at: int32(at)}
				if loop.lazy {
					e.pc, pc = int32(pc), int(i.c)
				}
				if !k.push(e) {
					return 0, false, ErrTooDeep
				}
			}
		case opCounted:
			if !k.setRegister(i.a, int(min(k.registers[i.a], unlimited-1))+1) {
				return 0, false, ErrTooDeep
			}
			if !k.tick(1) {
				return 0, false, ErrTooLong
			}
		case opMark:
			if !k.setRegister(i.a, at) {
				return 0, false, ErrTooDeep
			}
		case opProgress:
			ok = int(k.registers[i.a]) != at || i.c > 0 && k.registers[i.c-1] < i.b
		case opFail:
			ok = false
		}
		if ok {
			continue
		}
		if pc, at, ok = k.back(base); !ok {
			return 0, false, nil
		}
		if k.steps++; k.steps >= checkSteps && !k.tick(0) {
			return 0, false, ErrTooLong
		}
	}
}

// back goes back to the last place on the stack above base, and restores what was changed since.
func (k *machine[T]) back(base int) (pc, at int, ok bool) {
	for len(k.stack) > base {
		e := &k.stack[len(k.stack)-1]
		switch e.kind {
		case entryPlace:
			k.stack = k.stack[:len(k.stack)-1]
			return int(e.pc), int(e.at), true
		case entryLoop:
			at = int(e.at) - 1
			if k.isWide && at > int(e.low) && isTrail(k.text[at]) && isLead(k.text[at-1]) {
				at--
			}
			pc = int(e.pc)
			// What comes after the loop may be one unit: then only places before that will do.
			i := &k.re.code[pc]
			for next := pc; i.op == opSave; i = &k.re.code[next] {
				next++
			}
			if i.op == opUnit && !k.isWide {
				for at > int(e.low) && (at >= len(k.text) || int32(k.text[at]) != i.a) {
					at--
					k.steps++
				}
			}
			if at > int(e.low) {
				e.at = int32(at)
			} else {
				k.stack = k.stack[:len(k.stack)-1]
			}
			return pc, at, true
		case entryLoopLazy:
			at, pc = int(e.at), int(e.pc)
			ok = at < len(k.text)
			if ok {
				var c rune
				c, at = k.next(at)
				ok = k.re.code[pc-1].set.has(c)
			}
			if e.low--; ok && e.low > 0 {
				e.at = int32(at)
			} else {
				k.stack = k.stack[:len(k.stack)-1]
			}
			if ok {
				return pc, at, true
			}
		default:
			k.restore(*e)
			k.stack = k.stack[:len(k.stack)-1]
		}
	}
	return 0, 0, false
}

// loop takes as many characters of a set as it can. low is the place behind the least.
func (k *machine[T]) loop(i *instruction, at int) (end, low int, ok bool) {
	text, s := k.text, i.set
	if k.isWide {
		n := int32(0)
		for low = at; n < i.b && at < len(text); n++ {
			c, after := k.next(at)
			if !s.has(c) {
				break
			}
			if at = after; n < i.a {
				low = at
			}
		}
		return at, low, n >= i.a
	}
	low = at + int(i.a)
	last := len(text)
	if int(i.b) < last-at {
		last = at + int(i.b)
	}
	bits := &s.low
	for ; at < last; at++ {
		if c := uint16(text[at]); c < 256 {
			if bits[c>>6]&(1<<(c&63)) == 0 {
				break
			}
		} else if !s.hasHigh(rune(c)) {
			break
		}
	}
	return at, low, at >= low
}

// reference matches what the groups hold; all is well if none has matched.
func (k *machine[T]) reference(i *instruction, at int) (int, bool) {
	for _, g := range k.re.references[i.a] {
		from, to := int(k.bounds[2*g]), int(k.bounds[2*g+1])
		if from < 0 || to < 0 {
			continue
		}
		n := to - from
		begin := at
		if i.op == opReferenceBack {
			begin = at - n
		}
		if begin < 0 || begin+n > len(k.text) {
			return at, false
		}
		for j := 0; j < n; {
			a, b, width := rune(k.text[from+j]), rune(k.text[begin+j]), 1
			if a != b {
				if i.b == 0 {
					return at, false
				}
				if k.isWide {
					var end int
					a, end = k.next(from + j)
					b, _ = k.next(begin + j)
					width = end - from - j
				}
				if canonicalize(a, k.re.isUni) != canonicalize(b, k.re.isUni) {
					return at, false
				}
			} else if k.isWide && utf16.IsSurrogate(a) {
				var end, end2 int
				a, end = k.next(from + j)
				b, end2 = k.next(begin + j)
				if width = end - from - j; end2-begin-j != width || i.b == 0 && a != b || canonicalize(a, true) != canonicalize(b, true) {
					return at, false
				}
			}
			j += width
		}
		k.steps += n >> 4
		if i.op == opReferenceBack {
			return begin, true
		}
		return begin + n, true
	}
	return at, true
}

func isLineEnd[T unit](c T) bool {
	switch uint32(c) {
	case '\n', '\r', 0x2028, 0x2029:
		return true
	}
	return false
}
