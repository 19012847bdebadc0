package source

import (
	"encoding/json"
	"path"
	"strings"
	"sync"
)

// filesRead records what a bundle is made of: its files, and the package.json of each package,
// which selects the files.
type filesRead struct {
	mu       sync.Mutex
	inputs   Inputs                     // guarded by mu, because esbuild reads on several goroutines
	excludes map[string]map[string]bool // guarded by mu: see excluded; by directory; nil: it has no package.json
}

func (f *filesRead) add(folder *Folder, file string, data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inputs == nil {
		f.inputs = Inputs{}
	}
	f.inputs[file] = Hash(data)
	if at := strings.LastIndex(file, "node_modules/"); at >= 0 {
		manifest := file[:at] + "node_modules/" + packageName(file[at+len("node_modules/"):]) + "/package.json"
		if _, known := f.inputs[manifest]; !known {
			if data, err := folder.Read(manifest); err == nil {
				f.inputs[manifest] = Hash(data)
			}
		}
	}
}

// leavesOut reports whether the package of a file excludes it outside Node, by "browser":
// {"./file.js": false} in its package.json. esbuild knows, but does not tell its plugins.
func (f *filesRead) leavesOut(folder *Folder, file string) bool {
	at := strings.LastIndex(file, "node_modules/")
	if at < 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for dir := path.Dir(file); len(dir) > at+len("node_modules/"); dir = path.Dir(dir) {
		if excluded := f.excluded(folder, dir); excluded != nil {
			return excluded[strings.TrimSuffix(file, ".js")]
		}
	}
	return false
}

// excluded returns the files, without .js, that the package.json of a directory excludes, or nil if there is
// none. It reads each once: that of a package of many files may be long. The caller holds mu.
func (f *filesRead) excluded(folder *Folder, dir string) map[string]bool {
	if known, ok := f.excludes[dir]; ok {
		return known
	}
	if f.excludes == nil {
		f.excludes = map[string]map[string]bool{}
	}
	f.excludes[dir] = nil
	data, err := folder.Read(dir + "/package.json")
	if err != nil {
		return nil
	}
	var p struct {
		Browser map[string]any `json:"browser"` // or a string, which does not matter here
	}
	_ = json.Unmarshal(data, &p)
	excluded := map[string]bool{}
	for name, to := range p.Browser {
		if to == false {
			excluded[strings.TrimSuffix(path.Join(dir, name), ".js")] = true
		}
	}
	f.excludes[dir] = excluded
	return excluded
}
