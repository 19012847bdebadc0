package runtime

import (
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// maxPreload bounds the modules that are loaded before a client asks for them: each has a VM.
const maxPreload = 100

// A preloader loads modules in the background, one after the other. So their mistakes show when the server
// starts or a file is saved, and the first client does not wait for a large package.
type preloader struct {
	runtime *Runtime // fixed

	mu      sync.Mutex
	on      bool            // guarded by mu: Preload was called
	names   []string        // guarded by mu: of the resources to load, in order
	known   map[string]bool // guarded by mu: the resources that were ever added
	running bool            // guarded by mu
}

// Preload loads the modules that compile, at most 100 of them, and from then on those that are saved as
// well. It returns at once. A module that a client asks for meanwhile is loaded once, and one that is
// deleted meanwhile is not loaded.
func (r *Runtime) Preload(modules []Module) {
	p := &r.preloader
	p.mu.Lock()
	p.on = true
	p.mu.Unlock()
	for _, m := range modules {
		if m.Err == nil {
			p.add(m.Name)
		}
	}
}

// add queues a resource if it is one of the first maxPreload, and Preload was called. It reports whether it is.
func (p *preloader) add(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.on || len(p.known) >= maxPreload && !p.known[name] {
		return false
	}
	if p.known == nil {
		p.known = map[string]bool{}
	}
	p.known[name] = true
	if !slices.Contains(p.names, name) {
		p.names = append(p.names, name)
	}
	if !p.running {
		p.running = true
		go p.run() // ends when nothing is queued
	}
	return true
}

// run loads what is queued.
func (p *preloader) run() {
	began, loaded, failed := time.Now(), 0, 0
	for {
		p.mu.Lock()
		if len(p.names) == 0 {
			p.running = false
			p.mu.Unlock()
			break
		}
		name := p.names[0]
		p.names = p.names[1:]
		p.mu.Unlock()
		_, err := p.runtime.load(name, slog.LevelDebug)
		switch {
		case errors.Is(err, ErrClosed):
			return // and nothing starts again
		case err == nil:
			loaded++
		case !errors.Is(err, fs.ErrNotExist): // it has been logged
			failed++
		}
	}
	attrs := []any{"loaded", loaded}
	if failed > 0 {
		attrs = append(attrs, "failed", failed)
	}
	p.runtime.log.Info("modules are ready", append(attrs, "ms", time.Since(began).Milliseconds())...)
}
