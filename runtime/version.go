package runtime

import (
	"errors"
	"fmt"
	"maps"

	"github.com/dop251/goja"
)

// A version is one load of a module. It belongs to its worker, and is used in a turn only.
type version struct {
	worker      *worker
	number      int
	entry       string                 // the module's own file
	files       map[string]*loadedFile // by key: the module's file and all that it required
	previous    *version               // while this one loads: the current one; otherwise nil
	constructor *goja.Object
	options     any            // what Options.ReadOptions returned
	workers     int            // the number of workers that the module asks for
	shape       *instanceShape // of its instances; nil until the first is made
}

// name returns a file's name in the stack traces of this version: "modules/chat.js@2".
func (v *version) name(file string) string {
	return v.worker.resource.runtime.folder.Name(file, v.number)
}

// load evaluates the module and the files that it requires, and checks that it keeps the contract. It
// must be called within protect.
func (v *version) load() error {
	f, err := v.require(nil, v.entry, v.evaluateFile)
	if err != nil {
		return err
	}
	vm := v.worker.vm
	exports := f.module.Get("exports")
	constructor, err := findModule(vm, exports)
	if err != nil {
		return fmt.Errorf("%s %w", v.worker.resource.runtime.folder.Show(v.entry), err)
	}
	v.constructor = constructor
	if v.options, v.workers, err = v.readOptions(constructor.Get("options")); err != nil {
		return fmt.Errorf("%s: %w", v.worker.resource.runtime.folder.Show(v.entry), err)
	}
	if err := v.checkOnData(); err != nil {
		return fmt.Errorf("%s %w", v.worker.resource.runtime.folder.Show(v.entry), err)
	}
	return nil
}

var errNoModule = errors.New("exports no Module; begin it with: var Module = this.Module = function(){ };")
var errNoOnData = errors.New("has no onData; add: Module.prototype.onData = function(data, connection){ };")

// findModule returns the constructor that a module exports, in any of these forms: this.Module = …,
// exports.Module = …, export class Module, module.exports = class …, export default class …, and a
// default export with a property Module.
func findModule(vm *goja.Runtime, exports goja.Value) (*goja.Object, error) {
	o, ok := exports.(*goja.Object)
	if !ok {
		return nil, errNoModule
	}
	for _, name := range []string{"Module", "default"} {
		if m := o.Get(name); m != nil {
			if _, ok := goja.AssertConstructor(m); ok {
				return m.ToObject(vm), nil
			}
			if inner, ok := m.(*goja.Object); ok && name == "default" {
				if m := inner.Get("Module"); m != nil {
					if _, ok := goja.AssertConstructor(m); ok {
						return m.ToObject(vm), nil
					}
				}
			}
		}
	}
	if _, ok := goja.AssertConstructor(exports); ok {
		return o, nil
	}
	return nil, errNoModule
}

// checkOnData returns an error if instances have no onData. It is usually on the prototype. If it is
// not, the constructor may set it, by a class field or this.onData = …, so checkOnData makes an
// instance to look at.
func (v *version) checkOnData() error {
	if v.prototypeHasOnData() {
		return nil
	}
	instance, err := v.worker.construct(v.constructor)
	if err != nil {
		return err
	}
	if _, ok := goja.AssertFunction(instance.Get("onData")); !ok {
		return errNoOnData
	}
	return nil
}

// prototypeHasOnData reports whether onData is a method of Module.prototype, inherited or not.
func (v *version) prototypeHasOnData() bool {
	p, ok := v.constructor.Get("prototype").(*goja.Object)
	if ok {
		_, ok = goja.AssertFunction(p.Get("onData"))
	}
	return ok
}

// prune removes the files that nothing requires any more. Those that a handler required are kept,
// because handlers of the new version may require them again.
func (v *version) prune() {
	used := map[string]bool{}
	var visit func(key string)
	visit = func(key string) {
		if f := v.files[key]; f != nil && !used[key] {
			used[key] = true
			for _, n := range f.needs {
				visit(n)
			}
		}
	}
	visit(v.entry)
	for key, f := range v.files {
		if f.late {
			visit(key)
		}
	}
	maps.DeleteFunc(v.files, func(key string, _ *loadedFile) bool { return !used[key] })
}
