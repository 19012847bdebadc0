package runtime

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/dop251/goja"

	"node.websocket/runtime/source"
)

// A loadedFile is a file of the folder, or a bundled package, as evaluated in one worker. Later
// versions keep it until it, or something that it requires, changes.
type loadedFile struct {
	key     string
	name    string   // in stack traces, with the version that loaded it
	version *version // the version that it is part of now
	module  *goja.Object
	inputs  source.Inputs // the files that it was made of, and those that it looked for in vain
	needs   []string      // the keys of the files that it required
	loading bool          // it is being evaluated
	late    bool          // required by a handler, after the version had loaded
	request string        // for a package, the argument of require; otherwise ""
	hot     hot
	context context.Context    // of the operations that it began while it was loaded; nil: none
	end     context.CancelFunc // nil: none
}

// maxFiles bounds the files that one module can load.
const maxFiles = 10_000

// require evaluates a file or a package, once for each version. key names it; by is the file that
// requires it, or nil for the module itself.
func (v *version) require(by *loadedFile, key string, evaluate func(f *loadedFile, exports *goja.Object) error) (*loadedFile, error) {
	if by != nil && !slices.Contains(by.needs, key) { // a handler may call require for each message
		by.needs = append(by.needs, key)
	}
	if f := v.files[key]; f != nil {
		return f, nil // complete, or part of a cycle; then, as in Node, with what it has exported so far
	}
	if len(v.files) >= maxFiles {
		return nil, fmt.Errorf("require %s: a module may load %d files and no more", key, maxFiles)
	}
	vm := v.worker.vm
	f := &loadedFile{key: key, name: v.name(key), version: v, module: vm.NewObject(), late: v.worker.loading == nil}
	if v.previous != nil {
		f.hot.previous = v.previous.files[key]
	}
	exports := vm.NewObject()
	for _, p := range []struct {
		name  string
		value any
	}{{"exports", exports}, {"id", key}, {"filename", key}, {"loaded", false}, {"hot", f.jsHot(v.number)}, {"server", v.worker.server}} {
		if err := f.module.Set(p.name, p.value); err != nil {
			return nil, err
		}
	}
	v.files[key], f.loading = f, true
	outer := v.worker.innermost
	v.worker.innermost = f
	err := evaluate(f, exports)
	v.worker.innermost, f.loading = outer, false
	if f.late {
		v.worker.resource.runtime.watcher.Add(f.inputs)
	}
	if err != nil {
		f.endOperations()
		delete(v.files, key) // as in Node, the next require tries again
		return nil, err
	}
	return f, f.module.Set("loaded", true)
}

// evaluateFile evaluates a file of the folder that is not part of a package.
func (v *version) evaluateFile(f *loadedFile, exports *goja.Object) error {
	w := v.worker
	text, err := w.resource.runtime.folder.Read(f.key)
	if err != nil {
		w.seen[f.key] = source.Unreadable
		return fmt.Errorf("read %s: %w", w.resource.runtime.folder.Show(f.key), err)
	}
	hash := source.Hash(text)
	f.inputs = source.Inputs{f.key: hash}
	w.seen[f.key] = hash
	if path.Ext(f.key) == ".json" {
		text = bytes.TrimPrefix(text, []byte("\ufeff")) // editors write it, and Node accepts it
		parsed, err := w.parseJSON(goja.Undefined(), w.vm.ToValue(string(text)))
		if err != nil {
			return source.JSONError(f.name, text, err)
		}
		return f.module.Set("exports", parsed)
	}
	program := w.prepared.Take(f.name, hash)
	if program == nil {
		if w.stopwatch.pause(func() { program, err = source.Compile(f.key, f.name, text) }); err != nil {
			return err
		}
		w.prepared.Put(f.name, hash, program)
	}
	w.sources.add(f.name, string(text))
	v.noteShared(f)
	return v.run(f, program, exports)
}

// evaluatePackage evaluates the bundle of a package in node_modules.
func (v *version) evaluatePackage(f *loadedFile, exports *goja.Object) error {
	w := v.worker
	var b *source.Bundle
	var program *goja.Program
	var err error
	w.stopwatch.pause(func() {
		if b, err = w.resource.runtime.folder.Bundle(path.Dir(f.key), f.request); err != nil {
			return
		}
		if program = w.prepared.Take(f.name, b.Hash()); program == nil {
			if program, err = b.Compile(v.number); err == nil {
				w.prepared.Put(f.name, b.Hash(), program)
			}
		}
	})
	f.inputs = b.Inputs
	maps.Copy(w.seen, b.Inputs)
	if err != nil {
		w.resource.runtime.watcher.AddPackage(f.key)
		return err
	}
	return v.run(f, program, exports)
}

// run calls the function to which a program evaluates; see [source.Compile].
func (v *version) run(f *loadedFile, program *goja.Program, exports *goja.Object) error {
	vm := v.worker.vm
	wrapper, err := vm.RunProgram(program)
	if err != nil {
		return err
	}
	v.worker.environment.Enter() // RunProgram undid it
	call, ok := goja.AssertFunction(wrapper)
	if !ok {
		return fmt.Errorf("%s closes more brackets than it opens", v.worker.resource.runtime.folder.Show(f.key))
	}
	args := []goja.Value{
		exports, v.worker.named("require", 1, f.jsRequire), f.module,
		vm.ToValue(f.key), vm.ToValue(path.Dir(f.key)),
	}
	_, err = call(exports, append(args, v.worker.timerFunctions(f)...)...)
	return err
}

// jsRequire is the function require of one file.
func (f *loadedFile) jsRequire(call goja.FunctionCall) goja.Value {
	w := f.version.worker
	request, ok := call.Argument(0).(goja.String)
	if !ok {
		panic(w.vm.NewTypeError("require takes the name of a module, a string"))
	}
	exports, err := f.require(request.String())
	if err != nil {
		panic(w.throwable(err))
	}
	return exports
}

// require returns the exports of a built-in module, a file or a package.
func (f *loadedFile) require(request string) (goja.Value, error) {
	v := f.version
	w := v.worker
	// As in Node, built-in modules take precedence over packages of the same name. Those are in
	// node_modules because another package depends on them, and are written for browsers. "events/"
	// requires the package.
	if exports, ok := w.environment.Builtin(request); ok {
		return exports, nil
	}
	key, inPackage, err := w.resource.runtime.folder.Resolve(f.key, request)
	if err != nil {
		f.lookFor(request)
		return nil, err
	}
	evaluate := v.evaluateFile
	if inPackage {
		evaluate = func(f *loadedFile, exports *goja.Object) error {
			f.request = request
			return v.evaluatePackage(f, exports)
		}
	}
	loaded, err := v.require(f, key, evaluate)
	if err != nil {
		return nil, err
	}
	return loaded.module.Get("exports"), nil
}

// lookFor records the files that could have satisfied a request which failed while f loaded, so that f
// is loaded again when one of them appears.
func (f *loadedFile) lookFor(request string) {
	if !f.loading || f.request != "" {
		return
	}
	for _, file := range source.Candidates(f.key, request) {
		f.inputs[file], f.version.worker.seen[file] = source.Unreadable, source.Unreadable
	}
}
