package runtime

import (
	"sync/atomic"

	"github.com/dop251/goja"
)

// A Conn is one connection of a worker: the module's instance for it, and the object that JavaScript sees. transport
// calls its methods from one goroutine at a time, but for Release, in the order Connected, Receive and Drained as they
// come, Disconnected; each of them takes a turn.
type Conn struct {
	// fixed after Open
	worker  *Worker
	request Request

	// only in a turn
	session    Session
	instance   *goja.Object
	version    *version     // that the instance is of
	object     *goja.Object // made on first use
	requestObj *goja.Object // made on first use
	pending    bool         // a promise that onData returned has not settled
	behind     bool         // the module was reloaded since, and the instance is replaced when it has
	next, prev *Conn
	connected  bool // between Connected and Disconnected
	gone       bool // Disconnected was called
	paused     bool
	touched    bool // is in worker.touched

	released atomic.Bool
	wake     atomic.Pointer[chan struct{}] // made by the first Receive that waits
}

// maxPerTurn is how many messages of one read are delivered before other connections of the worker get a turn.
const maxPerTurn = 64

// Connected says that the handshake was answered: s carries the connection from here on. It calls onConnect.
func (c *Conn) Connected(s Session) {
	w := c.worker
	w.begin()
	defer w.end()
	c.session, c.connected = s, true
	if c.prev = w.last; c.prev != nil {
		c.prev.next = c
	} else {
		w.first = c
	}
	w.last = c
	w.clients++
	if c.version != w.current && w.current != nil { // reloaded since Open
		if err := c.catchUp(w.current); err != nil {
			w.report(c, "reload", err)
		}
	}
	c.handler("onConnect")
}

// Receive delivers messages to onData, in order. It returns when each was taken: it waits for the turn, while the
// connection is paused, and, before the next message, for a promise that onData returned. What comes after Release, or
// after JavaScript closed the connection, is dropped.
func (c *Conn) Receive(batch []Message) {
	for len(batch) > 0 {
		n, wait := c.deliver(batch)
		batch = batch[n:]
		if wait && !c.wait() {
			return
		}
	}
}

// deliver takes one turn for as many messages as it may, and says whether the next one has to wait.
func (c *Conn) deliver(batch []Message) (n int, wait bool) {
	w := c.worker
	w.begin()
	defer w.end()
	for n < len(batch) && n < maxPerTurn {
		if w.stopped || !c.connected || c.session.ReadyState() != stateOpen {
			return len(batch), false
		}
		if c.paused || c.pending {
			return n, true
		}
		c.onData(batch[n])
		n++
	}
	return n, false
}

func (c *Conn) onData(m Message) {
	w := c.worker
	var data goja.Value
	if m.Binary {
		data = w.newUint8Array(m.Data)
	} else {
		data = w.vm.ToValue(string(m.Data))
	}
	if result, ok := w.try(c, "onData", nil, c.instance, []goja.Value{data, c.jsObject()}); ok {
		if o, isObject := result.(*goja.Object); isObject {
			c.await(o)
		}
	}
	w.settleRejections(c)
}

// await makes the next message wait if what onData returned is a promise. A promise that rejects is as an exception of
// onData.
func (c *Conn) await(o *goja.Object) {
	w := c.worker
	settle := func(err error) {
		c.pending = false
		if err != nil {
			w.fail(c, "onData", err)
		}
		c.settled()
		c.wakeUp()
	}
	c.pending = true
	err := w.guard(func() error {
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

// wait blocks, outside of a turn, until something changed that a Receive waits for. It is false after Release.
func (c *Conn) wait() bool {
	wake := c.wake.Load()
	if wake == nil {
		ch := make(chan struct{}, 1)
		wake = &ch
		c.wake.Store(wake)
		// Whoever changed something before it could see the channel: look again rather than wait.
		return !c.released.Load()
	}
	if c.released.Load() {
		return false
	}
	<-*wake
	return !c.released.Load()
}

func (c *Conn) wakeUp() {
	if wake := c.wake.Load(); wake != nil {
		select {
		case *wake <- struct{}{}:
		default:
		}
	}
}

// Release says that the session is over: a Receive that waits returns soon. It may be called from any goroutine, in a
// turn too, and more than once.
func (c *Conn) Release() {
	c.released.Store(true)
	c.wakeUp()
}

// Drained says that the session's queue has emptied after a send that returned false. It calls onDrain.
func (c *Conn) Drained() {
	c.worker.begin()
	defer c.worker.end()
	if c.connected {
		c.handler("onDrain")
	}
}

// Disconnected says that the session is over. It calls onDisconnect, once, with the code and the reason as the
// WebSocket API has them: 1005 for none, 1006 for a connection that was lost. Without a Connected before it, it does
// nothing.
func (c *Conn) Disconnected(code int, reason string) {
	w := c.worker
	w.begin()
	defer w.end()
	if !c.connected {
		return
	}
	c.connected, c.gone = false, true
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		w.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		w.last = c.prev
	}
	c.next, c.prev = nil, nil
	w.clients--
	c.handler("onDisconnect", w.vm.ToValue(code), w.vm.ToValue(reason))
	if c.object != nil {
		w.dropHandle(c.object, true)
	}
}

// handler calls one of the optional handlers, if the instance has it, with the connection first.
func (c *Conn) handler(name string, args ...goja.Value) {
	if !c.worker.stopped {
		c.worker.call(c, name, nil, c.instance, append([]goja.Value{c.jsObject()}, args...)...)
	}
}

// touch notes, in a turn, that something was queued for the connection.
func (c *Conn) touch() {
	if !c.touched {
		c.touched = true
		c.worker.touched = append(c.worker.touched, c)
	}
}

func (w *Worker) newUint8Array(data []byte) goja.Value {
	buffer := w.vm.ToValue(w.vm.NewArrayBuffer(append(make([]byte, 0, len(data)), data...)))
	array, err := w.vm.New(w.uint8Array, buffer)
	if err != nil { // cannot be: the buffer is whole and the constructor native
		panic(err)
	}
	return array
}
