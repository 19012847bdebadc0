package transport

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// A ringing is a carrier that counts its rings, and checks that they come in time.
type ringing struct {
	carrier
	t       *testing.T
	begin   time.Time
	session *Session
	want    time.Duration // 0: not at all
	rung    int
}

func (r *ringing) ring() {
	r.rung++
	if got := time.Since(r.begin); got != r.want {
		r.t.Errorf("rung after %v, want %v", got, r.want)
	}
}

// TestDeadlines sets, moves and clears times at random.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Options{}, nil)
		begin, zero := time.Now(), s.now()
		random := rand.New(rand.NewPCG(1, 2))
		all := make([]*ringing, 1000)
		for i := range all {
			r := &ringing{t: t, begin: begin}
			r.session = &Session{server: s, carrier: r}
			all[i] = r
		}
		for range 10_000 {
			r, at := all[random.IntN(len(all))], time.Duration(1+random.IntN(1000))*time.Millisecond
			switch random.IntN(4) {
			case 0:
				s.deadlines.clear(r.session)
				r.want = 0
			case 1:
				s.deadlines.set(r.session, zero+int64(at))
				r.want = at
			default:
				s.deadlines.advance(r.session, zero+int64(at))
				if r.want == 0 || at < r.want {
					r.want = at
				}
			}
		}
		time.Sleep(2 * time.Second) // of the bubble's own clock
		s.deadlines.mu.Lock()
		defer s.deadlines.mu.Unlock()
		set := 0
		for _, r := range all {
			if want := min(r.want, 1); r.rung != int(want) {
				t.Errorf("rung %d times, want %d", r.rung, want)
			}
			set += int(min(r.want, 1))
		}
		if set < 100 || len(s.deadlines.heap) != 0 || cap(s.deadlines.heap) > 64 || s.deadlines.next != 0 {
			t.Errorf("%d were set; left: %d of %d", set, len(s.deadlines.heap), cap(s.deadlines.heap))
		}
	})
}
