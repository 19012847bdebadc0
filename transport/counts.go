package transport

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// Counts are a Server's numbers since it was made. Except for Open and Queued, no number ever falls.
// They are read one after the other, so they may differ by what happens meanwhile.
type Counts struct {
	// Sessions are ordered by Resource, Transport and Version. There is an entry for each combination that has
	// had a session.
	Sessions []SessionCounts
	// Refused has the numbers of refused handshakes and plain requests of resources, by reason: "bad request",
	// "origin", "not found", "max connections", "max connections per ip", "memory", "shutdown", "module" (its
	// onHandshake), "module failed", "module unavailable", "timeout" (of the module or the client), and
	// "crowded" (the connection was closed without an answer, because as many were waiting). All are there.
	Refused map[string]uint64
}

// SessionCounts are the Counts of the sessions of one resource, transport and version.
type SessionCounts struct {
	Resource  string // Resource.Name
	Transport string // one of Transports
	Version   string // of the WebSocket protocol: "13"; "" for other transports

	Opened uint64
	Open   int64 // sessions now
	Queued int64 // bytes that wait to be sent now

	// Closed has the numbers of ended sessions, by cause, in the words of the log: "client", "vanished", "module",
	// "terminated", "operator", "pong timeout", "idle timeout", "slow", "unfinished message", "rate limit", "too big",
	// "protocol error", "invalid UTF-8", "memory", "module hangs" and "shutdown". All are there.
	Closed map[string]uint64

	// MessagesIn and MessagesOut are data messages, and BytesIn and BytesOut everything that was exchanged after
	// the handshake, as encoded, without what HTTP and TLS add.
	MessagesIn, MessagesOut uint64
	BytesIn, BytesOut       uint64
	Dropped                 uint64 // messages that were dropped because of Options.DropSlow
}

// A tally counts for the sessions of one resource, transport and version. What is counted for each message has
// cache lines of its own, because one goroutine reads most of them, and another one writes.
type tally struct {
	key          tallyKey
	unmetered    account // of its sessions that have no meter
	opened, open atomic.Int64
	dropped      atomic.Uint64
	closed       [causes]atomic.Uint64
	_            [cacheLine]byte
	in           flow
	_            [cacheLine]byte
	out          flow
	_            [cacheLine]byte
}

const cacheLine = 64

// A flow counts what goes one way.
type flow struct{ messages, bytes atomic.Uint64 }

type tallyKey struct{ resource, transport, version string }

// tallies has the tallies of a Server, and what it has refused. A resource has the name of its module's file,
// so clients cannot make them many.
type tallies struct {
	refused [reasons]atomic.Uint64

	mu  sync.Mutex
	all map[tallyKey]*tally // guarded by mu
}

// of returns the tally of sessions.
func (t *tallies) of(resource, transport, version string) *tally {
	key := tallyKey{resource, transport, version}
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.all[key]
	if found == nil {
		if t.all == nil {
			t.all = make(map[tallyKey]*tally)
		}
		found = &tally{key: key}
		found.unmetered.tally = found
		t.all[key] = found
	}
	return found
}

// refuse counts a refusal.
func (t *tallies) refuse(r reason) { t.refused[r].Add(1) }

// crowded counts a connection that was closed without an answer.
func (t *tallies) crowded() { t.refuse(reasonCrowded) }

// Counts returns what the Server has counted. It looks at each session, to add up the queues, so it is for a
// call every few seconds.
func (s *Server) Counts() Counts {
	queued := make(map[*tally]int64)
	for _, session := range s.list() {
		queued[session.tally()] += int64(session.BufferedAmount())
	}
	c := Counts{Refused: make(map[string]uint64, reasons)}
	for r := reason(0); r < reasons; r++ {
		c.Refused[r.String()] = s.tallies.refused[r].Load()
	}
	s.tallies.mu.Lock()
	defer s.tallies.mu.Unlock()
	for _, t := range s.tallies.all {
		c.Sessions = append(c.Sessions, t.counts(queued[t]))
	}
	slices.SortFunc(c.Sessions, func(a, b SessionCounts) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Version, b.Version))
	})
	return c
}

func (t *tally) counts(queued int64) SessionCounts {
	c := SessionCounts{
		Resource: t.key.resource, Transport: t.key.transport, Version: t.key.version,
		Opened: uint64(t.opened.Load()), Open: t.open.Load(), Queued: queued, Closed: make(map[string]uint64, causes),
		MessagesIn: t.in.messages.Load(), MessagesOut: t.out.messages.Load(),
		BytesIn: t.in.bytes.Load(), BytesOut: t.out.bytes.Load(), Dropped: t.dropped.Load(),
	}
	for cause := causeUnknown + 1; cause < causes; cause++ {
		c.Closed[cause.String()] = t.closed[cause].Load()
	}
	return c
}
