package runtime

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dop251/goja"
)

// shared is a module with several workers, whose variables are each worker's own.
const shared = `
	var Module = this.Module = function(){ }, n = 0;
	Module.options = {workers: 3};
	if (globalThis.bad) throw new Error('bad in one');
	Module.prototype.onData = function(d, c){
		if (d == 'hang') hang();
		c.send(d == 'clients' ? String(c.server.clients) : 'VERSION ' + ++n);
	};`

// connectAll makes n connections to the resource test.
func connectAll(t *testing.T, r *Runtime, n int) (sessions []*fakeSession) {
	t.Helper()
	for range n {
		_, s := connect(t, r, "test")
		sessions = append(sessions, s)
	}
	return sessions
}

// TestWorkers checks that a resource gets the workers that its module asks for, and spreads its
// connections over them.
func TestWorkers(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(shared, "VERSION", "one")})
	sessions := connectAll(t, r, 9)
	got := map[string]int{}
	for _, s := range sessions {
		got[answer(s, "x")]++
	}
	if fmt.Sprint(got) != "map[one 1:3 one 2:3 one 3:3]" {
		t.Errorf("answered %v", got)
	}
	if n := answer(sessions[0], "clients"); n != "9" {
		t.Errorf("%s clients, want 9", n)
	}
	// Three of one worker leave; the next three take their places.
	gone := sessions[0].conn.worker
	for _, s := range sessions {
		if s.conn.worker == gone {
			disconnect(s.conn, 1000)
		}
	}
	for _, s := range connectAll(t, r, 3) {
		if s.conn.worker != gone {
			t.Error("connected to a worker that has more connections")
		}
	}
	log.want(t, "module loaded in all workers", "workers=3", "version=1")
	if n := strings.Count(log.text(), "module loaded"); n != 2 {
		t.Errorf("logged:\n%s", log.text())
	}
}

// TestWorkersReload checks that a version is installed in all workers or, if it fails to load in one, in
// none, and that an error is logged once.
func TestWorkersReload(t *testing.T) {
	version := func(s string) string { return strings.ReplaceAll(shared, "VERSION", s) }
	r, log := newRuntime(t, map[string]string{"test.js": version("one")})
	sessions := connectAll(t, r, 3)
	want := func(want string) {
		t.Helper()
		for _, s := range sessions {
			if got := answer(s, "x"); got != want {
				t.Errorf("answered %q, want %q\n%s", got, want, log.text())
			}
		}
	}
	save(t, r, "test.js", version("two"))
	want("two 1")
	log.want(t, "INFO test: version 2 serves 3 connections")
	save(t, r, "test.js", "not JavaScript")
	want("two 2")
	if n := strings.Count(log.text(), "ERROR"); n != 1 {
		t.Errorf("%d errors, want one\n%s", n, log.text())
	}
	log.want(t, "WARN version 2 serves 3 connections on")
	bad := r.resources["test"].all()[1]
	bad.do(func() { _ = bad.vm.Set("bad", true) })
	save(t, r, "test.js", version("three"))
	want("two 3")
	log.want(t, "ERROR Error: bad in one", "at=modules/test.js:4")
	if n := strings.Count(log.text(), "ERROR"); n != 2 {
		t.Errorf("%d errors, want two\n%s", n, log.text())
	}
	bad.do(func() { _ = bad.vm.Set("bad", false) })
	save(t, r, "test.js", strings.Replace(version("four"), "workers: 3", "workers: 2", 1))
	want("four 1")
	log.want(t, "INFO test: version 3 serves 3 connections", "mended=true")
	log.want(t, "WARN Module.options.workers has changed", "workers=2", "running=3")
}

