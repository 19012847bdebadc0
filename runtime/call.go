package runtime

import (
	"fmt"
	"runtime/debug"

	"github.com/dop251/goja"
)

// A call describes one call of a module's code.
type call struct {
	// set by the caller of Call
	conn     *Conn         // the connection whose handler it is, for console and reports; may be nil
	name     string        // the handler, for reports; without function, the method of this to call
	function goja.Callable // nil: the method
	this     *goja.Object  // nil: undefined
	args     []goja.Value

	// set by run
	result goja.Value
	ok     bool // the call returned
}

// Call calls JavaScript. It bounds the call's time, recovers panics and runs the microtasks. It
// reports an exception, and every promise that was rejected meanwhile and is not handled, to the log
// and to onError; the connection stays open. ok is false if the handler threw, and if there is no
// such method, which is not an error.
//
// A Call within a call, such as that of onError for a promise that settles, is part of the outer
// one: its time counts there, and rejections are reported at the end of the outer call.
func (t *turn) Call(c call) (result goja.Value, ok bool) {
	outer := t.call
	t.call = c
	err := t.protect(c.name, t.runCall)
	result, ok = t.call.result, t.call.ok && err == nil
	if err == errLost {
		// giveUp has abandoned the connection
	} else if err != nil {
		t.fail(c.conn, c.name, err)
	}
	t.settle(c.conn)
	t.call = outer
	return result, ok
}

// run makes the call in progress. It takes its arguments from t.call, so that runCall can be made
// once and a message does not allocate a closure.
func (t *turn) run() error {
	c := &t.call
	f := c.function
	if f == nil {
		// Looked up for each call: a module may put another function there at any time, and a reload does.
		var ok bool
		if f, ok = goja.AssertFunction(c.this.Get(c.name)); !ok {
			return nil
		}
	}
	var this goja.Value = goja.Undefined()
	if c.this != nil {
		this = c.this
	}
	result, err := f(this, c.args...)
	t.call.result, t.call.ok = result, err == nil
	return err
}

// Try is Call for Go code that may run JavaScript, for instance by reading a property. what names it
// in the log if it does not end. Try returns the error of f, a panic or an exception included, for
// the caller to report.
func (t *turn) Try(what string, f func() error) error {
	err := t.protect(what, f)
	t.settle(nil)
	return err
}

// protect bounds the time of f, turns a panic into an error, and leaves the VM usable. Within another
// protect, f is part of the outer one's time. Unlike Try it leaves rejections to its caller. It
// returns errLost in a worker that has been given up, because the watchdog no longer watches it.
func (t *turn) protect(what string, f func() error) (err error) {
	if t.isLost() && !t.stopwatch.running() {
		return errLost
	}
	number := t.stopwatch.start(what)
	defer func() {
		if x := recover(); x != nil {
			err = panicError(x)
		}
		t.stopwatch.stop(number)
	}()
	if number == 0 {
		return f()
	}
	t.worker.environment.Enter()
	return outermost(t.worker.vm, f)
}

// fail reports an exception of a handler to the log and, if c is connected, to onError.
func (t *turn) fail(c *Conn, handler string, err error) {
	w := t.worker
	w.report(c, handler, err)
	if c != nil && c.connected && handler != "onError" {
		t.Call(call{conn: c, name: "onError", this: c.instance, args: []goja.Value{w.errorValue(err), c.jsObject()}})
	}
}

// settle reports the promises that were rejected in a call for c and are not handled at its end.
// Those that onError leaves are reported by the settle that called it, which bounds the rounds.
func (t *turn) settle(c *Conn) {
	if len(t.rejected) == 0 || t.settling || t.stopwatch.running() {
		return
	}
	t.settling = true
	defer func() { t.settling = false }()
	for round := 0; len(t.rejected) > 0 && round < 3; round++ { // onError may leave another
		rejected := t.rejected
		t.rejected = nil
		for _, p := range rejected {
			t.fail(c, "promise", &rejection{reason: p.Result()})
		}
	}
	t.rejected = nil
}

// trackRejection is goja's PromiseRejectionTracker.
func (t *turn) trackRejection(p *goja.Promise, op goja.PromiseRejectionOperation) {
	if op == goja.PromiseRejectionReject {
		t.rejected = append(t.rejected, p)
		return
	}
	for i, q := range t.rejected {
		if q == p {
			t.rejected = append(t.rejected[:i], t.rejected[i+1:]...)
			return
		}
	}
}

// panicError returns the error for a recovered panic. The VM is still usable after one.
func panicError(x any) error {
	switch x := x.(type) {
	case *goja.Exception: // a getter threw when Go read its property
		return x
	case *goja.InterruptedError:
		return x
	case *goja.StackOverflowError:
		return x
	}
	return &goPanic{value: x, stack: string(debug.Stack())}
}

// A goPanic is a panic in Go code that JavaScript called. Its message, which JavaScript sees and may send
// to clients, does not contain the stack, which is for the log only.
type goPanic struct {
	value any
	stack string
}

func (p *goPanic) Error() string {
	return fmt.Sprintf("panic in the server, please report it: %v", p.value)
}
