package inspect

import (
	"regexp"
	"strings"

	"github.com/dop251/goja"
)

// function prints [Function: name], [class A extends B] and their like.
func (s *inspection) function(o *goja.Object, f *shape) string {
	if o.ExportType() == typeClass && strings.HasPrefix(s.call(s.functionSource, o).String(), "class") {
		return s.class(o, f)
	}
	kind := "Function"
	if f.tag == "AsyncFunction" || f.tag == "GeneratorFunction" {
		kind = f.tag
	}
	if kind == "Function" && strings.HasPrefix(s.call(s.functionSource, o).String(), "async") {
		kind = "AsyncFunction" // goja gives an async method the prototype of an ordinary one
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

// stackFrame matches one line of goja's stacks: a tab, "at", a name perhaps, and the instruction's number in brackets.
var stackFrame = regexp.MustCompile(`(?m)^\tat (.*?)(?:\(\d+\)(\)?))?$`)

// cleanStack turns goja's stack text into Node's: four spaces, no instruction numbers, no empty last line.
func cleanStack(stack string) string {
	if !strings.Contains(stack, "\n\tat ") {
		return strings.TrimRight(stack, "\n")
	}
	return strings.TrimRight(stackFrame.ReplaceAllString(stack, "    at $1$2"), "\n")
}

// error prints an error: its stack, or in brackets its name and message where it has none; then what hangs on it.
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
	// goja writes the head of a stack when the error is made, before a constructor could set this.name: put it right
	// where the class says otherwise.
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

// improvedStack puts the class's name where a stack begins with that of its parent.
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
