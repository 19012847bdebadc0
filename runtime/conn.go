package runtime

import (
	"sync"

	"github.com/dop251/goja"
)

// A Conn is one connection of a worker: the module's instance for it, and the object that JavaScript sees.
//
// transport calls its methods from one goroutine at a time, but for Drained: Connected, Receive as messages come,
// Disconnected. None of them waits for the worker. What they do that is not done when they return is done in order.
type Conn struct {
	// fixed after Open
	worker  *worker
	request Request

	session Session // fixed by Connected; nil before

	// only in a turn
	instance   *goja.Object
	version    *version     // that the instance is of
	object     *goja.Object // made on first use
	requestObj *goja.Object // made on first use
	next, prev *Conn        // in the worker's list
	connected  bool         // between Connected and Disconnected
	gone       bool         // Disconnected was called
	paused     bool         // by JavaScript
	pending    bool         // a promise that onData returned has not settled
	starved    bool         // a Receive fell short for one of these
	ending     bool         // no more messages come than those that the session holds
	behind     bool         // the module was reloaded since, and the instance is replaced when pending ends
	touched    bool         // is in the turn's touched

	// guarded by the turn's mu
	waiting     bool // is in the turn's list of those
	nextWaiting *Conn

	catching sync.Mutex
	heard    *publication // guarded by catching: the last that was queued, or there was; nil once disconnected
}

// Connected says that the handshake was answered: s carries the connection from here on. It calls onConnect.
func (c *Conn) Connected(s Session) {
	c.session = s
	if !c.worker.postFor(c, c.connect) {
		s.Abandon(closeInternalError, "the module does not answer")
	}
}

func (c *Conn) connect() {
	w := c.worker
	c.connected = true
	w.addConn(c)
	c.heard, w.fanOut.receivers = w.fanOut.last, nil
	if c.version != w.resource.current && w.resource.current != nil && !w.stopped { // reloaded since Open
		if err := c.catchUpVersion(w.resource.current); err != nil {
			w.report(c, "reload", err)
		}
	}
	c.handler("onConnect")
	c.goOn()
}

// Receive delivers messages to onData, in order, and returns how many of them it took. It never waits: it takes fewer
// while another goroutine is in the worker, while JavaScript has paused the connection, and while a promise that onData
// returned has not settled, and then resumes the session when it would take more. What comes after JavaScript has closed
// the connection is taken, and dropped.
func (c *Conn) Receive(batch []Message) (taken int) {
	w := c.worker
	for taken < len(batch) && w.enter(c) {
		n, short := c.deliver(batch[taken:])
		taken += n
		if !short && taken < len(batch) && w.contended() {
			w.resume(c) // behind those who want the worker as well
			short = true
		}
		w.leave(false)
		if short {
			break
		}
	}
	return taken
}

// deliver delivers as many messages as may be in one turn, and reports whether the next one has to wait.
func (c *Conn) deliver(batch []Message) (n int, short bool) {
	for n < len(batch) && n < maxPerTurn {
		if c.worker.stopped || c.gone || c.connected && c.session.ReadyState() != stateOpen {
			return len(batch), false
		}
		if held := c.paused || c.pending; held && c.ending {
			return len(batch), false // nobody will be there to hear of them
		} else if held || !c.connected {
			c.starved = true
			return n, true
		}
		c.onData(batch[n])
		n++
	}
	return n, false
}

// Ending says that the client has closed or gone: the messages that the session still holds are the last. From then on those that wait
// for a pause or a promise are dropped, so that onDisconnect can come.
func (c *Conn) Ending() {
	c.worker.post(func() {
		c.ending = true
		c.goOn()
	})
}

// goOn resumes the session if it holds messages.
func (c *Conn) goOn() {
	if c.starved && c.connected && (c.ending || !c.paused && !c.pending) {
		c.starved = false
		c.worker.resume(c)
	}
}

func (c *Conn) onData(m Message) {
	w := c.worker
	var data goja.Value
	if m.Binary {
		data = w.newUint8Array(m.Data)
	} else {
		data = w.vm.ToValue(string(m.Data))
	}
	w.Call(call{conn: c, name: "onData", this: c.instance, args: []goja.Value{data, c.jsObject()}, awaits: true})
}

// await makes the next message wait if what onData returned is a promise. A promise that rejects is as an exception of
// onData.
func (c *Conn) await(o *goja.Object) {
	w := c.worker
	settled := false
	settle := func(err error) {
		if settled { // a then of the module's own may call back as often as it likes
			return
		}
		settled, c.pending = true, false
		if err != nil {
			w.fail(c, "onData", err)
		}
		c.settled()
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

// Drained says that the session's queue has emptied after a send that returned false. It calls onDrain.
func (c *Conn) Drained() {
	c.worker.post(func() {
		if c.connected {
			c.handler("onDrain")
		}
	})
}

// Disconnected says that the session is over. It calls onDisconnect, once, with the code and the reason as the
// WebSocket API has them: 1005 for none, 1006 for a connection that was lost. Without a Connected before it, it does
// nothing.
func (c *Conn) Disconnected(code int, reason string) {
	c.worker.post(func() { c.disconnect(code, reason) })
}

func (c *Conn) disconnect(code int, reason string) {
	w := c.worker
	if !c.connected {
		return
	}
	c.connected, c.gone = false, true
	w.removeConn(c)
	w.fanOut.receivers = nil
	c.forget()
	c.handler("onDisconnect", w.vm.ToValue(code), w.vm.ToValue(reason))
	if c.object != nil {
		w.dropHandle(c.object, true)
	}
}

// handler calls one of the optional handlers, if the instance has it, with the connection first.
func (c *Conn) handler(name string, args ...goja.Value) {
	if !c.worker.stopped {
		c.worker.Call(call{conn: c, name: name, this: c.instance, args: append([]goja.Value{c.jsObject()}, args...)})
	}
}

// touch comes, in a turn, before something is queued for the connection: the session is flushed when the turn ends.
func (c *Conn) touch() {
	if c.worker.fanOut.behind() {
		c.catchUp() // what was published before comes first
	}
	if !c.touched {
		c.touched = true
		c.worker.touched = append(c.worker.touched, c)
	}
}

func (w *worker) newUint8Array(data []byte) goja.Value {
	buffer := w.vm.ToValue(w.vm.NewArrayBuffer(append(make([]byte, 0, len(data)), data...)))
	array, err := w.vm.New(w.uint8Array, buffer)
	if err != nil { // cannot be: the buffer is whole and the constructor native
		panic(err)
	}
	return array
}
