package transport

import "node.websocket/transport/socket"

// A queue holds the bytes that wait to be sent. Its session's mu guards it.
//
// It is a list of buffers: the one that is being written, from the front; those after it; and the one
// that is being filled. So a writer can have the front while others append, and nothing that was queued
// is copied. Unless buffers are shared with other queues, there is nothing between the first and the
// last. An empty queue holds no memory.
type queue struct {
	writing *socket.Buffer // nil: nothing
	filling *socket.Buffer // nil: nothing
	between *between       // nil: nothing
	written int            // bytes of writing that are out

	lent    bool // the writer has the front
	dropped bool // nothing goes out any more
}

// between has the buffers of a queue between the first and the last.
type between struct {
	buffers []*socket.Buffer
	waiting int // bytes in buffers
	own     int // capacity of those that are not shared
}

// minShared is the least number of bytes that are shared with other queues. Copying fewer is
// cheaper than a write of their own.
const minShared = 4<<10 + 1

// size returns how many bytes wait.
func (q *queue) size() int {
	n := -q.written
	if q.writing != nil {
		n += len(q.writing.B)
	}
	if q.between != nil {
		n += q.between.waiting
	}
	if q.filling != nil {
		n += len(q.filling.B)
	}
	return n
}

// held returns how many bytes of memory the queue takes, apart from those that it shares.
func (q *queue) held() (n int) {
	if q.between != nil {
		n = q.between.own
	}
	return n + ownCap(q.writing) + ownCap(q.filling)
}

// ownCap returns the capacity of a buffer, or 0 if it is shared, or nil.
func ownCap(b *socket.Buffer) int {
	if b == nil || b.Shared() {
		return 0
	}
	return cap(b.B)
}

// grow returns the buffer to append to, with room for n more bytes.
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

// share appends a shared buffer. If it is long enough, it is not copied.
func (q *queue) share(p *socket.Buffer) {
	switch {
	case len(p.B) < minShared:
		b := q.grow(len(p.B))
		b.B = append(b.B, p.B...)
	case q.writing == nil && q.between == nil && q.filling == nil:
		q.writing = p
	default:
		if q.filling != nil {
			q.append(q.filling)
			q.filling = nil
		}
		q.append(p)
	}
}

// append appends a buffer, after which there is none that is being filled.
func (q *queue) append(b *socket.Buffer) {
	if q.between == nil {
		q.between = &between{}
	}
	q.between.buffers = append(q.between.buffers, b)
	q.between.waiting += len(b.B)
	q.between.own += ownCap(b)
}

// front lends the bytes that are to be sent next. took must return them before the next front. nil
// means that the queue is empty, and nothing was lent.
func (q *queue) front() []byte {
	if q.writing == nil && !q.next() {
		return nil
	}
	q.lent = true
	return q.writing.B[q.written:]
}

// next makes the next buffer the one that is being written, and reports whether there is one.
func (q *queue) next() bool {
	switch m := q.between; {
	case m != nil:
		b := m.buffers[0]
		m.buffers[0] = nil
		m.buffers = m.buffers[1:]
		m.waiting -= len(b.B)
		m.own -= ownCap(b)
		if len(m.buffers) == 0 {
			q.between = nil
		}
		q.writing = b
	case q.filling != nil:
		q.writing, q.filling = q.filling, nil
	default:
		return false
	}
	return true
}

// took returns the bytes lent by front, of which n were sent.
func (q *queue) took(n int) {
	q.lent = false
	q.written += n
	if q.dropped || q.written == len(q.writing.B) {
		q.writing.Release()
		q.writing, q.written = nil, 0
	}
}

// drop empties the queue for good. Bytes that are lent stay valid until took returns them.
func (q *queue) drop() {
	q.dropped = true
	if q.filling != nil {
		q.filling.Release()
		q.filling = nil
	}
	if q.between != nil {
		for _, b := range q.between.buffers {
			b.Release()
		}
		q.between = nil
	}
	if q.writing != nil && !q.lent {
		q.writing.Release()
		q.writing, q.written = nil, 0
	}
}
