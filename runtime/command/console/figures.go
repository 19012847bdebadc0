package console

import (
	"math"
	"time"

	"node.websocket/runtime"
)

// mostHistory is the number of figures that a page gets when it is opened.
const mostHistory = 120

// figures count the events of a tick. Rates are for a second.
type figures struct {
	At          int64   `json:"at"` // in Unix milliseconds
	Connections int     `json:"connections"`
	Queued      int     `json:"queued"` // bytes
	In          float64 `json:"in"`     // messages
	Out         float64 `json:"out"`
	BytesIn     float64 `json:"bytesIn"`
	BytesOut    float64 `json:"bytesOut"`
	Turns       uint64  `json:"turns"`
	P50         float64 `json:"p50"` // of the turns, in microseconds; estimated within the bounds of a histogram
	P99         float64 `json:"p99"`
	Reloads     uint64  `json:"reloads"`
	Failed      uint64  `json:"failed"` // reloads
	Errors      uint64  `json:"errors"`
}

// sums are the counters at a moment.
type sums struct {
	at                         time.Time
	in, out, bytesIn, bytesOut uint64
	turns                      []uint64 // for each bound, and then of all
	reloads, failed, errors    uint64
	queued                     int
}

// sums reads what was counted, without the console's own sessions.
func (c *Console) sums(at time.Time) sums {
	s := sums{at: at, turns: make([]uint64, len(runtime.TurnBounds())+1)}
	for _, n := range c.server.Counts().Sessions {
		if n.Resource != Name {
			s.in, s.out, s.bytesIn, s.bytesOut = s.in+n.MessagesIn, s.out+n.MessagesOut, s.bytesIn+n.BytesIn, s.bytesOut+n.BytesOut
		}
	}
	for _, n := range c.runtime.Counts() {
		s.reloads, s.failed, s.errors = s.reloads+n.Reloads, s.failed+n.FailedReloads, s.errors+n.Errors
		for i, turns := range n.Turns {
			s.turns[i] += turns
		}
	}
	return s
}

// since returns what has happened since before.
func (s sums) since(before sums, connections int) figures {
	seconds := max(s.at.Sub(before.at).Seconds(), 1e-3)
	rate := func(now, before uint64) float64 { return math.Round(10*float64(now-before)/seconds) / 10 }
	turns := make([]uint64, len(s.turns))
	for i := range turns {
		turns[i] = s.turns[i] - before.turns[i]
	}
	return figures{
		At: s.at.UnixMilli(), Connections: connections, Queued: s.queued,
		In: rate(s.in, before.in), Out: rate(s.out, before.out),
		BytesIn: rate(s.bytesIn, before.bytesIn), BytesOut: rate(s.bytesOut, before.bytesOut),
		Turns: turns[len(turns)-1], P50: microseconds(quantile(turns, 0.5)), P99: microseconds(quantile(turns, 0.99)),
		Reloads: s.reloads - before.reloads, Failed: s.failed - before.failed, Errors: s.errors - before.errors,
	}
}

// quantile estimates the time below which this part of the turns was. turns has, for each bound, how many were not
// longer, and, as its last, the number of all. Within two bounds the turns are taken to be spread evenly.
func quantile(turns []uint64, part float64) time.Duration {
	bounds := runtime.TurnBounds()
	rank := part * float64(turns[len(turns)-1])
	below, from := 0.0, time.Duration(0)
	for i, bound := range bounds {
		if n := float64(turns[i]); n >= rank && n > below {
			return from + time.Duration(float64(bound-from)*(rank-below)/(n-below))
		}
		below, from = float64(turns[i]), bound
	}
	if turns[len(turns)-1] == 0 {
		return 0
	}
	return from // they were longer than the last bound
}

func microseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)*10) / 10
}
