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
	// quiet is the time without an event before changes are looked for, because editors save in
	// several steps.
	quiet = 30 * time.Millisecond
	// patience bounds that wait if events keep coming.
	patience = 150 * time.Millisecond
	// presence is the interval of checks that the folder is still the one watched.
	presence = time.Second
)

// A Watcher notices when files may have changed. It watches directories, because editors save by
// putting a new file in the place of the old one, and the new one would not be watched. The methods
// of a nil Watcher, except Run, do nothing.
type Watcher struct {
	folder   *Folder
	events   *fsnotify.Watcher
	base     string        // the path of the folder in fsnotify's events
	overflow chan struct{} // gets a value when events were lost

	mu      sync.Mutex
	folders map[string]bool // guarded by mu: the directories watched, by path below base
	told    bool            // guarded by mu: a warning of what cannot be watched was logged
}

// NewWatcher starts watching a folder and the directories in it, except node_modules. Its events
// wait until [Watcher.Run] is called, which must be called once and ends the watching.
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

// Add watches the directories of files that a module was made of, even in node_modules, and those
// of the targets of symbolic links.
func (w *Watcher) Add(files Inputs) {
	if w == nil {
		return
	}
	for file := range files {
		w.addNearest(path.Dir(file))
		if strings.Contains(file, "node_modules/") { // there it is directories that are links, and these are followed
			continue
		}
		if info, err := w.folder.root().Lstat(file); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if real, ok := w.realPath(file); ok {
				w.addNearest(path.Dir(real))
			}
		}
	}
}

// AddPackage watches all of a package that could not be used, and the directory that holds it,
// because the package may be about to be installed.
func (w *Watcher) AddPackage(folder string) {
	if w != nil {
		w.addNearest(path.Dir(folder))
		_ = w.addTree(folder)
	}
}

// realPath returns the file that a symbolic link leads to, and reports whether it lies in the
// folder.
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

// addNearest watches a directory or, if it does not exist, the nearest one above, where it will
// appear.
func (w *Watcher) addNearest(folder string) {
	for errors.Is(w.add(folder), fs.ErrNotExist) && folder != "." {
		folder = path.Dir(folder)
	}
}

// addTree watches a directory and those in it, except node_modules and hidden ones.
func (w *Watcher) addTree(folder string) error {
	return fs.WalkDir(w.folder.root().FS(), folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if p == "." {
				return err
			}
			_ = w.folder.shortage.note(w.folder.log, err)
			return nil // deleted meanwhile, which is an event of its own
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

// add watches a directory. It logs the first error other than fs.ErrNotExist.
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

// watchError explains errors of inotify, whose usual texts speak of disks and files.
func watchError(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("too many folders are watched on this machine; raise fs.inotify.max_user_watches (%w)", err)
	case errors.Is(err, syscall.EMFILE):
		return fmt.Errorf("too many programs watch folders on this machine, or too many files are open; raise fs.inotify.max_user_instances, or ulimit -n (%w)", err)
	}
	return err
}

// forget stops watching a directory and those in it, which were deleted or renamed.
func (w *Watcher) forget(folder string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for f := range w.folders {
		if f == folder || folder == "." || strings.HasPrefix(f, folder+"/") {
			delete(w.folders, f)
			// A renamed directory is still watched, under the name that it had.
			_ = w.events.Remove(filepath.Join(w.base, filepath.FromSlash(f)))
		}
	}
}

// Again watches everything anew that was watched and still exists.
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

// isWatched reports whether the folder itself is watched.
func (w *Watcher) isWatched() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.folders["."]
}

// drain reads fsnotify's Errors; otherwise fsnotify blocks while holding the lock that Add needs.
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

// Run calls changed, on its own goroutine, when files may have changed and no event has come for 30
// ms, or 150 ms after the first event; and each second in which files could not be read for lack of file
// descriptors. It returns when done is closed.
func (w *Watcher) Run(done <-chan struct{}, changed func()) {
	defer w.events.Close()
	go w.drain() // ends with Run
	look := time.NewTimer(time.Hour)
	look.Stop()
	there := time.NewTicker(presence)
	defer there.Stop()
	var since time.Time // when the first event came that changed was not called for
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
			if w.folder.shortage.noticed.Swap(false) {
				w.Again() // there may be new directories, which could not be listed
				noted()
			} else if w.folder.isReplaced() {
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

// event follows directories that appear and disappear. What has changed in files is found by
// reading them.
func (w *Watcher) event(e fsnotify.Event) {
	below, err := filepath.Rel(w.base, e.Name)
	if err != nil {
		return
	}
	below = filepath.ToSlash(below)
	switch {
	case e.Has(fsnotify.Create):
		if info, err := os.Stat(e.Name); err == nil && info.IsDir() && path.Base(below) != "node_modules" {
			w.forget(below) // the watch of a former directory of that name
			_ = w.addTree(below)
		}
	case e.Has(fsnotify.Remove), e.Has(fsnotify.Rename):
		w.forget(below)
	}
}
