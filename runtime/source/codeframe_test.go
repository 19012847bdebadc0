package source

import (
	"strings"
	"testing"
)

func TestCodeFrame(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300) + "HERE" + strings.Repeat("y", 300)
	for _, c := range []struct {
		name, source string
		line, column int
		want         string
	}{
		{"middle", "one\ntwo\nthree\nfour\nfive", 3, 2, "  1 | one\n  2 | two\n> 3 | three\n    |  ^\n  4 | four\n"},
		{"first line", "one\ntwo", 1, 1, "> 1 | one\n    | ^\n  2 | two\n"},
		{"last line", "one\ntwo", 2, 4, "  1 | one\n> 2 | two\n    |    ^\n"},
		{"tabs", "\t\tx", 1, 3, "> 1 | \t\tx\n    | \t\t^\n"},
		{"two digits", strings.Repeat("a\n", 9) + "b\nc", 10, 1, "   8 | a\n   9 | a\n> 10 | b\n     | ^\n  11 | c\n"},
		{"carriage returns", "a\r\nb\r\n", 1, 1, "> 1 | a\n    | ^\n  2 | b\n"},
		{"column past the end", "ab", 1, 50, "> 1 | ab\n    |   ^\n"},
		{"no column", "ab", 1, 0, "> 1 | ab\n    | ^\n"},
		{"no such line", "ab", 2, 1, ""},
		{"line 0", "ab", 0, 1, ""},
		{"minified", long, 1, 301, "> 1 | " + strings.Repeat("x", 49) + "HERE" + strings.Repeat("y", 47) + "\n    | " + strings.Repeat(" ", 49) + "^\n"},
	} {
		if got := CodeFrame(c.source, c.line, c.column); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// A line is not cut inside a character, wherever the place is.
func TestCodeFrameOfWideCharacters(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("é😀", 200)
	for column := range len(line) + 5 {
		if got := CodeFrame(line, 1, column); strings.ToValidUTF8(got, "?") != got || !strings.Contains(got, "^") {
			t.Fatalf("column %d: %q", column, got)
		}
	}
}
