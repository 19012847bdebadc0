package runtime

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dop251/goja"

	"node.websocket/runtime/topic"
)

// A Conn is one connection of a worker: the module's instance for it, and the object that JavaScript
// sees.
//
// Connected comes first, then Receive for messages as they arrive, and Disconnected last. They must
// not be called concurrently; Drained and Ending may come from any goroutine in between. None of them
// waits for the worker. A handler other than onData that has not run when they return runs later, in
// the order of the calls. Messages are not queued with it, and may precede it, but not onConnect.
type Conn struct {
	// fixed after Open
	worker        *worker
	id            string
	ownHead       string // the part of Request.Head that is not in usual
	remoteAddress string
	usual         *usual

	session Session // fixed by Connected; nil before

	// only in a turn
	instance   *goja.Object
	version    *version     // the version that made instance, or whose prototype it has
	offered    *version     // the last version to which update moved the connection, or tried to
	object     *goja.Object // what JavaScript sees; made on first use
	requestObj *goja.Object // connection.request; made on first use
	next, prev *Conn        // in the worker's list of open connections
	connected  bool         // between Connected and Disconnected
	gone       bool         // Disconnected was called
	paused     bool         // by JavaScript
	shut       bool         // closed by JavaScript
	pending    bool         // a promise that onData returned has not settled
	starved    bool         // a Receive fell short because of paused, pending or not connected
	ending     bool         // the session receives no more messages than it holds
	touched    bool         // is in turn.touched
	inRounds   bool         // an event loop offers its messages

	waiting     bool        // guarded by the turn's mu: is in the list turn.waiting
	unflushed   atomic.Bool // will be flushed by a fan-out; here because there is room between the two
	nextWaiting *Conn       // guarded by the turn's mu

	catching sync.Mutex
	heard    int64 // guarded by catching: the number of the last publication of the worker's outbox that is queued, or not for it

	subscriptions topic.Subscriptions[*Conn] // only for the runtime's topics
}

// usual is the part of a Request that most connections of a resource have in common. They share it, to
// take less memory. Those that can recover messages have a copy, because all others would grow by the field.
type usual struct {
	path, origin, transport, version string
	secure                           bool
	framed                           bool   // the client knows frames; see recovery
	maxMessage                       int    // of the data of a frame; 0: any
	head                             string // see splitHead

	recovery *recovery // of one client that can recover messages, whose usual is its own; nil: shared
}

var usualSeed = maphash.MakeSeed()

// newUsual returns what a request has in common with others. Parts of its head, which may be long, are cloned.
func newUsual(r *Request, head []byte) *usual {
	return &usual{
		path: strings.Clone(r.Path), origin: strings.Clone(r.Origin), transport: r.Transport, version: r.Version,
		secure: r.Secure, framed: r.Framed, maxMessage: r.MaxMessage, head: string(head),
	}
}

// isOf reports whether u is that of a request.
func (u *usual) isOf(r *Request, head []byte) bool {
	return u.head == string(head) && u.path == r.Path && u.origin == r.Origin && u.transport == r.Transport &&
		u.version == r.Version && u.secure == r.Secure && u.framed == r.Framed && u.maxMessage == r.MaxMessage
}

// newConn makes a connection of one of the resource's workers.
func (r *Resource) newConn(w *worker, request *Request) *Conn {
	var buffer [2][512]byte // most heads fit
	own, head := splitHead(request.Head, buffer[0][:0], buffer[1][:0])
	slot := &r.usual[maphash.Bytes(usualSeed, head)%uint64(len(r.usual))] // for each kind of browser
	shared := slot.Load()
	if shared == nil || !shared.isOf(request, head) {
		shared = newUsual(request, head)
		slot.Store(shared)
	}
	c := &Conn{worker: w, id: request.ID, ownHead: string(own), remoteAddress: request.RemoteAddress, usual: shared}
	if request.Recovery != "" {
		own := *shared
		own.framed = true
		own.recovery = &recovery{client: strings.Clone(request.Recovery)}
		c.usual = &own
	}
	return c
}

// Connected hands over the session once the handshake has been answered, and calls onConnect.
func (c *Conn) Connected(s Session) {
	c.session = s
	if !c.worker.turn.connect(c) {
		s.Abandon(closeInternalError, "the module does not answer")
	}
}

func (c *Conn) connect() {
	w := c.worker
	c.connected = true
	w.addConn(c)
	c.joinBroadcasts()
	if c.version != w.current && w.current != nil && !w.stopped { // reloaded since Open
		if err := c.adoptCurrent(); err != nil {
			w.report(c, "reload", err)
		}
	}
	c.offered = w.current
	c.handler("onConnect")
	c.goOn()
}

