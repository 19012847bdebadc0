package source

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A parameter is a segment of a resource's name that stands for any segment of a path: "rooms/[id]" serves
// rooms/42. Its file, or folder, is called so. A name with parameters is a pattern.
var parameter = regexp.MustCompile(`^\[[A-Za-z_][A-Za-z0-9_]*\]$`)

// isPattern reports whether a resource has parameters.
func isPattern(resource string) bool { return strings.Contains(resource, "[") }

// encodedSlash stands in a client's path for a slash that was percent-encoded, and so is a part of its
// segment. No path has a backslash otherwise, nor has the name of a resource.
const encodedSlash = `\`

// PlainPath returns a client's path with all slashes alike.
func PlainPath(p string) string { return strings.ReplaceAll(p, encodedSlash, "/") }

// DecodePath percent-decodes the path of a URL as a client's.
func DecodePath(escaped string) (string, error) {
	return url.PathUnescape(strings.NewReplacer("%2F", encodedSlash, "%2f", encodedSlash).Replace(escaped))
}

// Match returns the resource that serves the path of a client, in lower case and without the slash before
// it: the one with that name or else, from the left, the one with the fewest parameters. Of several
// parameters in one place, the first by name is taken that leads to a file. The error is as that of Find.
//
// A path never becomes the name of a file unless it is made of what names of resources are made of.
func (f *Folder) Match(p string) (Resource, error) {
	if !utf8.ValidString(p) {
		return Resource{}, notResource(p)
	}
	return f.match(".", strings.Split(p, "/"))
}

// match is Match for a path below the folder above, which may have parameters.
func (f *Folder) match(above string, segments []string) (Resource, error) {
	l, err := f.list(above)
	if err != nil {
		return Resource{}, err
	}
	candidates := l.parameters
	if first := segments[0]; l.exact[first] {
		candidates = slices.Insert(slices.Clone(candidates), 0, first)
	}
	for _, segment := range candidates {
		found := Resource{Name: path.Join(above, segment)}
		if isPrivate(found.Name) { // nothing in it needs to be listed
			continue
		}
		if len(segments) > 1 {
			found, err = f.match(found.Name, segments[1:])
		} else {
			found.File, err = f.Find(found.Name)
		}
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return found, err
		}
	}
	return Resource{}, notResource(path.Join(above, path.Join(segments...)))
}

func notResource(name string) error { return fmt.Errorf("resource %q: %w", name, fs.ErrNotExist) }

// Params returns the names and values of the parameters with which a resource serves a path, and reports
// whether it does. Other segments are compared without regard to the case of ASCII letters.
func Params(resource, p string) (names, values []string, ok bool) {
	pattern, segments := strings.Split(resource, "/"), strings.Split(strings.TrimPrefix(p, "/"), "/")
	if len(pattern) != len(segments) {
		return nil, nil, false
	}
	for i, s := range pattern {
		if parameter.MatchString(s) {
			names, values = append(names, s[1:len(s)-1]), append(values, PlainPath(segments[i]))
		} else if len(s) != len(segments[i]) || !strings.EqualFold(s, segments[i]) {
			return nil, nil, false
		}
	}
	return names, values, true
}

// listings are folders' names of files, to compare clients' paths with.
type listings struct {
	mu      sync.Mutex
	folders map[string]*listing // guarded by mu: of folders that existed when they were last asked for
}

// A listing holds the names of a folder's entries, without the extension of a module. It does not change.
type listing struct {
	root       *os.Root
	info       fs.FileInfo
	exact      map[string]bool // names that a segment of a path can be
	parameters []string        // sorted
}

// unsettled is the time after a change of a folder in which another one may not show in its time.
const unsettled = 2 * time.Second

// list lists a folder. It reads the folder only when that has changed, because clients cause it by any path.
// The error is fs.ErrNotExist if there is no such folder.
func (f *Folder) list(folder string) (*listing, error) {
	root, l := f.root(), &f.listed
	info, err := root.Stat(folder)
	if err == nil && !info.IsDir() {
		err = notResource(folder)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		delete(l.folders, folder)
		if IsShortage(err) {
			return nil, f.shortage.note(f.log, err)
		}
		return nil, notResource(folder)
	}
	if was, ok := l.folders[folder]; ok && was.root == root && os.SameFile(was.info, info) && was.info.ModTime().Equal(info.ModTime()) {
		return was, nil
	}
	entries, err := fs.ReadDir(root.FS(), folder)
	if err != nil {
		if IsShortage(err) {
			return nil, f.shortage.note(f.log, err)
		}
		return nil, notResource(folder)
	}
	found := &listing{root: root, info: info, exact: map[string]bool{}}
	for _, e := range entries {
		name := e.Name()
		if ext := path.Ext(name); slices.Contains(extensions, ext) {
			name = strings.TrimSuffix(name, ext)
		}
		switch {
		case parameter.MatchString(name):
			found.parameters = append(found.parameters, name)
		case exactSegment.MatchString(name):
			found.exact[name] = true
		}
	}
	slices.Sort(found.parameters)
	found.parameters = slices.Compact(found.parameters)
	if time.Since(info.ModTime()) > unsettled {
		if l.folders == nil {
			l.folders = map[string]*listing{}
		}
		l.folders[folder] = found
	}
	return found, nil
}
