package inspect

import (
	"math"
	"strings"

	"github.com/dop251/goja"
)

// join puts the parts of an object on one line if they fit, and each on its own line otherwise.
//
// The rule is Node's. An object goes on one line if it holds at most `compact` levels of other
// objects, if all of it fits into breakLength with a margin of ten, and if no part has a line
// break. Lists of more than six items are first put in columns.
func (s *inspection) join(output []string, f *shape, depth int) string {
	base := f.base
	if base != "" {
		base += " "
	}
	entries := len(output)
	if s.compact >= 1 {
		if f.list && entries > 6 {
			output = s.columns(output, f.values)
		}
		if s.current-depth < s.compact && entries == len(output) {
			start := len(output) + s.indent + units(f.open) + units(f.base) + 10
			if s.fits(output, start, f.base) {
				if line := strings.Join(output, ", "); !strings.Contains(line, "\n") {
					if len(output) == 0 {
						return base + f.open + f.close
					}
					return base + f.open + " " + line + " " + f.close
				}
			}
		}
	}
	line := "\n" + spaces(s.indent)
	s.left -= len(output) * len(line)
	return base + f.open + line + "  " + strings.Join(output, ","+line+"  ") + line + f.close
}

// fits reports whether the parts and the text before them go on one line that begins with start
// columns.
func (s *inspection) fits(output []string, start int, base string) bool {
	total := len(output) + start
	if total+len(output) > s.breakLength {
		return false
	}
	for _, o := range output {
		if total += units(o); total > s.breakLength {
			return false
		}
	}
	return !strings.Contains(base, "\n")
}

// columns arranges the short items of a long list in lines of equal columns: numbers to the right,
// all else to the left. Items that are too long or too different in length are returned as they
// are.
func (s *inspection) columns(output []string, values func(int) goja.Value) []string {
	count := len(output)
	more := len(output) > s.items // the last part is a note of how many are not shown
	if more {
		count--
	}
	widths := make([]int, count)
	total, longest := 0, 0
	for i := range widths {
		widths[i] = width(output[i])
		total += widths[i] + 2
		longest = max(longest, widths[i])
	}
	column := longest + 2
	if column*3+s.indent >= s.breakLength || float64(total)/float64(column) <= 5 && longest > 6 {
		return output
	}
	// Aim at a block about 2.5 times as wide as it is high, a little narrower where widths differ a
	// lot.
	bias := math.Sqrt(float64(column) - float64(total)/float64(len(output)))
	biased := math.Max(float64(column)-3-bias, 1)
	n := int(min(
		math.Round(math.Sqrt(2.5*biased*float64(count))/biased),
		math.Floor(float64(s.breakLength-s.indent)/float64(column)),
		float64(s.compact*4), 15))
	if n <= 1 {
		return output
	}
	columnWidths := make([]int, n)
	for i := range widths {
		columnWidths[i%n] = max(columnWidths[i%n], widths[i]+2)
	}
	numbers := values != nil
	for i := 0; numbers && i < count; i++ {
		numbers = isNumeric(values(i))
	}
	var lines []string
	for i := 0; i < count; i += n {
		var b strings.Builder
		end := min(i+n, count)
		for j := i; j < end; j++ {
			last := j == end-1
			text, pad := output[j], columnWidths[j-i]-widths[j]-2
			if numbers {
				b.WriteString(spaces(pad))
			}
			b.WriteString(text)
			if !last {
				b.WriteString(", ")
				if !numbers {
					b.WriteString(spaces(pad))
				}
			}
		}
		lines = append(lines, b.String())
	}
	if more {
		lines = append(lines, output[count])
	}
	return lines
}

func isNumeric(v goja.Value) bool {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return false
	}
	if _, ok := v.(*goja.Object); ok {
		return false
	}
	switch v.Export().(type) {
	case int64, float64:
		return true
	}
	return v.ExportType() == typeBigInt
}
