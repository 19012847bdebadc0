package transport

import (
	"net/http"
	"strings"
	"testing"
)

// TestRelieve has the longest queues closed, and no more of them than asked, and new clients refused until
// there is memory again.
func TestRelieve(t *testing.T) {
	t.Parallel()
	const n = 5
	conversations := make(chan *fakeConversation, n)
	h := &fakeHandler{conversation: func() *fakeConversation { p := newConversation(t); conversations <- p; return p }}
	var log logBuffer
	s, address := serve(t, Options{Log: log.logger(), HighWater: 50_000}, h)
	g := dialGreedy(t, address)
	var all []*fakeConversation
	for i := range n {
		g.open(address, "/a")
		p := await(t, conversations)
		await(t, p.opened)
		for range i {
			p.session.SendText(strings.Repeat("x", 40_000))
		}
		all = append(all, p)
	}
	if cut := s.Relieve(200_000); cut != 2 { // 160 and 120 KB
		t.Errorf("%d sessions were cut", cut)
	}
	for i, p := range all {
		if want := i < 3; (p.session.ReadyState() == 1) != want {
			t.Errorf("session %d is open: %v, want %v", i, !want, want)
		}
	}
	all[4].wantClosed(1006, errLongQueue.Error())
	refused := dial(t, address)
	refused.raw([]byte(handshake("/a")))
	if r, err := http.ReadResponse(refused.in, nil); err != nil || r.StatusCode != 503 || r.Header.Get("Retry-After") != "10" {
		t.Errorf("%v, error %v", r, err)
	}
	if cut := s.Relieve(1 << 30); cut != 1 { // what is below the high-water mark stays
		t.Errorf("%d sessions were cut", cut)
	}
	if s.Relieve(0) != 0 {
		t.Error("sessions were cut for nothing")
	}
	dial(t, address).open("/a")
	if got := log.String(); !strings.Contains(got, `status=503 cause="the server is short of memory; try again later"`) {
		t.Errorf("log: %s", got)
	}
	waitFor(t, func() bool { // the line comes after Disconnected
		return strings.Contains(log.String(), `cause=memory code=1006 error="the server is short of memory, and this queue`)
	})
}
