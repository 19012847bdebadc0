package environment

import (
	"strings"

	"github.com/dop251/goja"

	"node.websocket/runtime/inspect"
)

// regexpLiteral is the function that literals of programs are calls of. No script can write its name.
const regexpLiteral = "(regexp)"

// installRegExp adds what goja's RegExp lacks. It is called once the class has the code of this
// package.
func (l *limiter) installRegExp(construct nativeConstruct) error {
	l.regexp.class = l.object("RegExp")
	l.regexp.prototype = l.object("RegExp.prototype")
	l.regexp.construct = construct
	l.regexp.matcher.Check = l.regexp.watch.mayGoOn
	blank, err := l.vm.RunProgram(blankRegExp)
	if err != nil {
		return err
	}
	l.regexp.blank = blank.ToObject(l.vm)
	getter := func(name string, f native) {
		if err == nil {
			err = l.regexp.prototype.DefineAccessorProperty(name, inspect.NativeFunction(l.vm, "get "+name, 0, f), nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	for i, name := range flagProperties {
		if name == "hasIndices" || name == "unicodeSets" {
			letter := "dgimsuvy"[i : i+1]
			getter(name, func(call goja.FunctionCall) goja.Value { return l.hasFlag(call.This, name, letter) })
		}
	}
	getter("flags", l.flagsOf)
	getter("source", l.sourceOf)
	if err == nil {
		err = l.regexp.class.DefineDataProperty("escape", inspect.NativeFunction(l.vm, "escape", 1, l.escapeRegExp), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	if err == nil {
		var text *native
		if text, _, err = l.in.code(l.object("RegExp.prototype").Get("toString").ToObject(l.vm)); err == nil {
			*text = l.textBy(*text)
		}
	}
	standard := *implementation(l.regexp.prototype)
	l.regexp.standard = &standard
	return err
}

var blankRegExp = goja.MustCompile("regexp.js", "/(?:)/", true)

// flagProperties are the properties of regular expressions that flags have, in the order of the flags.
var flagProperties = []string{"hasIndices", "global", "ignoreCase", "multiline", "dotAll", "unicode", "unicodeSets", "sticky"}

// hasFlag is the getter of a flag that goja does not know.
func (l *limiter) hasFlag(this goja.Value, name, letter string) goja.Value {
	o, ok := this.(*goja.Object)
	switch {
	case ok && l.in.regexp.isRegexp(o):
		return l.vm.ToValue(strings.Contains(l.patternOf(o).program.Flags.String(), letter))
	case ok && o == l.regexp.prototype:
		return goja.Undefined()
	}
	panic(l.vm.NewTypeError("RegExp.prototype.%s getter called on incompatible receiver", name))
}

// flagsOf is the getter of flags.
func (l *limiter) flagsOf(call goja.FunctionCall) goja.Value {
	o, ok := call.This.(*goja.Object)
	if !ok {
		panic(l.vm.NewTypeError("RegExp.prototype.flags getter called on non-object"))
	}
	if l.isStandard(o) {
		return l.vm.ToValue(l.patternOf(o).program.Flags.String())
	}
	var flags strings.Builder
	for i, name := range flagProperties {
		if v := o.Get(name); v != nil && v.ToBoolean() {
			flags.WriteByte("dgimsuvy"[i])
		}
	}
	return l.vm.ToValue(flags.String())
}

// sourceOf is the getter of source. goja's writes \u002f for a slash, in classes too.
func (l *limiter) sourceOf(call goja.FunctionCall) goja.Value {
	o, ok := call.This.(*goja.Object)
	switch {
	case ok && l.in.regexp.isRegexp(o):
		return l.escapedSource(l.patternOf(o).source)
	case ok && o == l.regexp.prototype:
		return l.vm.ToValue("(?:)")
	}
	panic(l.vm.NewTypeError("RegExp.prototype.source getter called on incompatible receiver"))
}

// escapedSource is EscapeRegExpPattern (ECMA-262 §22.2.6.13.1): a source that a literal can hold.
func (l *limiter) escapedSource(source goja.String) goja.String {
	n := source.Length()
	if n == 0 {
		source = l.vm.ToValue("(?:)").(goja.String)
	}
	var b goja.StringBuilder
	from, inClass := 0, false
	for i := 0; i < n; i++ {
		start, c := i, source.CharAt(i)
		if c == '\\' && i+1 < n {
			i++
			if c = source.CharAt(i); lineEndEscapes[c] == "" {
				continue
			}
		}
		by := lineEndEscapes[c]
		switch {
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		case c == '/' && !inClass:
			by = `\/`
		}
		if by != "" {
			b.WriteString(source.Substring(from, start))
			b.WriteUTF8String(by)
			from = i + 1
		}
	}
	if from == 0 {
		return source
	}
	b.WriteString(source.Substring(from, n))
	return b.String()
}

var lineEndEscapes = map[uint16]string{'\n': `\n`, '\r': `\r`, 0x2028: `\u2028`, 0x2029: `\u2029`}

// isStandard reports whether o is a regular expression of which JavaScript has changed nothing that
// the built-ins would have to ask for, exec for instance.
func (l *limiter) isStandard(o *goja.Object) bool {
	return l.in.regexp.isRegexp(o) && *l.in.regexp.standardOf(o) && o.Prototype() == l.regexp.prototype && *implementation(l.regexp.prototype) == *l.regexp.standard
}

// aroundRegExp is for RegExp, called; constructRegExp is for new.
func aroundRegExp(l *limiter, _ string, _ native) native { return l.callRegExp }

// aroundOwn is for the methods that need nothing but a regular expression.
func aroundOwn(l *limiter, name string, f native) native {
	by := map[string]func(*goja.Object, goja.FunctionCall) goja.Value{"RegExp.prototype.exec": l.execOf, "RegExp.prototype.compile": l.compile}[name]
	return func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok && l.in.regexp.isRegexp(o) {
			return by(o, call)
		}
		return f(call)
	}
}

// aroundStandard is for the methods that call exec, or what JavaScript has put in its place. For that
// there is goja's code.
func aroundStandard(l *limiter, name string, f native) native {
	by := map[string]func(*goja.Object, goja.FunctionCall) goja.Value{
		"RegExp.prototype.@@match": l.matchOf, "RegExp.prototype.@@replace": l.replaceOf, "RegExp.prototype.@@search": l.searchOf, "RegExp.prototype.@@split": l.splitOf,
		"RegExp.prototype.test": l.testOf,
	}[name]
	if name == "RegExp.prototype.test" {
		f = l.testByExec
	}
	return func(call goja.FunctionCall) goja.Value {
		o, ok := call.This.(*goja.Object)
		if !ok {
			return f(call)
		}
		if l.isStandard(o) {
			return by(o, call)
		}
		l.items(name, float64(lengthOf(call.Argument(0))), arrayLimit)
		return f(call)
	}
}

// testByExec is RegExp.prototype.test where exec is not the standard's.
func (l *limiter) testByExec(call goja.FunctionCall) goja.Value {
	o, ok := call.This.(*goja.Object)
	if !ok {
		panic(l.vm.NewTypeError("RegExp.prototype.test called on a value that is no object"))
	}
	s := stringOf(l.vm, call.Argument(0))
	exec, ok := goja.AssertFunction(orUndefined(o.Get("exec")))
	if !ok {
		if !l.in.regexp.isRegexp(o) {
			panic(l.vm.NewTypeError("RegExp.prototype.test called on an object that is no RegExp"))
		}
		return l.testOf(o, goja.FunctionCall{This: o, Arguments: []goja.Value{s}})
	}
	v, err := exec(o, s)
	if err != nil {
		panic(err)
	}
	if _, isObject := v.(*goja.Object); !isObject && !goja.IsNull(v) {
		panic(l.vm.NewTypeError("RegExp exec method returned something other than an Object or null"))
	}
	return l.vm.ToValue(!goja.IsNull(v))
}

// textBy returns RegExp.prototype.toString: goja, whose own is f, does not know all flags.
func (l *limiter) textBy(f native) native {
	return func(call goja.FunctionCall) goja.Value {
		o, ok := call.This.(*goja.Object)
		if !ok || !l.isStandard(o) {
			return f(call)
		}
		var b goja.StringBuilder
		b.WriteRune('/')
		b.WriteString(stringOf(l.vm, o.Get("source")))
		b.WriteRune('/')
		b.WriteUTF8String(l.patternOf(o).program.Flags.String())
		return b.String()
	}
}

// aroundStringMatch is for the methods of strings that make a regular expression of what is none.
func aroundStringMatch(l *limiter, name string, f native) native {
	flags := ""
	if name == "String.prototype.matchAll" {
		flags = "g"
	}
	return func(call goja.FunctionCall) goja.Value {
		if _, ok := call.Argument(0).(*goja.Object); ok {
			return f(call)
		}
		source := emptyString
		if v := call.Argument(0); !goja.IsUndefined(v) {
			source = stringOf(l.vm, v)
		}
		return f(goja.FunctionCall{This: call.This, Arguments: []goja.Value{l.newRegExp(l.pattern(source, flags), nil)}})
	}
}
