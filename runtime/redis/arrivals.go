package redis

import "time"

// arrivals tells messages that have arrived before from new ones.
//
// A message comes more than once if several patterns stand for its topic, or if its publisher has sent
// it again on another connection, which may overtake the first. The numbers of a publisher's messages grow
// on every connection, so what is not above the last number that has arrived from it has arrived, or
// never will in its order.
type arrivals struct {
	last    map[uint64]arrival // by node
	cleaned time.Time
}

type arrival struct {
	number uint64
	at     time.Time
}

// forgetAfter is the time after which a node that was silent is forgotten. What it sends again after that
// would be delivered twice.
const forgetAfter = time.Hour

// isNew reports whether a message is new, and notes it.
func (a *arrivals) isNew(node, number uint64, now time.Time) bool {
	if number <= a.last[node].number {
		return false
	}
	if a.last == nil {
		a.last = map[uint64]arrival{}
	}
	a.last[node] = arrival{number, now}
	if now.Sub(a.cleaned) > forgetAfter/2 {
		for node, l := range a.last {
			if now.Sub(l.at) > forgetAfter {
				delete(a.last, node)
			}
		}
		a.cleaned = now
	}
	return true
}
