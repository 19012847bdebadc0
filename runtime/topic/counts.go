package topic

// countPiece is the number of topics that Counts reads while it holds the lock.
const countPiece = 1 << 10

// Counts returns the number of subscribers of each pattern that has any. It holds the lock for some
// patterns at a time, so that subscriptions do not wait for many: a pattern that gets its first or
// loses its last subscriber meanwhile may be missing or not.
func (h *Hub[S]) Counts() map[string]int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	counts := make(map[string]int, len(h.exact)+len(h.wildcards))
	for _, topics := range []map[string]*topic[S]{h.exact, h.wildcards} {
		// A map may change between two steps of a range over it.
		for _, t := range topics {
			counts[t.pattern] = len(t.members)
			if len(counts)%countPiece == 0 {
				h.mu.RUnlock()
				h.mu.RLock()
			}
		}
	}
	return counts
}
