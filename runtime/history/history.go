package history

import (
	"cmp"
	"crypto/rand"
	"strings"
	"sync"
	"time"
)

const (
	// MaxTopicBytes bounds the messages of one topic that are kept.
	MaxTopicBytes = 4 << 20
	// An entry counts for entrySize bytes beside its data, and a history for ringSize beside its entries.
	entrySize, ringSize = 128, 512
)

// Options configure a Memory.
type Options struct {
	// Window is the time for which messages are kept at least after the last publication on their topic, as
	// far as the bounds allow, unless their Limit has another. It must be positive.
	Window time.Duration
	// MaxBytes bounds the memory of all histories, roughly. It must be positive.
	MaxBytes int
	// InUse reports whether a topic has subscribers. It must not use the Memory.
	InUse func(name string) bool
}

// An Entry is a message that was published.
type Entry struct {
	Publisher string // unique and random for each life of a publisher
	Number    int64  // of the publisher's, ascending
	Except    string // the client that the message is not for, or ""
	Binary    bool
	Data      []byte // never changed
}

// A Position is the number of the last message for each publisher.
type Position map[string]int64

// covers reports whether each number of other is that of p or less.
func (p Position) covers(other Position) bool {
	for publisher, n := range other {
		if p[publisher] < n {
			return false
		}
	}
	return true
}

// A State describes what a history of a topic has had so far.
type State struct {
	Name  string
	Epoch string // "" if there is no history of the topic
	Last  Position
}

// A Memory is the history of topics in the memory of this process. Use [New].
type Memory struct {
	options Options // fixed after New

	mu sync.Mutex

	// guarded by mu
	rings  map[string]*ring // by topic
	tree   tree             // of the same
	ages   map[time.Duration]*age
	shares map[string]*share // by owner
	bytes  int
	forgot time.Time // when a history was forgotten last for want of room
	closed bool
}

// New returns an empty Memory.
func New(o Options) *Memory {
	return &Memory{options: o, rings: map[string]*ring{}, ages: map[time.Duration]*age{}, shares: map[string]*share{}}
}

// Add keeps a message that an owner has published on a topic. It returns the epoch, which is "" if there is no room for
// another topic: then the message is not kept. The limit must be positive. A topic belongs to its first owner.
func (m *Memory) Add(owner, name string, e Entry, limit Limit) (epoch string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.openLocked(owner, name, limit)
	if r == nil {
		return ""
	}
	for r.n > 0 && (r.n >= limit.Messages || r.bytes+r.sizeOf(&e) > MaxTopicBytes) {
		m.dropLocked(r)
	}
	size := r.add(e)
	m.bytes += size
	r.share.bytes += size
	if r.filled == nil {
		r.filled = r.share.filled.PushBack(r)
	} else {
		r.share.filled.MoveToBack(r.filled)
	}
	for m.bytes > m.options.MaxBytes && m.relieveLocked() {
	}
	return r.epoch
}

// Open returns the state of a topic's history, which begins now if there was none. The epoch is "" if there is
// no room for another topic.
func (m *Memory) Open(owner, name string, limit Limit) State {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.openLocked(owner, name, limit)
	if r == nil {
		return State{Name: name}
	}
	return r.state()
}

// States returns the states of the topics whose names begin with a prefix, which is empty or ends with a slash, and
// reports whether these are all.
func (m *Memory) States(prefix string, most int) (states []State, all bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all = true
	m.tree.under(prefix, func(r *ring) bool {
		if all = len(states) < most; all {
			m.useLocked(r)
			states = append(states, r.state())
		}
		return all
	})
	return states, all
}

// Find returns the state of a topic's history. The epoch is "" if there is none.
func (m *Memory) Find(name string) State {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rings[name]
	if r == nil {
		return State{Name: name}
	}
	m.useLocked(r)
	return r.state()
}

// A Query asks for what was published on a topic after a position that was reached in an epoch: that of the topic, that
// of all topics if nodes share the history, or "" for the beginning. The answer has MaxBytes at most, or there is one
// message; each counts for Overhead beside its data. If MaxBytes is negative, there is none.
type Query struct {
	Name, Epoch string
	Position    Position
	MaxBytes    int
	Overhead    int
	Begin       bool // a history if there is none
}

// A Missed holds the messages of a topic that somebody has missed.
type Missed struct {
	State
	Complete bool    // nothing else was missed
	Entries  []Entry // in the order of publication
	More     bool    // there are more; ask again from the new position on
}

// After returns what was published on a topic after a position that was reached in an epoch. An empty epoch
// stands for that of the topic. The position holds whatever the epoch is, because the names of publishers are never
// used again. The entries have at most maxBytes, or there is one; each counts for overhead beside its data.
func (m *Memory) After(name, epoch string, p Position, maxBytes, overhead int) Missed {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rings[name]
	if r == nil {
		return Missed{State: State{Name: name}}
	}
	m.useLocked(r)
	missed := Missed{State: r.state(), Complete: epoch == r.epoch || epoch == "" && !r.unsure}
	missed.Complete = missed.Complete && p.covers(r.dropped)
	missed.Entries, missed.More = r.after(p, maxBytes, overhead)
	return missed
}

// Close stops the timers and forgets everything. Nothing is kept afterwards.
func (m *Memory) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, a := range m.ages {
		a.timer.Stop()
	}
	clear(m.ages)
	clear(m.shares)
	clear(m.rings)
	m.tree = tree{}
	m.bytes = 0
}

// openLocked returns the history of a topic, which it makes if there is none, or nil if there is no room.
func (m *Memory) openLocked(owner, name string, limit Limit) *ring {
	window := cmp.Or(limit.Window, m.options.Window)
	if r := m.rings[name]; r != nil {
		if r.age.window != window {
			r.age.rings.Remove(r.place)
			m.growOldLocked(r, window)
		}
		m.useLocked(r)
		return r
	}
	size := ringSize + len(name)
	isFull := func() bool { return m.bytes+size+nodeSize*m.tree.missing(name) > m.options.MaxBytes }
	for isFull() && m.relieveLocked() {
	}
	if m.closed || isFull() {
		return nil
	}
	now := time.Now()
	r := &ring{name: strings.Clone(name), epoch: rand.Text()[:10], bytes: size, used: now} // the name may be part of a long message
	r.unsure = !m.forgot.IsZero() && now.Sub(m.forgot) < m.options.Window
	m.bytes += size + nodeSize*m.tree.missing(name)
	m.rings[r.name] = r
	m.tree.put(r)
	m.growOldLocked(r, window)
	m.shareLocked(r, owner)
	return r
}

// useLocked notes that a history is used.
func (m *Memory) useLocked(r *ring) {
	r.used, r.doomed = time.Now(), false
	r.age.rings.MoveToBack(r.place)
	r.share.rings.MoveToBack(r.own)
}
