package topic

import "slices"

// MaxSubscriptions is the number of subscriptions that one subscriber may have.
const MaxSubscriptions = 1000

// Subscriptions are those of one subscriber. The zero value is one without any.
type Subscriptions[S comparable] struct {
	// guarded by the Hub's mu
	last *subscription[S]
	n    int32
	left bool // Leave was called
}

// An Outcome is that of [Hub.Subscribe].
type Outcome int

// The outcomes.
const (
	Added   Outcome = iota // the subscription is new
	Present                // there was one already
	Full                   // there is none, because there are MaxSubscriptions others
	Left                   // there is none, because Leave was called
)

// has reports whether there is a subscription to a topic.
func (own *Subscriptions[S]) has(t *topic[S]) bool {
	for s := own.last; s != nil; s = s.next {
		if s.topic == t {
			return true
		}
	}
	return false
}

// Subscribe subscribes to a pattern, for which CheckPattern must have returned nil. own are the
// subscriptions of the subscriber.
func (h *Hub[S]) Subscribe(subscriber S, own *Subscriptions[S], pattern string) Outcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.findLocked(pattern)
	switch {
	case own.left:
		return Left
	case t != nil && own.has(t):
		return Present
	case own.n == MaxSubscriptions:
		return Full
	case t == nil:
		t = h.addLocked(pattern)
	}
	s := &subscription[S]{topic: t, subscriber: subscriber, at: len(t.members)}
	t.members = append(t.members, s)
	t.receivers = nil
	s.next, own.last = own.last, s
	own.n++
	return Added
}

// Unsubscribe ends the subscription to a pattern, and reports whether there was one.
func (h *Hub[S]) Unsubscribe(own *Subscriptions[S], pattern string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for at := &own.last; *at != nil; at = &(*at).next {
		if s := *at; s.topic.pattern == pattern {
			if *at = s.next; !own.left {
				h.leaveLocked(s)
			}
			own.n--
			return true
		}
	}
	return false
}

// Leave ends all subscriptions, for good: Subscribe returns Left from now on. Subscribed and Patterns
// still tell what they were.
func (h *Hub[S]) Leave(own *Subscriptions[S]) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if own.left {
		return
	}
	own.left = true
	for s := own.last; s != nil; s = s.next {
		h.leaveLocked(s)
	}
}

// Forget makes Subscribed and Patterns tell of no subscriptions after Leave.
func (h *Hub[S]) Forget(own *Subscriptions[S]) {
	h.mu.Lock()
	defer h.mu.Unlock()
	own.last, own.n = nil, 0
}

// Subscribed reports whether there is a subscription to this very pattern.
func (h *Hub[S]) Subscribed(own *Subscriptions[S], pattern string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for s := own.last; s != nil; s = s.next {
		if s.topic.pattern == pattern { // the topic itself may be gone after Leave
			return true
		}
	}
	return false
}

// Patterns returns what was subscribed to, the first subscription first.
func (h *Hub[S]) Patterns(own *Subscriptions[S]) []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	patterns := make([]string, 0, own.n)
	for s := own.last; s != nil; s = s.next {
		patterns = append(patterns, s.topic.pattern)
	}
	slices.Reverse(patterns)
	return patterns
}
