package runtime

import (
	"fmt"
	"log/slog"
	"maps"

	"github.com/dop251/goja"
)

// A version is one load of a module. It belongs to its worker, and is used in a turn only.
type version struct {
	worker   *worker
	number   int
	entry    string                 // the module's own file
	files    map[string]*loadedFile // by key: the module's file and all that it required
	previous *version               // while this one loads: the current one; otherwise nil
	form
	responder *goja.Object // has onRequest; nil: plain requests are not answered
	silent    bool         // there is an onRequest, but no onData: there are no connections

	options ModuleOptions   // what Options.ReadOptions returned; Workers is not 0
	shape   *instanceShape  // of its instances; nil until the first is made, and for an object
	warned  map[string]bool // the names in stack traces of the files for which textOf has warned
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
	if v.form = findModule(vm, exports); v.exported() == nil {
		return fmt.Errorf("%s %w", v.worker.resource.runtime.folder.Show(v.entry), v.noModule(exports))
	}
	if v.options, err = v.readOptions(v.exported().Get("options")); err != nil {
		return fmt.Errorf("%s: %w", v.worker.resource.runtime.folder.Show(v.entry), err)
	}
	v.responder = responderOf(v.exported(), exports)
	if v.object != nil {
		v.silent = !isFunction(v.object.Get("onData"))
		keys, err := v.worker.ownKeys(goja.Undefined(), v.object)
		if err != nil {
			return err
		}
		v.made = keys.ToObject(vm)
		return nil
	}
	if err := v.checkOnData(); err != nil {
		return fmt.Errorf("%s %w", v.worker.resource.runtime.folder.Show(v.entry), err)
	}
	return nil
}

// checkOnData returns an error if instances have no onData, unless there is an onRequest. It is usually on
// the prototype. If it is not, the constructor may set it, by a class field or this.onData = …, so
// checkOnData makes an instance to look at.
func (v *version) checkOnData() error {
	if p, ok := v.constructor.Get("prototype").(*goja.Object); ok && isFunction(p.Get("onRequest")) && v.responder == nil {
		v.worker.logAt(slog.LevelWarn, "Module.prototype.onRequest is never called, because a plain request has no instance; write Module.onRequest, or static onRequest in the class",
			"file", v.worker.resource.runtime.folder.Show(v.entry))
	}
	if v.prototypeHasOnData() {
		return nil
	}
	instance, err := v.worker.construct(v.constructor)
	if err != nil {
		return err
	}
	if v.silent = !isFunction(instance.Get("onData")); v.silent && v.responder == nil {
		return v.noOnData(instance)
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
