package runtime

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/dop251/goja"
)

// A form holds what a file exports as its module. One of the two is set.
type form struct {
	constructor *goja.Object // each connection gets an instance
	object      *goja.Object // all connections share it
	made        *goja.Object // the keys that object had when it was loaded, a JavaScript array
}

// findModule finds what a module exports, in any of these forms: this.Module = …, exports.Module = …, export
// class Module, module.exports = class …, export default class …, and a default export with a property
// Module. If none of these is a constructor, an object with a function onData or onRequest will do, in the
// same places: exports.Module = {onData}, export default {onData}, exports.onData = …. It must be called
// within Call or Try.
func findModule(vm *goja.Runtime, exports goja.Value) (f form) {
	o, ok := exports.(*goja.Object)
	if !ok {
		return form{}
	}
	places := []goja.Value{o.Get("Module"), o.Get("default")}
	if d, ok := places[1].(*goja.Object); ok {
		places = append(places, d.Get("Module"))
	}
	places = append(places, exports)
	for _, v := range places {
		if _, ok := goja.AssertConstructor(v); ok {
			return form{constructor: v.ToObject(vm)}
		}
	}
	for _, v := range places {
		if m, ok := v.(*goja.Object); ok && (isFunction(m.Get("onData")) || isFunction(m.Get("onRequest"))) {
			return form{object: m}
		}
	}
	return form{}
}

func isFunction(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}

// exported returns the constructor or the object.
func (f *form) exported() *goja.Object {
	if f.constructor != nil {
		return f.constructor
	}
	return f.object
}

// instantiate returns the instance for a new connection. It must be called within Call or Try.
func (v *version) instantiate() (*goja.Object, error) {
	if v.object != nil {
		return v.object, nil
	}
	return v.worker.construct(v.constructor)
}

// keepObject hands on what handlers have put on the object that connections of old share. What the
// old file itself put there starts anew with the new one.
func (v *version) keepObject(old *version) error {
	if v.object == nil || old == nil || old.object == nil || v.object == old.object {
		return nil
	}
	_, err := v.worker.carryOver(goja.Undefined(), old.object, v.object, old.made)
	return err
}

// noModule returns the error for exports that are no module. It shows what is missing in the form that
// the file is written in.
func (v *version) noModule(exports goja.Value) error {
	o, _ := exports.(*goja.Object)
	isES := path.Ext(v.entry) == ".mjs" || path.Ext(v.entry) == ".ts"
	if o != nil {
		if m := o.Get("Module"); given(m) {
			return v.unusableModule("Module", m)
		}
		mark := o.Get("__esModule") // set by esbuild
		isES = isES || mark != nil && mark.ToBoolean()
		if m := o.Get("default"); isES && given(m) {
			return v.unusableModule("default", m)
		}
		if wrong := misnamed(o); wrong != "" {
			return fmt.Errorf("exports %s, but no onData, which is the handler of messages: onData(data, connection)", wrong)
		}
	}
	if declaresModule.MatchString(v.worker.sources.text[v.name(v.entry)]) {
		if isES {
			return errors.New("has a Module, but does not export it; write export before it")
		}
		return errors.New("has a Module, but does not export it; add: exports.Module = Module;")
	}
	if isES {
		return errors.New("exports no Module; begin it with: export class Module { onData(data, connection){ } }")
	}
	return errors.New("exports no Module; begin it with: var Module = this.Module = function(){ };")
}

// declaresModule matches a declaration of Module.
var declaresModule = regexp.MustCompile(`(?m)^(?:class|function|var|let|const)\s+Module\b`)

// unusableModule returns the error for an export of the right name that can be no module.
func (v *version) unusableModule(name string, m goja.Value) error {
	o, ok := m.(*goja.Object)
	switch {
	case !ok:
		return fmt.Errorf("exports as %s what is neither a class nor an object with onData", name)
	case isFunction(m):
		return fmt.Errorf("exports as %s an arrow function or a method, of which no instance can be made; write function or class", name)
	case misnamed(o) != "":
		return fmt.Errorf("exports as %s an object that has %s, but no onData, which is the handler of messages: onData(data, connection)", name, misnamed(o))
	}
	return fmt.Errorf("exports as %s an object that has no onData; add: onData(data, connection){ }", name)
}

// noOnData returns the error for a constructor whose instances have no onData.
func (v *version) noOnData(instance *goja.Object) error {
	add := "Module.prototype.onData = function(data, connection){ };"
	if text, err := v.worker.functionSource(v.constructor); err == nil && strings.HasPrefix(text.String(), "class") {
		add = "onData(data, connection){ } to the class"
	}
	if wrong := misnamed(instance); wrong != "" {
		return fmt.Errorf("has %s, but no onData, which is the handler of messages; add: %s", wrong, add)
	}
	return fmt.Errorf("has no onData; add: %s", add)
}

// misnamed returns the name of a function that was probably meant to be onData, or "".
func misnamed(o *goja.Object) string {
	for _, name := range strings.Fields("ondata OnData on_data onMessage onmessage OnMessage on_message message data") {
		if isFunction(o.Get(name)) {
			return name
		}
	}
	return ""
}
