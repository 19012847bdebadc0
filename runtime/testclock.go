package runtime

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/dop251/goja"
)

// A testClock is the time of all workers of a Runtime that runs tests. It is real until a test installs it; from then
// on it stands, and goes on only by tick. Timers that are pending at either change keep what is left of their delay.
// Any goroutine may use it.
type testClock struct {
	mu sync.Mutex

	// guarded by mu
	installed bool
	standing  time.Time     // the time of timers, while it is installed
	behind    time.Duration // how far it is behind the real time otherwise
	date      time.Duration // what to add to standing for Date
}

// now returns the time of timers.
func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.installed {
		return c.standing
	}
	return time.Now().Add(-c.behind)
}

// stands reports whether the clock is installed.
func (c *testClock) stands() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.installed
}

// dateNow returns the time of Date.
func (c *testClock) dateNow() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.installed {
		return c.standing.Add(c.date)
	}
	return time.Now()
}

// install stops the clock; Date begins at a time. It returns false if it stands already.
func (c *testClock) install(date time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.installed {
		return false
	}
	c.installed, c.standing = true, time.Now().Add(-c.behind)
	c.date = date.Sub(c.standing)
	return true
}

// uninstall lets the clock go on by itself. It returns false if it does.
func (c *testClock) uninstall() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.installed {
		return false
	}
	c.installed, c.behind = false, time.Since(c.standing)
	return true
}

// advance sets the clock to a later time, if it stands.
func (c *testClock) advance(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.installed && to.After(c.standing) {
		c.standing = to
	}
}

// now returns the time by which timers are due.
func (w *worker) now() time.Time {
	if c := w.resource.runtime.clock; c != nil {
		return c.now()
	}
	return time.Now()
}

// uninstallClock lets the time go on by itself, and the timers of all workers with it.
func (t *testRun) uninstallClock() {
	if !t.worker.resource.runtime.clock.uninstall() {
		return
	}
	for _, w := range t.workers() {
		w.post(func() {
			w.timers.waiting = time.Time{}
			w.arm()
		})
	}
}

// workers returns those of all modules, and that of the test.
func (t *testRun) workers() []*worker {
	r := t.worker.resource.runtime
	all := []*worker{t.worker}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range r.resources {
		all = append(all, resource.all()...)
	}
	return all
}

// tick lets the time of all workers go on. Before, the modules get what the test has sent. Each timer that is due
// runs at its own time, in order, among them those that others have started. It must not be called in a turn.
func (t *testRun) tick(ctx context.Context, sessions []*testSession, by time.Duration) {
	clock := t.worker.resource.runtime.clock
	for _, s := range sessions {
		s.settle(ctx)
	}
	for target := clock.now().Add(by); ctx.Err() == nil; {
		next, found := target, false
		for _, w := range t.workers() {
			first := target.Add(1)
			if w.do(func() {
				if heap := w.timers.heap; len(heap) > 0 {
					first = heap[0].due
				}
			}) && !first.After(next) {
				next, found = first, true
			}
		}
		clock.advance(next)
		if !found {
			return
		}
		for _, w := range t.workers() {
			w.do(w.runTimers)
		}
	}
}

// installClock is the function install of tests.js. It takes the time of Date, or nothing for the real one, and returns
// false if the clock stands already.
func (t *testRun) installClock(c goja.FunctionCall) goja.Value {
	date := time.Now()
	if v := c.Argument(0); given(v) {
		date = time.UnixMilli(v.ToInteger())
	}
	return t.worker.vm.ToValue(t.worker.resource.runtime.clock.install(date))
}

// tickClock is the function tick of tests.js. It takes a number of milliseconds and what is to be called afterwards,
// and returns false if the clock does not stand.
func (t *testRun) tickClock(c goja.FunctionCall) goja.Value {
	w := t.worker
	ctx, sessions, by := t.until, slices.Clone(t.open), time.Duration(c.Argument(0).ToFloat()*float64(time.Millisecond))
	done, ok := goja.AssertFunction(c.Argument(1))
	if !ok || !w.resource.runtime.clock.stands() {
		return w.vm.ToValue(false)
	}
	go func() { // ends with the tick, or with the test
		t.tick(ctx, sessions, by)
		w.post(func() {
			if !w.stopped {
				w.Call(call{name: "tick", function: done})
			}
		})
	}()
	return w.vm.ToValue(true)
}
