package command

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	// leastGrowth and mostGrowth bound the growth of a small heap in bytes between two collections. Go's
	// own rule, which is to double, has a heap of 5 MB collected a hundred times a second under load: two
	// fifths of the time of large messages, and a quarter of that of small ones. Beyond mostGrowth, the
	// time saved is small. While there is little to do, a small heap wastes less memory: the more is
	// allocated between two collections, the more pages remain in use by a few objects each.
	leastGrowth = 16 << 20
	mostGrowth  = 64 << 20
	// Collections that are closer than shortRest double the growth, and those further apart than longRest
	// halve it.
	shortRest = 200 * time.Millisecond
	longRest  = 2 * time.Second
	// leastPercent is Go's own GOGC, which large heaps get.
	leastPercent = 100
	// goMinimum is the size in bytes of the smallest heap that Go collects at a GOGC of 100. It is in
	// proportion to GOGC.
	goMinimum = 4 << 20
)

// A pace adapts the frequency of garbage collections. The zero value is ready.
type pace struct {
	growth    int64 // of a small heap between two collections, in bytes
	last      time.Time
	automatic uint64 // collections at last
}

// tuneCollector adapts GOGC to what is alive and to how much is done, unless the user has set GOGC or
// GOMEMLIMIT, until stop is called. A memory limit takes precedence over it.
func tuneCollector() (stop func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	var (
		mu      sync.Mutex // guards the others
		p       pace
		percent = p.percent(time.Now(), collections{})
		stopped bool
	)
	before := debug.SetGCPercent(percent)
	afterCollections(func() (goOn bool) {
		mu.Lock()
		defer mu.Unlock()
		if stopped {
			return false
		}
		if next := p.percent(time.Now(), readCollections()); next != percent {
			percent = next
			debug.SetGCPercent(percent) // stops the program for a moment
		}
		return true
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		debug.SetGCPercent(before)
	}
}

// percent returns the GOGC until the next collection.
func (p *pace) percent(now time.Time, c collections) int {
	p.growth = max(p.growth, leastGrowth)
	if c.automatic != p.automatic {
		switch rest := now.Sub(p.last); {
		case rest < shortRest:
			p.growth = min(p.growth*2, mostGrowth)
		case rest > longRest:
			p.growth = max(p.growth/2, leastGrowth)
		}
		p.last, p.automatic = now, c.automatic
	}
	return int(min(max(p.growth*100/max(c.live, 1), leastPercent), p.growth*100/goMinimum))
}

// collections holds figures of the garbage collector.
type collections struct {
	live      int64  // bytes of which GOGC is a percentage: what is alive, stacks and global variables
	automatic uint64 // collections so far that nobody asked for
}

func readCollections() collections {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}, {Name: "/gc/cycles/automatic:gc-cycles"},
	}
	metrics.Read(samples)
	var n [4]uint64
	for i, s := range samples {
		n[i] = s.Value.Uint64()
	}
	return collections{live: int64(n[0] + n[1] + n[2]), automatic: n[3]}
}

// afterCollections calls f soon after each garbage collection, on a goroutine of Go's, until f returns
// false.
func afterCollections(f func() (goOn bool)) {
	garbage := &struct{ _ *byte }{} // without a pointer, it could share its memory with objects that live on
	runtime.AddCleanup(garbage, func(f func() bool) {
		if f() {
			afterCollections(f)
		}
	}, f)
}
