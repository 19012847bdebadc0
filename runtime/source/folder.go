package source

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"node.websocket/runtime/environment"
	"node.websocket/runtime/permission"
)

// A Folder is the folder of the modules. It reads nothing outside itself, not by symbolic links
// either. Its methods may be called from any goroutine.
//
// Its files are named by their path below the folder, with slashes: "chat.js", "lib/time.js".
type Folder struct {
	// fixed after OpenFolder and Grant
	dir         string
	shown       string
	log         *slog.Logger
	permissions permission.Set

	opened atomic.Pointer[os.Root] // see root

	shortage shortage
	listed   listings

	telling sync.Mutex
	told    map[string]string // guarded by telling: what keeps files from being resources, as logged, by file

	bundling sync.Mutex
	bundles  map[string]*Bundle // guarded by bundling: by directory and request
}

// OpenFolder opens the folder dir. Messages show its files as shown, a slash, and the name of the
// file. log gets warnings of what keeps files from being used; it must not be nil.
func OpenFolder(dir, shown string, log *slog.Logger) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, shown: shown, log: log, bundles: map[string]*Bundle{}}
	f.opened.Store(root)
	return f, nil
}

// Grant sets what modules may reach, which decides what built-in modules there are for packages. It must
// be called before anything is resolved.
func (f *Folder) Grant(p permission.Set) { f.permissions = p }

// Close closes the folder. Files can no longer be read.
func (f *Folder) Close() error { return f.root().Close() }

// root returns the folder as it is open now. Reopen may replace it; the former one is closed by the
// garbage collector, when nothing uses it any more.
func (f *Folder) root() *os.Root { return f.opened.Load() }

// Read reads a regular file of at most environment.SourceLimit bytes. Anything else is an error:
// reading a pipe, say, could block.
func (f *Folder) Read(file string) ([]byte, error) {
	info, err := f.root().Stat(file)
	if err != nil {
		return nil, f.shortage.note(f.log, err)
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: file, Err: errors.New("not a regular file")}
	}
	if info.Size() > environment.SourceLimit {
		return nil, &fs.PathError{Op: "read", Path: file, Err: fmt.Errorf("the file is %d bytes long; the limit is %d", info.Size(), environment.SourceLimit)}
	}
	data, err := f.root().ReadFile(file)
	return data, f.shortage.note(f.log, err)
}

// IsShort reports whether a file could not be read since the Watcher looked last, for lack of file
// descriptors. What was read meanwhile does not tell what has changed.
func (f *Folder) IsShort() bool { return f.shortage.noticed.Load() }

// Show returns the name of a file for messages, "modules/chat.js".
func (f *Folder) Show(file string) string {
	return f.shown + "/" + file
}

// Name returns the name of a file for stack traces: the one that Show returns, with the number of
// the version, "modules/chat.js@2".
func (f *Folder) Name(file string, version int) string {
	return f.Show(file) + "@" + strconv.Itoa(version)
}

// SplitName splits a name in a stack trace: "modules/chat.js@2" is version 2 of modules/chat.js.
// version is "" for code that came with the server.
func SplitName(name string) (file, version string) {
	at := strings.LastIndexByte(name, '@')
	if at < 0 || strings.Trim(name[at+1:], "0123456789") != "" {
		return name, ""
	}
	return name[:at], name[at+1:]
}

// isReplaced reports whether the path of the folder leads to another folder now. Deployments put a
// new folder in its place, or change a symbolic link.
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

// Reopen opens the folder again if its path leads to another one now, and reports whether it did.
// Calls in progress read the former folder to their end.
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
