package transport

import "node.websocket/transport/socket"

// A queue holds the bytes that wait to be sent. Its session's mu guards it.
//
// It is a list of segments: the one that is being written, from the front; those after it; and the
// buffer that is being filled. So a writer can have the front while others append, and nothing that
// was queued is copied. Unless bytes are shared, there is nothing between the first and the last.
// An empty queue holds no memory.
type queue struct {
	writing segment
	written int // bytes of writing that are out
	between []segment
	waiting int // bytes in between
	reserve int // capacity of the queue's own segments in between
	filling *socket.Buffer

	lent    bool // the writer has the front
	dropped bool // nothing goes out any more
}

// A segment is a part of a queue: its own bytes, or bytes that it shares with other queues and must
// not change.
type segment struct {
	own    *socket.Buffer // nil: shared
	shared []byte
}

func (s segment) empty() bool { return s.own == nil && s.shared == nil }

func (s segment) bytes() []byte {
	if s.own != nil {
		return s.own.B
	}
	return s.shared
}

func (s segment) release() {
	if s.own != nil {
		s.own.Release()
	}
}

// minShared is the least number of bytes that are shared with other queues. Copying fewer is
// cheaper than a write of their own.
const minShared = 4<<10 + 1

// size returns how many bytes wait.
func (q *queue) size() int {
	n := len(q.writing.bytes()) - q.written + q.waiting
	if q.filling != nil {
		n += len(q.filling.B)
	}
	return n
}

// held returns how many bytes of memory the queue takes, apart from those that it shares.
func (q *queue) held() int {
	n := q.reserve
	if q.writing.own != nil {
		n += cap(q.writing.own.B)
	}
	if q.filling != nil {
		n += cap(q.filling.B)
	}
	return n
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

// share appends p, which must not change any more. If it is long enough, it is not copied.
func (q *queue) share(p []byte) {
	if len(p) < minShared {
		b := q.grow(len(p))
		b.B = append(b.B, p...)
		return
	}
	if q.filling != nil {
		q.waiting += len(q.filling.B)
		q.reserve += cap(q.filling.B)
		q.between = append(q.between, segment{own: q.filling})
		q.filling = nil
	}
	q.waiting += len(p)
	q.between = append(q.between, segment{shared: p})
}

// front lends the bytes that are to be sent next. took must return them before the next front. nil
// means that the queue is empty, and nothing was lent.
func (q *queue) front() []byte {
	if q.writing.empty() && !q.next() {
		return nil
	}
	q.lent = true
	return q.writing.bytes()[q.written:]
}

// next makes the next segment the one that is being written, and reports whether there is one.
func (q *queue) next() bool {
	switch {
	case len(q.between) > 0:
		q.writing = q.between[0]
		q.between[0] = segment{}
		if q.between = q.between[1:]; len(q.between) == 0 {
			q.between = nil
		}
		q.waiting -= len(q.writing.bytes())
		if q.writing.own != nil {
			q.reserve -= cap(q.writing.own.B)
		}
	case q.filling != nil:
		q.writing, q.filling = segment{own: q.filling}, nil
	default:
		return false
	}
	return true
}

// took returns the bytes lent by front, of which n were sent.
func (q *queue) took(n int) {
	q.lent = false
	q.written += n
	if q.dropped || q.written == len(q.writing.bytes()) {
		q.writing.release()
		q.writing, q.written = segment{}, 0
	}
}

// drop empties the queue for good. Bytes that are lent stay valid until took returns them.
func (q *queue) drop() {
	q.dropped = true
	if q.filling != nil {
		q.filling.Release()
		q.filling = nil
	}
	for _, s := range q.between {
		s.release()
	}
	q.between, q.waiting, q.reserve = nil, 0, 0
	if !q.writing.empty() && !q.lent {
		q.writing.release()
		q.writing, q.written = segment{}, 0
	}
}
