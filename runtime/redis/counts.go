package redis

import (
	"slices"
	"sync/atomic"
	"time"
)

// BusCounts are the numbers of a Bus since it began, and its state.
type BusCounts struct {
	Up        bool   // other nodes are reached
	Published uint64 // messages that Redis has confirmed
	Received  uint64 // messages of other nodes that were delivered
	Dropped   uint64 // messages that other nodes do not get: Redis was away for too long, or refused them
	Missed    uint64 // messages of other nodes, at most and on any topics, that were published while there was no connection
	Waiting   int    // messages for Redis
	Nodes     int    // those that the last heartbeat has reached, this one among them

	// RoundTrips has, for each of RoundTripBounds, how many heartbeats Redis has confirmed in that time, and, as its last,
	// the number of all. RoundTripTime is the sum of their times.
	RoundTrips    []uint64
	RoundTripTime time.Duration
}

// roundTripBounds are the bounds of BusCounts.RoundTrips.
var roundTripBounds = [...]time.Duration{
	100 * time.Microsecond, 300 * time.Microsecond, time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond,
	30 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second,
}

// RoundTripBounds returns the bounds of BusCounts.RoundTrips, which rise.
func RoundTripBounds() []time.Duration { return slices.Clone(roundTripBounds[:]) }

// roundTrips counts the times of round trips.
type roundTrips struct {
	counts [len(roundTripBounds) + 1]atomic.Uint64 // the last: longer ones
	sum    atomic.Int64                            // ns
}

// add counts one that took so long.
func (r *roundTrips) add(took time.Duration) {
	i, _ := slices.BinarySearch(roundTripBounds[:], took)
	r.counts[i].Add(1)
	r.sum.Add(int64(took))
}

// Counts returns what the Bus has done so far.
func (b *Bus) Counts() BusCounts {
	p, s := b.publisher, b.subscriber
	c := BusCounts{
		Up: p.outage.isOver(), Published: p.published.Load(), Received: s.received.Load(), Dropped: p.dropped.Load(), Missed: s.missed.Load(),
		Waiting: p.ring.waiting(), Nodes: int(p.heard.Load()), RoundTripTime: time.Duration(p.beats.sum.Load()),
	}
	sum := uint64(0)
	for i := range p.beats.counts {
		sum += p.beats.counts[i].Load()
		c.RoundTrips = append(c.RoundTrips, sum)
	}
	return c
}

// LogCounts are the numbers of a Log since it began, and its state.
type LogCounts struct {
	Up      bool   // Redis takes the log
	Written uint64 // lines that Redis has confirmed
	Dropped uint64 // lines for which there was no room
	Waiting int    // lines for Redis
}

// Counts returns what the Log has done so far.
func (l *Log) Counts() LogCounts {
	return LogCounts{Up: l.outage.isOver(), Written: l.wrote.Load(), Dropped: l.dropped.Load(), Waiting: l.ring.waiting()}
}

// A use records for one purpose whether the last attempt reached Redis. The zero value means that there was none.
type use struct{ tried, failed atomic.Bool }

// note notes the outcome of an attempt.
func (u *use) note(ok bool) {
	u.failed.Store(!ok)
	u.tried.Store(true)
}

// IsUp reports whether Redis was reached when the storage was used last, and whether that was ever.
func (e *StorageEngine) IsUp() (up, used bool) {
	return !e.reached.failed.Load(), e.reached.tried.Load()
}

// IsUp reports whether Redis was reached when a module sent a command last, or has subscriptions, and whether that was
// ever.
func (c *Client) IsUp() (up, used bool) {
	commands, subscriptions := &c.reached, &c.subscriptions.reached
	return !commands.failed.Load() && !subscriptions.failed.Load(), commands.tried.Load() || subscriptions.tried.Load()
}
