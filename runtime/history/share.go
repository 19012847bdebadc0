package history

import (
	"container/list"
	"time"
)

// A share has the histories of one owner, such as a module. Where there is no room for all, the owner that takes the most
// makes room. So one whose clients make up names of topics, or publish much, costs no other its history.
type share struct {
	// guarded by the Memory's mu
	owner  string
	bytes  int       // of the histories
	rings  list.List // of *ring: the least recently used first
	filled list.List // of those that have messages: the least recently published on first
}

// shareLocked gives a history to an owner.
func (m *Memory) shareLocked(r *ring, owner string) {
	s := m.shares[owner]
	if s == nil {
		s = &share{owner: owner}
		m.shares[owner] = s
	}
	r.share, r.own = s, s.rings.PushBack(r)
	s.bytes += r.bytes
}

// relieveLocked drops something of the owner that takes the most: the oldest message of the topic on which nothing was
// published for the longest time, or if there are no messages, the history that was not used for the longest
// time. It reports whether there was one.
func (m *Memory) relieveLocked() bool {
	var most *share
	for _, s := range m.shares {
		if most == nil || s.bytes > most.bytes {
			most = s
		}
	}
	if most == nil {
		return false
	}
	if front := most.filled.Front(); front != nil {
		m.dropLocked(front.Value.(*ring))
		return true
	}
	m.forgetLocked(most.rings.Front().Value.(*ring))
	m.forgot = time.Now()
	return true
}

// dropLocked drops the oldest message of a history that has any.
func (m *Memory) dropLocked(r *ring) {
	size := r.drop()
	m.bytes -= size
	r.share.bytes -= size
	if r.n == 0 {
		r.share.filled.Remove(r.filled)
		r.filled = nil
	}
}

// forgetLocked forgets a history that has no messages.
func (m *Memory) forgetLocked(r *ring) {
	r.age.rings.Remove(r.place)
	r.share.rings.Remove(r.own)
	if r.share.bytes -= r.bytes; r.share.rings.Len() == 0 {
		delete(m.shares, r.share.owner)
	}
	delete(m.rings, r.name)
	m.bytes -= r.bytes + nodeSize*m.tree.remove(r.name)
}
