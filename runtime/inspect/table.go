package inspect

import (
	"log/slog"
	"math"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// table is console.table: rows and columns of primitives in a frame. Anything but an object is
// printed as by console.log.
func (c *console) table(args []goja.Value) {
	if len(args) == 0 {
		return
	}
	o, ok := args[0].(*goja.Object)
	if !ok || IsProxy(o) {
		c.write(slog.LevelInfo, c.print.Format(args[:1]))
		return
	}
	t := &table{Inspector: c.print, head: []string{"(index)"}, column: map[string]int{}}
	if len(args) > 1 {
		if only, ok := args[1].(*goja.Object); ok && !IsProxy(only) && only.ClassName() == "Array" {
			t.only = map[string]bool{}
			for n := range min(int(only.Get("length").ToInteger()), itemLimit) {
				name := Cut(only.Get(strconv.Itoa(n)).String(), 200)
				t.only[name] = true
				t.add(name)
			}
		}
	}
	t.fill(o)
	c.write(slog.LevelInfo, t.text())
}

// A table is the text of console.table while it is made.
type table struct {
	*Inspector
	head   []string        // the names of the columns
	column map[string]int  // the number of each, by name
	only   map[string]bool // the columns to show; nil for all
	rows   [][]string
	values bool // an entry is no object: there is a column Values
}

// add returns the number of the column with that name, a new one if need be, or -1 if there are too
// many.
func (t *table) add(name string) int {
	if n, ok := t.column[name]; ok {
		return n
	}
	if len(t.head) > 50 {
		return -1
	}
	t.column[name] = len(t.head)
	t.head = append(t.head, name)
	return len(t.head) - 1
}

func (t *table) cell(p property) string {
	if p.value == nil {
		return "[Getter]"
	}
	opts := defaults
	opts.depth, opts.text, opts.items, opts.breakLength = 0, 200, 3, math.MaxInt32
	return Cut(strings.ReplaceAll(t.inspect(p.value, opts), "\n", " "), 400)
}

// entries yields the rows of a Map, a Set, an array or an object, at most itemLimit.
func (t *table) entries(o *goja.Object, yield func(index string, p property)) {
	switch o.ExportType() {
	case typeMap:
		iterator := t.call(t.native("mapEntries"), o)
		for n := range itemLimit {
			step := t.call(t.native("mapNext"), iterator).ToObject(t.vm)
			if step.Get("done").ToBoolean() {
				return
			}
			yield(strconv.Itoa(n), property{value: step.Get("value").ToObject(t.vm).Get("1")})
		}
		return
	case typeSet:
		if o.ClassName() == "Array" {
			break
		}
		iterator := t.call(t.native("setValues"), o)
		for n := range itemLimit {
			step := t.call(t.native("setNext"), iterator).ToObject(t.vm)
			if step.Get("done").ToBoolean() {
				return
			}
			yield(strconv.Itoa(n), property{value: step.Get("value")})
		}
		return
	}
	keys := t.call(t.enumerableKeys, goja.Undefined(), o).ToObject(t.vm)
	for n := range min(int(keys.Get("length").ToInteger()), itemLimit) {
		key := keys.Get(strconv.Itoa(n))
		yield(Cut(key.String(), 200), t.own(o, key))
	}
}

// fill makes a row of each entry of o, and a column of each property that the entries have.
func (t *table) fill(o *goja.Object) {
	var values []string
	t.entries(o, func(index string, p property) {
		row := []string{index}
		value := ""
		if inner, ok := p.value.(*goja.Object); ok && !IsProxy(inner) && !t.isFunction(inner) {
			t.entries(inner, func(name string, p property) {
				if t.only != nil && !t.only[name] {
					return
				}
				n := t.add(name)
				if n < 0 {
					return
				}
				for len(row) <= n {
					row = append(row, "")
				}
				row[n] = t.cell(p)
			})
		} else {
			value, t.values = t.cell(p), true
		}
		t.rows, values = append(t.rows, row), append(values, value)
	})
	if t.values {
		t.head = append(t.head, "Values")
	}
	for n := range t.rows {
		for len(t.rows[n]) < len(t.head) {
			t.rows[n] = append(t.rows[n], "")
		}
		if t.values {
			t.rows[n][len(t.head)-1] = values[n]
		}
	}
}

func (t *table) isFunction(o *goja.Object) bool {
	_, ok := goja.AssertFunction(o)
	return ok
}

// text draws the frame. Cells are centred, as in Node 20.
func (t *table) text() string {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for n, cell := range row {
			widths[n] = max(widths[n], width(cell)+2)
		}
	}
	var b strings.Builder
	rule := func(left, middle, right string) {
		b.WriteString(left)
		for n, w := range widths {
			if n > 0 {
				b.WriteString(middle)
			}
			b.WriteString(strings.Repeat("─", w))
		}
		b.WriteString(right)
	}
	line := func(row []string) {
		for n, cell := range row {
			room := widths[n] - width(cell)
			b.WriteString("│" + spaces(room/2) + cell + spaces(room-room/2))
		}
		b.WriteString("│\n")
	}
	rule("┌", "┬", "┐\n")
	line(t.head)
	rule("├", "┼", "┤\n")
	for _, row := range t.rows {
		line(row)
	}
	rule("└", "┴", "┘")
	return b.String()
}
