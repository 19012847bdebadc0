package topic

import (
	"strings"
	"sync"
)

// A Hub holds the subscriptions of one node. Use [NewHub].
type Hub[S comparable] struct {
	wanted func(pattern string, wanted bool) // fixed after NewHub

	mu sync.RWMutex

	// guarded by mu: the topics that have subscribers
	exact     map[string]*topic[S] // by name
	wildcards map[string]*topic[S] // by what precedes the *
}

// A topic holds the subscribers that have named it in the same way. It is not used again once it has lost all of
// them.
type topic[S comparable] struct {
	pattern string // fixed

	// guarded by the Hub's mu
	members   []*subscription[S]
	receivers []S // the members' subscribers; never changed, because it is handed out; nil: to be made
}

// A subscription is that of one subscriber to one topic.
type subscription[S comparable] struct {
	// fixed
	topic      *topic[S]
	subscriber S

	// guarded by the Hub's mu
	at   int              // its place in topic.members
	next *subscription[S] // the subscriber's subscription before it
}

// NewHub returns an empty Hub. wanted is called whenever a pattern gets its first subscriber, and when it
// loses its last. These calls come in that order and one at a time; they must not wait, nor use the Hub.
func NewHub[S comparable](wanted func(pattern string, wanted bool)) *Hub[S] {
	return &Hub[S]{wanted: wanted, exact: map[string]*topic[S]{}, wildcards: map[string]*topic[S]{}}
}

// place returns the map in which a pattern's topic is, and its key.
func (h *Hub[S]) place(pattern string) (map[string]*topic[S], string) {
	if isWildcard(pattern) {
		return h.wildcards, pattern[:len(pattern)-1]
	}
	return h.exact, pattern
}

// findLocked returns the topic of a pattern, or nil.
func (h *Hub[S]) findLocked(pattern string) *topic[S] {
	topics, key := h.place(pattern)
	return topics[key]
}

// addLocked makes the topic of a pattern, which the caller gives its first member.
func (h *Hub[S]) addLocked(pattern string) *topic[S] {
	pattern = strings.Clone(pattern) // it may be part of a long message
	t := &topic[S]{pattern: pattern}
	topics, key := h.place(pattern)
	topics[key] = t
	h.wanted(pattern, true)
	return t
}

// leaveLocked takes a subscription out of its topic, and removes the topic if that was the last. It
// takes the same time for any number of members.
func (h *Hub[S]) leaveLocked(s *subscription[S]) {
	t := s.topic
	last := len(t.members) - 1
	moved := t.members[last]
	t.members[s.at], moved.at = moved, s.at
	t.members[last] = nil
	t.members = t.members[:last]
	t.receivers = nil
	switch {
	case last == 0:
		topics, key := h.place(t.pattern)
		delete(topics, key)
		h.wanted(t.pattern, false)
	case cap(t.members) > 64 && len(t.members) < cap(t.members)/4: // after a crowd has gone
		t.members = append(make([]*subscription[S], 0, 2*len(t.members)), t.members...)
	}
}
