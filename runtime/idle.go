package runtime

import "maps"

// checkIdle compiles modules that no worker runs and that have changed since they were last looked at, so that a mistake
// is shown when it is saved, not when somebody connects.
func (r *Runtime) checkIdle(read func(string) uint64) {
	files, err := r.list(false)
	if err != nil {
		return
	}
	present := map[string]bool{}
	for _, f := range files {
		present[f.path] = true
		r.mu.Lock()
		_, running := r.workers[f.resource]
		r.mu.Unlock()
		hash := read(f.path)
		if hash == unreadable || r.checked[f.path].hash == hash {
			continue
		}
		was := r.checked[f.path]
		if running {
			r.checked[f.path] = checkedFile{hash: hash}
			continue
		}
		err := r.compiles(f)
		r.checked[f.path] = checkedFile{hash, err != nil}
		switch {
		case err != nil:
			r.logCompileError(f.resource, err)
		case was.broken:
			r.log.Info("mended: compiles, and is loaded when it is first asked for", "resource", f.resource)
		}
	}
	maps.DeleteFunc(r.checked, func(file string, _ checkedFile) bool { return !present[file] })
}

// A checkedFile is what is known of a module's file that no worker runs.
type checkedFile struct {
	hash   uint64
	broken bool
}

func (r *Runtime) compiles(f moduleFile) error {
	source, err := r.readFile(f.path)
	if err == nil {
		_, err = compileFile(f.path, r.show(f.path), source)
	}
	return err
}
