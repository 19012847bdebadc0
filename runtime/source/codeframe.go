package source

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	frameBefore = 2   // lines above the place
	frameAfter  = 1   // lines below it
	frameWidth  = 100 // bytes shown of a line
)

// CodeFrame returns the lines around a place in a source, with a caret below the place. line counts
// from 1; column counts from 1 in bytes or in UTF-16 units, since it only places the caret. The
// text is "" if the source has no such line.
func CodeFrame(source string, line, column int) string {
	lines := strings.Split(source, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	column = max(column, 1)
	// Show a minified line around the place, not from its start.
	from := 0
	if column > frameWidth-20 {
		from = column - frameWidth/2
	}
	var b strings.Builder
	digits := len(fmt.Sprint(line + frameAfter))
	for n := max(1, line-frameBefore); n <= min(len(lines), line+frameAfter); n++ {
		mark := " "
		if n == line {
			mark = ">"
		}
		text := window(lines[n-1], from)
		fmt.Fprintf(&b, "%s %*d | %s\n", mark, digits, n, strings.TrimRight(text, " \r"))
		if n == line {
			pad := strings.Map(func(r rune) rune {
				if r == '\t' {
					return r
				}
				return ' '
			}, window(lines[n-1], from)[:min(len(text), column-1-from)])
			fmt.Fprintf(&b, "  %*s | %s^\n", digits, "", pad)
		}
	}
	return b.String()
}

// window returns at most frameWidth bytes of a line, without cutting a character in two.
func window(line string, from int) string {
	if from >= len(line) {
		if from > 0 {
			return ""
		}
		return line
	}
	for from > 0 && !utf8.RuneStart(line[from]) {
		from--
	}
	line = line[from:]
	if len(line) <= frameWidth {
		return line
	}
	to := frameWidth
	for to > 0 && !utf8.RuneStart(line[to]) {
		to--
	}
	return line[:to]
}
