package transport

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"node.websocket/transport/extendedconnect"
	"node.websocket/transport/front"
)

func init() { extendedconnect.Restore() } // net/http has read the variable

// A Server serves clients. NewServer makes one. Any goroutine may call its methods.
type Server struct {
	// Fixed after NewServer.
	options   Options
	handler   Handler
	log       *slog.Logger
	http      *http.Server
	pages     http.Handler // nil: none
	noEarly   bool         // every handshake is net/http's; for tests
	start     time.Time    // zero of the Server's clock
	clients   counter
	loops     loops
	relays    relays
	conns     connections
	deadlines deadlines
	tallies   tallies
	unasked   unasked
	answers   answers
	metering  atomic.Bool // see MeterSessions

	contradiction sync.Once // of the log line about a proxy that contradicts itself

	mu sync.Mutex

	// Guarded by mu.
	slots  int                          // sessions, and handshakes and plain requests under way
	taken  map[netip.Prefix]int         // slots of each network; nil without MaxPerAddress
	short  bool                         // of memory; see Relieve
	first  *Session                     // of the list of all
	fronts map[*front.Listener]struct{} // those that are served
	empty  chan struct{}                // not nil after Drain, and does not change again; closed when no slot is taken
}

var (
	errFull         = errors.New("the server has as many connections as it takes; try again later")
	errManyOfOne    = errors.New("this address has as many connections as one may have; try again later")
	errShuttingDown = errors.New("the server is shutting down")
)

const (
	// idleTimeout is the time for which a connection is kept for its next request.
	idleTimeout = 2 * time.Minute
	// pageTimeout bounds the time that a client takes to receive a page.
	pageTimeout = time.Minute
)

// NewServer returns a Server that asks h for its resources.
func NewServer(o Options, h Handler) *Server {
	o = *o.WithDefaults()
	s := &Server{options: o, handler: h, log: o.Log, start: time.Now(), fronts: make(map[*front.Listener]struct{})}
	s.clients.log = o.Log
	s.deadlines.now = s.now
	s.loops.idle, s.loops.drains.idle = loopIdle, loopIdle
	s.answers.most, s.answers.stalled = mostAnswers, stalledAfter
	if o.MaxPerAddress > 0 {
		s.taken = make(map[netip.Prefix]int)
	}
	s.conns.crowded, s.conns.enter, s.conns.leave = s.tallies.crowded, s.enter, s.leave
	s.conns.most, s.conns.budget, s.conns.timeout = o.MaxConnections, int64(streamQueue*o.MaxQueue), o.HandshakeTimeout
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
		MaxHeaderBytes:               max(o.MaxHeader-leastHeader, 1), // net/http adds leastHeader
		DisableGeneralOptionsHandler: true,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return s.conns.add(context.WithValue(ctx, secureKey{}, front.Secure(c)), c)
		},
		ConnState: s.conns.changed,
		ErrorLog:  log.New(httpLog{o.Log}, "", 0),
	}
	return s
}

// Serve serves the clients of a listener, and closes it in the end. It always returns an error:
// http.ErrServerClosed after Shutdown, else that of the listener. Several listeners may be served
// at once.
//
// HTTP, TLS (if there is Options.TLS, and then nothing else), requests for a Flash policy, and
// PROXY headers (with Options.ProxyProtocol) all arrive on the same port.
func (s *Server) Serve(l net.Listener) error {
	f := s.front(l, 0)
	defer s.forget(f)
	return s.http.Serve(f)
}

// Clients returns the number of connected sessions.
func (s *Server) Clients() int { return s.clients.count() }

// now returns the time on the Server's clock in nanoseconds. It is never 0.
func (s *Server) now() int64 { return int64(time.Since(s.start)) + 1 }

// acquire takes a slot, for a handshake and the session that it becomes, or for a plain request that a
// resource answers. address is the client's, with or without a port.
func (s *Server) acquire(address string) error {
	network, counts := s.networkOf(address)
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.slotLocked()
	switch {
	case err != nil:
		return err
	case counts && s.taken[network] >= s.options.MaxPerAddress:
		return errManyOfOne
	case counts:
		s.taken[network]++
	}
	s.slots++
	return nil
}

// slotLocked returns why no slot can be taken, or nil.
func (s *Server) slotLocked() error {
	switch {
	case s.empty != nil:
		return errShuttingDown
	case s.slots >= s.options.MaxConnections:
		return errFull
	case s.short:
		return errMemory
	}
	return nil
}

// release gives back a slot that was acquired for the address.
func (s *Server) release(address string) {
	network, counts := s.networkOf(address)
	s.mu.Lock()
	defer s.mu.Unlock()
	if counts {
		if s.taken[network]--; s.taken[network] == 0 {
			delete(s.taken, network)
		}
	}
	s.slots--
	s.emptyLocked()
}

// add registers a session before it is Connected. After Drain, the session is closed at once.
func (s *Server) add(session *Session) {
	s.mu.Lock()
	session.listed = true
	if session.next = s.first; s.first != nil {
		s.first.prev = session
	}
	s.first = session
	if session.share != nil {
		session.share.budget.join(session)
	}
	closing := s.empty != nil
	s.mu.Unlock()
	if closing {
		session.shutDown()
	}
}

// remove ends a session, unless that has been done.
func (s *Server) remove(session *Session) {
	s.mu.Lock()
	found := session.listed
	if found {
		s.unlistLocked(session)
	}
	s.mu.Unlock()
	if found {
		if session.share != nil {
			session.share.budget.leave(session)
		}
		s.release(session.client)
	}
}

func (s *Server) unlistLocked(session *Session) {
	if session.prev != nil {
		session.prev.next = session.next
	} else {
		s.first = session.next
	}
	if session.next != nil {
		session.next.prev = session.prev
	}
	session.next, session.prev, session.listed = nil, nil, false
}
