package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// extensions are the endings of a module's file, in the order in which they are tried.
var extensions = []string{".js", ".mjs", ".cjs", ".ts"}

// Find returns the file that serves a resource, such as "chat" or "a/b". The error is
// fs.ErrNotExist if there is none, or if the name is not one that a handshake can have. If it cannot be
// told, IsShortage reports so.
func (f *Folder) Find(resource string) (string, error) {
	if !isResource(resource) {
		return "", fmt.Errorf("resource %q: %w", resource, fs.ErrNotExist)
	}
	for _, ext := range extensions {
		info, err := f.root().Stat(resource + ext)
		if IsShortage(err) {
			return "", fmt.Errorf("resource %q: %w", resource, f.shortage.note(f.log, err))
		}
		if err == nil && info.Mode().IsRegular() {
			return resource + ext, nil
		}
	}
	return "", fmt.Errorf("resource %q: %w", resource, fs.ErrNotExist)
}

// resourceName matches what a handshake can name, except that it allows "..". It is the one place for this rule: the
// transport hands on any name that has no empty or dot segment.
var resourceName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.-]*(/[a-z0-9_][a-z0-9_.-]*)*$`)

// isResource reports whether a name may be a resource.
func isResource(name string) bool {
	return resourceName.MatchString(name) && !strings.Contains(name, "..") && !isPrivate(name)
}

// isPrivate reports whether a path is for require only: lib/, node_modules/, and names that begin
// with "_", except _default, or with ".".
func isPrivate(name string) bool {
	segments := strings.Split(name, "/")
	for i, s := range segments {
		isDefault := s == "_default" && i == len(segments)-1
		if s == "lib" || s == "node_modules" || strings.HasPrefix(s, ".") || strings.HasPrefix(s, "_") && !isDefault {
			return true
		}
	}
	return false
}

// A Resource is a name that a handshake can have, and the file that serves it.
type Resource struct{ Name, File string }

// List returns every resource of the folder, sorted by name. If two files have one name, it lists
// the one that Find returns. If tell is set, it logs what keeps a file from being a resource.
func (f *Folder) List(tell bool) ([]Resource, error) {
	var files []Resource
	err := fs.WalkDir(f.root().FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			_ = f.shortage.note(f.log, err)
			if p == "." {
				return err
			}
			if tell {
				f.log.Warn("cannot read a folder of modules; what is in it is not served", "folder", f.Show(p), "error", err)
			}
			return fs.SkipDir
		}
		if d.IsDir() {
			if p != "." && isPrivate(p) {
				return fs.SkipDir
			}
			return nil
		}
		ext := path.Ext(p)
		name := strings.TrimSuffix(p, ext)
		if !slices.Contains(extensions, ext) || strings.HasSuffix(name, ".d") && ext == ".ts" {
			return nil
		}
		if !isResource(name) {
			if tell && !isPrivate(name) {
				f.log.Warn("no client can reach this module: a resource is made of a-z, 0-9, _, - and .; rename the file", "file", f.Show(p))
			}
			return nil
		}
		chosen, err := f.Find(name)
		if err == nil && chosen == p {
			files = append(files, Resource{Name: name, File: p})
		} else if tell && errors.Is(err, fs.ErrNotExist) {
			f.log.Warn("no client can reach this module: it is not a regular file, or a link that leads out of the folder", "file", f.Show(p))
		}
		return nil
	})
	slices.SortFunc(files, func(a, b Resource) int { return strings.Compare(a.Name, b.Name) })
	return files, err
}
