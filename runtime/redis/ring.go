package redis

import (
	"sync"
	"time"
)

// A ring keeps the entries, such as lines of the log, that wait for Redis, oldest first. Entries are
// numbered from 1 in the order in which they arrive. When the ring is full, the oldest are dropped.
// Its methods may be called from any goroutine; they hold mu no longer than it takes to copy a batch
// of entries, without what they point to.
type ring[E any] struct {
	limit int           // entries, fixed after newRing
	bytes int           // of all entries, fixed after newRing
	more  chan struct{} // has an element if an entry has arrived since it was last empty

	mu sync.Mutex

	// Guarded by mu.
	entries []waiting[E] // circular, grows up to limit
	first   int          // index of the oldest entry
	n       int          // number of entries that wait
	size    int          // their bytes
	head    int64        // number of the oldest entry that waits, or of the next to arrive
	dropped span         // when the entries dropped since told had arrived
	closed  bool
}

type waiting[E any] struct {
	entry E
	size  int // in bytes
	at    time.Time
}

// A span is the time from the first of some entries to the last. The zero value is that of no entries.
type span struct{ from, to time.Time }

func (s *span) add(at time.Time) {
	if s.from.IsZero() {
		s.from = at
	}
	s.to = at
}

// maxWaiting limits the bytes that wait, whatever --log-buffer allows.
const maxWaiting = 32 << 20

func newRing[E any](limit int) *ring[E] {
	return &ring[E]{limit: limit, bytes: maxWaiting, more: make(chan struct{}, 1), head: 1}
}

// push appends an entry of size bytes and drops the oldest if there is no room. It never waits.
func (r *ring[E]) push(entry E, size int, at time.Time) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	for r.n > 0 && (r.n >= r.limit || r.size+size > r.bytes) {
		r.dropped.add(r.entries[r.first].at)
		r.shiftLocked()
	}
	if r.n == len(r.entries) {
		r.growLocked()
	}
	r.entries[(r.first+r.n)%len(r.entries)] = waiting[E]{entry, size, at}
	r.n++
	r.size += size
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
}

func (r *ring[E]) shiftLocked() {
	r.size -= r.entries[r.first].size
	r.entries[r.first] = waiting[E]{}
	r.first = (r.first + 1) % len(r.entries)
	r.n--
	r.head++
}

func (r *ring[E]) growLocked() {
	entries := make([]waiting[E], min(max(64, 2*len(r.entries)), max(r.limit, 1)))
	for i := range r.n {
		entries[i] = r.entries[(r.first+i)%len(r.entries)]
	}
	r.entries, r.first = entries, 0
}

// batch appends the oldest entries to b: at most count, and at most that many bytes unless the first
// entry alone is longer. It returns the number of the first entry, and when the entries dropped since
// told had arrived.
func (r *ring[E]) batch(b []E, count, bytes int) (entries []E, first int64, dropped span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := 0; i < r.n && i < count; i++ {
		w := &r.entries[(r.first+i)%len(r.entries)]
		if bytes -= w.size; bytes < 0 && i > 0 {
			break
		}
		b = append(b, w.entry)
	}
	return b, r.head, r.dropped
}

// release removes the entries up to a number, because Redis has them.
func (r *ring[E]) release(number int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.n > 0 && r.head <= number {
		r.shiftLocked()
	}
	if r.n == 0 && len(r.entries) > 1024 {
		r.entries, r.first = nil, 0 // returns the memory of a long wait
	}
}

// told forgets a span that has been reported, except for entries dropped meanwhile.
func (r *ring[E]) told(s span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dropped == s {
		r.dropped = span{}
	} else if !s.to.IsZero() {
		r.dropped.from = s.to
	}
}

func (r *ring[E]) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

// last returns the number of the last entry that has arrived.
func (r *ring[E]) last() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head + int64(r.n) - 1
}

// close makes the ring ignore further entries.
func (r *ring[E]) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}
