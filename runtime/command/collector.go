package command

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	// leastGrowth is the least growth of the heap in bytes between two collections. Go's own rule, which
	// is to double, has a heap of 5 MB collected a hundred times a second under load: two fifths of the
	// time of large messages, and a quarter of that of small ones. Beyond this, the time saved is small.
	leastGrowth = 64 << 20
	// leastPercent is Go's own GOGC, which large heaps get.
	leastPercent = 100
	// mostPercent is the GOGC by which Go starts to collect at leastGrowth, even if nothing is alive: the
	// heap's minimum is 4 MB at 100. More would raise that.
	mostPercent = leastGrowth / (4 << 20) * 100
)

// tuneCollector lets the heap grow by at least leastGrowth between two collections, unless the user has
// set GOGC or GOMEMLIMIT, until stop is called. A memory limit precedes it.
func tuneCollector() (stop func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(mostPercent)
	percent := mostPercent
	stopped := false
	var mu sync.Mutex // guards percent and stopped
	afterCollections(func() (goOn bool) {
		mu.Lock()
		defer mu.Unlock()
		if p := percentFor(readLive()); p != percent && !stopped {
			percent = p
			debug.SetGCPercent(p)
		}
		return !stopped
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		debug.SetGCPercent(before)
	}
}

// percentFor returns the GOGC by which a heap grows as it should if a collection has left live bytes.
func percentFor(live uint64) int {
	return int(min(max(leastGrowth*100/max(live, 1), leastPercent), mostPercent))
}

// readLive returns how many bytes GOGC is a percentage of: what the last collection has found alive,
// stacks and global variables.
func readLive() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(samples)
	sum := uint64(0)
	for _, s := range samples {
		sum += s.Value.Uint64()
	}
	return sum
}

// afterCollections calls f soon after each garbage collection, on a goroutine of Go's, until f returns
// false.
func afterCollections(f func() (goOn bool)) {
	// An object without pointers could share its memory with others that live on.
	garbage := &struct{ _ *byte }{}
	runtime.AddCleanup(garbage, func(f func() bool) {
		if f() {
			afterCollections(f)
		}
	}, f)
}
