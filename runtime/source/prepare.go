package source

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// A Prepared is a file that was compiled before the turn that loads it, so that the turn is short.
type Prepared map[string]preparedFile

type preparedFile struct {
	hash    uint64
	program *goja.Program
}

// Take returns the program for a file's name in stack traces if it is of the same bytes.
func (p Prepared) Take(name string, hash uint64) *goja.Program {
	if f, ok := p[name]; ok && f.hash == hash {
		return f.program
	}
	return nil
}

// Prepare compiles a file, or, where something was requested from node_modules, that. Whatever goes wrong goes wrong again,
// and is told, when it is loaded.
func (f *Folder) Prepare(ready Prepared, key string, requests map[string]string, number int) {
	name := f.Name(key, number)
	if request := requests[key]; request != "" {
		if b, err := f.Bundle(path.Dir(key), request); err == nil {
			if program, err := b.Compile(number); err == nil {
				ready[name] = preparedFile{b.Hash(), program}
			}
		}
		return
	}
	if !isSource(key) {
		return
	}
	source, err := f.Read(key)
	if err != nil {
		return
	}
	program, err := Compile(key, name, source)
	if err != nil {
		return
	}
	ready[name] = preparedFile{Hash(source), program}
	for _, m := range perhapsRequires.FindAllSubmatch(source, maxAhead) {
		request := string(m[1])
		to, inPackage, err := f.Resolve(key, request)
		if _, known := requests[to]; err == nil && inPackage && !known {
			requests[to] = request
			f.Prepare(ready, to, requests, number)
		}
	}
}

// perhapsRequires finds the packages that a file requires, so that those that no version has used are not bundled in a
// turn. What it misses is, and what it finds in a comment is bundled for nothing.
var perhapsRequires = regexp.MustCompile(`\b(?:require\s*\(|from|import)\s*["']([^"'.][^"']*)["']`)

// maxAhead is how many of them are looked at in one file.
const maxAhead = 100

func isSource(key string) bool {
	return slices.ContainsFunc(extensions, func(ext string) bool { return strings.HasSuffix(key, ext) })
}
