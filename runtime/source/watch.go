package source

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is how long nothing may happen before what happened is looked at: an editor saves in several steps.
	quiet = 30 * time.Millisecond
	// patience bounds that wait where something happens all the time.
	patience = 150 * time.Millisecond
	// presence is how often it is looked whether the folder of the modules is still the one that is watched.
	presence = time.Second
)

// A Watcher says when files change. It watches folders, not files: editors save by putting a new file in the place of the
// old, and what is new has no watch of its own.
type Watcher struct {
	folder   *Folder
	events   *fsnotify.Watcher
	base     string        // the folder of the modules, as fsnotify names it
	overflow chan struct{} // more happened than was told

	mu      sync.Mutex
	folders map[string]bool // guarded by mu: what is watched, by path below base
	told    bool            // guarded by mu: that a folder cannot be watched
}

// NewWatcher watches the folder of the modules. What modules are made of is added to it, and Run tells what happens.
func NewWatcher(f *Folder) (*Watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, watchError(err)
	}
	w := &Watcher{folder: f, events: events, base: f.dir, overflow: make(chan struct{}, 1), folders: map[string]bool{}}
	if err := w.addTree("."); err != nil {
		_ = events.Close()
		return nil, watchError(err)
	}
	return w, nil
}

// Add sees to it that changes of files are noticed. What is in node_modules is only watched once it is in use.
func (w *Watcher) Add(files Inputs) {
	if w == nil {
		return
	}
	for file := range files {
		w.addNearest(path.Dir(file))
		if strings.Contains(file, "node_modules/") { // packages are linked by folder, which is followed
			continue
		}
		if info, err := w.folder.root().Lstat(file); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if real, ok := w.realPath(file); ok {
				w.addNearest(path.Dir(real))
			}
		}
	}
}

// AddPackage watches a package that could not be used, all of it and what is beside it: it may be on its way.
func (w *Watcher) AddPackage(folder string) {
	if w != nil {
		w.addNearest(path.Dir(folder))
		_ = w.addTree(folder)
	}
}

// realPath is the file that a symbolic link leads to.
func (w *Watcher) realPath(file string) (string, bool) {
	base, err := filepath.EvalSymlinks(w.base)
	if err != nil {
		return "", false
	}
	real, err := filepath.EvalSymlinks(filepath.Join(w.base, filepath.FromSlash(file)))
	if err != nil {
		return "", false
	}
	real, err = filepath.Rel(base, real)
	return filepath.ToSlash(real), err == nil && filepath.IsLocal(real)
}

// addNearest watches a folder or, where there is none, the nearest above it, which it will come in.
func (w *Watcher) addNearest(folder string) {
	for errors.Is(w.add(folder), fs.ErrNotExist) && folder != "." {
		folder = path.Dir(folder)
	}
}

// addTree watches a folder and those in it.
func (w *Watcher) addTree(folder string) error {
	return fs.WalkDir(w.folder.root().FS(), folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if p == "." {
				return err
			}
			return nil // gone again; its end is an event of its own
		}
		if !d.IsDir() {
			return nil
		}
		if name := d.Name(); p != "." && (name == "node_modules" || strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		_ = w.add(p)
		return nil
	})
}

// add watches a folder. That it cannot is told, once, unless there is no such folder.
func (w *Watcher) add(folder string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.folders[folder] {
		return nil
	}
	err := w.events.Add(filepath.Join(w.base, filepath.FromSlash(folder)))
	if err == nil {
		w.folders[folder] = true
	} else if !w.told && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fsnotify.ErrClosed) {
		w.told = true
		w.folder.log.Warn("cannot watch a folder; what changes in it, and perhaps in others, is not seen before a SIGHUP",
			"folder", w.folder.Show(folder), "error", watchError(err))
	}
	return err
}

// watchError says what the errors of inotify mean, whose texts are of other things.
func watchError(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("too many folders are watched on this machine; raise fs.inotify.max_user_watches (%w)", err)
	case errors.Is(err, syscall.EMFILE):
		return fmt.Errorf("too many programs watch folders on this machine, or too many files are open; raise fs.inotify.max_user_instances, or ulimit -n (%w)", err)
	}
	return err
}

// forget drops a folder and those in it, which are gone or have another name.
func (w *Watcher) forget(folder string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for f := range w.folders {
		if f == folder || folder == "." || strings.HasPrefix(f, folder+"/") {
			delete(w.folders, f)
			// What was renamed is watched on, under the name that it had.
			_ = w.events.Remove(filepath.Join(w.base, filepath.FromSlash(f)))
		}
	}
}

// Again watches anew all that was watched, as far as it is there.
func (w *Watcher) Again() {
	if w == nil {
		return
	}
	w.mu.Lock()
	folders := maps.Clone(w.folders)
	w.mu.Unlock()
	w.forget(".")
	_ = w.addTree(".")
	for folder := range folders {
		_ = w.add(folder)
	}
}

// isWatched says whether the folder of the modules is.
func (w *Watcher) isWatched() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.folders["."]
}

// drain takes what fsnotify complains of, which would else wait with a lock held that add needs.
func (w *Watcher) drain() {
	for err := range w.events.Errors {
		if !errors.Is(err, fsnotify.ErrEventOverflow) {
			w.folder.log.Warn("watching the modules", "error", err)
			continue
		}
		select {
		case w.overflow <- struct{}{}:
		default:
		}
	}
}

// Run calls changed when files may have changed. It returns when done is closed, and is called once.
func (w *Watcher) Run(done <-chan struct{}, changed func()) {
	defer w.events.Close()
	go w.drain() // ends with Run
	look := time.NewTimer(time.Hour)
	look.Stop()
	there := time.NewTicker(presence)
	defer there.Stop()
	var since time.Time // of the first event that was not looked at
	noted := func() {
		now := time.Now()
		if since.IsZero() {
			since = now
		}
		look.Reset(min(quiet, time.Until(since.Add(patience))))
	}
	for {
		select {
		case <-done:
			return
		case e, ok := <-w.events.Events:
			if !ok {
				return
			}
			w.event(e)
			noted()
		case <-w.overflow:
			w.Again()
			noted()
		case <-there.C:
			if w.folder.isReplaced() {
				noted()
			} else if !w.isWatched() && w.add(".") == nil {
				w.Again()
				noted()
			}
		case <-look.C:
			since = time.Time{}
			changed()
		}
	}
}

// event keeps up with folders that come and go. Which files changed is found by reading them.
func (w *Watcher) event(e fsnotify.Event) {
	below, err := filepath.Rel(w.base, e.Name)
	if err != nil {
		return
	}
	below = filepath.ToSlash(below)
	switch {
	case e.Has(fsnotify.Create):
		if info, err := os.Stat(e.Name); err == nil && info.IsDir() && path.Base(below) != "node_modules" {
			w.forget(below) // another one may have been there
			_ = w.addTree(below)
		}
	case e.Has(fsnotify.Remove), e.Has(fsnotify.Rename):
		w.forget(below)
	}
}
