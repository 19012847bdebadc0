package transport

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A clientConn is a connection that is served: one that has not become a session, or one of HTTP/2,
// whose streams may be sessions.
type clientConn struct {
	budget budget      // of the sessions on its streams
	asked  atomic.Bool // a request has come, or it is over

	// Fixed after add.
	remote net.Addr // the client's, from a PROXY header if there is one
	barred bool     // its client has too many without a request

	// Guarded by connections' mu.
	timer *time.Timer   // cuts it, while it has no request
	idle  *list.Element // its place in connections' idle; nil: it is not there
}

// connKey is the context key of a request's *clientConn.
type connKey struct{}

// connections is the table of the connections that net/http serves, or that have an early handshake.
// Any goroutine may call its methods.
type connections struct {
	// Fixed after NewServer.
	most    int           // Options.MaxConnections
	budget  int64         // of an HTTP/2 connection: what one of its sessions alone may queue
	timeout time.Duration // for the first request of an HTTP/2 connection
	crowded func()        // counts a connection that is closed because there are too many

	enter func(net.Addr) bool // Server.enter
	leave func(net.Addr)      // Server.leave

	mu sync.Mutex

	// Guarded by mu.
	all    map[net.Conn]*clientConn
	idle   list.List     // the net.Conns in all that wait for their next request, longest first
	early  int           // those in all that are anEarlyConn
	quiet  chan struct{} // closed when early is 0; nil: nobody waits
	closed bool          // no more early handshakes
}

// anEarlyConn is the entry of each connection with an early handshake.
var anEarlyConn = new(clientConn)

// add is http.Server's ConnContext: it adds a connection and returns the context of its requests.
func (t *connections) add(ctx context.Context, c net.Conn) context.Context {
	added := &clientConn{budget: budget{most: t.budget}, remote: c.RemoteAddr()}
	added.barred = !t.enter(added.remote)
	added.asked.Store(added.barred)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.putLocked(c, added)
	return context.WithValue(ctx, connKey{}, added)
}

func (t *connections) putLocked(c net.Conn, added *clientConn) {
	if t.all == nil {
		t.all = make(map[net.Conn]*clientConn)
	}
	t.all[c] = added
}

// addEarly adds a connection with an early handshake. It returns false if there are too many.
func (t *connections) addEarly(c net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	if len(t.all) >= t.most && !t.makeRoomLocked() {
		t.crowded()
		return false
	}
	t.putLocked(c, anEarlyConn)
	t.early++
	return true
}

// removeEarly removes a connection whose early handshake is decided, or that is net/http's after all.
func (t *connections) removeEarly(c net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, c)
	if t.early--; t.early == 0 && t.quiet != nil {
		close(t.quiet)
		t.quiet = nil
	}
}

// awaitEarly waits until no early handshake is under way, or ctx ends.
func (t *connections) awaitEarly(ctx context.Context) {
	t.mu.Lock()
	if t.early > 0 && t.quiet == nil {
		t.quiet = make(chan struct{})
	}
	quiet := t.quiet
	t.mu.Unlock()
	if quiet == nil {
		return
	}
	select {
	case <-quiet:
	case <-ctx.Done():
	}
}

// closeEarly closes the connections with an early handshake, now and later.
func (t *connections) closeEarly() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for c, known := range t.all {
		if known == anEarlyConn {
			c.Close()
		}
	}
}

// makeRoomLocked closes the connection that has waited longest for its next request, which its client then
// makes on a new one: otherwise those that wait would keep out all who come. It returns false if none waits.
func (t *connections) makeRoomLocked() bool {
	first := t.idle.Front()
	if first == nil {
		return false
	}
	c := first.Value.(net.Conn)
	t.idle.Remove(first)
	delete(t.all, c)
	go c.Close() // TLS says good-bye first, and a client that does not read makes it wait
	return true
}

// changed is http.Server's ConnState. It closes a connection over the limit if none gives way to it, and,
// after the timeout, one of HTTP/2 that has sent no request; net/http closes the others, but keeps that
// one as long as one that may send its next.
func (t *connections) changed(c net.Conn, state http.ConnState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.all[c]
	if known == nil {
		return
	}
	if known.timer != nil {
		known.timer.Stop()
		known.timer = nil
	}
	if known.idle != nil {
		t.idle.Remove(known.idle)
		known.idle = nil
	}
	switch state {
	case http.StateNew:
		switch {
		case known.barred:
			c.Close() // StateClosed follows
		case len(t.all) > t.most && !t.makeRoomLocked():
			t.crowded()
			c.Close()
		}
	case http.StateIdle:
		if known.asked.Load() {
			known.idle = t.idle.PushBack(c)
		} else {
			known.timer = time.AfterFunc(t.timeout, func() { c.Close() })
		}
	case http.StateClosed, http.StateHijacked:
		t.ask(known)
		delete(t.all, c)
	}
}

// ask notes that a connection has made a request, or is over.
func (t *connections) ask(c *clientConn) {
	if !c.asked.Load() && c.asked.CompareAndSwap(false, true) {
		t.leave(c.remote)
	}
}

// unasked returns the number of connections that have made no request, or whose early handshake is not
// decided.
func (t *connections) unasked() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.all {
		if c == anEarlyConn || !c.asked.Load() {
			n++
		}
	}
	return n
}

// count returns the number of connections.
func (t *connections) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all)
}

// waiting returns the number of connections that wait for their next request.
func (t *connections) waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.idle.Len()
}

// connOf returns the connection of a request, or nil if net/http does not serve it.
func connOf(r *http.Request) *clientConn {
	c, _ := r.Context().Value(connKey{}).(*clientConn)
	return c
}

// budgetOf returns what bounds the queues of the connection that a request has come on: nil if each
// session has a connection of its own.
func budgetOf(r *http.Request) *budget {
	if c := connOf(r); c != nil && r.ProtoMajor >= 2 {
		return &c.budget
	}
	return nil
}
