package transport

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"node.websocket/transport/extendedconnect"
	"node.websocket/transport/front"
)

func init() { extendedconnect.Restore() } // net/http has looked

// A Server takes clients in. Make one with NewServer. All its methods may be called from any goroutine.
type Server struct {
	// Fixed after NewServer.
	options Options
	handler Handler
	log     *slog.Logger
	http    *http.Server
	pages   http.Handler // nil: none
	start   time.Time    // zero of the Server's clock
	clients counter
	relays  relays

	contradiction sync.Once // of logging that what a proxy says of the client does not hold together

	mu sync.Mutex

	// Guarded by mu.
	slots    int // sessions, and handshakes under way
	sessions map[*Session]struct{}
	flash    map[*front.Listener]struct{} // of ServeFlashPolicy; net/http knows the others
	empty    chan struct{}                // not nil once Shutdown has begun; closed when there are no slots taken
}

var (
	errFull         = errors.New("the server has as many connections as it takes; try again later")
	errShuttingDown = errors.New("the server is shutting down")
)

const (
	// idleTimeout is how long a connection that has asked for a page is kept for the next.
	idleTimeout = 2 * time.Minute
	// pageTimeout is how long a client may take to take a page.
	pageTimeout = time.Minute
	// cutGrace is how long Shutdown, when its time is up, waits for the sessions that it has cut to be Disconnected, and for
	// connections without a session to end by themselves.
	cutGrace = time.Second
)

// NewServer makes a Server.
func NewServer(o Options, h Handler) *Server {
	o = *o.WithDefaults()
	s := &Server{options: o, handler: h, log: o.Log, start: time.Now(), sessions: make(map[*Session]struct{}), flash: make(map[*front.Listener]struct{})}
	s.clients.log = o.Log
	if o.Public != nil {
		s.pages = http.FileServerFS(o.Public)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = &http.Server{
		Protocols:                    protocols,
		HTTP2:                        http2Config(&o),
		Handler:                      http.HandlerFunc(s.serve),
		ReadHeaderTimeout:            o.HandshakeTimeout,
		ReadTimeout:                  o.HandshakeTimeout,
		WriteTimeout:                 o.HandshakeTimeout + pageTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               max(o.MaxHeader-leastHeader, 1), // net/http allows so much more
		DisableGeneralOptionsHandler: true,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, secureKey{}, front.Secure(c))
		},
		ErrorLog: log.New(httpLog{o.Log}, "", 0),
	}
	return s
}

// Serve takes the clients of a listener until that fails, or Shutdown is called, when it returns http.ErrServerClosed, always an error.
// It closes the listener. Several listeners may be served at once.
//
// HTTP, TLS (with Options.TLS, then nothing else), Flash's request for a policy and PROXY headers (with Options.ProxyProtocol) all come in
// on the same port.
func (s *Server) Serve(l net.Listener) error { return s.http.Serve(s.front(l, 0)) }

// Clients returns the number of sessions that are connected.
func (s *Server) Clients() int { return s.clients.count() }

// Shutdown closes every session with 1001 and stops listening (a second later at most, where clients without a WebSocket may have to come again to be
// told), and returns when each has answered, or has been cut for not answering within CloseTimeout, and has been Disconnected. When ctx ends, it cuts those that are left, waits for their
// Disconnected for at most a second, and returns an error that wraps ctx's.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if s.empty == nil {
		s.empty = make(chan struct{})
		s.emptyLocked()
	}
	empty := s.empty
	s.mu.Unlock()
	s.clients.stop()

	for _, w := range s.list() {
		w.shut(causeShutdown, 1001, errShuttingDown.Error(), nil)
	}
	if s.relays.some() { // a client that polls may be between two requests, and is to find the server when it comes
		timer := time.NewTimer(cutGrace)
		defer timer.Stop()
		select {
		case <-empty:
		case <-timer.C:
		case <-ctx.Done():
		}
	}

	idle, cancel := context.WithCancel(context.Background())
	defer cancel()
	httpDone := make(chan struct{})
	go func() {
		s.http.Shutdown(idle) // closes the listeners, then waits for what is not a session
		close(httpDone)
	}()
	for _, f := range s.listFlash() {
		f.Close()
	}

	var err error
	select {
	case <-empty:
	case <-ctx.Done():
		s.http.Close() // ends the handshakes that wait for their resource
		left := s.list()
		for _, w := range left {
			w.cut(causeShutdown, ctx.Err())
		}
		err = fmt.Errorf("transport: shutdown: %d sessions were cut: %w", len(left), ctx.Err())
		timer := time.NewTimer(cutGrace)
		defer timer.Stop()
		select {
		case <-empty:
		case <-timer.C:
		}
	}

	// Browsers keep spare connections that never asked for anything. net/http would wait for those for five seconds.
	timer := time.NewTimer(cutGrace)
	defer timer.Stop()
	select {
	case <-httpDone:
	case <-timer.C:
	case <-ctx.Done():
	}
	cancel()
	s.http.Close()
	<-httpDone
	s.relays.forget()
	return err
}

// now is the time on the Server's clock, in nanoseconds. It is never 0.
func (s *Server) now() int64 { return int64(time.Since(s.start)) + 1 }

// acquire takes a slot for a handshake and the session that it becomes.
func (s *Server) acquire() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.empty != nil:
		return errShuttingDown
	case s.slots >= s.options.MaxConnections:
		return errFull
	}
	s.slots++
	return nil
}

// release gives a slot back.
func (s *Server) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots--
	s.emptyLocked()
}

func (s *Server) emptyLocked() {
	if s.empty != nil && s.slots == 0 {
		select {
		case <-s.empty: // a second Shutdown
		default:
			close(s.empty)
		}
	}
}

// add makes a session known, before it is Connected. If Shutdown began during its handshake, it is closed like the others.
func (s *Server) add(session *Session) {
	s.mu.Lock()
	s.sessions[session] = struct{}{}
	closing := s.empty != nil
	s.mu.Unlock()
	if closing {
		session.shut(causeShutdown, 1001, errShuttingDown.Error(), nil)
	}
}

// remove ends a session, unless that has been done.
func (s *Server) remove(session *Session) {
	s.mu.Lock()
	_, found := s.sessions[session]
	delete(s.sessions, session)
	s.mu.Unlock()
	if found {
		s.release()
	}
}

func (s *Server) list() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.sessions))
}

func (s *Server) listFlash() []*front.Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.flash))
}
