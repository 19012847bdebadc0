package runtime

import (
	"slices"
	"unsafe"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment"
)

// A delivery calls onData for a batch of messages. What costs the same for one message as for many is
// paid once for the batch: the recovery of panics, the room for arguments, the memory of short texts.
// It is used only in a turn.
type delivery struct {
	worker *worker // fixed after newWorker
	run    func()  // the method messages, as a value that is made once

	conn      *Conn
	batch     []Message
	taken     int          // messages of batch that were begun
	result    *goja.Object // what onData returned for the last, if that is an object
	uncaught  error        // what ended the last call without being caught: an interrupt or the like
	stopwatch uint64       // number of the call in progress

	// onData's function when it was last called, and the Go code of it
	function *goja.Object
	code     func(goja.FunctionCall) goja.Value

	args   [2]goja.Value
	texts  environment.Texts
	shared string // the short texts of batch that follow, one after the other
}

const (
	// maxShortText is the greatest length in bytes of a text that shares memory with others.
	maxShortText = 256
	// maxSharedTexts is the most bytes that they share: what a module keeps alive that keeps one of them.
	maxSharedTexts = 4 << 10
)

// deliver calls onData for messages, at least one, in order, and returns the number of them for which it
// has. It stops before the end if one of the others must wait, or must be dropped.
func (d *delivery) deliver(c *Conn, batch []Message) (taken int) {
	w := d.worker
	t := &w.turn
	if t.isLost() {
		return len(batch) // giveUp has abandoned the connection
	}
	outer := t.call
	t.call = call{conn: c, name: "onData"}
	d.conn, d.batch, d.taken = c, batch, 0
	d.share()
	err := d.guarded()
	taken, result := d.taken, d.result
	d.conn, d.batch, d.result, d.shared = nil, nil, nil, ""
	d.args = [2]goja.Value{}
	d.texts.Done()
	if err != nil {
		t.fail(c, "onData", err)
	} else if result != nil {
		c.await(result)
	}
	t.settle(c)
	if len(w.inquiries) > 0 && !c.pending {
		c.endData(err != nil)
	}
	t.call = outer
	return taken
}

// guarded runs messages, recovers panics, and leaves the VM usable: see outermost. The error is that of the
// last message that was begun.
func (d *delivery) guarded() (err error) {
	w := d.worker
	defer func() {
		if x := recover(); x != nil {
			err = panicError(x)
		}
		w.stopwatch.stop(d.stopwatch)
		d.stopwatch = 0
	}()
	d.uncaught = nil
	ex := w.vm.Try(d.run)
	if d.uncaught != nil {
		w.vm.ClearInterrupt()
		w.environment.DropMicrotasks()
		return d.uncaught
	}
	if ex != nil {
		return ex
	}
	return nil
}

// messages calls onData for one message after the other, until something has to be done about one of them
// outside of this call.
func (d *delivery) messages() {
	w, c := d.worker, d.conn
	defer func() {
		if x := recover(); x != nil {
			err, ok := x.(error)
			if !ok || !isUncatchable(err) {
				panic(x)
			}
			d.uncaught = err
			environment.Abandon(w.vm)
			panic(w.vm.ToValue("unwind")) // up to guarded's Try, which cuts goja's stacks back
		}
	}()
	for d.taken < len(d.batch) {
		m := d.batch[d.taken]
		d.taken++
		d.stopwatch = w.stopwatch.next(d.stopwatch, "onData")
		w.environment.Enter()
		var result goja.Value
		// Looked up for each message: a module may put another function there at any time, and a reload does.
		if f, ok := c.instance.Get("onData").(*goja.Object); ok {
			result = d.call(f, m)
		}
		if w.environment.HasMicrotasks() {
			if _, err := w.noop(goja.Undefined()); err != nil { // they run at its end
				panic(err)
			}
		}
		if o, ok := result.(*goja.Object); ok {
			d.result = o
			return
		}
		if len(w.rejected) > 0 || c.paused || c.shut || c.pending || w.makeWay() {
			return
		}
	}
}

// call calls onData, if it is a function.
func (d *delivery) call(f *goja.Object, m Message) goja.Value {
	if f != d.function {
		d.function, d.code = f, codeOf(f)
	}
	if d.code == nil {
		return nil
	}
	d.args[0], d.args[1] = d.value(m), d.conn.jsObject()
	return d.code(goja.FunctionCall{This: d.conn.instance, Arguments: d.args[:]})
}

// codeOf returns the Go code of a function, which throws by a panic, or nil if f is no function.
func codeOf(f *goja.Object) func(goja.FunctionCall) goja.Value {
	if code, ok := f.Export().(func(goja.FunctionCall) goja.Value); ok {
		return code
	}
	callable, ok := goja.AssertFunction(f)
	if !ok {
		return nil
	}
	return func(c goja.FunctionCall) goja.Value { // a class, which throws, or a Proxy
		v, err := callable(c.This, slices.Clone(c.Arguments)...) // a Proxy's handler may keep them
		if err != nil {
			panic(err)
		}
		return v
	}
}

// value returns the JavaScript value of a message.
func (d *delivery) value(m Message) goja.Value {
	w := d.worker
	switch {
	case m.Binary && m.Owned:
		return w.environment.Uint8ArrayOf(m.Data)
	case m.Binary:
		return w.environment.Uint8Array(m.Data) // no limit: transport bounds messages
	case len(m.Data) <= maxShortText && len(m.Data) <= len(d.shared):
		text := d.shared[:len(m.Data)]
		d.shared = d.shared[len(m.Data):]
		return d.texts.Make(w.environment, text, len(d.batch)-d.taken)
	case m.Owned:
		return d.texts.Make(w.environment, unsafe.String(unsafe.SliceData(m.Data), len(m.Data)), len(d.batch)-d.taken)
	default:
		return d.texts.Make(w.environment, string(m.Data), len(d.batch)-d.taken)
	}
}

// share copies the short texts of the batch into one string, as far as they fit.
func (d *delivery) share() {
	size, n := 0, 0
	for _, m := range d.batch {
		if m.Binary || len(m.Data) > maxShortText {
			continue
		}
		if size+len(m.Data) > maxSharedTexts {
			break
		}
		size += len(m.Data)
		n++
	}
	if n < 2 {
		d.shared = ""
		return
	}
	b := make([]byte, 0, size)
	for _, m := range d.batch {
		if !m.Binary && len(m.Data) <= maxShortText {
			if b = append(b, m.Data...); len(b) == size {
				break
			}
		}
	}
	d.shared = unsafe.String(unsafe.SliceData(b), len(b))
}
