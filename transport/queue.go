package transport

import "node.websocket/transport/socket"

// A queue has the bytes that wait to be written. It is guarded by its session's mu.
//
// It is two buffers: one that is being written, from the front, and one that is being filled. So a writer can have the front
// while others append, and neither is copied. Empty, it holds no memory.
type queue struct {
	writing *socket.Buffer
	written int // bytes of writing that are out
	filling *socket.Buffer

	lent    bool // the writer has the front
	dropped bool // nothing goes out any more
}

// size is how many bytes wait.
func (q *queue) size() int {
	n := -q.written
	if q.writing != nil {
		n += len(q.writing.B)
	}
	if q.filling != nil {
		n += len(q.filling.B)
	}
	return n
}

// grow returns the buffer to append to, with room for n bytes more.
func (q *queue) grow(n int) *socket.Buffer {
	b := q.filling
	switch {
	case b == nil:
		b = socket.TakeBuffer(n)
	case cap(b.B)-len(b.B) < n:
		bigger := socket.TakeBuffer(len(b.B) + n)
		bigger.B = append(bigger.B, b.B...)
		b.Release()
		b = bigger
	}
	q.filling = b
	return b
}

// front lends the bytes that are next, to be given back by took before the next front. None means an empty queue, and nothing lent.
func (q *queue) front() []byte {
	if q.writing == nil {
		if q.filling == nil {
			return nil
		}
		q.writing, q.filling = q.filling, nil
	}
	q.lent = true
	return q.writing.B[q.written:]
}

// took ends the loan of the front, of which n bytes are out.
func (q *queue) took(n int) {
	q.lent = false
	q.written += n
	if q.dropped || q.written == len(q.writing.B) {
		q.writing.Release()
		q.writing, q.written = nil, 0
	}
}

// drop empties the queue for good. A front that is lent stays its writer's until it is given back.
func (q *queue) drop() {
	q.dropped = true
	if q.filling != nil {
		q.filling.Release()
		q.filling = nil
	}
	if q.writing != nil && !q.lent {
		q.writing.Release()
		q.writing, q.written = nil, 0
	}
}
