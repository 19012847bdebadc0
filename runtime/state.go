package runtime

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Problem is an error of a module, as the log has it.
type Problem struct {
	Time    time.Time
	In      string // what failed: "load", "reload", or a handler such as "onData"; "compile" for a module that no worker runs
	Message string // of one or more lines
	At      string // file:line:column; "" if that is not known
	Detail  string // the code around it and the stack, of several lines; or ""
	Version string // of the code that failed; "" if there is none
}

// A ModuleState describes a module at one moment, for people.
type ModuleState struct {
	Resource    string    // Resource.Name
	File        string    // "modules/chat.js"; "" for one that is deleted
	Version     int       // that serves; 0: none
	Workers     int       // that serve
	Connections int       // of all workers
	Loaded      time.Time // when the version that serves was loaded; zero if there is none
	Reloads     uint64
	Errors      uint64 // of handlers, of all versions

	// Failure is the reason for which the file as it is now does not serve: it does not compile or load. nil: it does.
	Failure *Problem
	// Fault is the last error of a handler of the version that serves. nil: there was none.
	Fault *Problem
}

// A catalogue lists modules that no worker runs.
type catalogue struct {
	mu     sync.Mutex
	files  map[string]string   // guarded by mu: by resource, as the user sees them; replaced as a whole
	broken map[string]*Problem // guarded by mu: by resource
}

// list notes which modules there are.
func (c *catalogue) list(files map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files = files
	maps.DeleteFunc(c.broken, func(resource string, _ *Problem) bool { _, there := files[resource]; return !there })
}

// set notes the compile error of a module; nil: there is none, or a worker runs it.
func (c *catalogue) set(resource string, p *Problem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p == nil {
		delete(c.broken, resource)
		return
	}
	if c.broken == nil {
		c.broken = map[string]*Problem{}
	}
	c.broken[resource] = p
}

// Modules returns the state of all modules, by name: those that the folder had when it was last looked
// at, and those that were deleted and serve on.
func (r *Runtime) Modules() []ModuleState {
	r.catalogue.mu.Lock()
	files, broken := r.catalogue.files, maps.Clone(r.catalogue.broken)
	r.catalogue.mu.Unlock()
	r.mu.Lock()
	resources := maps.Clone(r.resources)
	r.mu.Unlock()

	states := make([]ModuleState, 0, len(files))
	for name, file := range files {
		s := ModuleState{Resource: name, File: file, Failure: broken[name]}
		if resource := resources[name]; resource != nil {
			resource.describe(&s)
			delete(resources, name)
		}
		states = append(states, s)
	}
	for name, resource := range resources {
		if resource.version.Load() > 0 {
			s := ModuleState{Resource: name}
			resource.describe(&s)
			states = append(states, s)
		}
	}
	slices.SortFunc(states, func(a, b ModuleState) int { return cmp.Compare(a.Resource, b.Resource) })
	return states
}

// describe fills in what the workers know.
func (r *Resource) describe(s *ModuleState) {
	s.Version, s.Connections = int(r.version.Load()), r.connections()
	s.Reloads, s.Errors = r.tally.reloads.Load(), r.tally.errors.Load()
	for _, w := range r.all() {
		if w.serves.Load() {
			s.Workers++
		}
	}
	if at := r.tally.loaded.Load(); at != 0 {
		s.Loaded = time.Unix(0, at)
	}
	s.Failure, s.Fault = cmp.Or(r.tally.failure.Load(), s.Failure), r.tally.fault.Load()
}

// serve notes that a version of the resource serves, which has no error so far.
func (t *tally) serve() {
	t.loaded.Store(time.Now().UnixNano())
	t.failure.Store(nil)
	t.fault.Store(nil)
}

// Topics returns how many connections of this node are subscribed to each topic or wildcard.
func (r *Runtime) Topics() map[string]int { return r.topics.Counts() }

// TimeTurns measures the turns for Counts from now on, or no longer. With Options.TimeTurns they are
// measured in any case.
func (r *Runtime) TimeTurns(on bool) { r.timing.Store(on || r.options.TimeTurns) }

// Subscriptions returns the topics and wildcards to which the connection is subscribed, the oldest
// subscription first. Any goroutine may call it.
func (c *Conn) Subscriptions() []string {
	return c.worker.resource.runtime.topics.Patterns(&c.subscriptions)
}
