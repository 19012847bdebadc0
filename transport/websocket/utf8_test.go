package websocket

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// firstInvalid returns the index of the first byte of p that no valid text can have there, or -1.
// It uses unicode/utf8 to try whether any tail makes the text valid.
func firstInvalid(p []byte) int {
	for n := 1; n <= len(p); n++ {
		if !completable(p[:n]) {
			return n - 1
		}
	}
	return -1
}

// completable reports whether p is the beginning of valid UTF-8.
func completable(p []byte) bool {
	begin := max(0, len(p)-3)
	for ; begin < len(p); begin++ {
		if utf8.RuneStart(p[begin]) && !utf8.FullRune(p[begin:]) {
			break // cut inside this character, according to FullRune
		}
	}
	return utf8.Valid(p[:begin])
}

// TestUTF8EveryBeginning checks all beginnings of two bytes, with two more from the limits of all
// ranges: the check fails at the same byte as unicode/utf8.
func TestUTF8EveryBeginning(t *testing.T) {
	t.Parallel()
	borders := []byte{0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff}
	var p [4]byte
	for a := range 256 {
		p[0] = byte(a)
		for b := range 256 {
			p[1] = byte(b)
			rest := borders
			if firstInvalid(p[:2]) >= 0 || a > 0 && a < 0x7f {
				rest = borders[:1] // what follows adds nothing
			}
			for _, p[2] = range rest {
				for _, p[3] = range rest {
					want := firstInvalid(p[:])
					if got := failsAt(p[:]); got != want {
						t.Fatalf("% x fails at %d, want %d", p, got, want)
					}
					var s utf8State
					if ok := s.check(p[:]); ok != (want < 0) {
						t.Fatalf("% x at once is %v, want %v", p, ok, want < 0)
					} else if ok && (s == utf8Start) != utf8.Valid(p[:]) {
						t.Fatalf("% x leaves the state %d", p, s)
					}
				}
			}
		}
	}
}

// failsAt checks p byte by byte and returns the index of the byte that fails, or -1.
func failsAt(p []byte) int {
	var s utf8State
	for i := range p {
		if !s.check(p[i : i+1]) {
			return i
		}
	}
	return -1
}

// TestUTF8EveryCharacter checks every character between others, in one piece and cut in two.
func TestUTF8EveryCharacter(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		text := utf8.AppendRune([]byte("é abcdefgh"), r)
		text = append(text, "日b"...)
		for _, cut := range []int{0, 11 + int(r)%4} {
			var s utf8State
			if !s.check(text[:cut]) || !s.check(text[cut:]) || s != utf8Start {
				t.Fatalf("%U cut at %d is refused", r, cut)
			}
		}
	}
}

func TestUTF8Missing(t *testing.T) {
	for _, c := range []struct {
		text string
		want uint64
	}{{"", 0}, {"a", 0}, {"\xc3", 1}, {"\xe0", 2}, {"\xe2", 2}, {"\xed", 2}, {"\xe2\x82", 1}, {"\xf0", 3}, {"\xf1", 3}, {"\xf4", 3}, {"\xf4\x80", 2}, {"\xf4\x80\x80", 1}, {"é", 0}} {
		for _, before := range []string{"", "a", strings.Repeat("a", 20)} {
			var s utf8State
			if !s.check([]byte(before+c.text)) || s.missing() != c.want {
				t.Errorf("%q lacks %d bytes, want %d", before+c.text, s.missing(), c.want)
			}
		}
	}
}
