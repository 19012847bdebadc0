package permission

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// special are directories whose files are no data but the system's, such as /proc/self/environ, which
// has the environment, or devices. They are read only if they are granted by name, not as a part of /.
var special = []string{"/proc", "/sys", "/dev"}

// ErrNotRegular is the error for reading a device, a FIFO or a socket, which might never end.
var ErrNotRegular = errors.New("it is neither a file nor a directory")

// A place locates a file that may be read.
type place struct {
	root string // a directory that a grant leads to
	name string // the file's path in it, without symbolic links
}

// path returns the absolute path of the place.
func (p place) path() string { return filepath.Join(p.root, p.name) }

// locate returns the place of a file, which is relative to the working directory. The name itself has
// to be granted, and so does what it leads to by way of symbolic links. Without follow, the last
// segment of the name may be a link that leads elsewhere.
func (s Set) locate(name string, follow bool) (place, error) {
	if strings.ContainsRune(name, 0) || name == "" {
		return place{}, fmt.Errorf("%w: %q", fs.ErrInvalid, name)
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return place{}, err
	}
	if !s.Read.All && !slices.ContainsFunc(s.Read.Names, func(grant string) bool {
		grant, err := filepath.Abs(grant)
		return err == nil && contains(grant, abs)
	}) {
		return place{}, &Denied{"reading " + abs, "--allow-read=" + abs}
	}
	real, err := filepath.EvalSymlinks(abs)
	if !follow {
		if real, err = filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
			real = filepath.Join(real, filepath.Base(abs))
		}
	}
	if err != nil {
		return place{}, err
	}
	grants := s.Read.Names
	if s.Read.All {
		grants = []string{filepath.VolumeName(real) + string(filepath.Separator)}
	}
	for _, grant := range grants {
		if root, err := rootOf(grant); err == nil && contains(root, real) && !isSpecial(root, real) {
			return within(root, real)
		}
	}
	return place{}, &Denied{fmt.Sprintf("reading %s, where %s leads,", real, abs), "--allow-read=" + real}
}

// rootOf returns the path that a grant leads to, without symbolic links.
func rootOf(grant string) (string, error) {
	abs, err := filepath.Abs(grant)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// within returns the place of real, which root contains. What is granted may be a single file.
func within(root, real string) (place, error) {
	if root == real {
		if info, err := os.Lstat(root); err != nil {
			return place{}, err
		} else if !info.IsDir() {
			return place{filepath.Dir(root), filepath.Base(root)}, nil
		}
	}
	name, err := filepath.Rel(root, real)
	return place{root, name}, err
}

// contains reports whether the directory dir is, or contains, a path. Both are absolute and clean.
func contains(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// isSpecial reports whether a path is in a special directory that the grant of root does not name.
func isSpecial(root, path string) bool {
	return slices.ContainsFunc(special, func(dir string) bool { return contains(dir, path) && !contains(dir, root) })
}

// in calls f with the place's root opened, so that no symbolic link that is made meanwhile leads out of it.
func (p place) in(f func(root *os.Root) error) error {
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return err
	}
	defer root.Close()
	return f(root)
}

// Open opens a file or a directory for reading. The error is a *[Denied] if it is not granted, and
// [ErrNotRegular] if it is neither.
func (s Set) Open(name string) (file *os.File, info fs.FileInfo, err error) {
	p, err := s.locate(name, true)
	if err != nil {
		return nil, nil, err
	}
	err = p.in(func(root *os.Root) error {
		// To open a device may have an effect already. A FIFO that has taken the file's place since does
		// not keep a caller waiting, because of openFlags.
		if info, err = root.Stat(p.name); err != nil {
			return err
		}
		if !isReadable(info) {
			return ErrNotRegular
		}
		if file, err = root.OpenFile(p.name, os.O_RDONLY|openFlags, 0); err != nil {
			return err
		}
		if info, err = file.Stat(); err == nil && !isReadable(info) {
			err = ErrNotRegular
		}
		if err != nil {
			_ = file.Close()
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return file, info, nil
}

func isReadable(info fs.FileInfo) bool { return info.Mode().IsRegular() || info.IsDir() }

// ErrTooLarge is the error for a file or a directory that is larger than the caller takes.
var ErrTooLarge = errors.New("it is too large")

// ReadFile returns the content of a file of at most limit bytes. stop is asked between two parts; what it
// returns ends the reading.
func (s Set) ReadFile(name string, limit int64, stop func() error) ([]byte, error) {
	file, info, err := s.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	}
	if info.Size() > limit {
		return nil, ErrTooLarge
	}
	data := make([]byte, 0, info.Size()+1) // one more, to see the end without another buffer
	for {
		if err := stop(); err != nil {
			return nil, err
		}
		if len(data) == cap(data) { // it has grown, or is a file of /proc, which says 0
			data = append(data, 0)[:len(data)]
		}
		n, err := file.Read(data[len(data):min(cap(data), len(data)+1<<20)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, ErrTooLarge
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		}
	}
}

// ReadDir returns the entries of a directory, which may have at most limit, sorted by name.
func (s Set) ReadDir(name string, limit int) ([]fs.DirEntry, error) {
	dir, _, err := s.Open(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(limit + 1)
	switch {
	case err != nil && err != io.EOF:
		return nil, err
	case len(entries) > limit:
		return nil, ErrTooLarge
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// Stat describes a file of any kind, or, without follow, a symbolic link itself.
func (s Set) Stat(name string, follow bool) (info fs.FileInfo, err error) {
	p, err := s.locate(name, follow)
	if err != nil {
		return nil, err
	}
	err = p.in(func(root *os.Root) error {
		info, err = root.Lstat(p.name) // locate has followed the links
		return err
	})
	return info, err
}

// RealPath returns the absolute path of a file, without symbolic links.
func (s Set) RealPath(name string) (string, error) {
	p, err := s.locate(name, true)
	return p.path(), err
}
