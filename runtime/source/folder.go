package source

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// A Folder is the folder of the modules. Nothing outside it is read, symbolic links included. Its methods may be called
// from any goroutine.
//
// Files are named by their path below the folder, with slashes: "chat.js", "lib/time.js".
type Folder struct {
	// fixed after OpenFolder
	dir   string
	shown string
	log   *slog.Logger

	opened atomic.Pointer[os.Root] // the folder; another one when it was replaced

	bundling sync.Mutex
	bundles  map[string]*Bundle // guarded by bundling: by directory and request
}

// OpenFolder opens the folder dir. In messages its files are shown as shown + "/" + their name. log takes what keeps files of
// the folder from being used; it must not be nil.
func OpenFolder(dir, shown string, log *slog.Logger) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, shown: shown, log: log, bundles: map[string]*Bundle{}}
	f.opened.Store(root)
	return f, nil
}

// Close closes the folder. No file can be read afterwards.
func (f *Folder) Close() error { return f.root().Close() }

// root is the folder of the modules: nothing outside of it is read.
func (f *Folder) root() *os.Root { return f.opened.Load() }

// Read reads a file of the folder, if it is one: a pipe, say, would be waited for.
func (f *Folder) Read(file string) ([]byte, error) {
	info, err := f.root().Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: file, Err: errors.New("not a regular file")}
	}
	return f.root().ReadFile(file)
}

// Show is the name of a file in messages: "modules/chat.js".
func (f *Folder) Show(file string) string {
	return f.shown + "/" + file
}

// Name is what stack traces call a file: the file as the user knows it, and the number of the version, "modules/chat.js@2".
func (f *Folder) Name(file string, version int) string {
	return f.Show(file) + "@" + strconv.Itoa(version)
}

// SplitName takes the name of a file in stack traces apart: "modules/chat.js@2" is version 2 of modules/chat.js. What
// the server brings with it has no version.
func SplitName(name string) (file, version string) {
	at := strings.LastIndexByte(name, '@')
	if at < 0 || strings.Trim(name[at+1:], "0123456789") != "" {
		return name, ""
	}
	return name[:at], name[at+1:]
}

// isReplaced says whether there is another folder now where that of the modules was: deployments put a new one in its
// place, or let a symbolic link lead to it.
func (f *Folder) isReplaced() bool {
	is, err := os.Stat(f.dir)
	if err != nil || !is.IsDir() {
		return false
	}
	was, err := f.root().Stat(".")
	if err != nil {
		return !errors.Is(err, os.ErrClosed)
	}
	return !os.SameFile(is, was)
}

// Reopen turns to the folder that there is now, if it is another one than was opened. Who still reads the one before does so to
// the end: it is closed when nobody holds it any more.
func (f *Folder) Reopen() (replaced bool) {
	if !f.isReplaced() {
		return false
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		f.log.Warn("the modules folder was replaced, and the new one cannot be opened", "error", err)
		return false
	}
	f.opened.Store(root)
	return true
}
