package runtime

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is how long nothing may happen before what happened is looked at: an editor saves in several steps.
	quiet = 30 * time.Millisecond
	// patience bounds that wait where something happens all the time.
	patience = 150 * time.Millisecond
)

// A watcher says when files change. It watches folders, not files: editors save by putting a new file in the place of the
// old, and what is new has no watch of its own.
type watcher struct {
	runtime *Runtime
	events  *fsnotify.Watcher
	base    string // the folder of the modules, as fsnotify names it

	mu      sync.Mutex
	folders map[string]bool // guarded by mu: what is watched, by path below base
}

// startWatching watches the folder of the modules, and what modules are made of, until the Runtime is closed.
func (r *Runtime) startWatching() error {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	w := &watcher{runtime: r, events: events, base: r.options.Dir, folders: map[string]bool{}}
	if err := w.addTree("."); err != nil {
		_ = events.Close()
		return err
	}
	r.watcher = w
	go w.run() // ends at Close
	return nil
}

// watch sees to it that changes of files are noticed. What is in node_modules is only watched once it is in use.
func (r *Runtime) watch(files inputs) {
	if r.watcher == nil {
		return
	}
	for file := range files {
		// What is not there comes with its folder, or one above.
		for dir := path.Dir(file); !r.watcher.add(dir); dir = path.Dir(dir) {
		}
	}
}

// addTree watches a folder and those in it.
func (w *watcher) addTree(folder string) error {
	return fs.WalkDir(w.runtime.root.FS(), folder, func(p string, d fs.DirEntry, err error) error {
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
		w.add(p)
		return nil
	})
}

// add watches a folder. It is false if there is none.
func (w *watcher) add(folder string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.folders[folder] {
		return true
	}
	err := w.events.Add(filepath.Join(w.base, filepath.FromSlash(folder)))
	switch {
	case err == nil:
		w.folders[folder] = true
	case errors.Is(err, fs.ErrNotExist):
		return folder == "."
	case errors.Is(err, fsnotify.ErrClosed):
	default:
		w.runtime.log.Warn("cannot watch a folder; what changes in it is not seen before a SIGHUP", "folder", w.runtime.show(folder), "error", err)
	}
	return true
}

func (w *watcher) forget(folder string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for f := range w.folders {
		if f == folder || strings.HasPrefix(f, folder+"/") {
			delete(w.folders, f)
		}
	}
}

func (w *watcher) run() {
	defer w.events.Close()
	look := time.NewTimer(time.Hour)
	look.Stop()
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
		case err, ok := <-w.events.Errors:
			if !ok {
				return
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) { // more happened than was told
				_ = w.addTree(".")
				noted()
				continue
			}
			w.runtime.log.Warn("watching the modules", "error", err)
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
			_ = w.addTree(below)
		}
	case e.Has(fsnotify.Remove), e.Has(fsnotify.Rename):
		w.forget(below)
	}
}
