package runtime

import (
	"errors"
	"fmt"
	"path"
	"strconv"

	"github.com/dop251/goja"
)

// A version is what one load of a module made. It belongs to its worker, and is only touched in a turn.
type version struct {
	worker      *Worker
	number      int
	entry       string // the module's own file
	files       map[string]*loadedFile
	constructor *goja.Object
	options     Overrides
	loading     bool         // its files are being evaluated
	timerValues []goja.Value // see timerFunctions
}

// A loadedFile is a file of the folder, or a bundled package, evaluated in one worker.
type loadedFile struct {
	path   string
	module *goja.Object // {exports, id, loaded, …}
	inputs []string     // the files on disk that it was made of
	needs  []string     // keys of the files that it required
}

// name is what stack traces call a file: the file as the user knows it, and the version it was loaded for.
func (v *version) name(file string) string {
	return v.worker.runtime.show(file) + "@" + strconv.Itoa(v.number)
}

// load evaluates a module and what it requires, and checks that it keeps the contract. It is called in a turn, within
// a call that the watchdog watches.
func (v *version) load() error {
	v.loading = true
	defer func() { v.loading = false }()
	f, err := v.require(nil, v.entry, v.evaluateFile)
	if err != nil {
		return err
	}
	vm := v.worker.vm
	exports := f.module.Get("exports")
	constructor, err := findModule(vm, exports)
	if err != nil {
		return fmt.Errorf("%s %w", v.worker.runtime.show(v.entry), err)
	}
	v.constructor = constructor
	if v.options, err = readOverrides(vm, constructor.Get("options")); err != nil {
		return fmt.Errorf("%s: %w", v.worker.runtime.show(v.entry), err)
	}
	if err := v.checkOnData(); err != nil {
		return fmt.Errorf("%s %w", v.worker.runtime.show(v.entry), err)
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
	if p, ok := v.constructor.Get("prototype").(*goja.Object); ok {
		if _, ok := goja.AssertFunction(p.Get("onData")); ok {
			return nil
		}
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

// require evaluates a file, or a package, once for each version. key names it, by is the file that asked (nil: nobody,
// it is the module itself).
func (v *version) require(by *loadedFile, key string, evaluate func(f *loadedFile, exports *goja.Object) error) (*loadedFile, error) {
	if by != nil {
		by.needs = append(by.needs, key)
	}
	if f := v.files[key]; f != nil {
		return f, nil // complete, or in the middle of a cycle: as in Node, what it has exported so far
	}
	if len(v.files) >= maxFiles {
		return nil, fmt.Errorf("require %s: a module may load %d files and no more", key, maxFiles)
	}
	vm := v.worker.vm
	f := &loadedFile{path: key, module: vm.NewObject()}
	exports := vm.NewObject()
	for name, value := range map[string]any{"exports": exports, "id": key, "filename": key, "loaded": false} {
		if err := f.module.Set(name, value); err != nil {
			return nil, err
		}
	}
	v.files[key] = f
	if err := evaluate(f, exports); err != nil {
		delete(v.files, key) // as Node: the next require tries again
		return nil, err
	}
	return f, f.module.Set("loaded", true)
}

// maxFiles bounds what one module can load.
const maxFiles = 10_000

// evaluateFile runs a file of the user's.
func (v *version) evaluateFile(f *loadedFile, exports *goja.Object) error {
	r := v.worker.runtime
	source, err := r.root.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("read %s: %w", r.show(f.path), err)
	}
	f.inputs = []string{f.path}
	if path.Ext(f.path) == ".json" {
		parsed, err := v.worker.parseJSON(goja.Undefined(), v.worker.vm.ToValue(string(source)))
		if err != nil {
			return fmt.Errorf("parse %s: %w", r.show(f.path), err)
		}
		return f.module.Set("exports", parsed)
	}
	name := v.name(f.path)
	program, err := compileFile(f.path, name, source)
	if err != nil {
		return err
	}
	v.worker.sources.add(name, string(source))
	return v.run(f, program, exports)
}

// run calls a file's wrapper function.
func (v *version) run(f *loadedFile, program *goja.Program, exports *goja.Object) error {
	vm := v.worker.vm
	wrapper, err := vm.RunProgram(program)
	if err != nil {
		return err
	}
	call, ok := goja.AssertFunction(wrapper)
	if !ok {
		return fmt.Errorf("%s closes more brackets than it opens", v.worker.runtime.show(f.path))
	}
	args := []goja.Value{
		exports, vm.ToValue(v.requireFunction(f)), f.module,
		vm.ToValue(f.path), vm.ToValue(path.Dir(f.path)),
	}
	_, err = call(exports, append(args, v.timerFunctions()...)...)
	return err
}

// requireFunction is the require of one file.
func (v *version) requireFunction(f *loadedFile) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		request, ok := call.Argument(0).(goja.String)
		if !ok {
			panic(v.worker.vm.NewTypeError("require takes the name of a module, a string"))
		}
		exports, err := v.requireFrom(f, request.String())
		if err != nil {
			panic(v.worker.throwable(err))
		}
		return exports
	}
}

func (v *version) requireFrom(f *loadedFile, request string) (goja.Value, error) {
	r := v.worker.runtime
	file, inPackage, err := r.resolve(f.path, request)
	if err != nil {
		// Built-in modules come after packages of the same name, which only someone who wants them has installed.
		if exports, ok := v.worker.environment.builtin(request); ok {
			return exports, nil
		}
		if refusal := builtinRefusal(request); refusal != "" {
			err = errors.New(refusal)
		}
		return nil, &notFoundError{err}
	}
	evaluate := v.evaluateFile
	if inPackage {
		evaluate = func(f *loadedFile, exports *goja.Object) error {
			b, err := r.bundlePackage(path.Dir(file), request)
			if err != nil {
				return err
			}
			f.inputs = b.inputs
			program, err := compileCode(v.name("bundle"), "", b.code, b.mapFor(v.number))
			if err != nil {
				return err
			}
			return v.run(f, program, exports)
		}
	}
	loaded, err := v.require(f, file, evaluate)
	if err != nil {
		return nil, err
	}
	return loaded.module.Get("exports"), nil
}

// A notFoundError is what require throws with the code MODULE_NOT_FOUND, which packages look for.
type notFoundError struct{ error }