// TestWorkersReloadWhileOneIsBusy checks that a reload waits for a worker that is in a long call, and that
// the others serve meanwhile.
func TestWorkersReloadWhileOneIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(shared, "VERSION", "one")})
		sessions := connectAll(t, r, 3)
		release := hold(t, r, "test") // the first worker
		write(t, r.options.Dir+"/test.js", strings.ReplaceAll(shared, "VERSION", "two"))
		reloaded := make(chan struct{})
		go func() { r.reload(false, time.Hour); close(reloaded) }()
		time.Sleep(time.Second) // on the bubble's clock
		for _, s := range sessions {
			if s.conn.worker != r.resources["test"].all()[0] {
				if got := answer(s, "x"); got != "one 1" {
					t.Errorf("answered %q\n%s", got, log.text())
				}
			}
		}
		release()
		<-reloaded
		for _, s := range sessions {
			if got := answer(s, "x"); got != "two 1" {
				t.Errorf("answered %q afterwards\n%s", got, log.text())
			}
		}
	})
}

// hangIn defines the function hang in the worker of c.
func hangIn(c *Conn) *hang {
	h := &hang{make(chan struct{}, 1), make(chan struct{})}
	c.worker.do(func() {
		_ = c.worker.vm.Set("hang", func(goja.FunctionCall) goja.Value {
			h.begun <- struct{}{}
			<-h.over
			return goja.Undefined()
		})
	})
	return h
}

// TestWorkersGiveUpOne checks that a worker that is given up takes only its own connections with it, and
// that a fresh one of the same version takes its place.
func TestWorkersGiveUpOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntimeWith(t, map[string]string{"test.js": strings.ReplaceAll(shared, "VERSION", "one")}, Options{TurnLimit: 5 * time.Second})
		sessions := connectAll(t, r, 3)
		lost := sessions[0].conn
		h := hangIn(lost)
		go lost.Receive(text("hang"))
		<-h.begun
		time.Sleep(10 * time.Second) // on the bubble's clock
		synctest.Wait()
		for i, s := range sessions {
			if want := map[bool]int{true: closeInternalError}[i == 0]; s.code != want {
				t.Errorf("connection %d was closed with %d, want %d", i, s.code, want)
			}
		}
		if got := answer(sessions[1], "clients"); got != "2" {
			t.Errorf("%s clients, want 2", got)
		}
		connectAll(t, r, 1) // starts another worker
		synctest.Wait()
		_, s := connect(t, r, "test")
		if w := s.conn.worker; w == lost.worker || w == sessions[1].conn.worker || w == sessions[2].conn.worker {
			t.Error("the new connection is not in a fresh worker")
		}
		if got := answer(s, "x"); got != "one 1" {
			t.Errorf("answered %q\n%s", got, log.text())
		}
		if got := answer(s, "clients"); got != "4" {
			t.Errorf("%s clients, want 4", got)
		}
		save(t, r, "test.js", strings.ReplaceAll(shared, "VERSION", "two"))
		if got := answer(s, "x") + answer(sessions[1], "x"); got != "two 1two 1" {
			t.Errorf("answered %q after a reload\n%s", got, log.text())
		}
		log.want(t, "test: version 2 serves 4 connections")
		close(h.over)
	})
}

// TestWorkersGiveUpAtReload checks that a version whose load does not end in one worker is not installed in
// the others.
func TestWorkersGiveUpAtReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntime(t, map[string]string{"test.js": strings.ReplaceAll(shared, "VERSION", "one")})
		sessions := connectAll(t, r, 3)
		h := hangIn(sessions[0].conn)
		write(t, r.options.Dir+"/test.js", "if (globalThis.hang) hang();"+strings.ReplaceAll(shared, "VERSION", "two"))
		r.reload(false, time.Hour)
		if got := answer(sessions[1], "x") + answer(sessions[2], "x"); got != "one 1one 1" {
			t.Errorf("answered %q\n%s", got, log.text())
		}
		connectAll(t, r, 1)
		synctest.Wait()
		log.want(t, "WARN a worker is missing", "version=1")
		r.Reload(true)
		if got := answer(sessions[1], "x") + answer(sessions[2], "x"); got != "two 1two 1" {
			t.Errorf("answered %q\n%s", got, log.text())
		}
		if n := len(r.resources["test"].all()); n != 3 {
			t.Errorf("%d workers, want 3\n%s", n, log.text())
		}
		close(h.over)
	})
}
