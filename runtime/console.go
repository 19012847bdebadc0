package runtime

import (
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// console is a VM's console object: what a module prints goes to the log, one record for each call. Only in a turn.
type console struct {
	vm     *goja.Runtime
	log    func(slog.Level, string)
	print  *inspector
	indent string
	counts map[string]int
	timers map[string]time.Time
}

// consoleLabelLimit bounds the counters and timers that a module can leave behind, and consoleGroupLimit its groups.
const (
	consoleLabelLimit = 1000
	consoleGroupLimit = 40
)

func newConsole(vm *goja.Runtime, print *inspector, log func(slog.Level, string)) *goja.Object {
	c := &console{vm: vm, log: log, print: print, counts: map[string]int{}, timers: map[string]time.Time{}}
	o := vm.NewObject()
	method := func(name string, f func(args []goja.Value)) {
		_ = o.Set(name, nativeFunction(vm, name, 0, func(call goja.FunctionCall) goja.Value {
			f(call.Arguments)
			return goja.Undefined()
		}))
	}
	at := func(level slog.Level) func([]goja.Value) {
		return func(args []goja.Value) { c.write(level, c.print.format(args)) }
	}
	method("log", at(slog.LevelInfo))
	method("info", at(slog.LevelInfo))
	method("debug", at(slog.LevelDebug))
	method("warn", at(slog.LevelWarn))
	method("error", at(slog.LevelError))
	method("trace", c.trace)
	method("assert", c.assert)
	method("dir", c.dir)
	method("dirxml", at(slog.LevelInfo))
	method("table", c.table)
	method("count", c.count)
	method("countReset", c.countReset)
	method("time", c.time)
	method("timeLog", func(args []goja.Value) { c.elapsed("timeLog", args, false) })
	method("timeEnd", func(args []goja.Value) { c.elapsed("timeEnd", args, true) })
	method("group", c.group)
	method("groupCollapsed", c.group)
	method("groupEnd", func([]goja.Value) { c.indent = c.indent[:max(0, len(c.indent)-2)] })
	method("clear", func([]goja.Value) {}) // as in Node where the output is no terminal
	_ = o.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("console"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return o
}

func (c *console) write(level slog.Level, text string) {
	if c.log == nil {
		return
	}
	if c.indent != "" {
		text = c.indent + strings.ReplaceAll(text, "\n", "\n"+c.indent)
	}
	c.log(level, cutText(text, 2*inspectLineLimit))
}

// trace prints the stack of its caller below the message.
func (c *console) trace(args []goja.Value) {
	text := "Trace"
	if message := c.print.format(args); message != "" {
		text += ": " + message
	}
	var b strings.Builder
	b.WriteString(text)
	for n, frame := range c.vm.CaptureCallStack(0, nil) {
		if n == 0 {
			continue // this function
		}
		if n > 10 {
			break
		}
		p := frame.Position()
		if p.Filename == "" {
			continue
		}
		where := p.Filename + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
		if name := frame.FuncName(); name != "" {
			where = name + " (" + where + ")"
		}
		b.WriteString("\n    at " + where)
	}
	c.write(slog.LevelError, b.String())
}

func (c *console) assert(args []goja.Value) {
	if len(args) > 0 && args[0].ToBoolean() {
		return
	}
	text := "Assertion failed"
	if len(args) > 1 {
		if _, ok := args[1].(goja.String); ok {
			text += ": " + c.print.format(args[1:])
		} else {
			text += " " + c.print.format(args[1:])
		}
	}
	c.write(slog.LevelError, text)
}

func (c *console) dir(args []goja.Value) {
	if len(args) == 0 {
		args = []goja.Value{goja.Undefined()}
	}
	options := c.print.inspectOptionsOf(args[1:])
	options.customInspect = false
	c.write(slog.LevelInfo, c.print.inspect(args[0], options))
}

func (c *console) label(args []goja.Value) string {
	if len(args) == 0 || goja.IsUndefined(args[0]) {
		return "default"
	}
	return cutText(c.print.format(args[:1]), 200)
}

func (c *console) count(args []goja.Value) {
	label := c.label(args)
	if c.counts[label] == 0 && len(c.counts) >= consoleLabelLimit {
		c.write(slog.LevelWarn, "console.count: more than "+strconv.Itoa(consoleLabelLimit)+" labels; "+label+" is not counted")
		return
	}
	c.counts[label]++
	c.write(slog.LevelInfo, label+": "+strconv.Itoa(c.counts[label]))
}

func (c *console) countReset(args []goja.Value) {
	label := c.label(args)
	if _, ok := c.counts[label]; !ok {
		c.write(slog.LevelWarn, "Count for '"+label+"' does not exist")
	}
	delete(c.counts, label)
}

func (c *console) time(args []goja.Value) {
	label := c.label(args)
	if _, ok := c.timers[label]; ok {
		c.write(slog.LevelWarn, "Label '"+label+"' already exists for console.time()")
		return
	}
	if len(c.timers) >= consoleLabelLimit {
		c.write(slog.LevelWarn, "console.time: more than "+strconv.Itoa(consoleLabelLimit)+" labels; "+label+" is not timed")
		return
	}
	c.timers[label] = time.Now()
}

func (c *console) elapsed(method string, args []goja.Value, end bool) {
	label := c.label(args)
	start, ok := c.timers[label]
	if !ok {
		c.write(slog.LevelWarn, "No such label '"+label+"' for console."+method+"()")
		return
	}
	text := label + ": " + elapsedText(time.Since(start))
	if end {
		delete(c.timers, label)
	} else if len(args) > 1 {
		text += " " + c.print.format(args[1:])
	}
	c.write(slog.LevelInfo, text)
}

func elapsedText(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return d.Truncate(time.Second).String()
	case d >= time.Minute:
		return d.Truncate(time.Millisecond).String()
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + "s"
	}
	ms := float64(d) / float64(time.Millisecond)
	return strconv.FormatFloat(ms, 'g', 4, 64) + "ms"
}

func (c *console) group(args []goja.Value) {
	if len(args) > 0 {
		c.write(slog.LevelInfo, c.print.format(args))
	}
	if len(c.indent) < 2*consoleGroupLimit {
		c.indent += "  "
	}
}

// table prints rows and columns of primitives in a frame; anything that is no table is printed as by log.
func (c *console) table(args []goja.Value) {
	if len(args) == 0 {
		return
	}
	o, ok := args[0].(*goja.Object)
	if !ok || isProxy(o) {
		c.write(slog.LevelInfo, c.print.format(args[:1]))
		return
	}
	t := &table{inspector: c.print, head: []string{"(index)"}, column: map[string]int{}}
	if len(args) > 1 {
		if only, ok := args[1].(*goja.Object); ok && !isProxy(only) && only.ClassName() == "Array" {
			t.only = map[string]bool{}
			for n := range min(int(only.Get("length").ToInteger()), inspectItemLimit) {
				name := cutText(only.Get(strconv.Itoa(n)).String(), 200)
				t.only[name] = true
				t.add(name)
			}
		}
	}
	t.fill(o)
	c.write(slog.LevelInfo, t.text())
}

type table struct {
	*inspector
	head   []string
	column map[string]int
	only   map[string]bool
	rows   [][]string
	values bool
}

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
	options := inspectDefaults
	options.depth, options.text, options.items, options.breakLength = 0, 200, 3, math.MaxInt32
	return cutText(strings.ReplaceAll(t.inspect(p.value, options), "\n", " "), 400)
}

// entries yields the rows of a Map, a Set, an array or an object, at most as many as an array prints.
func (t *table) entries(o *goja.Object, yield func(index string, p property)) {
	switch o.ExportType() {
	case typeMap:
		iterator := t.call(t.native("mapEntries"), o)
		for n := range inspectItemLimit {
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
		for n := range inspectItemLimit {
			step := t.call(t.native("setNext"), iterator).ToObject(t.vm)
			if step.Get("done").ToBoolean() {
				return
			}
			yield(strconv.Itoa(n), property{value: step.Get("value")})
		}
		return
	}
	keys := t.call(t.enumerableKeys, goja.Undefined(), o).ToObject(t.vm)
	for n := range min(int(keys.Get("length").ToInteger()), inspectItemLimit) {
		key := keys.Get(strconv.Itoa(n))
		yield(cutText(key.String(), 200), t.own(o, key))
	}
}

func (t *table) fill(o *goja.Object) {
	var values []string
	t.entries(o, func(index string, p property) {
		row := []string{index}
		value := ""
		if inner, ok := p.value.(*goja.Object); ok && !isProxy(inner) && !t.isFunction(inner) {
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

// text draws the frame. Cells are centred, as Node 20 does.
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
