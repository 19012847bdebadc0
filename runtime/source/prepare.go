package source

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// Prepared holds programs, by their names in stack traces, that were compiled before the turn that
// loads them, so that the turn is short, or by another worker. Its zero value is empty, nil is empty
// and stays so, and any goroutine may use it.
type Prepared struct {
	mu    sync.Mutex
	files map[string]preparedFile // guarded by mu
}

type preparedFile struct {
	hash    uint64
	program *goja.Program
}

// Take returns the program of that name if it was compiled from bytes of that hash, or nil.
func (p *Prepared) Take(name string, hash uint64) *goja.Program {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.files[name]; ok && f.hash == hash {
		return f.program
	}
	return nil
}

// Put adds the program of that name, which was compiled from bytes of that hash.
func (p *Prepared) Put(name string, hash uint64, program *goja.Program) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.files == nil {
		p.files = map[string]preparedFile{}
	}
	p.files[name] = preparedFile{hash, program}
}

// Len returns the number of programs.
func (p *Prepared) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.files)
}

// Move moves the program of that name, if there is one, to another Prepared.
func (p *Prepared) Move(name string, to *Prepared) {
	p.mu.Lock()
	f, ok := p.files[name]
	delete(p.files, name)
	p.mu.Unlock()
	if ok {
		to.Put(name, f.hash, f.program)
	}
}

// Prepare compiles a file for a version and adds it to ready; or the bundle that was requested by
// requests[key], if key is a package. It does the same with packages that the file seems to require
// and that requests lacks, and adds them there. It ignores errors, because loading the version
// reports them.
func (f *Folder) Prepare(ready *Prepared, key string, requests map[string]string, number int) {
	name := f.Name(key, number)
	if request := requests[key]; request != "" {
		if b, err := f.Bundle(path.Dir(key), request); err == nil {
			if program, err := b.Compile(number); err == nil {
				ready.Put(name, b.Hash(), program)
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
	ready.Put(name, Hash(source), program)
	for _, m := range perhapsRequires.FindAllSubmatch(source, maxAhead) {
		request := string(m[1])
		to, inPackage, err := f.Resolve(key, request)
		if _, known := requests[to]; err == nil && inPackage && !known {
			requests[to] = request
			f.Prepare(ready, to, requests, number)
		}
	}
}

// perhapsRequires matches what looks like a require of a package. A package that it misses is
// bundled in the turn; one that it finds in a comment is bundled in vain.
var perhapsRequires = regexp.MustCompile(`\b(?:require\s*\(|from|import)\s*["']([^"'.][^"']*)["']`)

// maxAhead bounds the packages that are looked for in one file.
const maxAhead = 100

// isSource reports whether a file is one that Compile takes.
func isSource(key string) bool {
	return slices.ContainsFunc(extensions, func(ext string) bool { return strings.HasSuffix(key, ext) })
}
