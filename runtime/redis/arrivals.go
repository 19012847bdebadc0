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
	before  map[uint64]struct{} // nodes that have not been heard since an interruption
	missed  uint64              // messages, on any topics, that were published in interruptions; not reported yet
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
	last, known := a.last[node]
	if number <= last.number {
		return false
	}
	if known && a.isAfter(node) {
		a.missed += number - 1 - last.number
	}
	a.note(node, number, now)
	return true
}

// heard notes that a node has published as many messages as it says.
func (a *arrivals) heard(node, number uint64, now time.Time) {
	last, known := a.last[node]
	number = max(number, last.number)
	if known && a.isAfter(node) {
		a.missed += number - last.number
	}
	a.note(node, number, now)
}

func (a *arrivals) note(node, number uint64, now time.Time) {
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
}

// interrupted is called when the connection has been made anew. What a node has published since it was last
// heard, which its next message or heartbeat tells, may have been missed.
func (a *arrivals) interrupted() {
	a.before = map[uint64]struct{}{}
	for node := range a.last {
		a.before[node] = struct{}{}
	}
}

// isAfter reports whether this is the first time that a node is heard after an interruption.
func (a *arrivals) isAfter(node uint64) bool {
	_, is := a.before[node]
	delete(a.before, node)
	return is
}

// takeMissed returns the number of messages that may have been missed since the last call.
func (a *arrivals) takeMissed() uint64 {
	n := a.missed
	a.missed = 0
	return n
}
