package runtime

import (
	"math"
	"sync"
	"sync/atomic"

	"node.websocket/runtime/topic"
)

// A publication is one message for many connections.
type publication struct {
	// fixed
	message  Prepared
	placed   *placed   // other forms of the message; nil: there are none
	except   *Conn     // nil: none
	lost     bool      // it is frameInterrupted, for clients that can recover
	author   string    // the client that has published it through another node, and does not get it; "": none
	resource *Resource // for all connections of this resource; nil: for audience
	audience topic.Audience[*Conn]
	number   int64 // in its outbox, from 1
	size     int64 // what it counts for in outbox.undelivered

	next *publication // set in a turn with the outbox's mu held, so either is enough to read it
}

// An outbox holds the publications of a worker, in order, until they are delivered. The bus has one for those
// of other nodes.
//
// It is delivered after the turn, outside of it, to one connection after the other. A connection of the
// same worker may be sent something else before: it then catches up, which keeps its messages in order.
// It also does before it subscribes, unsubscribes or connects, so that it gets exactly what was published
// between these. A connection of another worker gets what is delivered while it subscribes.
type outbox struct {
	runtime *Runtime // fixed

	last int64 // only in a turn, or by the bus: the number of the last publication

	undelivered atomic.Int64 // the sum of the sizes of those that are not delivered to all

	delivering sync.Mutex     // held by deliver
	batch      []*publication // guarded by delivering; used by deliver alone

	mu sync.Mutex

	// guarded by mu: those that are not delivered to all, oldest first
	oldest, newest *publication
	running        bool // run is called, or about to be
}

const (
	// maxUndelivered is the sum of sizes of publications that may wait. Above it they are delivered in the
	// turn, so that a module cannot publish faster than that.
	maxUndelivered = 256 << 10
	// publicationSize is the size of a publication beside its data, in bytes.
	publicationSize = 64
)

// publish adds a publication of size bytes. It is called in a turn, or by the bus.
func (o *outbox) publish(p *publication, size int) {
	o.last++
	p.number, p.size = o.last, int64(size)+publicationSize
	o.mu.Lock()
	if o.newest == nil {
		o.oldest = p
	} else {
		o.newest.next = p
	}
	o.newest = p
	o.mu.Unlock()
	if o.undelivered.Add(p.size) > maxUndelivered {
		o.deliver()
	}
}

// behind reports whether something may not have been delivered to all.
func (o *outbox) behind() bool { return o.undelivered.Load() != 0 }

