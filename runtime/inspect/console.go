package inspect

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// console is the state behind the console object of a VM. Each call logs one text. It is used only
// in a turn.
type console struct {
	vm     *goja.Runtime
	log    func(slog.Level, string)
	print  *Inspector
	indent string
	counts map[string]int
	timers map[string]time.Time
}

// Limits on what a module can leave behind in its console.
const (
	consoleLabelLimit = 1000 // counters, and as many timers
	consoleGroupLimit = 40   // groups within groups
)

// Console makes the console object of the VM. Each method that prints calls log once, in a turn,
// with a text that may hold newlines and control characters, unescaped. A nil log discards
// everything.
func (i *Inspector) Console(log func(slog.Level, string)) *goja.Object {
	vm := i.vm
	c := &console{vm: vm, log: log, print: i, counts: map[string]int{}, timers: map[string]time.Time{}}
	o := vm.NewObject()
	method := func(name string, f func(args []goja.Value)) {
		_ = o.Set(name, NativeFunction(vm, name, 0, func(call goja.FunctionCall) goja.Value {
			f(call.Arguments)
			return goja.Undefined()
		}))
	}
	at := func(level slog.Level) func([]goja.Value) {
		return func(args []goja.Value) { c.write(level, c.print.Format(args)) }
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
	method("clear", func([]goja.Value) {}) // as in Node when the output is not a terminal
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
	c.log(level, Cut(text, 2*LineLimit))
}

// trace is console.trace: the message, and below it the stack of its caller.
func (c *console) trace(args []goja.Value) {
	text := "Trace"
	if message := c.print.Format(args); message != "" {
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
			text += ": " + c.print.Format(args[1:])
		} else {
			text += " " + c.print.Format(args[1:])
		}
	}
	c.write(slog.LevelError, text)
}

func (c *console) dir(args []goja.Value) {
	if len(args) == 0 {
		args = []goja.Value{goja.Undefined()}
	}
	opts := c.print.optionsOf(args[1:])
	opts.customInspect = false
	c.write(slog.LevelInfo, c.print.inspect(args[0], opts))
}

func (c *console) label(args []goja.Value) string {
	if len(args) == 0 || goja.IsUndefined(args[0]) {
		return "default"
	}
	return Cut(c.print.Format(args[:1]), 200)
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
		text += " " + c.print.Format(args[1:])
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
		c.write(slog.LevelInfo, c.print.Format(args))
	}
	if len(c.indent) < 2*consoleGroupLimit {
		c.indent += "  "
	}
}
