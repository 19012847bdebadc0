package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/runtime/history"
	"node.websocket/runtime/permission"
	"node.websocket/runtime/source"
	"node.websocket/runtime/topic"
)

// Options configure a Runtime. Only Dir is required.
type Options struct {
	// Dir is the folder of the modules. Nothing outside it is read, not even through symbolic links.
	Dir string
	// Log receives module errors, console output and reloads. Nil means that nothing is logged.
	Log *slog.Logger
	// Server holds the properties of connection.server.options. Nil means an empty object.
	Server map[string]any
	// TurnLimit bounds the time of one call into JavaScript, unless ReadOptions returns another for the
	// version that serves. It is kept to within a twentieth, or 250 ms if that is less. Zero means 5 s.
	TurnLimit time.Duration
	// ReadOptions reads the Module.options of a version while it loads. Their values are of the types
	// string, bool, int64, float64, []any and map[string]any. If it returns an error, which should name
	// the option, the version does not load. ReadOptions is called in a turn, also for a module without
	// options. Nil means that Module.options are ignored, and that the ModuleOptions are zero.
	ReadOptions func(options map[string]any) (ModuleOptions, error)
	// Watch reloads modules when their files change.
	Watch bool
	// TimeTurns measures the turns for Counts, which reads the clock twice for each.
	TimeTurns bool
	// Prepare makes a message, whose data does not change afterwards, ready for
	// [Session.SendPrepared]. It is called in a turn. Nil means that the Message itself is passed on.
	Prepare func(m Message) Prepared
	// Permissions grants what modules may reach beside their clients. The zero value grants nothing.
	Permissions permission.Set
	// Bus joins this node with others. Nil means that there are none.
	Bus Bus
	// Storage keeps the values of require('storage'). It must be closed after the Runtime. Nil means that
	// there is no such module.
	Storage Storage

	// Redis carries out the commands of require('redis'), which Permissions grants. It must be closed after
	// the Runtime. Nil means that there is no such module.
	Redis Redis

	// RecoveryWindow is the time for which messages that ModuleOptions.History keeps are there for clients that come
	// back. Zero means 2 minutes.
	RecoveryWindow time.Duration
}

// maxHistory bounds the memory that the history of all topics takes.
const maxHistory = 64 << 20

// A Runtime runs the modules of a folder. Its methods may be called from any goroutine.
type Runtime struct {
	// fixed after New
	options  Options
	log      *slog.Logger
	watchdog *watchdog
	folder   *source.Folder
	watcher  *source.Watcher // nil without Options.Watch
	closing  chan struct{}   // closed by Close
	context  context.Context // for log lines that belong to no request
	topics   *topic.Hub[*Conn]
	history  *history.Memory
	keeps    atomic.Bool  // a module has kept, or may keep, messages of some topic
	shortest atomic.Int64 // the shortest window of a history that a module has asked for, or that of the options
	clock    *testClock   // of Test, which sets it; nil: the real time

	presences presences
	tallies   tallies
	timing    atomic.Bool // turns are measured
	catalogue catalogue
	received  outbox // what other nodes have published; used by the bus

	programs  sync.WaitGroup // that modules have started
	preloader preloader
	compiled  source.Prepared // by Check, for the first load
	sharing   sharing

	reloading sync.Mutex             // one Reload at a time
	checked   map[string]checkedFile // guarded by reloading: by file

	mu        sync.Mutex
	resources map[string]*Resource   // guarded by mu: by name
	lost      map[string][]time.Time // guarded by mu: when workers of a resource were given up
	lastLoads map[string]int         // guarded by mu: the last version of a resource whose worker was given up
	closed    bool                   // guarded by mu
	done      chan struct{}          // closed when every turn has ended after Close
}

// retryAfter is the time before a module that failed to load is loaded again, because a load may take
// up to TurnLimit and any client can ask for one.
const retryAfter = time.Second

// ErrClosed is returned by calls after [Runtime.Close].
var ErrClosed = errors.New("runtime: closed")

// New opens the folder and starts the watchdog and, with Options.Watch, the watcher. It runs no
// module; see [Runtime.Check].
func New(o Options) (*Runtime, error) {
	return start(o, filepath.ToSlash(filepath.Clean(o.Dir)))
}

