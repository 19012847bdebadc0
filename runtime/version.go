package runtime

import (
	"errors"
	"fmt"
	"maps"

	"github.com/dop251/goja"
)

// A version is what one load of a module made. It belongs to its worker, and is only touched in a turn.
type version struct {
	worker      *worker
	number      int
	entry       string                 // the module's own file
	files       map[string]*loadedFile // by key: what the module consists of
	previous    *version               // until this one serves: the one that does, nil at first
	constructor *goja.Object
	options     any            // what Options.ReadOptions returned
	shape       *instanceShape // of its instances; nil until the first is made
}

// name is what stack traces call a file of this version: the file as the user knows it, and the number.
func (v *version) name(file string) string {
	return v.worker.resource.runtime.folder.Name(file, v.number)
}

// load evaluates a module and what it requires, and checks that it keeps the contract. It is called in a turn, within
// a call that the watchdog watches.
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
	if v.options, err = v.readOptions(constructor.Get("options")); err != nil {
		return fmt.Errorf("%s: %w", v.worker.resource.runtime.folder.Show(v.entry), err)
	}
	if err := v.checkOnData(); err != nil {
		return fmt.Errorf("%s %w", v.worker.resource.runtime.folder.Show(v.entry), err)
	}
	return nil
}

var errNoModule = errors.New("exports no Module; begin it with: var Module = this.Module = function(){ };")
var errNoOnData = errors.New("has no onData; add: Module.prototype.onData = function(data, connection){ };")

// findModule takes what any of the forms of export leaves: this.Module = …, exports.Module = …, export class Module
// (a property), module.exports = class … (the exports), export default class … (its property "default").
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

// checkOnData looks for onData where nearly everyone puts it. A constructor that makes it for each instance (a class
// field, this.onData = …) can only be seen to do so: an instance is made and thrown away.
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

func (v *version) prototypeHasOnData() bool {
	p, ok := v.constructor.Get("prototype").(*goja.Object)
	if ok {
		_, ok = goja.AssertFunction(p.Get("onData"))
	}
	return ok
}

// prune leaves out the files of an older version that nothing requires any more. What a handler required is kept: it is not
// known whether the new code will.
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
