package history

import (
	"container/list"
	"maps"
	"time"
)

// A ring has the last messages of one topic. It is guarded by the Memory's mu.
type ring struct {
	name, epoch string        // fixed
	age         *age          // how long it lasts
	place       *list.Element // in age.rings
	share       *share        // that it belongs to
	own         *list.Element // in share.rings
	filled      *list.Element // in share.filled; nil: there are no messages
	unsure      bool          // there may have been a history of the topic before, which clients have missed something of

	used   time.Time // when it was last published on, or asked for, or found to have subscribers
	doomed bool      // was found to be unused

	entries []Entry // from first on, around the end
	first   int
	n       int
	bytes   int // with all entries

	last    Position // of all messages
	dropped Position // of those that are not kept any more
}

// sizeOf returns what an entry counts for.
func (r *ring) sizeOf(e *Entry) int { return entrySize + len(e.Data) }

// add appends an entry, and returns its size.
func (r *ring) add(e Entry) int {
	if r.n == len(r.entries) {
		grown := make([]Entry, max(4, 2*r.n))
		for i := range r.n {
			grown[i] = *r.at(i)
		}
		r.entries, r.first = grown, 0
	}
	r.n++
	*r.at(r.n - 1) = e
	note(&r.last, &e)
	size := r.sizeOf(&e)
	r.bytes += size
	return size
}

// at returns the entry that follows i others.
func (r *ring) at(i int) *Entry { return &r.entries[(r.first+i)%len(r.entries)] }

// drop drops the oldest entry, and returns its size.
func (r *ring) drop() int {
	e := r.at(0)
	note(&r.dropped, e)
	size := r.sizeOf(e)
	*e = Entry{}
	r.first = (r.first + 1) % len(r.entries)
	r.n--
	r.bytes -= size
	if r.n == 0 {
		r.entries, r.first = nil, 0
	}
	return size
}

// note makes a position that of an entry as well.
func note(p *Position, e *Entry) {
	if *p == nil {
		*p = Position{}
	}
	(*p)[e.Publisher] = e.Number
}

func (r *ring) state() State {
	return State{Name: r.name, Epoch: r.epoch, Last: maps.Clone(r.last)}
}

// after returns the entries after a position, and reports whether there are more; see [Memory.After].
func (r *ring) after(p Position, maxBytes, overhead int) (entries []Entry, more bool) {
	if p.covers(r.last) { // as for most clients that come back
		return nil, false
	}
	size := 0
	for i := range r.n {
		e := r.at(i)
		if e.Number <= p[e.Publisher] {
			continue
		}
		if size += overhead + len(e.Data); size > maxBytes && len(entries) > 0 {
			return entries, true
		}
		entries = append(entries, *e)
	}
	return entries, false
}
