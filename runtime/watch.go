package runtime

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

// A watcher says when files change. It watches folders, not files: editors save by putting a new file in the place of the
// old, and what is new has no watch of its own.
type watcher struct {
	runtime  *Runtime
	events   *fsnotify.Watcher
	base     string        // the folder of the modules, as fsnotify names it
	overflow chan struct{} // more happened than was told

	mu      sync.Mutex
	folders map[string]bool // guarded by mu: what is watched, by path below base
	told    bool            // guarded by mu: that a folder cannot be watched
}

// startWatching watches the folder of the modules, and what modules are made of, until the Runtime is closed.
func (r *Runtime) startWatching() error {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	w := &watcher{runtime: r, events: events, base: r.options.Dir, overflow: make(chan struct{}, 1), folders: map[string]bool{}}
	if err := w.addTree("."); err != nil {
		_ = events.Close()
		return err
	}
	r.watcher = w
	go w.run()   // ends at Close
	go w.drain() // ends with run
	return nil
}

// watch sees to it that changes of files are noticed. What is in node_modules is only watched once it is in use.
func (r *Runtime) watch(files inputs) {
	if r.watcher == nil {
		return
	}
	for file := range files {
		r.watcher.addNearest(path.Dir(file))
		if strings.Contains(file, "node_modules/") { // packages are linked by folder, which is followed
			continue
		}
		if info, err := r.root().Lstat(file); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if real, ok := r.watcher.realPath(file); ok {
				r.watcher.addNearest(path.Dir(real))
			}
		}
	}
}

// watchPackage watches a package that could not be used, all of it and what is beside it: it may be on its way.
func (r *Runtime) watchPackage(folder string) {
	if r.watcher != nil {
		r.watcher.addNearest(path.Dir(folder))
		_ = r.watcher.addTree(folder)
	}
}

// realPath is the file that a symbolic link leads to.
func (w *watcher) realPath(file string) (string, bool) {
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
func (w *watcher) addNearest(folder string) {
	for errors.Is(w.add(folder), fs.ErrNotExist) && folder != "." {
		folder = path.Dir(folder)
	}
}

// addTree watches a folder and those in it.
func (w *watcher) addTree(folder string) error {
	return fs.WalkDir(w.runtime.root().FS(), folder, func(p string, d fs.DirEntry, err error) error {
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
func (w *watcher) add(folder string) error {
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
		w.runtime.log.Warn("cannot watch a folder; what changes in it, and perhaps in others, is not seen before a SIGHUP",
			"folder", w.runtime.show(folder), "error", watchError(err))
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
func (w *watcher) forget(folder string) {
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

// again watches anew all that was watched, as far as it is there.
func (w *watcher) again() {
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
func (w *watcher) isWatched() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.folders["."]
}

// drain takes what fsnotify complains of, which would else wait with a lock held that add needs.
func (w *watcher) drain() {
	for err := range w.events.Errors {
		if !errors.Is(err, fsnotify.ErrEventOverflow) {
			w.runtime.log.Warn("watching the modules", "error", err)
			continue
		}
		select {
		case w.overflow <- struct{}{}:
		default:
		}
	}
}

func (w *watcher) run() {
	defer w.events.Close()
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
		case <-w.runtime.closing:
			return
		case e, ok := <-w.events.Events:
			if !ok {
				return
			}
			w.event(e)
			noted()
		case <-w.overflow:
			w.again()
			noted()
		case <-there.C:
			if w.runtime.isReplaced() {
				noted()
			} else if !w.isWatched() && w.add(".") == nil {
				w.again()
				noted()
			}
		case <-look.C:
			since = time.Time{}
			w.runtime.Reload(false)
		}
	}
}

// event keeps up with folders that come and go. Which files changed is found by reading them.
func (w *watcher) event(e fsnotify.Event) {
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

// isReplaced says whether there is another folder now where that of the modules was: deployments put a new one in its
// place, or let a symbolic link lead to it.
func (r *Runtime) isReplaced() bool {
	is, err := os.Stat(r.options.Dir)
	if err != nil || !is.IsDir() {
		return false
	}
	was, err := r.root().Stat(".")
	if err != nil {
		return !errors.Is(err, os.ErrClosed)
	}
	return !os.SameFile(is, was)
}

// reopen turns to the folder that there is now. Who still reads the one before does so to the end: it is closed when nobody
// holds it any more.
func (r *Runtime) reopen() {
	if !r.isReplaced() {
		return
	}
	root, err := os.OpenRoot(r.options.Dir)
	if err != nil {
		r.log.Warn("the modules folder was replaced, and the new one cannot be opened", "error", err)
		return
	}
	r.opened.Store(root)
	if r.watcher != nil {
		r.watcher.again()
	}
}

// root is the folder of the modules: nothing outside of it is read.
func (r *Runtime) root() *os.Root { return r.opened.Load() }
