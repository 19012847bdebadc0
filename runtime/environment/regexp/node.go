package regexp

// A kind is that of a node.
type kind uint8

const (
	kindEmpty     kind = iota
	kindSet            // one character
	kindSequence       // nodes, one after the other
	kindChoice         // one of nodes
	kindGroup          // a capture
	kindReference      // what captures hold
	kindLineStart      // ^
	kindLineEnd        // $
	kindBoundary       // \b
	kindLook           // (?=, (?!, (?<=, (?<!
	kindRepeat
)

// A node is a part of a pattern.
type node struct {
	kind  kind
	set   *set    // of kindSet; the word characters of kindBoundary
	nodes []*node // of a sequence or a choice; one of a group, a look or a repeat

	group      int    // of a group
	references []int  // of a reference: the groups of one name, of which at most one has matched
	name       string // of a reference whose group may follow; "" once references is set

	not        bool // \B, (?!, (?<!
	behind     bool // (?<=, (?<!
	multiline  bool // of ^ and $
	ignoreCase bool // of a reference

	min, max int // of a repeat; max is unlimited if it is that
	lazy     bool
	from, to int // the groups in a repeat are those from from to before to
}

const unlimited = 1<<31 - 1

// empty reports whether the node can match without taking a character. It errs on the safe side.
func (n *node) empty() bool {
	switch n.kind {
	case kindSet:
		return false
	case kindSequence:
		for _, part := range n.nodes {
			if !part.empty() {
				return false
			}
		}
		return true
	case kindChoice:
		for _, part := range n.nodes {
			if part.empty() {
				return true
			}
		}
		return false
	case kindGroup:
		return n.nodes[0].empty()
	case kindRepeat:
		return n.min == 0 || n.nodes[0].empty()
	}
	return true
}

// first returns the set of characters that a match can begin with, or nil if it may begin with any, or
// with none.
func (n *node) first() *set {
	switch n.kind {
	case kindSet:
		return n.set
	case kindSequence:
		var all []*set
		for _, part := range n.nodes {
			switch part.kind {
			case kindLineStart, kindLineEnd, kindBoundary, kindEmpty, kindLook:
				continue
			}
			if part.kind == kindRepeat && part.min == 0 {
				s := part.nodes[0].first()
				if s == nil {
					return nil
				}
				all = append(all, s)
				continue
			}
			s := part.first()
			if s == nil {
				return nil
			}
			return union(append(all, s)...)
		}
		return nil
	case kindChoice:
		var all []*set
		for _, part := range n.nodes {
			s := part.first()
			if s == nil {
				return nil
			}
			all = append(all, s)
		}
		return union(all...)
	case kindGroup:
		return n.nodes[0].first()
	case kindRepeat:
		if n.min > 0 {
			return n.nodes[0].first()
		}
	}
	return nil
}

// anchored reports whether a match can begin at the start of the text alone.
func (n *node) anchored() bool {
	switch n.kind {
	case kindLineStart:
		return !n.multiline
	case kindSequence:
		return len(n.nodes) > 0 && n.nodes[0].anchored()
	case kindGroup:
		return n.nodes[0].anchored()
	case kindChoice:
		for _, part := range n.nodes {
			if !part.anchored() {
				return false
			}
		}
		return true
	}
	return false
}
