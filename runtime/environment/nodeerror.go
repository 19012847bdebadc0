package environment

import "github.com/dop251/goja"

// nodeError returns an Error of Node's, which has a code. class is the name of its class.
func (e *Environment) nodeError(class, code, message string) *goja.Object {
	return e.makeError("nodeError", e.vm.ToValue(class), e.vm.ToValue(code), e.vm.ToValue(message))
}

// argumentType returns the Error for an argument that is not what expected says, such as "of type number".
func (e *Environment) argumentType(name, expected string, v goja.Value) *goja.Object {
	return e.makeError("argumentType", e.vm.ToValue(name), e.vm.ToValue(expected), v)
}

// outOfRange returns the Error for an argument that is not within a range, such as ">= 0".
func (e *Environment) outOfRange(name, allowed string, v goja.Value) *goja.Object {
	return e.makeError("outOfRange", e.vm.ToValue(name), e.vm.ToValue(allowed), v)
}

// makeError calls a function of js/errors.js.
func (e *Environment) makeError(function string, args ...goja.Value) *goja.Object {
	f, _ := goja.AssertFunction(e.use("errors").Get(function))
	v, err := f(goja.Undefined(), args...)
	if err != nil {
		panic(err)
	}
	return v.ToObject(e.vm)
}
