package source

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// extensions are the endings of a module's file, in the order in which they are tried.
var extensions = []string{".js", ".mjs", ".cjs", ".ts"}

// Find returns the file that serves a resource, such as "chat", "a/b" or "rooms/[id]": "a/b.js", or else
// "a/b/index.js". The error is fs.ErrNotExist if there is none, or if a resource cannot have the name. If it
// cannot be told, IsShortage reports so.
func (f *Folder) Find(resource string) (string, error) {
	if !IsResource(resource) {
		return "", notResource(resource)
	}
	file, err := f.withExtension(resource)
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	if info, statErr := f.root().Stat(resource); statErr == nil && info.IsDir() && !isPrivate(resource+"/index") {
		return f.withExtension(resource + "/index")
	}
	return "", err
}

// withExtension returns the name of the file of a module whose name has no extension yet.
func (f *Folder) withExtension(name string) (string, error) {
	for _, ext := range extensions {
		info, err := f.root().Stat(name + ext)
		if IsShortage(err) {
			return "", fmt.Errorf("resource %q: %w", name, f.shortage.note(f.log, err))
		}
		if err == nil && info.Mode().IsRegular() {
			return name + ext, nil
		}
	}
	return "", notResource(name)
}

// exactSegment matches a segment that a path and a file can both have, except that it allows "..". With
// parameter, it is the one place for this rule: the transport hands on any name that has no empty or dot
// segment.
var exactSegment = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.-]*$`)

// IsResource reports whether a resource can have the name, such as "chat" or "rooms/[id]". That of a folder's
// index is the folder's.
func IsResource(name string) bool {
	seen := map[string]bool{}
	for segment := range strings.SplitSeq(name, "/") {
		isParameter := parameter.MatchString(segment)
		if !isParameter && !exactSegment.MatchString(segment) || seen[segment] {
			return false
		}
		seen[segment] = isParameter
	}
	return !strings.Contains(name, "..") && !isPrivate(name) && !strings.HasSuffix(name, "/index") && !isTest(name)
}

// isTest reports whether a name without its extension is that of a file with tests: "chat.test".
func isTest(name string) bool { return strings.HasSuffix(name, ".test") }

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
// the one that Find returns. It logs what keeps a file from being a resource, once for as long as that does.
func (f *Folder) List() ([]Resource, error) {
	var files []Resource
	obstacles := map[string]string{} // by file
	err := fs.WalkDir(f.root().FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			_ = f.shortage.note(f.log, err)
			if p == "." {
				return err
			}
			obstacles[p] = "cannot read a folder of modules; what is in it is not served: " + err.Error()
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
		if !slices.Contains(extensions, ext) || strings.HasSuffix(name, ".d") && ext == ".ts" || isPrivate(name) || isTest(name) {
			return nil
		}
		name = strings.TrimSuffix(name, "/index")
		if chosen, err := f.Find(name); err == nil && chosen == p {
			files = append(files, Resource{Name: name, File: p})
		} else if why := f.obstacle(p, name, chosen, err); why != "" {
			obstacles[p] = why
		}
		return nil
	})
	slices.SortFunc(files, func(a, b Resource) int { return strings.Compare(a.Name, b.Name) })
	files = f.reachable(files, obstacles)
	if err == nil {
		f.tell(obstacles)
	}
	return files, err
}

// reachable returns the resources, sorted by name, without those whose paths another one serves, because the
// two differ only in the names of parameters.
func (f *Folder) reachable(files []Resource, obstacles map[string]string) []Resource {
	first := map[string]Resource{} // by the name with all parameters alike
	return slices.DeleteFunc(files, func(r Resource) bool {
		if !isPattern(r.Name) {
			return false
		}
		segments := strings.Split(r.Name, "/")
		for i, s := range segments {
			if parameter.MatchString(s) {
				segments[i] = "[]"
			}
		}
		alike := strings.Join(segments, "/")
		if other, ok := first[alike]; ok {
			obstacles[r.File] = "no client can reach this module: " + f.Show(other.File) + " serves the same paths and comes first; rename one of them"
			return true
		}
		first[alike] = r
		return false
	})
}

// obstacle returns why a file is not the resource of its name, for which Find has returned chosen and err, or ""
// if that cannot be told.
func (f *Folder) obstacle(file, name, chosen string, err error) string {
	switch {
	case err == nil:
		return "no client can reach this module: " + f.Show(chosen) + " has the same name and comes first; rename one of them"
	case !errors.Is(err, fs.ErrNotExist):
		return ""
	case isPattern(name) && !IsResource(name):
		return "no client can reach this module: a parameter is a whole name in brackets, such as [id], made of letters, digits and _, and no two of a path are the same; rename the file"
	case name != strings.ToLower(name) && IsResource(strings.ToLower(name)):
		return "no client can reach this module: names of resources are in lower case; rename the file to " + path.Base(strings.ToLower(file))
	case !IsResource(name):
		return "no client can reach this module: a resource is made of a-z, 0-9, _, - and .; rename the file"
	}
	if to, is := f.link(file); is {
		return "no client can reach this module: it is a link to " + to + ", which is not a file in " + f.shown + "; nothing outside of it is read"
	}
	return "no client can reach this module: it is not a regular file"
}

// link returns where a file leads if it is a symbolic link, and reports whether it is.
func (f *Folder) link(file string) (to string, is bool) {
	info, err := f.root().Lstat(file)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return "", false
	}
	to, err = f.root().Readlink(file)
	return to, err == nil
}

// tell logs the obstacles that it has not logged before, and forgets those that are gone.
func (f *Folder) tell(obstacles map[string]string) {
	f.telling.Lock()
	defer f.telling.Unlock()
	for _, file := range slices.Sorted(maps.Keys(obstacles)) {
		if f.told[file] != obstacles[file] {
			f.log.Warn(obstacles[file], "file", f.Show(file))
		}
	}
	f.told = obstacles
}
