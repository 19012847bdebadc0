package transport

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"node.websocket/transport/socket"
)

// holdsNothing reports whether a queue has no memory left.
func (q *queue) holdsNothing() bool {
	return q.writing == nil && q.written == 0 && q.between == nil && q.filling == nil && !q.lent
}

// TestQueue appends, shares and takes at random, while the front is lent and while it is not.
func TestQueue(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var q queue
	var in, out []byte
	var lent []byte
	for range 20_000 {
		switch action := random.IntN(4); action {
		case 0, 3:
			p := make([]byte, random.IntN(3000))
			if action == 3 {
				p = make([]byte, random.IntN(2*minShared))
			}
			for i := range p {
				p[i] = byte(random.Uint32())
			}
			if action == 3 {
				q.share(socket.ShareBuffer(p))
			} else {
				b := q.grow(len(p))
				b.B = append(b.B, p...)
			}
			in = append(in, p...)
		case 1:
			if lent == nil {
				lent = q.front()
			}
		case 2:
			if lent != nil {
				n := random.IntN(len(lent) + 1)
				out = append(out, lent[:n]...)
				q.took(n)
				lent = nil
			}
		}
		if q.size() != len(in)-len(out) {
			t.Fatalf("size %d, want %d", q.size(), len(in)-len(out))
		}
	}
	if !bytes.HasPrefix(in, out) || len(out) < 1<<20 {
		t.Errorf("%d bytes came out, of %d, and not the same", len(out), len(in))
	}
}

func TestQueueEmptyHoldsNothing(t *testing.T) {
	t.Parallel()
	var q queue
	for range 3 {
		b := q.grow(10)
		b.B = append(b.B, "1234567890"...)
		q.front()
		q.took(4)
		q.front()
		q.took(6)
		if q.front() != nil || !q.holdsNothing() {
			t.Errorf("%+v", q)
		}
	}
}

// TestQueueDrop drops a queue whose front is lent: the writer's bytes stay valid until they are
// returned.
func TestQueueDrop(t *testing.T) {
	t.Parallel()
	for _, taken := range []int{0, 5, 10} {
		var q queue
		q.grow(10).B = append(q.grow(10).B, "1234567890"...)
		front := q.front()
		q.grow(10).B = append(q.grow(10).B, "abc"...)
		q.share(socket.ShareBuffer(make([]byte, minShared)))
		q.drop()
		if string(front) != "1234567890" || q.writing == nil {
			t.Error("the front was taken from its writer")
		}
		q.took(taken)
		if !q.holdsNothing() || q.size() != 0 || q.front() != nil {
			t.Errorf("%+v", q)
		}
	}
}
