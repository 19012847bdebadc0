package runtime

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestModules checks what is told of modules that load, fail, are mended, throw, and are not asked for.
func TestModules(t *testing.T) {
	t.Parallel()
	const source = `exports.Module = class { onConnect(c){ c.subscribe('a'); c.subscribe('b/*'); } onData(){ throw new Error('thrown') } };`
	r, _ := newRuntime(t, map[string]string{"a.js": source, "b.js": "this is no code"})
	if _, err := r.Check(); err != nil {
		t.Fatal(err)
	}
	state := func(i int, resource string) ModuleState {
		t.Helper()
		all := r.Modules()
		if len(all) != 2 || all[i].Resource != resource || !strings.HasSuffix(all[i].File, "/"+resource+".js") {
			t.Fatalf("%+v", all)
		}
		return all[i]
	}
	if a := state(0, "a"); a.Version != 0 || !a.Loaded.IsZero() || a.Failure != nil {
		t.Errorf("not asked for: %+v", a)
	}
	if b := state(1, "b"); b.Failure == nil || b.Failure.In != "compile" || !strings.Contains(b.Failure.At, "b.js:1:") || !strings.Contains(b.Failure.Detail, "this is no code") {
		t.Errorf("does not compile: %+v", b.Failure)
	}

	c, s := connect(t, r, "a")
	if got := strings.Join(c.Subscriptions(), " "); got != "a b/*" {
		t.Errorf("subscriptions: %s", got)
	}
	if got := r.Topics(); len(got) != 2 || got["a"] != 1 || got["b/*"] != 1 {
		t.Errorf("topics: %v", got)
	}
	s.deliver(text("x"))
	a := state(0, "a")
	if a.Version != 1 || a.Loaded.IsZero() || a.Workers != 1 || a.Connections != 1 || a.Errors != 1 || a.Failure != nil {
		t.Errorf("serves: %+v", a)
	}
	if f := a.Fault; f == nil || f.In != "onData" || f.Message != "Error: thrown" || !strings.Contains(f.Detail, "throw new Error") || f.Version != "1" {
		t.Errorf("threw: %+v", f)
	}

	file := filepath.Join(r.options.Dir, "a.js")
	write(t, file, source+"throw new Error('at load')")
	write(t, filepath.Join(r.options.Dir, "b.js"), source)
	r.reload(false, time.Minute)
	if a := state(0, "a"); a.Version != 1 || a.Failure == nil || a.Failure.In != "reload" || a.Failure.Message != "Error: at load" || a.Failure.Version != "2" || a.Fault == nil {
		t.Errorf("fails to load: %+v", a)
	}
	if b := state(1, "b"); b.Failure != nil {
		t.Errorf("mended: %+v", b.Failure)
	}
	write(t, file, source)
	r.reload(false, time.Minute)
	if a := state(0, "a"); a.Failure != nil || a.Version != 1 {
		t.Errorf("as it was: %+v", a)
	}
	write(t, file, source+"throw new Error('at load again')")
	r.reload(false, time.Minute)
	write(t, file, source+"//2")
	r.reload(false, time.Minute)
	if a := state(0, "a"); a.Failure != nil || a.Fault != nil || a.Version != 2 || a.Reloads != 1 {
		t.Errorf("reloaded: %+v", a)
	}
}

// TestTimeTurns checks that turns are measured while somebody wants to know.
func TestTimeTurns(t *testing.T) {
	t.Parallel()
	r, _ := newRuntime(t, map[string]string{"a.js": echo})
	_, s := connect(t, r, "a")
	turns := func() uint64 { return r.Counts()[0].Turns[len(turnBounds)] }
	s.deliver(text("x"))
	if n := turns(); n != 0 {
		t.Errorf("%d turns were measured for nobody", n)
	}
	r.TimeTurns(true)
	s.deliver(text("x"))
	s.deliver(text("x"))
	if n := turns(); n != 2 {
		t.Errorf("%d turns, want 2", n)
	}
	r.TimeTurns(false)
	s.deliver(text("x"))
	if n := turns(); n != 2 {
		t.Errorf("%d turns, want 2", n)
	}
}
