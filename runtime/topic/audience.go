package topic

import "slices"

// An Audience has the receivers of a name's publications: the subscribers of one topic and, where wildcards
// stand for it as well, of others. The zero value is nobody.
type Audience[S comparable] struct {
	first *topic[S]
	more  []*topic[S]
}

// IsEmpty reports whether nobody has subscribed.
func (a Audience[S]) IsEmpty() bool { return a.first == nil }

// Equal reports whether two audiences are of the same topics.
func (a Audience[S]) Equal(b Audience[S]) bool {
	return a.first == b.first && slices.Equal(a.more, b.more)
}

func (a *Audience[S]) add(t *topic[S]) {
	switch {
	case t == nil:
	case a.first == nil:
		a.first = t
	default:
		a.more = append(a.more, t)
	}
}

// Audience returns who hears what is published on a name, for which CheckName must have returned nil.
func (h *Hub[S]) Audience(name string) Audience[S] {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.audienceLocked(name)
}

func (h *Hub[S]) audienceLocked(name string) (a Audience[S]) {
	a.add(h.exact[name])
	if len(h.wildcards) == 0 {
		return a
	}
	a.add(h.wildcards[""])
	for i := range len(name) {
		if name[i] == '/' {
			a.add(h.wildcards[name[:i+1]])
		}
	}
	return a
}

// Others returns the audience of a name, or an empty one if it has no subscriber but one.
func (h *Hub[S]) Others(name string, but S) Audience[S] {
	h.mu.RLock()
	defer h.mu.RUnlock()
	a := h.audienceLocked(name)
	alone := func(t *topic[S]) bool { return len(t.members) == 1 && t.members[0].subscriber == but }
	if a.first == nil || alone(a.first) && !slices.ContainsFunc(a.more, func(t *topic[S]) bool { return !alone(t) }) {
		return Audience[S]{}
	}
	return a
}

// Hears reports whether a subscriber is in an audience.
func (h *Hub[S]) Hears(own *Subscriptions[S], a Audience[S]) bool {
	if a.first == nil {
		return false
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if own.left {
		return false
	}
	for s := own.last; s != nil; s = s.next {
		if s.topic == a.first || slices.Contains(a.more, s.topic) {
			return true
		}
	}
	return false
}

// Receivers returns the subscribers of an audience, each once. The caller must not change the slice. It
// takes time that grows with their number if one has come or gone since the last call.
func (h *Hub[S]) Receivers(a Audience[S]) []S {
	if a.first == nil {
		return nil
	}
	receivers := h.members(a.first)
	if len(a.more) == 0 {
		return receivers
	}
	seen := make(map[S]struct{}, len(receivers))
	var each []S
	for i := -1; i < len(a.more); i++ {
		if i >= 0 {
			receivers = h.members(a.more[i])
		}
		for _, s := range receivers {
			if _, ok := seen[s]; !ok {
				seen[s] = struct{}{}
				each = append(each, s)
			}
		}
	}
	return each
}

// members returns the subscribers of a topic.
func (h *Hub[S]) members(t *topic[S]) []S {
	h.mu.RLock()
	receivers := t.receivers
	h.mu.RUnlock()
	if receivers != nil {
		return receivers
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.receivers == nil {
		t.receivers = make([]S, len(t.members))
		for i, s := range t.members {
			t.receivers[i] = s.subscriber
		}
	}
	return t.receivers
}

// countedLocked returns those whom Count counts.
func (h *Hub[S]) countedLocked(pattern string) (a Audience[S]) {
	if !isWildcard(pattern) {
		return h.audienceLocked(pattern)
	}
	a.add(h.findLocked(pattern))
	return a
}

// Subscribers returns those whom Count counts. The caller must not change the slice.
func (h *Hub[S]) Subscribers(pattern string) []S {
	h.mu.RLock()
	a := h.countedLocked(pattern)
	h.mu.RUnlock()
	return h.Receivers(a)
}

// Count returns the number of subscribers that hear what is published on a name, or, of a wildcard, that
// have subscribed to that.
func (h *Hub[S]) Count(pattern string) int {
	h.mu.RLock()
	a := h.countedLocked(pattern)
	n := 0
	if a.first != nil {
		n = len(a.first.members)
	}
	h.mu.RUnlock()
	if len(a.more) == 0 {
		return n
	}
	return len(h.Receivers(a))
}
