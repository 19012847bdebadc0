package runtime

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dop251/goja"
)

// A publication is one message of connection.server.broadcast, in a linked list of the worker's. Each
// connection keeps its place in the list, and queues the publications after it under its own lock:
// in the fan-out after the turn, or earlier if something else is sent to it, so that its messages
// stay in order. Publications that every connection has passed are garbage.
type publication struct {
	message Prepared
	except  *Conn // nil: none
	next    atomic.Pointer[publication]
}

// A fanOut delivers publications to connections, outside the worker's turn.
type fanOut struct {
	// only in the turn
	last      *publication // the end of the list
	published int64        // bytes, in all
	receivers []*Conn      // the open connections; never changed, because run reads it; nil: to be made

	delivered atomic.Int64 // bytes, in all, that every connection has passed

	mu sync.Mutex

	// guarded by mu
	running bool
	pending []*Conn // the receivers for the next run; nil: nothing is to be delivered
	until   int64   // published when pending was set
}

// maxUndelivered is the number of bytes of publications that may wait for the fan-out. Above it they
// are queued for the connections in the turn, so that a module cannot publish faster than that.
const maxUndelivered = 64 << 10

// broadcast sends data to every open connection except one, after the turn.
func (w *worker) broadcast(data, except goja.Value) {
	not := w.conns.of(except)
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

// behind reports whether some connection may not have passed all publications. It is called in a turn.
func (f *fanOut) behind() bool { return f.published != f.delivered.Load() }

// begin records, at the end of a turn, what was published in it. It reports whether the caller must
// call run after the turn.
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

// run delivers the pending publications. It starts a goroutine for those published meanwhile, because
// the caller has a socket to read.
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
		go f.run() // ends when these are delivered
	}
}

// forget gives up the connection's place in the list, which keeps every later publication alive.
func (c *Conn) forget() {
	c.catching.Lock()
	defer c.catching.Unlock()
	c.heard = nil
}

// catchUp queues the publications after the connection's place, and reports whether any was for it.
// It may be called from any goroutine after Connected.
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
