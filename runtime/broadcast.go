package runtime

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dop251/goja"
)

// A publication is one message of connection.server.broadcast, in a linked list of the resource's. Each
// connection keeps its place in the list, and queues the publications after it under its own lock:
// in the fan-out after the turn, or earlier if something else is sent to it, so that its messages
// stay in order. Publications that every connection has passed are garbage.
type publication struct {
	message Prepared
	except  *Conn // nil: none
	next    atomic.Pointer[publication]
}

// A fanOut delivers publications to the connections of all workers of a resource, outside the turn of
// the worker that publishes.
type fanOut struct {
	published atomic.Int64 // bytes, in all; changed with mu held
	delivered atomic.Int64 // bytes, in all, that every connection has passed

	mu sync.Mutex

	// guarded by mu
	last      *publication // the end of the list
	receivers []*Conn      // the open connections; never changed, because run reads it; nil: to be made
	running   bool
	pending   []*Conn // the receivers for the next run; nil: nothing is to be delivered
	until     int64   // published when pending was set
}

// maxUndelivered is the number of bytes of publications that may wait for the fan-out. Above it they
// are queued for the connections in the turn, so that a module cannot publish faster than that.
const maxUndelivered = 64 << 10

// broadcast sends data to every open connection of the resource except one, after the turn.
func (w *worker) broadcast(data, except goja.Value) {
	not := w.conns.of(except)
	var m Message
	if b, ok := w.environment.Bytes(data); ok {
		m = Message{Binary: true, Data: slices.Clone(b)}
	} else if o, ok := data.(*goja.Object); ok {
		m.Data = []byte(w.textOf("broadcast", o))
	} else {
		m.Data = []byte(data.String())
	}
	r := w.resource
	if r.connections() == 0 {
		return
	}
	w.published = true
	f := &r.fanOut
	if f.publish(&publication{message: r.runtime.options.Prepare(m), except: not}, len(m.Data)+1) <= maxUndelivered {
		return
	}
	receivers, until := f.open(r)
	for _, c := range receivers {
		switch {
		case c.worker == w:
			c.touch() // catches up
		case c.catchUp() && !c.unflushed.Swap(true):
			w.foreign = append(w.foreign, c)
		}
	}
	f.passed(until)
}

// publish appends a publication, which counts as size bytes. It returns the number of bytes that wait.
func (f *fanOut) publish(p *publication, size int) (undelivered int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last.next.Store(p)
	f.last = p
	return f.published.Add(int64(size)) - f.delivered.Load()
}

// join makes c hear what is published from now on.
func (f *fanOut) join(c *Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.catching.Lock()
	c.heard = f.last
	c.catching.Unlock()
	f.receivers = nil
}

// leave makes c hear nothing any more. Its place in the list would keep every later publication alive.
func (f *fanOut) leave(c *Conn) {
	f.mu.Lock()
	f.receivers = nil
	f.mu.Unlock()
	c.catching.Lock()
	defer c.catching.Unlock()
	c.heard = nil
}

// behind reports whether some connection may not have passed all publications.
func (f *fanOut) behind() bool { return f.published.Load() != f.delivered.Load() }

// passed records that every connection has passed the publications up to this number of bytes.
func (f *fanOut) passed(until int64) {
	for {
		delivered := f.delivered.Load()
		if delivered >= until || f.delivered.CompareAndSwap(delivered, until) {
			return
		}
	}
}

// open returns the open connections of r, and the number of bytes that have been published. It is called
// in a turn.
func (f *fanOut) open(r *Resource) (receivers []*Conn, published int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.openLocked(r), f.published.Load()
}

func (f *fanOut) openLocked(r *Resource) []*Conn {
	if f.receivers == nil {
		for _, w := range r.all() {
			w.mu.Lock()
			for c := w.first; c != nil; c = c.next {
				f.receivers = append(f.receivers, c)
			}
			w.mu.Unlock()
		}
	}
	return f.receivers
}

// begin records, at the end of a turn of w, what was published in it. It reports whether the caller must
// call run after the turn.
func (f *fanOut) begin(w *worker) bool {
	if !w.published {
		return false
	}
	w.published = false
	if !f.behind() {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending, f.until = f.openLocked(w.resource), f.published.Load()
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
	f.passed(until)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running = f.pending != nil; f.running {
		go f.run() // ends when these are delivered
	}
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
