package history

import "strings"

// nodeSize is the size in bytes that a node of a tree counts for.
const nodeSize = 192

// A tree has histories by the segments of their topics, so that those with a prefix are found without looking at the
// others. The zero value is empty.
type tree struct {
	ring     *ring // nil: no topic ends here
	children map[string]*tree
}

// missing returns the number of nodes that put would make.
func (t *tree) missing(name string) int {
	for more := true; more; {
		segment, rest, some := strings.Cut(name, "/")
		if t = t.children[segment]; t == nil {
			return 1 + strings.Count(name, "/")
		}
		name, more = rest, some
	}
	return 0
}

// put adds a history.
func (t *tree) put(r *ring) {
	for segment := range strings.SplitSeq(r.name, "/") {
		child := t.children[segment]
		if child == nil {
			if t.children == nil {
				t.children = map[string]*tree{}
			}
			child = &tree{}
			t.children[segment] = child
		}
		t = child
	}
	t.ring = r
}

// remove removes the history of a topic, which must be there. It returns the number of nodes that went with it.
func (t *tree) remove(name string) (nodes int) {
	segment, rest, more := strings.Cut(name, "/")
	child := t.children[segment]
	if more {
		nodes = child.remove(rest)
	} else {
		child.ring = nil
	}
	if child.ring == nil && len(child.children) == 0 {
		delete(t.children, segment)
		nodes++
	}
	return nodes
}

// under calls f for the histories of the topics whose names begin with a prefix, until it returns false. The prefix
// is empty or ends with a slash.
func (t *tree) under(prefix string, f func(*ring) bool) {
	for prefix != "" {
		var segment string
		segment, prefix, _ = strings.Cut(prefix, "/")
		if t = t.children[segment]; t == nil {
			return
		}
	}
	t.below(f)
}

// below is under without a prefix. It reports whether f never returned false.
func (t *tree) below(f func(*ring) bool) bool {
	for _, child := range t.children {
		if child.ring != nil && !f(child.ring) || !child.below(f) {
			return false
		}
	}
	return true
}
