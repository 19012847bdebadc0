package redis

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// An outage logs when the links that serve one purpose cannot serve it: the first fault of each kind, and
// the end, which is when all of them work again.
type outage struct {
	// Fixed.
	links               int
	works, again, fails string // what is logged: when all work for the first time, after an outage, and at a fault
	attrs               []any  // of the first two
	hints               map[string]string

	mu sync.Mutex

	// Guarded by mu.
	failing, joined int       // links
	since           time.Time // zero if there is no outage
	told            []string  // kinds of faults logged
}

// begin notes that l has failed with err.
func (o *outage) begin(l *link, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !l.failing {
		l.failing = true
		o.failing++
	}
	if o.since.IsZero() {
		o.since = time.Now()
	}
	if f := faultOf(l.server, err, o.hints); !slices.Contains(o.told, f.kind) {
		o.told = append(o.told, f.kind)
		l.tell.Warn(o.fails, "redis", l.server.String(), "fault", f.kind, "error", f.text)
	}
}

// isOver reports whether all links work.
func (o *outage) isOver() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failing == 0 && o.joined == o.links
}

// end notes that l works.
func (o *outage) end(l *link) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if l.failing {
		l.failing = false
		o.failing--
	}
	first := !l.joined
	if first {
		l.joined = true
		o.joined++
	}
	attrs := append([]any{"redis", l.server.String()}, o.attrs...)
	switch {
	case o.failing > 0 || o.joined < o.links:
	case !o.since.IsZero():
		l.tell.Info(o.again, append(attrs, "faults", strings.Join(o.told, ","), "after", time.Since(o.since).Round(time.Millisecond))...)
		o.since, o.told = time.Time{}, nil
	case first:
		l.tell.Info(o.works, attrs...)
	}
}
