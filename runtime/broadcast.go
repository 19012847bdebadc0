package runtime

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dop251/goja"
)

// A publication is one message of connection.server.broadcast, in the list of a worker's. Each connection
// keeps its place in that list and goes through what follows it, under its own lock: in the fan-out, after
// the turn, or before that when something else is sent to it, so that all it is sent stays in order. What
// every connection has gone through is garbage.
type publication struct {
	message Prepared
	except  *Conn // nil: none
	next    atomic.Pointer[publication]
}

// A fanOut brings publications to connections, outside of the worker's turn.
type fanOut struct {
	// only in the turn
	last      *publication // what the next one follows
	published int64        // bytes
	receivers []*Conn      // the open connections; shared, never changed; nil: to be made

	delivered atomic.Int64 // bytes that every connection has gone through

	mu sync.Mutex

	// guarded by mu
	running bool
	pending []*Conn // receivers of what is to be delivered; nil: nothing
	until   int64   // published, by then
}

// maxUndelivered is how many bytes of publications may wait for the fan-out. More of them are delivered in the turn,
// so that a module cannot publish faster than they go out.
const maxUndelivered = 64 << 10

// broadcast sends to every open connection but one, after the turn.
func (w *worker) broadcast(data, except goja.Value) {
	not, _ := w.handleOf(except).(*Conn)
	var m Message
	if b, ok := w.environment.Bytes(data); ok {
		m = Message{Binary: true, Data: slices.Clone(b)}
	} else {
		m.Data = []byte(data.String())
	}
	if w.first == nil {
		return
	}
	f := &w.fanOut
	p := &publication{message: w.resource.runtime.options.Prepare(m), except: not}
	f.last.next.Store(p)
	f.last = p
	f.published += int64(len(m.Data)) + 1
	if f.published-f.delivered.Load() > maxUndelivered {
		for c := w.first; c != nil; c = c.next {
			c.touch() // catches up
		}
		f.delivered.Store(f.published)
	}
}

// behind reports whether there may be connections that have not gone through all publications. It is called in the turn.
func (f *fanOut) behind() bool { return f.published != f.delivered.Load() }

// begin notes, at the end of a turn, what was published in it, and reports whether run must be called after the turn.
func (f *fanOut) begin(first *Conn) bool {
	if !f.behind() {
		return false
	}
	if f.receivers == nil {
		for c := first; c != nil; c = c.next {
			f.receivers = append(f.receivers, c)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending, f.until = f.receivers, f.published
	if f.running {
		return false
	}
	f.running = true
	return true
}

// run delivers what is pending. What was published meanwhile is for a goroutine of its own, since the caller has a
// socket to read.
func (f *fanOut) run() {
	f.mu.Lock()
	receivers, until := f.pending, f.until
	f.pending = nil
	f.mu.Unlock()
	for _, c := range receivers {
		if c.catchUp() {
			c.session.Flush()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		delivered := f.delivered.Load()
		if delivered >= until || f.delivered.CompareAndSwap(delivered, until) {
			break
		}
	}
	if f.running = f.pending != nil; f.running {
		go f.run() // ends when it has
	}
}

// forget ends the connection's place in the list, which keeps all that follows it alive.
func (c *Conn) forget() {
	c.catching.Lock()
	defer c.catching.Unlock()
	c.heard = nil
}

// catchUp queues the publications that the connection has not gone through, and reports whether there were any for it.
// It may be called from any goroutine once the connection is Connected.
func (c *Conn) catchUp() (any bool) {
	c.catching.Lock()
	defer c.catching.Unlock()
	if c.heard == nil {
		return false
	}
	for p := c.heard.next.Load(); p != nil; p = p.next.Load() {
		c.heard = p
		if p.except != c {
			c.session.SendPrepared(p.message)
			any = true
		}
	}
	return any
}