// Receive delivers messages to onData, in order, and returns the number that it took. It never waits:
// it takes fewer while another goroutine is in the worker, while JavaScript has paused the
// connection, and while a promise that onData returned has not settled. In these cases it calls
// [Session.Resume] when it can take more. Messages after JavaScript has closed the connection are
// taken and dropped.
func (c *Conn) Receive(batch []Message) (taken int) {
	w := c.worker
	for taken < len(batch) && w.enter(c) {
		n, short := c.deliver(batch[taken:])
		taken += n
		if !short && taken < len(batch) && w.wanted.Load() {
			w.resume(c) // let the others in first
			short = true
		}
		w.leave(aSession)
		if short {
			break
		}
	}
	return taken
}

// ReceiveInRound is Receive for a call within [Worker.Round], which has the turn already.
func (c *Conn) ReceiveInRound(batch []Message) (taken int) {
	c.inRounds = true
	taken, short := c.deliver(batch)
	if !short && taken < len(batch) {
		c.worker.resume(c) // let the others in first
	}
	return taken
}

// Worker returns the worker that runs the connection's module. It does not change.
func (c *Conn) Worker() Worker { return c.worker }

// deliver delivers up to maxPerTurn messages, in a turn. It returns the number taken, and whether the
// next one has to wait.
func (c *Conn) deliver(batch []Message) (n int, short bool) {
	if c.offered != c.worker.current {
		c.update()
	}
	for last := min(len(batch), maxPerTurn); n < last; {
		if c.worker.stopped || c.gone || c.connected && (c.shut || c.session.ReadyState() != stateOpen) {
			return len(batch), false
		}
		if held := c.paused || c.pending; held && c.ending {
			return len(batch), false // see Ending
		} else if held || !c.connected {
			c.starved = true
			return n, true
		}
		if c.worker.makeWay() {
			break
		}
		rest := batch[n:last]
		if c.usual.framed {
			var taken bool
			if rest, taken = c.takeFrame(rest); taken {
				n++
				continue
			}
		}
		n += c.worker.delivery.deliver(c, rest)
	}
	return n, false
}

// Ending reports that the client has closed or gone, so that the messages which the session still
// holds are the last. From then on messages that would have to wait for a pause or a promise are
// dropped, because onDisconnect comes after them. It may be called more than once.
func (c *Conn) Ending() {
	c.worker.post(func() {
		c.ending = true
		c.goOn()
	})
}

// goOn resumes the session if a Receive fell short and its reason is gone.
func (c *Conn) goOn() {
	if c.starved && c.connected && (c.ending || !c.paused && !c.pending) {
		c.starved = false
		c.worker.resume(c)
	}
}

// await makes the next message wait for o if it is a promise. A rejection is reported like an
// exception of onData.
func (c *Conn) await(o *goja.Object) {
	w := c.worker
	settled := false
	settle := func(err error) {
		if settled { // a module's own then method may call back more than once
			return
		}
		settled, c.pending = true, false
		if err != nil {
			w.fail(c, "onData", err)
		}
		c.endData(err != nil)
		c.update()
		c.goOn()
	}
	c.pending = true
	err := w.protect("onData", func() error {
		isPromise, err := w.whenSettled(o, func(goja.Value) { settle(nil) }, func(reason goja.Value) { settle(&rejection{reason}) })
		if !isPromise {
			c.pending = false
		}
		return err
	})
	if err != nil {
		settle(err)
	}
}

// Drained reports that the session's queue has emptied after a send that returned false. It calls
// onDrain.
func (c *Conn) Drained() {
	c.worker.post(func() {
		if c.connected {
			c.handler("onDrain")
		}
	})
}

// Disconnected reports that the session is over. It calls onDisconnect, once, with the code and the
// reason of its Close: code 1005 if that had none, 1006 if the session was lost or cut without a Close.
// It does nothing unless Connected was called.
func (c *Conn) Disconnected(code int, reason string) {
	c.worker.post(func() { c.disconnect(code, reason) })
}

func (c *Conn) disconnect(code int, reason string) {
	w := c.worker
	if !c.connected {
		return
	}
	c.update()
	c.connected, c.gone = false, true
	w.removeConn(c)
	c.leaveAll()
	c.handler("onDisconnect", w.vm.ToValue(code), w.vm.ToValue(reason))
	delete(w.inquiries, c)
	w.resource.runtime.topics.Forget(&c.subscriptions)
	if c.object != nil {
		w.conns.drop(w.vm, c.object, true)
	}
}

// handler calls an optional handler, if the instance has it. The connection is the first argument.
func (c *Conn) handler(name string, args ...goja.Value) {
	c.update()
	if !c.worker.stopped {
		c.worker.Call(call{conn: c, name: name, this: c.instance, args: append([]goja.Value{c.jsObject()}, args...)})
	}
}

// touch must be called before something is queued for c's session, so that the session is flushed
// after the turn. It is called in a turn.
func (c *Conn) touch() {
	if c.worker.outbox.behind() {
		c.catchUp() // what was published before comes first
	}
	if !c.touched {
		c.touched = true
		c.worker.touched = append(c.worker.touched, c)
	}
}
