package environment

import "github.com/dop251/goja"

// asyncContext keeps the current frame of async_hooks, a JavaScript Map or nil, and takes it along with
// promises. It is goja's AsyncContextTracker once a module has required async_hooks; until then a VM
// has none, and a call costs no more for it than a comparison. It is used in a turn only.
type asyncContext struct {
	frame goja.Value
}

// Grab returns the frame for a reaction of a promise.
func (c *asyncContext) Grab() any { return c.frame }

// Resumed makes it the current one, while the reaction runs.
func (c *asyncContext) Resumed(frame any) { c.frame, _ = frame.(goja.Value) }

// Exited ends that.
func (c *asyncContext) Exited() { c.frame = nil }

// asyncHost gives js/asynchooks.js the frame, and starts to track it.
func (e *Environment) asyncHost(set func(name string, length int, f func(goja.FunctionCall) goja.Value)) {
	c := &asyncContext{}
	e.async = c
	e.vm.SetAsyncContextTracker(c)
	current := func() goja.Value {
		if c.frame == nil {
			return goja.Undefined()
		}
		return c.frame
	}
	set("current", 0, func(goja.FunctionCall) goja.Value { return current() })
	set("enter", 1, func(call goja.FunctionCall) goja.Value {
		outer := current()
		if c.frame = call.Argument(0); goja.IsUndefined(c.frame) {
			c.frame = nil
		}
		return outer
	})
}

// Bind returns a function that calls f in the present frame of async_hooks: what a timer calls, for
// instance. It returns f where there is no such frame. Call it in a turn.
func (e *Environment) Bind(f goja.Callable) goja.Callable {
	c := e.async
	if c == nil || c.frame == nil {
		return f
	}
	frame := c.frame
	return func(this goja.Value, args ...goja.Value) (goja.Value, error) {
		outer := c.frame
		c.frame = frame
		defer func() { c.frame = outer }()
		return f(this, args...)
	}
}
