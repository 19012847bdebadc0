package runtime

import (
	"log/slog"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// TestCounts compares what is counted with a known load.
func TestCounts(t *testing.T) {
	t.Parallel()
	const source = `exports.Module = class { onData(data){
		if (data == 'throw') throw new Error('x');
		if (data == 'reject') Promise.reject(new Error('x'));
		if (data == 'loop') for (;;);
	} };`
	r, _ := newRuntimeWith(t, map[string]string{"a.js": source, "b/[id].js": source}, Options{TurnLimit: time.Second, TimeTurns: true})
	_, s := connect(t, r, "a")
	_, other := connect(t, r, "b/1")
	_, another := connect(t, r, "b/2")
	before := r.Counts()
	s.deliver(text("x", "throw", "x", "reject", "throw"))
	s.deliver(text("loop"))
	other.deliver(text("throw"))
	another.deliver(text("x"))
	file := filepath.Join(r.options.Dir, "a.js")
	for _, text := range []string{"syntax error", source + "//2", source + "throw 1", source + "//3"} {
		write(t, file, text)
		r.reload(false, time.Minute)
	}
	for i, want := range []Counts{
		{Resource: "a", Errors: 4, Timeouts: 1, Reloads: 2, FailedReloads: 2, Workers: 1, Version: 3},
		{Resource: "b/[id]", Errors: 1, Workers: 1, Version: 1},
	} {
		got := r.Counts()[i]
		last := len(TurnBounds())
		turns := got.Turns[last] - before[i].Turns[last]
		if least := []uint64{2, 2}[i]; turns < least || len(got.Turns) != last+1 {
			t.Errorf("%s: %d turns, want at least %d", got.Resource, turns, least)
		}
		if i == 0 && (got.TurnTime < time.Second || got.Turns[7] == got.Turns[last]) {
			t.Errorf("the call that was ended is not counted: %v, %v", got.TurnTime, got.Turns)
		}
		got.Turns, got.TurnTime = nil, 0
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if n := len(r.Counts()); n != 2 {
		t.Errorf("%d resources", n)
	}
}

// TestTurnBounds checks into which part of the histogram a turn goes.
func TestTurnBounds(t *testing.T) {
	t.Parallel()
	var one tally
	for _, took := range []time.Duration{0, 10 * time.Microsecond, 10*time.Microsecond + 1, 3 * time.Second, time.Hour} {
		one.turn(took)
	}
	c := one.counts("a")
	if want := []uint64{2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 5}; !reflect.DeepEqual(c.Turns, want) {
		t.Errorf("%v, want %v", c.Turns, want)
	}
	if want := time.Hour + 3*time.Second + 20*time.Microsecond + 1; c.TurnTime != want {
		t.Errorf("%v, want %v", c.TurnTime, want)
	}
}

// TestTurnAllocatesNothing checks that taking and counting a turn does not allocate.
func TestTurnAllocatesNothing(t *testing.T) {
	r, _ := newRuntimeWith(t, map[string]string{"a.js": echo}, Options{TimeTurns: true})
	w := newResource(r, "a", 0).all()[0]
	if err := w.start("a.js", slog.LevelInfo); err != nil {
		t.Fatal(err)
	}
	defer w.stop()
	nothing := func() {}
	if n := testing.AllocsPerRun(1000, func() { w.Round(nothing) }); n != 0 {
		t.Errorf("a turn allocates %v times", n)
	}
}

// BenchmarkTurn takes and leaves a turn in which nothing is done.
func BenchmarkTurn(b *testing.B) {
	for name, timed := range map[string]bool{"timed": true, "untimed": false} {
		b.Run(name, func(b *testing.B) {
			r, _ := newRuntimeWith(b, map[string]string{"a.js": echo}, Options{TimeTurns: timed})
			w := newResource(r, "a", 0).all()[0]
			nothing := func() {}
			b.ReportAllocs()
			for b.Loop() {
				w.Round(nothing)
			}
		})
	}
}