// begin is called at the end of a turn. It reports whether the caller must call run after the turn.
func (o *outbox) begin() bool {
	if !o.behind() {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running || o.oldest == nil {
		return false
	}
	o.running = true
	return true
}

// run delivers what is published. It starts a goroutine for what is published meanwhile, because the
// caller has a socket to read.
func (o *outbox) run() {
	o.deliver()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running = o.oldest != nil; o.running {
		go o.run() // ends when this is delivered
	}
}

// deliver delivers what has been published so far, and flushes each receiver once. If deliver is in
// progress on another goroutine, it waits for that first.
func (o *outbox) deliver() {
	o.delivering.Lock()
	defer o.delivering.Unlock()
	o.batch = o.first(o.batch)
	var later []*Conn // to be flushed at the end, because they may get more
	for batch := o.batch; len(batch) > 0; {
		n := 1 // the publications with the same receivers as the first
		for n < len(batch) && batch[n].resource == batch[0].resource && batch[n].audience.Equal(batch[0].audience) {
			n++
		}
		for _, c := range o.receivers(batch[0]) {
			switch {
			case !c.hear(o, batch[:n]):
			case n < len(batch):
				if !c.unflushed.Swap(true) {
					later = append(later, c)
				}
			default:
				if len(later) > 0 {
					c.unflushed.Store(false)
				}
				c.session.Flush()
			}
		}
		batch = batch[n:]
	}
	for _, c := range later {
		if c.unflushed.Swap(false) {
			c.session.Flush()
		}
	}
	o.drop(o.batch)
	clear(o.batch)
	if o.batch = o.batch[:0]; cap(o.batch) > maxKept {
		o.batch = nil
	}
}

// first appends the publications that are not delivered to all.
func (o *outbox) first(batch []*publication) []*publication {
	o.mu.Lock()
	defer o.mu.Unlock()
	for p := o.oldest; p != nil; p = p.next {
		batch = append(batch, p)
	}
	return batch
}

// drop removes the first publications, which have been delivered to all.
func (o *outbox) drop(batch []*publication) {
	if len(batch) == 0 {
		return
	}
	var size int64
	for _, p := range batch {
		size += p.size
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.oldest = batch[len(batch)-1].next; o.oldest == nil {
		o.newest = nil
	}
	o.undelivered.Add(-size)
}

// receivers returns the connections that may be in the audience of p.
func (o *outbox) receivers(p *publication) []*Conn {
	if p.resource != nil {
		return p.resource.everyone.open(p.resource)
	}
	return o.runtime.topics.Receivers(p.audience)
}

// hear queues those publications of an outbox that c has not heard. It reports whether there were any.
func (c *Conn) hear(o *outbox, batch []*publication) (any bool) {
	own := o == &c.worker.outbox
	if own {
		c.catching.Lock()
		defer c.catching.Unlock()
	}
	for _, p := range batch {
		if own {
			if p.number <= c.heard {
				continue
			}
			c.heard = p.number
		}
		if p.except != c && p.isFor(c) {
			c.session.SendPrepared(p.prepared(c))
			any = true
		}
	}
	return any
}

// catchUp queues what c's worker has published for c and has not been delivered. It is called in a turn.
func (c *Conn) catchUp() {
	o := &c.worker.outbox
	c.catching.Lock()
	defer c.catching.Unlock()
	if c.heard >= o.last {
		return
	}
	o.mu.Lock()
	p := o.oldest
	o.mu.Unlock()
	for ; p != nil; p = p.next {
		if p.number > c.heard && p.except != c && c.isIn(p) {
			c.session.SendPrepared(p.prepared(c))
		}
	}
	c.heard = o.last
}

// isFor reports whether c gets p if it hears it: not if c's client has published p through another node.
func (p *publication) isFor(c *Conn) bool {
	if c.usual.recovery == nil {
		return !p.lost
	}
	return p.author == "" || c.usual.recovery.client != p.author
}

// isIn reports whether c is one of the receivers of p.
func (c *Conn) isIn(p *publication) bool {
	r := c.worker.resource
	if p.resource != nil {
		return p.resource == r
	}
	return r.runtime.topics.Hears(&c.subscriptions, p.audience)
}

// joinBroadcasts makes c hear what is published from now on. It is called in a turn.
func (c *Conn) joinBroadcasts() {
	c.catching.Lock()
	c.heard = c.worker.outbox.last
	c.catching.Unlock()
	c.worker.resource.everyone.change()
}

// leaveAll makes c hear nothing any more. Any goroutine may call it.
func (c *Conn) leaveAll() {
	c.catching.Lock()
	c.heard = math.MaxInt64
	c.catching.Unlock()
	r := c.worker.resource
	r.everyone.change()
	r.runtime.topics.Leave(&c.subscriptions)
	r.runtime.presences.drop(c)
}

// everyone is the open connections of all workers of a resource, for broadcasts.
type everyone struct {
	mu    sync.Mutex
	conns []*Conn // guarded by mu; never changed, because it is handed out; nil: to be made
}

// change must be called after a connection has been added to a worker or removed from it.
func (e *everyone) change() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conns = nil
}

// open returns the open connections of r, whose everyone e is.
func (e *everyone) open(r *Resource) []*Conn {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conns == nil {
		for _, w := range r.all() {
			w.mu.Lock()
			for c := w.first; c != nil; c = c.next {
				e.conns = append(e.conns, c)
			}
			w.mu.Unlock()
		}
	}
	return e.conns
}
