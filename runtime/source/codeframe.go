package source

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	frameBefore = 2   // lines above the one that is meant
	frameAfter  = 1   // and below it
	frameWidth  = 100 // characters of a line that are shown
)

// CodeFrame shows the lines around a place in a source, with a caret below it. line counts from 1, column from 1 in
// UTF-8 bytes or UTF-16 units, whichever: it is only used to point. A place that is not in the source gives "".
func CodeFrame(source string, line, column int) string {
	lines := strings.Split(source, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	column = max(column, 1)
	// A minified line is shown around the place, not from its start.
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

// window is at most frameWidth bytes of a line, cut on the borders of characters.
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
