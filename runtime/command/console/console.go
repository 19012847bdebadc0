package console

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"node.websocket/runtime"
	"node.websocket/transport"
)

// Name is the name of the console's resource. No module can have it, because it begins with "_".
const Name = "_console"

// mostOpen is the number of pages that may be open at once.
const mostOpen = 8

// Options configure a Console.
type Options struct {
	// Token must be sent by a page. "" means that there is none: then only this machine may see the
	// console.
	Token string
	// Level is the lowest level of the lines that the console shows.
	Level slog.Level
	// Log is the log so far; see Console.Log.
	Log *slog.Logger
}

// A Console serves the page and what it shows.
type Console struct {
	// Fixed after New.
	options Options
	own     *transport.Options // of its sessions
	files   map[string]file    // by path below the resource: "", "/main.js"
	tail    *tail
	log     *slog.Logger

	// Fixed before the server serves, by Around and Watch.
	modules transport.Handler
	runtime *runtime.Runtime
	server  *transport.Server

	wake      chan struct{} // of capacity 1: there is something to send
	elsewhere atomic.Bool   // somebody was served who is not on this machine; see watched

	mu sync.Mutex

	// Guarded by mu.
	open    map[*view]bool // the pages that are shown something
	running bool           // the goroutine is
}

// New returns a Console. Around and Watch must be called before the server serves.
func New(o Options) *Console {
	c := &Console{
		options: o, files: readFiles(), wake: make(chan struct{}, 1), open: map[*view]bool{},
		own: transport.Options{
			Transports: []string{"websocket"}, MaxMessage: mostCommand, MaxQueue: 4 << 20, HighWater: mostWaiting, Log: o.Log,
		}.WithDefaults(),
	}
	c.tail = newTail(o.Level, c.stir)
	c.log = slog.New(slog.NewMultiHandler(o.Log.Handler(), c.tail))
	return c
}

// Log returns a log whose lines go to Options.Log, and are shown.
func (c *Console) Log() *slog.Logger { return c.log }

// Around returns a handler that has the console's resource beside those of h, which run in rt.
func (c *Console) Around(h transport.Handler, rt *runtime.Runtime) transport.Handler {
	c.modules, c.runtime = h, rt
	return c
}

// Watch sets the server whose connections are shown, and which the console is served by.
func (c *Console) Watch(s *transport.Server) { c.server = s }

// Resource implements transport.Handler.
func (c *Console) Resource(name string) (transport.Resource, error) {
	if path, ok := strings.CutPrefix(name, Name); ok {
		if f, ok := c.files[path]; ok {
			return resource{c, f, path == ""}, nil
		}
	}
	r, err := c.modules.Resource(name)
	if err != nil {
		return nil, err
	}
	return c.watch(r), nil
}

// stir makes the goroutine look for something to send.
func (c *Console) stir() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// resource is a file of the console, and, if it is the page, what the page shows. It implements
// transport.Responder.
type resource struct {
	console *Console
	file    file
	isPage  bool
}

func (r resource) Name() string { return Name }

func (r resource) Options() *transport.Options { return r.console.own }

func (r resource) Responds() bool { return true }

func (r resource) Respond(_ context.Context, request *transport.Request, _ []byte) (transport.Answer, error) {
	if why := r.console.refusal(request); why != "" {
		return transport.Answer{Status: http.StatusForbidden, Body: why + "\n"}, nil
	}
	if !strings.HasPrefix(request.Head, "GET ") && !strings.HasPrefix(request.Head, "HEAD ") {
		return transport.Answer{Status: http.StatusMethodNotAllowed, Header: http.Header{"Allow": {"GET, HEAD"}}, Body: "there is only a page here\n"}, nil
	}
	return transport.Answer{Header: r.file.header(request), Body: r.file.text}, nil
}

func (r resource) Open(_ context.Context, request *transport.Request) (transport.Conversation, transport.Answer, error) {
	why := r.console.refusal(request)
	if why == "" && !r.isPage {
		why = "the console's WebSocket is at /" + Name
	}
	if why != "" {
		return nil, transport.Answer{Status: http.StatusForbidden, Body: why + "\n"}, nil
	}
	return &view{console: r.console}, transport.Answer{}, nil
}
