package regexp

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func compile(t testing.TB, pattern, flags string) *Regexp {
	t.Helper()
	f, ok := ParseFlags(flags)
	if !ok {
		t.Fatalf("flags %q", flags)
	}
	re, err := Compile(utf16.Encode([]rune(pattern)), f)
	if err != nil {
		t.Fatalf("/%s/%s: %v", pattern, flags, err)
	}
	return re
}

// The messages are V8's.
func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		`(`: "Unterminated group", `)`: "Unmatched ')'", `*`: "Nothing to repeat", `a**`: "Nothing to repeat", `[b-a]`: "Range out of order in character class", `[a`: "Unterminated character class",
		`a{2,1}`: "numbers out of order in {} quantifier", `\`: `\ at end of pattern`, `(?<a`: "Invalid capture group name", `(?<a>)(?<a>)`: "Duplicate capture group name", `(?<a>)\k<b>`: "Invalid named capture referenced",
		`(?<a>)\k`: "Invalid named reference", `(?ii:)`: "Invalid flags", `(?-:)`: "Invalid flags", `(?z:)`: "Invalid group", `(?<=a)*`: "Nothing to repeat", strings.Repeat("(", 2000): "its groups are nested deeper than the limit of 1000 levels",
	} {
		_, err := Compile(utf16.Encode([]rune(pattern)), Flags{})
		if syntax, ok := errors.AsType[*SyntaxError](err); !ok || syntax.Message != want {
			t.Errorf("/%.20s/: %v, want %s", pattern, err, want)
		}
	}
	for _, pattern := range []string{`\p{Emoji`, `\p{Klingon}`, `\q`, `{`, `]`, `a{`, `\1`, `\u{110000}`, `[\d-a]`, `(?=a)*`, `\c`, `\01`, `\-`} {
		if _, err := Compile(utf16.Encode([]rune(pattern)), Flags{Unicode: true}); err == nil {
			t.Errorf("/%s/u is none", pattern)
		}
	}
	for _, pattern := range []string{`[a--b&&c]`, `[a-z--b]`, `[(]`, `[a&&&b]`, `[^\q{ab}]`, `[&&a]`, `[a--]`, `\p{RGI_Emoji}`, `[!!]`, strings.Repeat("[", 2000)} {
		if _, err := Compile(utf16.Encode([]rune(pattern)), Flags{UnicodeSets: true}); err == nil {
			t.Errorf("/%s/v is none", pattern)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "g", "dgimsuy", "dgimsvy"} {
		if f, ok := ParseFlags(text); !ok || f.String() != text {
			t.Errorf("%q: %q, %t", text, f, ok)
		}
	}
	for _, text := range []string{"gg", "uv", "x", "é"} {
		if _, ok := ParseFlags(text); ok {
			t.Errorf("%q are no flags", text)
		}
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	for name := range properties() {
		if s := readSpans(properties()[name]); len(s.spans) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	for name, char := range map[string]rune{"L": 'é', "Script=Greek": 'α', "sc=Grek": 'α', "scx=Deva": 0x1cd0, "Emoji": '😀', "Any": 0, "Cn": 0x378, "gc=Lu": 'A', "Uppercase_Letter": 'A', "LC": 'a', "Script=Unknown": 0x378, "White_Space": ' ', "Alpha": 'a'} {
		if s, ok := propertySet(name); !ok || !s.has(char) {
			t.Errorf("%s lacks %c", name, char)
		}
	}
	for _, name := range []string{"", "Script=", "Script=Klingon", "x=L", "l", "gc=Emoji", "sc=L", "Lu Ll", "=", "gc=", "Script", "sc=Lu", "IDS "} {
		if _, ok := propertySet(name); ok {
			t.Errorf("%q is known", name)
		}
	}
}

// A match that would take hours is ended by Check, and one of many places to go back to by its memory.
func TestLimits(t *testing.T) {
	t.Parallel()
	long := []byte(strings.Repeat("a", 6<<20))
	checks := 0
	m := Matcher{Check: func() bool { checks++; return checks < 20 }}
	if _, err := Match(compile(t, `(a+)+b`, ""), &m, long[:40], 0); err != ErrTooLong || checks != 20 {
		t.Errorf("%v after %d checks", err, checks)
	}
	m.Check = nil
	if _, err := Match(compile(t, `(?:a|c)*b`, ""), &m, long, 0); err != ErrTooDeep {
		t.Error(err)
	}
	if len(m.stack) > keptStack || cap(m.stack) > keptStack {
		t.Errorf("the stack keeps %d entries", cap(m.stack))
	}
	if got, err := Match(compile(t, `a*$`, ""), &m, long, 0); err != nil || !slices.Equal(got, []int32{0, int32(len(long))}) {
		t.Error(got, err)
	}
}

// Usual matches allocate nothing.
func TestAllocations(t *testing.T) {
	text := []byte("GET /index.html HTTP/1.1")
	re := compile(t, `^(\w+)\s+(\S+)\s+HTTP/(\d)\.(\d)$`, "")
	var m Matcher
	if n := testing.AllocsPerRun(100, func() {
		if got, err := Match(re, &m, text, 0); got == nil || err != nil {
			t.Fatal(got, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzMatch checks that no pattern makes Compile or Match panic, and that a text of bytes and the same
// one in UTF-16 match alike.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][3]string{{`(a|b)*c`, "i", "abc"}, {`(?<=(\d{2}))x|[^\w]+?\b`, "u", "12x"}, {`[\p{L}--[a-z]]\1(?<n>a)\k<n>`, "v", "Éaa"}, {`(?:a{0,3}?){2,}(?!b)`, "ms", "aaab"}, {`\c[\b-\x41]{`, "y", "A"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, pattern, flags, text string) {
		g, ok := ParseFlags(flags)
		if !ok || len(pattern) > 200 || len(text) > 200 {
			return
		}
		re, err := Compile(utf16.Encode([]rune(pattern)), g)
		if err != nil {
			return
		}
		units := utf16.Encode([]rune(text))
		n := 0
		m := Matcher{Check: func() bool { n++; return n < 10 }}
		got, err := Match(re, &m, units, 0)
		got = slices.Clone(got)
		ascii, ok := bytesOf(units)
		if err != nil || !ok {
			return
		}
		if again, err := Match(re, &m, ascii, 0); err == nil && !slices.Equal(got, again) {
			t.Errorf("/%s/%s on %q: %v, and %v in bytes", pattern, flags, text, got, again)
		}
	})
}
