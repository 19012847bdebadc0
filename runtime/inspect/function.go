package inspect

import (
	"regexp"
	"strings"

	"github.com/dop251/goja"
)

// function returns the text of a function: [Function: name], [class A extends B] and the like.
func (s *inspection) function(o *goja.Object, f *shape) string {
	if o.ExportType() == typeClass && strings.HasPrefix(s.call(s.functionSource, o).String(), "class") {
		return s.class(o, f)
	}
	kind := "Function"
	if f.tag == "AsyncFunction" || f.tag == "GeneratorFunction" {
		kind = f.tag
	}
	if kind == "Function" && strings.HasPrefix(s.call(s.functionSource, o).String(), "async") {
		kind = "AsyncFunction" // goja gives async methods the prototype of ordinary ones
		if f.constructor == "Function" {
			f.constructor = kind
		}
	}
	base := "[" + kind
	if f.isNull {
		base += " (null prototype)"
	}
	if name := s.functionName(o); name != "" {
		base += ": " + name
	} else {
		base += " (anonymous)"
	}
	base += "]"
	if f.constructor != kind && !f.isNull {
		base += " " + f.constructor
	}
	if f.tag != "" && f.tag != f.constructor {
		base += " [" + f.tag + "]"
	}
	return base
}

func (s *inspection) class(o *goja.Object, f *shape) string {
	name := s.functionName(o)
	if name == "" {
		name = "(anonymous)"
	}
	base := "class " + name
	if f.constructor != "Function" && !f.isNull {
		base += " [" + f.constructor + "]"
	}
	if f.tag != "" && f.tag != f.constructor {
		base += " [" + f.tag + "]"
	}
	if f.isNull {
		base += " extends null"
	} else if parent := o.Prototype(); parent != nil && !IsProxy(parent) {
		if super := s.functionName(parent); super != "" {
			base += " extends " + super
		}
	}
	return "[" + base + "]"
}

// stackFrame matches a line of goja's stacks: a tab, "at", perhaps a name, and the number of the
// instruction in parentheses.
var stackFrame = regexp.MustCompile(`(?m)^\tat (.*?)(?:\(\d+\)(\)?))?$`)

// cleanStack turns a stack as goja writes it into one as Node does: indented by four spaces,
// without numbers of instructions, without an empty last line.
func cleanStack(stack string) string {
	if !strings.Contains(stack, "\n\tat ") {
		return strings.TrimRight(stack, "\n")
	}
	return strings.TrimRight(stackFrame.ReplaceAllString(stack, "    at $1$2"), "\n")
}

// error returns the text of an error, its stack; or its name and message in brackets if it has no
// stack. It also chooses the properties that are printed below.
func (s *inspection) error(o *goja.Object, f *shape) string {
	text := func(name string) string {
		if v, ok := s.lookup(o, s.vm.ToValue(name)).(goja.String); ok {
			return limitString(v, textLimit)
		}
		return ""
	}
	name, message := text("name"), text("message")
	if name == "" {
		name = "Error"
	}
	stack := cleanStack(text("stack"))
	if stack == "" {
		stack = name
		if message != "" {
			stack += ": " + message
		}
	}
	// The head of a stack holds the name and message that the error had when it was made. Print
	// those properties only where a constructor has changed them since.
	for _, key := range []string{"name", "message", "stack"} {
		if v, ok := s.ownData(o, key).(goja.String); ok && v.Length() <= textLimit && strings.Contains(stack, v.String()) {
			f.keys = withoutName(f.keys, key)
		}
	}
	for _, key := range []string{"cause", "errors"} {
		if p := s.own(o, s.vm.ToValue(key)); p.found && !p.enumerable {
			if list, ok := p.value.(*goja.Object); key == "cause" || ok && !IsProxy(list) && list.ClassName() == "Array" {
				f.keys = append(withoutName(f.keys, key), s.vm.ToValue(key))
			}
		}
	}
	stack = s.improvedStack(stack, name, f)
	at := strings.Index(stack, message)
	if message == "" || at < 0 {
		at = 0
	} else {
		at += len(message)
	}
	if !strings.Contains(stack[at:], "\n    at") {
		stack = "[" + stack + "]"
	}
	if s.indent > 0 {
		stack = strings.ReplaceAll(stack, "\n", "\n"+spaces(s.indent))
	}
	return s.spend(stack)
}

// improvedStack puts the name of the error's class in the place of its parent's, as in class
// MyError extends TypeError, whose stacks begin with TypeError.
func (s *inspection) improvedStack(stack, name string, f *shape) string {
	rest, ok := strings.CutPrefix(stack, name)
	if !f.isNull && (!strings.HasSuffix(name, "Error") || !ok || rest != "" && rest[0] != ':' && rest[0] != '\n') {
		return stack
	}
	if f.isNull && !ok {
		return stack
	}
	prefix := strings.TrimSuffix(f.prefix(name, ""), " ")
	switch {
	case prefix == name:
		return stack
	case strings.Contains(prefix, name):
		return prefix + rest
	}
	return prefix + " [" + name + "]" + rest
}
