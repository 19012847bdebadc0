package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// extensions are what a module's file may end in, in the order they are tried.
var extensions = []string{".js", ".mjs", ".cjs", ".ts"}

// find returns the file that serves a resource, relative to the folder. The error is fs.ErrNotExist for anything that
// is no resource.
func (r *Runtime) find(resource string) (string, error) {
	if !isResource(resource) {
		return "", fmt.Errorf("resource %q: %w", resource, fs.ErrNotExist)
	}
	for _, ext := range extensions {
		info, err := r.root().Stat(resource + ext)
		if err == nil && info.Mode().IsRegular() {
			return resource + ext, nil
		}
	}
	return "", fmt.Errorf("resource %q: %w", resource, fs.ErrNotExist)
}

// readFile reads a file of the folder, if it is one: a pipe, say, would be waited for.
func (r *Runtime) readFile(file string) ([]byte, error) {
	info, err := r.root().Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: file, Err: errors.New("not a regular file")}
	}
	return r.root().ReadFile(file)
}

// resourceName matches what a handshake can name, if there is no ".." in it.
var resourceName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.-]*(/[a-z0-9_][a-z0-9_.-]*)*$`)

// isResource says whether a path below the folder, without its extension, may be asked for from outside.
func isResource(name string) bool {
	return resourceName.MatchString(name) && !strings.Contains(name, "..") && !isPrivate(name)
}

// isPrivate says whether a path is for require alone: lib/, node_modules/, and what begins with "_" or ".".
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

type moduleFile struct{ resource, path string }

// list finds every resource of the folder, sorted by name. Where two files serve one name, find's choice is listed. What
// keeps a file from being one is logged if tell is set.
func (r *Runtime) list(tell bool) ([]moduleFile, error) {
	var files []moduleFile
	err := fs.WalkDir(r.root().FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if p == "." {
				return err
			}
			if tell {
				r.log.Warn("cannot read a folder of modules; what is in it is not served", "folder", r.show(p), "error", err)
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
				r.log.Warn("no client can reach this module: a resource is made of a-z, 0-9, _, - and .; rename the file", "file", r.show(p))
			}
			return nil
		}
		if chosen, err := r.find(name); err == nil && chosen == p {
			files = append(files, moduleFile{resource: name, path: p})
		}
		return nil
	})
	slices.SortFunc(files, func(a, b moduleFile) int { return strings.Compare(a.resource, b.resource) })
	return files, err
}
