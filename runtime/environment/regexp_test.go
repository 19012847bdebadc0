package environment

import (
	"testing"
	"unicode"
)

func TestPropertyRanges(t *testing.T) {
	t.Parallel()
	for name, is := range map[string]func(rune) bool{
		"L": unicode.IsLetter, "Nd": unicode.IsDigit, "White_Space": unicode.IsSpace, "Script=Han": func(r rune) bool { return unicode.Is(unicode.Han, r) },
	} {
		ranges, ok := propertyRanges(name)
		if !ok {
			t.Fatalf("%s is unknown", name)
		}
		in := map[rune]bool{}
		for i, r := range ranges {
			if i > 0 && r.low <= ranges[i-1].high+1 {
				t.Errorf("%s: %x follows %x", name, r.low, ranges[i-1].high)
			}
			for c := r.low; c <= r.high; c++ {
				in[c] = true
			}
		}
		for c := rune(0); c <= unicode.MaxRune; c++ {
			if in[c] != is(c) {
				t.Fatalf("%s: U+%04X is %t", name, c, in[c])
			}
		}
	}
	for _, name := range []string{"", "Emoji", "Script=", "Script=Klingon", "x=L", "l", "Other_Alphabetic "} {
		if _, ok := propertyRanges(name); ok {
			t.Errorf("%q is known", name)
		}
	}
}

// Patterns given to new RegExp are expanded while the module runs; each expression is true in Node.
func TestNewRegExp(t *testing.T) {
	t.Parallel()
	vm, _, _ := newTestVM(t)
	for _, expression := range []string{
		`new RegExp('^\\p{L}+$', 'u').test('éЖ')`, `!new RegExp('\\P{L}', 'u').test('é')`, `RegExp('^[^\\p{L}]\\P{Lu}$', 'gu').test('1a')`,
		`new RegExp('^[\\P{L}x]+$', 'u').test('1x')`, `new RegExp('\\\\p{2}', 'u').test('\\pp')`, `!RegExp('\\p{L}', '').test('é')`,
	} {
		if v, err := vm.RunString(expression); err != nil || !v.ToBoolean() {
			t.Errorf("%s: %v %v", expression, v, err)
		}
	}
}

func TestUnknownProperties(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		`\p{L}`: "", `a\p{Emoji}\p{Klingon}`: `\p{Emoji}`, `[\P{Emoji}]`: `\P{Emoji}`, `\\p{Emoji}`: "", `\p`: "", `\p{L`: "", `p{Emoji}`: "",
	} {
		if _, unknown := expandProperties(pattern); unknown != want {
			t.Errorf("%s: unknown is %q, want %q", pattern, unknown, want)
		}
	}
}
