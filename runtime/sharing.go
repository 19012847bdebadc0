package runtime

import (
	"log/slog"
	"sync"
)

// sharing notes which files several resources require. Each resource has its own VM, so such a file is evaluated for
// each of them, and its variables are not shared, which authors may expect because it is so in Node.
type sharing struct {
	mu sync.Mutex

	// Guarded by mu.
	by map[string]string // the first resource that required a file; "": a second one has, and that was logged
}

// note notes that a resource requires a file, and reports whether it is the first to share it with another.
func (s *sharing) note(file, resource string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = make(map[string]string)
	}
	first, known := s.by[file]
	switch {
	case !known:
		s.by[file] = resource
		return false
	case first == "" || first == resource:
		return false
	}
	s.by[file] = ""
	return true
}

// noteShared logs, once for each file, that several resources require it.
func (v *version) noteShared(f *loadedFile) {
	w := v.worker
	if f.key != v.entry && w.resource.runtime.sharing.note(f.key, w.resource.name) {
		w.logAt(slog.LevelInfo, "this file is loaded anew for each resource that requires it, so its variables are not shared; use topics, or require('storage')",
			"file", w.resource.runtime.folder.Show(f.key))
	}
}