// start is New with the name that messages use for the folder.
func start(o Options, shown string) (*Runtime, error) {
	if o.TurnLimit == 0 {
		o.TurnLimit = 5 * time.Second
	}
	if o.RecoveryWindow == 0 {
		o.RecoveryWindow = 2 * time.Minute
	}
	if o.Prepare == nil {
		o.Prepare = func(m Message) Prepared { return m }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	folder, err := source.OpenFolder(o.Dir, shown, o.Log)
	if err != nil {
		return nil, fmt.Errorf("open the modules folder: %w", err)
	}
	folder.Grant(o.Permissions)
	r := &Runtime{
		options:   o,
		log:       o.Log,
		folder:    folder,
		resources: map[string]*Resource{},
		lost:      map[string][]time.Time{},
		lastLoads: map[string]int{},
		done:      make(chan struct{}),
		closing:   make(chan struct{}),
		context:   context.Background(),
		checked:   map[string]checkedFile{},
	}
	r.preloader.runtime = r
	r.timing.Store(o.TimeTurns)
	r.topics, r.received.runtime = topic.NewHub[*Conn](r.noteWanted), r
	r.shortest.Store(int64(o.RecoveryWindow))
	r.history = history.New(history.Options{Window: o.RecoveryWindow, MaxBytes: maxHistory, InUse: func(name string) bool { return r.topics.Count(name) > 0 }})
	if o.Bus != nil {
		o.Bus.Receive(r.receive, r.answer, r.interrupted)
	}
	if o.Watch {
		if r.watcher, err = source.NewWatcher(folder); err != nil { // serve without it
			r.log.Warn("cannot watch the modules; what changes is not seen before a SIGHUP", "error", err)
		} else {
			go r.watcher.Run(r.closing, func() { r.Reload(false) }) // ends at Close
		}
	}
	r.watchdog = startWatchdog(o.TurnLimit)
	return r, nil
}

// Resource returns the resource that serves a path, which is in lower case and has no slash before it, and
// loads its module if that has not been done. All paths of a resource with parameters, such as "rooms/[id]",
// get the same one. The error is fs.ErrNotExist if no module has that path, [ErrUnserved] while the resource
// is refused because its module hangs, [ErrClosed] after Close, and any other if the module fails to load or
// hangs meanwhile; that one has been logged.
func (r *Runtime) Resource(name string) (*Resource, error) { return r.load(name, slog.LevelInfo) }

// load is Resource. level is that of the line that tells of a load.
func (r *Runtime) load(name string, level slog.Level) (*Resource, error) {
	resource, err := r.known(name)
	if err != nil {
		return nil, err
	}
	// The watcher decides when a file is deleted: editors take one away for a moment when they save it. So
	// nothing has to be looked for.
	if r.watcher != nil && resource != nil && resource.options.Load() != nil && resource.missing.Load() == 0 && !resource.deleted.Load() {
		return resource, nil
	}
	found, err := r.folder.Match(name)
	if err != nil {
		if resource = r.pattern(name); resource != nil {
			return resource, nil
		}
		return nil, err
	}
	r.mu.Lock()
	switch {
	case r.closed:
		err = ErrClosed
	case r.unservedLocked(found.Name):
		err = ErrUnserved
	}
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	if resource = r.resources[found.Name]; resource == nil {
		resource = newResource(r, found.Name, r.lastLoads[found.Name])
		r.resources[found.Name] = resource
	}
	r.mu.Unlock()
	if err := resource.start(found.File, level); err != nil {
		return nil, err
	}
	return resource, nil
}

// pattern returns the resource with parameters that serves a path of which no file was found, or nil. As
// with any other resource, the watcher decides when its file is deleted.
func (r *Runtime) pattern(p string) (found *Resource) {
	if r.watcher == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, resource := range r.resources {
		names, _, ok := source.Params(name, p)
		if ok && len(names) > 0 && resource.options.Load() != nil && !resource.deleted.Load() && !r.unservedLocked(name) &&
			(found == nil || name < found.name) {
			found = resource
		}
	}
	return found
}

// known returns the resource of that name if it was asked for before, or nil. The error is ErrClosed
// or ErrUnserved.
func (r *Runtime) known(name string) (*Resource, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, ErrClosed
	case r.unservedLocked(name):
		return nil, ErrUnserved
	}
	return r.resources[name], nil
}

// A Module is a resource that the folder serves.
type Module struct {
	Name string // the resource, without its leading slash: "chat", "a/b", "rooms/[id]", "_default"
	File string // the path for the user: "modules/chat.js"
	Err  error  // the compile error, or nil
}

// IsName reports whether a resource can have the name, such as "chat", "a/b", "rooms/[id]" or "_default".
func IsName(name string) bool { return source.IsResource(name) }

// Check compiles every module, without running any, and lists them by name. It also logs each compile
// error with its place in the source.
func (r *Runtime) Check() ([]Module, error) {
	files, err := r.folder.List()
	if err != nil {
		return nil, fmt.Errorf("list the modules: %w", err)
	}
	modules := make([]Module, 0, len(files))
	r.reloading.Lock()
	defer r.reloading.Unlock()
	read := r.folder.ReadOnce()
	r.noteFiles(files)
	for _, f := range files {
		err := r.compiles(f)
		r.checked[f.File] = checkedFile{read(f.File), err != nil}
		if err != nil {
			r.logCompileError(f.Name, err)
		}
		modules = append(modules, Module{Name: f.Name, File: r.folder.Show(f.File), Err: err})
	}
	return modules, nil
}

// Close stops the workers' timers, the watcher and the watchdog, and waits for turns in progress until
// ctx ends. Transport must end the sessions first, because no JavaScript runs after Close. It may be
// called again, to wait again.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.closing)
		resources := r.resources
		r.resources = nil
		go func() { // ends with the last turn, or when the watchdog gives its worker up
			var all sync.WaitGroup
			for _, resource := range resources {
				all.Go(resource.stop)
			}
			all.Wait()
			r.programs.Wait() // the end of their workers has ended them
			r.watchdog.stop()
			r.history.Close()
			_ = r.folder.Close()
			close(r.done)
		}()
	}
	r.mu.Unlock()
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the runtime: a turn is still under way: %w", ctx.Err())
	}
}
