package runtime

import (
	"fmt"
	"runtime/debug"

	"github.com/dop251/goja"
)

// A call is one call of a module's code.
type call struct {
	conn     *Conn         // whose handler it is, for console and reports; nil: none's
	name     string        // of the handler, for reports; unless function is set, the method of this that is called
	function goja.Callable // nil: the method
	this     *goja.Object  // nil: undefined
	args     []goja.Value
	awaits   bool // a promise that it returns makes the connection's next message wait

	result goja.Value
	ok     bool
}

// Call calls JavaScript. It bounds the call's time, recovers panics, runs the microtasks, and reports what
// went wrong, an exception as well as each promise that was rejected meanwhile and that nobody handles, to
// the log and to onError; the connection stays open. ok is false if the handler threw, and if there is no
// such method, which is no error.
//
// Within a call (onError for a promise that settles, say) it is part of that one: its time counts there, and
// rejections are reported at the end of the outer one.
func (t *turn) Call(c call) (result goja.Value, ok bool) {
	outer := t.call
	t.call = c
	err := t.protect(c.name, t.runCall)
	result, ok = t.call.result, t.call.ok && err == nil
	if err == errLost {
		// nobody is there to be told
	} else if err != nil {
		t.fail(c.conn, c.name, err)
	} else if o, isObject := result.(*goja.Object); isObject && ok && c.awaits {
		c.conn.await(o)
	}
	t.settle(c.conn)
	t.call = outer
	return result, ok
}

// run makes the call that is under way. It is a method, and runCall is made of it once, so that a message costs
// no closure.
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

// Try is Call for Go code that runs JavaScript on the way, by reading a property, say. what names it for the log, should it not
// end. Its error is the caller's to report.
func (t *turn) Try(what string, f func() error) error {
	err := t.protect(what, f)
	t.settle(nil)
	return err
}

// protect bounds the time of f, turns a panic of Go code below it into an error, and leaves the VM fit for use.
// Within another, it is part of that one. In a worker that has been given up, which nobody watches any more, it returns errLost.
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
	return outermost(t.worker.vm, f)
}

// fail reports an exception of a handler and tells onError.
func (t *turn) fail(c *Conn, handler string, err error) {
	w := t.worker
	w.report(c, handler, err)
	if c != nil && c.connected && handler != "onError" {
		t.Call(call{conn: c, name: "onError", this: c.instance, args: []goja.Value{w.errorValue(err), c.jsObject()}})
	}
}

// settle reports the promises that were rejected in a call for c, of which nobody has handled any by its end. What onError
// leaves is reported by the settle that has called it, which bounds how often.
func (t *turn) settle(c *Conn) {
	if len(t.rejected) == 0 || t.settling || t.stopwatch.running() {
		return
	}
	t.settling = true
	defer func() { t.settling = false }()
	for round := 0; len(t.rejected) > 0 && round < 3; round++ { // onError may itself leave one
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

// panicError returns the error for a panic in Go code that JavaScript called. The VM still answers after it.
func panicError(x any) error {
	switch x := x.(type) {
	case *goja.Exception: // a getter that throws, of a property that Go asked for
		return x
	case *goja.InterruptedError:
		return x
	case *goja.StackOverflowError:
		return x
	}
	return &goPanic{value: x, stack: string(debug.Stack())}
}

// A goPanic is a panic in Go code that JavaScript called. JavaScript sees its text, which modules may send to clients; the
// stack is for the log alone.
type goPanic struct {
	value any
	stack string
}

func (p *goPanic) Error() string {
	return fmt.Sprintf("panic in the server, please report it: %v", p.value)
}
