package redis

import (
	"sync"
	"time"
)

// A ring keeps the lines that wait for Redis, oldest first. Lines are numbered from 1 in the order
// in which they arrive. When the ring is full, the oldest are dropped. Its methods may be called
// from any goroutine; they hold mu no longer than it takes to copy the headers of a batch of
// strings.
type ring struct {
	limit int           // lines, fixed after newRing
	bytes int           // of all lines, fixed after newRing
	more  chan struct{} // has an element if a line has arrived since it was last empty

	mu sync.Mutex

	// Guarded by mu.
	lines   []line // circular, grows up to limit
	first   int    // index of the oldest line
	n       int    // number of lines that wait
	size    int    // their bytes
	head    int64  // number of the oldest line that waits, or of the next to arrive
	dropped span   // when the lines dropped since told had arrived
	closed  bool
}

type line struct {
	text string
	at   time.Time
}

// A span is the time from the first of some lines to the last. The zero value is that of no lines.
type span struct{ from, to time.Time }

func (s *span) add(at time.Time) {
	if s.from.IsZero() {
		s.from = at
	}
	s.to = at
}

// maxWaiting limits the bytes that wait, whatever --log-buffer allows.
const maxWaiting = 32 << 20

func newRing(limit int) *ring {
	return &ring{limit: limit, bytes: maxWaiting, more: make(chan struct{}, 1), head: 1}
}

// push appends a line and drops the oldest if there is no room. It never waits.
func (r *ring) push(text string, at time.Time) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	for r.n > 0 && (r.n >= r.limit || r.size+len(text) > r.bytes) {
		r.dropped.add(r.lines[r.first].at)
		r.shiftLocked()
	}
	if r.n == len(r.lines) {
		r.growLocked()
	}
	r.lines[(r.first+r.n)%len(r.lines)] = line{text, at}
	r.n++
	r.size += len(text)
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
}

func (r *ring) shiftLocked() {
	r.size -= len(r.lines[r.first].text)
	r.lines[r.first] = line{}
	r.first = (r.first + 1) % len(r.lines)
	r.n--
	r.head++
}

func (r *ring) growLocked() {
	lines := make([]line, min(max(64, 2*len(r.lines)), max(r.limit, 1)))
	for i := range r.n {
		lines[i] = r.lines[(r.first+i)%len(r.lines)]
	}
	r.lines, r.first = lines, 0
}

// batch appends the oldest lines to b: at most count, and at most that many bytes unless the first
// line alone is longer. It returns the number of the first line, and when the lines dropped since
// told had arrived.
func (r *ring) batch(b []string, count, bytes int) (lines []string, first int64, dropped span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := 0; i < r.n && i < count; i++ {
		text := r.lines[(r.first+i)%len(r.lines)].text
		if bytes -= len(text); bytes < 0 && i > 0 {
			break
		}
		b = append(b, text)
	}
	return b, r.head, r.dropped
}

// release removes the lines up to a number, because they have been written.
func (r *ring) release(number int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.n > 0 && r.head <= number {
		r.shiftLocked()
	}
	if r.n == 0 && len(r.lines) > 1024 {
		r.lines, r.first = nil, 0 // returns the memory of a long wait
	}
}

// told forgets a span that has been reported, except for lines dropped meanwhile.
func (r *ring) told(s span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dropped == s {
		r.dropped = span{}
	} else if !s.to.IsZero() {
		r.dropped.from = s.to
	}
}

func (r *ring) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

// last returns the number of the last line that has arrived.
func (r *ring) last() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head + int64(r.n) - 1
}

// close makes the ring ignore further lines.
func (r *ring) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}
