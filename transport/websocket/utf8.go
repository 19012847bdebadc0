package websocket

import "encoding/binary"

// utf8State checks that bytes arriving in pieces of any size are UTF-8 (RFC 3629). It fails at the
// first byte that no valid text has there: overlong forms, surrogates and code points above
// U+10FFFF fail at their second byte. unicode/utf8 cannot continue after a character that is cut.
// The zero value is the start of a text.
type utf8State byte

const (
	utf8Start utf8State = iota // between characters
	utf8Tail1                  // one byte of 80..BF ends the character
	utf8Tail2                  // two such bytes
	utf8Tail3                  // three
	utf8E0                     // after E0: A0..BF, or it would be overlong; then one more
	utf8ED                     // after ED: 80..9F, or it would be a surrogate; then one more
	utf8F0                     // after F0: 90..BF, or it would be overlong; then two more
	utf8F4                     // after F4: 80..8F, or it would be over U+10FFFF; then two more
)

// utf8Steps has, for each state inside a character, the range of the next byte, the state after it,
// and the number of bytes that the character still needs.
var utf8Steps = [...]struct {
	low, high byte
	next      utf8State
	missing   uint64
}{
	utf8Tail1: {0x80, 0xbf, utf8Start, 1},
	utf8Tail2: {0x80, 0xbf, utf8Tail1, 2},
	utf8Tail3: {0x80, 0xbf, utf8Tail2, 3},
	utf8E0:    {0xa0, 0xbf, utf8Tail1, 2},
	utf8ED:    {0x80, 0x9f, utf8Tail1, 2},
	utf8F0:    {0x90, 0xbf, utf8Tail2, 3},
	utf8F4:    {0x80, 0x8f, utf8Tail2, 3},
}

// missing returns the number of bytes that the current character still needs, 0 to 3.
func (s utf8State) missing() uint64 { return utf8Steps[s].missing }

// step handles one byte. check uses it where pieces meet, and skipUTF8 for the bytes between.
func (s utf8State) step(b byte) (utf8State, bool) {
	if s != utf8Start {
		t := &utf8Steps[s]
		return t.next, t.low <= b && b <= t.high
	}
	switch {
	case b < 0x80:
		return utf8Start, true
	case b < 0xc2: // a tail without a head, or an overlong head
		return utf8Start, false
	case b < 0xe0:
		return utf8Tail1, true
	case b == 0xe0:
		return utf8E0, true
	case b == 0xed:
		return utf8ED, true
	case b < 0xf0:
		return utf8Tail2, true
	case b == 0xf0:
		return utf8F0, true
	case b < 0xf4:
		return utf8Tail3, true
	case b == 0xf4:
		return utf8F4, true
	}
	return utf8Start, false
}

// check checks the next bytes of the text. It returns false if one of them cannot be valid.
func (s *utf8State) check(p []byte) bool {
	state, ok := *s, true
	for state != utf8Start && len(p) > 0 {
		if state, ok = state.step(p[0]); !ok {
			return false
		}
		p = p[1:]
	}
	p = skipUTF8(p)
	for _, b := range p {
		if state, ok = state.step(b); !ok {
			return false
		}
	}
	*s = state
	return true
}

const highBits = 0x8080808080808080

// skipUTF8 skips valid characters, ASCII by 32 or eight bytes, and returns the rest: nothing, an
// incomplete character of at most three bytes, or an error that step will find.
func skipUTF8(p []byte) []byte {
	for {
		for len(p) >= 32 {
			w := p[:32:32]
			if (binary.LittleEndian.Uint64(w[0:])|binary.LittleEndian.Uint64(w[8:])|
				binary.LittleEndian.Uint64(w[16:])|binary.LittleEndian.Uint64(w[24:]))&highBits != 0 {
				break
			}
			p = p[32:]
		}
		for len(p) >= 8 && binary.LittleEndian.Uint64(p)&highBits == 0 {
			p = p[8:]
		}
		if len(p) < 4 {
			return p
		}
		// Words in other scripts come in runs: stay here until the next ASCII byte, then try eight
		// bytes again.
		for len(p) >= 4 {
			b := p[0]
			switch {
			case b < 0x80:
				p = p[1:]
				if len(p) >= 8 && p[0] < 0x80 {
					goto ascii
				}
			case b >= 0xc2 && b < 0xe0:
				if p[1]&0xc0 != 0x80 {
					return p
				}
				p = p[2:]
			case b >= 0xe0 && b < 0xf0:
				if p[1]&0xc0 != 0x80 || p[2]&0xc0 != 0x80 || b == 0xe0 && p[1] < 0xa0 || b == 0xed && p[1] > 0x9f {
					return p
				}
				p = p[3:]
			case b >= 0xf0 && b < 0xf5:
				if p[1]&0xc0 != 0x80 || p[2]&0xc0 != 0x80 || p[3]&0xc0 != 0x80 ||
					b == 0xf0 && p[1] < 0x90 || b == 0xf4 && p[1] > 0x8f {
					return p
				}
				p = p[4:]
			default:
				return p
			}
		}
		return p
	ascii:
	}
}
