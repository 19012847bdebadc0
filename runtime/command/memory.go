package command

import (
	"log/slog"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A memory gives memory back to the system after a burst, and keeps the process below a limit. It
// belongs to the goroutine of watch.
type memory struct {
	// Fixed after newMemory.
	limit   int64    // in bytes; 0: none
	server  reliever // what holds the queues
	log     *slog.Logger
	read    func() memoryUsage
	release func() // collects garbage and returns free memory to the system

	settled  int64  // used after the last release, or less
	repeats  int    // releases that are still to follow the last one
	cycles   uint64 // of the garbage collector, at the last look
	idle     int    // looks since cycles has changed
	relieved uint64 // cycles at the last call of Relieve
	short    bool   // the limit is near
}

// A reliever is a transport.Server.
type reliever interface {
	Relieve(excess int64) (cut int)
}

// A memoryUsage is the memory of the process.
type memoryUsage struct {
	used   int64  // bytes that the system counts for Go
	needed int64  // those without garbage and free memory, as of the last collection
	cycles uint64 // collections so far
}

const (
	// memoryTick is the interval of looks at the memory if there is a limit, and slowMemoryTick if there is
	// none.
	memoryTick     = 100 * time.Millisecond
	slowMemoryTick = time.Second
	// releaseAfter is the time without a garbage collection after which memory is released.
	releaseAfter = 5 * time.Second
	// leastRelease is the least growth in bytes for which a release is worth its collection.
	leastRelease = 32 << 20
	// repeatReleases is the number of times that a release is repeated, each after twice the rest before: after 10,
	// 20, 40, and 80 s. Five seconds after a crowd has left, those of it that do not answer are still
	// connected, and workers that were given up may still run. What these hold becomes garbage later
	// without any growth, and Go itself collects it after two minutes, but keeps the memory.
	repeatReleases = 4
)

func newMemory(limit int64, server reliever, log *slog.Logger) *memory {
	return &memory{limit: limit, server: server, log: log, read: readUsage, release: func() {
		debug.FreeOSMemory()
		debug.FreeOSMemory() // what was in a sync.Pool is garbage only now
	}}
}

// watch looks at the memory until over is closed.
func (m *memory) watch(over <-chan struct{}) {
	tick := slowMemoryTick
	if m.limit > 0 {
		tick = memoryTick
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			m.look(int(releaseAfter / tick))
		case <-over:
			return
		}
	}
}

// look is one look at the memory. rest is how many looks the garbage collector must have rested before
// memory is released.
func (m *memory) look(rest int) {
	u := m.read()
	if m.limit > 0 {
		u = m.keepLimit(u)
	}
	m.idle++
	if u.cycles != m.cycles {
		m.cycles, m.idle = u.cycles, 0
	}
	m.settled = min(m.settled, u.used)
	// A process that does nothing collects no garbage for two minutes, and needs two collections for its
	// pools. While it does something, collections come by themselves.
	spare := u.used - m.settled
	switch {
	case m.idle >= rest && (m.short || spare > leastRelease && spare > m.settled/4):
		m.repeats = repeatReleases
	case m.repeats > 0 && m.idle >= rest<<(repeatReleases-m.repeats+1):
		m.repeats--
	default:
		return
	}
	m.release()
	u = m.read()
	m.settled, m.cycles, m.idle = u.used, u.cycles, 0
}

// keepLimit has the Server relieved while more than 7/8 of the limit is needed, until that is 3/4. The
// rest is for the garbage collector, which takes half of the CPU when there is nothing for it to collect.
// What is needed is known anew only after a collection.
func (m *memory) keepLimit(u memoryUsage) memoryUsage {
	high, low := m.limit/8*7, m.limit/4*3
	switch {
	case !m.short && u.needed <= high:
		return u
	case m.short && u.needed <= low:
		m.short = false
		m.server.Relieve(0)
		m.log.Info("memory suffices again: new clients are served", "needed", u.needed, "limit", m.limit)
		return u
	case m.short && u.cycles == m.relieved:
		return u
	}
	cut := m.server.Relieve(max(u.needed-low, 1))
	if !m.short || cut > 0 {
		m.log.Warn("memory is short: new clients are refused, and the longest queues closed", "needed", u.needed, "limit", m.limit, "closed", cut)
	}
	m.short = true
	if cut > 0 {
		m.release()
	}
	m.relieved = u.cycles
	return m.read()
}

// readUsage reads the usage of this process.
func readUsage() memoryUsage {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(samples)
	var n [7]int64
	for i, s := range samples {
		n[i] = int64(s.Value.Uint64())
	}
	used := n[0] - n[1]
	return memoryUsage{used: used, needed: used - n[2] - n[3] - n[4] + n[5], cycles: uint64(n[6])}
}
