package runtime

import (
	"maps"

	"node.websocket/runtime/source"
)

// checkIdle compiles the modules that no worker runs and that have changed since they were last
// compiled, so that a mistake shows when the file is saved, not when a client connects.
func (r *Runtime) checkIdle(read func(string) uint64) {
	files, err := r.folder.List()
	if err != nil {
		return
	}
	r.noteFiles(files)
	present := map[string]bool{}
	for _, f := range files {
		present[f.File] = true
		r.mu.Lock()
		_, running := r.resources[f.Name]
		r.mu.Unlock()
		hash := read(f.File)
		if hash == source.Unreadable || r.checked[f.File].hash == hash {
			continue
		}
		was := r.checked[f.File]
		if running {
			r.catalogue.set(f.Name, nil)
			r.checked[f.File] = checkedFile{hash: hash}
			continue
		}
		err := r.compiles(f)
		r.checked[f.File] = checkedFile{hash, err != nil}
		if err == nil {
			r.catalogue.set(f.Name, nil)
		}
		switch {
		case err != nil:
			r.logCompileError(f.Name, err)
		case r.preloader.add(f.Name):
		case was.broken:
			r.log.Info("mended: compiles, and is loaded when it is first asked for", "resource", f.Name)
		}
	}
	maps.DeleteFunc(r.checked, func(file string, _ checkedFile) bool { return !present[file] })
}

// noteFiles notes which modules there are, for Modules.
func (r *Runtime) noteFiles(files []source.Resource) {
	shown := make(map[string]string, len(files))
	for _, f := range files {
		shown[f.Name] = r.folder.Show(f.File)
	}
	r.catalogue.list(shown)
}

// A checkedFile is the result of compiling the file of a module that no worker runs.
type checkedFile struct {
	hash   uint64
	broken bool // it did not compile
}

// compiles returns the error of compiling a resource's file. It keeps the program for the first load, of as many
// modules as are loaded in the background.
func (r *Runtime) compiles(f source.Resource) error {
	text, err := r.folder.Read(f.File)
	if err != nil {
		return err
	}
	name := r.folder.Name(f.File, 1)
	program, err := source.Compile(f.File, name, text)
	if err == nil && r.compiled.Len() < maxPreload {
		r.compiled.Put(name, source.Hash(text), program)
	}
	return err
}
