package command

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	const MB = 1 << 20
	var p pace
	now := time.Now()
	c := collections{}
	for _, step := range []struct {
		what  string
		after time.Duration
		live  int64
		asked bool // the program asked for the collection
		want  int
	}{
		{"at the start", 0, 0, true, 400},
		{"a first collection", time.Second, 2 * MB, false, 400},
		{"in peace", time.Second, 8 * MB, false, 200},
		{"a large heap in peace", time.Second, 20 * MB, false, 100},
		{"busy", 100 * time.Millisecond, 8 * MB, false, 400},
		{"still busy", 100 * time.Millisecond, 8 * MB, false, 800},
		{"no larger than that", 100 * time.Millisecond, 8 * MB, false, 800},
		{"next to nothing alive", 100 * time.Millisecond, MB, false, 1600},
		{"a large heap", 100 * time.Millisecond, 64 * MB, false, 100},
		{"a huge heap", 100 * time.Millisecond, 5000 * MB, false, 100},
		{"less to do", time.Second, 8 * MB, false, 800},
		{"little to do", 3 * time.Second, 8 * MB, false, 400},
		{"twice in a row because the program asked", 0, 4 * MB, true, 800},
		{"after the pause", 3 * time.Second, 8 * MB, false, 200},
		{"no smaller than that", 3 * time.Second, 8 * MB, false, 200},
	} {
		now, c.live = now.Add(step.after), step.live
		if !step.asked {
			c.automatic++
		}
		if got := p.percent(now, c); got != step.want {
			t.Errorf("%s: %d, want %d", step.what, got, step.want)
		}
	}
}

// TestTuneCollector checks that GOGC follows what is alive. It is not parallel, since GOGC is the
// process's.
func TestTuneCollector(t *testing.T) {
	percent := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	collect := func() {
		seen := make(chan struct{})
		afterCollections(func() bool { close(seen); return false })
		runtime.GC()
		<-seen
	}
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetGCPercent(55)
	defer debug.SetGCPercent(before)
	stop := tuneCollector()
	if got := percent(); got != 400 {
		t.Errorf("at first GOGC is %d, want 400", got)
	}
	large := make([]byte, 200<<20)
	for collect(); percent() != leastPercent; collect() { // until the test's deadline
	}
	runtime.KeepAlive(large)
	for collect(); percent() <= leastPercent; collect() {
	}
	stop()
	collect()
	if got := percent(); got != 55 {
		t.Errorf("at the end GOGC is %d, want 55", got)
	}
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "100")
			defer tuneCollector()()
			if got := percent(); got != 55 {
				t.Errorf("GOGC is %d", got)
			}
		})
	}
}
