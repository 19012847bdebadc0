package transport

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestQueue appends and takes at random, while the front is lent and while not.
func TestQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var q queue
	var in, out []byte
	var lent []byte
	for range 10_000 {
		switch random.IntN(3) {
		case 0:
			p := make([]byte, random.IntN(3000))
			for i := range p {
				p[i] = byte(random.Uint32())
			}
			b := q.grow(len(p))
			b.B = append(b.B, p...)
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
	var q queue
	for range 3 {
		b := q.grow(10)
		b.B = append(b.B, "1234567890"...)
		q.front()
		q.took(4)
		q.front()
		q.took(6)
		if q.front() != nil || q != (queue{}) {
			t.Errorf("%+v", q)
		}
	}
}

// TestQueueDrop drops a queue whose front is lent: the writer's bytes stay, and go when it gives them back.
func TestQueueDrop(t *testing.T) {
	for _, taken := range []int{0, 5, 10} {
		var q queue
		q.grow(10).B = append(q.grow(10).B, "1234567890"...)
		front := q.front()
		q.grow(10).B = append(q.grow(10).B, "abc"...)
		q.drop()
		if string(front) != "1234567890" || q.writing == nil {
			t.Error("the front was taken from its writer")
		}
		q.took(taken)
		if q != (queue{dropped: true}) || q.size() != 0 || q.front() != nil {
			t.Errorf("%+v", q)
		}
	}
}
