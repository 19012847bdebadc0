package command

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestPercentFor(t *testing.T) {
	const MB = 1 << 20
	for _, test := range []struct {
		live uint64
		want int
	}{
		{0, 1600}, {1 * MB, 1600}, {4 * MB, 1600}, {8 * MB, 800}, {10 * MB, 640}, {64 * MB, 100}, {65 * MB, 100}, {10_000 * MB, 100},
	} {
		if got := percentFor(test.live); got != test.want {
			t.Errorf("%d MB: %d, want %d", test.live/MB, got, test.want)
		}
	}
}

// TestTuneCollector checks that the heap's growth follows what is alive. It is not parallel, since the
// setting is the process's.
func TestTuneCollector(t *testing.T) {
	percent := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	before := percent()
	stop := tuneCollector()
	if got := percent(); got != mostPercent {
		t.Errorf("at first GOGC is %d, want %d", got, mostPercent)
	}
	collect := func() {
		seen := make(chan struct{})
		afterCollections(func() bool { close(seen); return false })
		runtime.GC()
		<-seen
	}
	large := make([]byte, 200<<20)
	for collect(); percent() != leastPercent; collect() { // until the test's deadline
	}
	runtime.KeepAlive(large)
	for collect(); percent() <= leastPercent; collect() {
	}
	stop()
	collect()
	if got := percent(); got != before {
		t.Errorf("at the end GOGC is %d, want %d", got, before)
	}
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "100")
			defer tuneCollector()()
			if got := percent(); got != before {
				t.Errorf("GOGC is %d", got)
			}
		})
	}
}
