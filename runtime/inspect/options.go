package inspect

import (
	"math"

	"github.com/dop251/goja"
)

// options holds the options of Node's util.inspect that have an effect here. Colours, proxies and
// getters are not offered, because printing a value must not run code of its module by surprise.
type options struct {
	depth         int  // levels below the outermost that are printed; -1 for the name alone
	breakLength   int  // columns
	compact       int  // number of innermost levels put on one line; 0 for a line for each property
	items         int  // of an array, a Map or a Set
	text          int  // UTF-16 units of a string
	hidden        bool // print properties that are not enumerable too
	customInspect bool // call [Symbol(nodejs.util.inspect.custom)]
	sorted        bool // sort properties by name
}

var defaults = options{depth: 2, breakLength: 80, compact: 3, items: itemLimit, text: textLimit, customInspect: true}

// optionsOf reads the arguments of util.inspect after the value: an object of options, or
// showHidden and depth one by one, as in 2009.
func (i *Inspector) optionsOf(args []goja.Value) options {
	opts := defaults
	if len(args) == 0 {
		return opts
	}
	o, ok := args[0].(*goja.Object)
	if !ok {
		opts.hidden = args[0] != nil && args[0].ToBoolean()
		if len(args) > 1 {
			opts.depth = depthOf(args[1])
		}
		return opts
	}
	get := func(name string, set func(v goja.Value)) {
		if v := o.Get(name); v != nil && !goja.IsUndefined(v) {
			set(v)
		}
	}
	get("depth", func(v goja.Value) { opts.depth = depthOf(v) })
	get("showHidden", func(v goja.Value) { opts.hidden = v.ToBoolean() })
	get("customInspect", func(v goja.Value) { opts.customInspect = v.ToBoolean() })
	get("sorted", func(v goja.Value) { opts.sorted = v.ToBoolean() })
	get("breakLength", func(v goja.Value) { opts.breakLength = countOf(v, math.MaxInt32) })
	get("maxArrayLength", func(v goja.Value) { opts.items = countOf(v, stepLimit) })
	get("maxStringLength", func(v goja.Value) { opts.text = countOf(v, LineLimit) })
	get("compact", func(v goja.Value) {
		switch b, isBool := v.Export().(bool); {
		case isBool && b:
			opts.compact, opts.breakLength = math.MaxInt32, math.MaxInt32
		case isBool:
			opts.compact = 0
		default:
			opts.compact = countOf(v, math.MaxInt32)
		}
	})
	return opts
}

func depthOf(v goja.Value) int {
	if goja.IsNull(v) {
		return deepLimit
	}
	if goja.IsUndefined(v) {
		return defaults.depth
	}
	return int(min(math.Max(v.ToFloat(), -1), deepLimit))
}

// countOf returns a number of which null and Infinity mean all there is.
func countOf(v goja.Value, all int) int {
	if goja.IsNull(v) {
		return all
	}
	n := v.ToFloat()
	if math.IsNaN(n) || n < 0 {
		return 0
	}
	return int(min(n, float64(all)))
}

// Function returns util.inspect as a JavaScript function, the same one each time.
func (i *Inspector) Function() goja.Value {
	if i.function != nil {
		return i.function
	}
	f := NativeFunction(i.vm, "inspect", 2, func(call goja.FunctionCall) goja.Value {
		opts := defaults
		if len(call.Arguments) > 1 {
			opts = i.optionsOf(call.Arguments[1:])
		}
		return i.vm.ToValue(i.inspect(call.Argument(0), opts))
	})
	_ = f.Set("custom", i.symbolCustom)
	_ = f.Set("defaultOptions", map[string]any{"depth": 2, "breakLength": 80, "compact": 3, "maxArrayLength": itemLimit,
		"maxStringLength": textLimit, "showHidden": false, "customInspect": true, "colors": false, "sorted": false, "getters": false, "showProxy": false})
	i.function = f
	return f
}
