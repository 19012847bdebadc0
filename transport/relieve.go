package transport

import (
	"cmp"
	"errors"
	"slices"
)

var (
	errMemory    = errors.New("the server is short of memory; try again later")
	errLongQueue = errors.New("the server is short of memory, and this queue is among the longest")
)

// Relieve tells the Server that the process uses this many bytes more than it should. Until a call with
// 0, handshakes are refused with 503. Sessions with more than HighWater in their queues are cut,
// the longest queue first, until as many bytes are free. It returns how many were cut.
//
// The bytes that sessions share count for each of them, so fewer may be free. Call it again when the
// garbage collector has shown what there is.
func (s *Server) Relieve(excess int64) (cut int) {
	s.mu.Lock()
	s.short = excess > 0
	s.mu.Unlock()
	if excess <= 0 {
		return 0
	}
	type queued struct {
		session *Session
		bytes   int
	}
	var all []queued
	for _, session := range s.list() {
		if n := session.BufferedAmount(); n > session.options.HighWater {
			all = append(all, queued{session, n})
		}
	}
	slices.SortFunc(all, func(a, b queued) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, q := range all {
		if excess <= 0 {
			break
		}
		q.session.cut(causeMemory, errLongQueue)
		excess -= int64(q.bytes)
		cut++
	}
	return cut
}
