//go:build !race

// The race detector makes sync.Pool drop things at random, and needs memory itself.

package transport

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"node.websocket/transport/websocket"
)

// TestNoAllocations counts the allocations for a message, from the read to the write.
func TestNoAllocations(t *testing.T) {
	for _, overTLS := range []bool{false, true} {
		t.Run(map[bool]string{false: "tcp", true: "tls"}[overTLS], func(t *testing.T) { testNoAllocations(t, overTLS) })
	}
}

func testNoAllocations(t *testing.T, overTLS bool) {
	c := startQuick(t, overTLS)
	c.conn.SetDeadline(time.Time{})
	out, echoed := burst()
	in := make([]byte, echoed)
	round := func() {
		c.conn.Write(out)
		if _, err := io.ReadFull(c.in, in); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		round()
	}
	most := 0.0
	if overTLS {
		most = 3 // crypto/tls' own: one for a read, at each end, and one for that which finds nothing more
	}
	if n := testing.AllocsPerRun(500, round); n >= most+1 {
		t.Errorf("%v allocations for 32 messages", n)
	}
}

// TestIdle measures the memory of idle sessions.
func TestIdle(t *testing.T) {
	const n = 500
	h := &fakeHandler{}
	h.conversation = func() *fakeConversation { return newConversation(t) }
	s, address := serve(t, Options{}, h)
	var before, after runtime.MemStats
	read := func(m *runtime.MemStats) {
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(m)
	}
	dial(t, address).open("/a")
	read(&before)
	for range n {
		c := dial(t, address).open("/a")
		c.send(websocket.Text, strings.Repeat("x", 10_000))
		c.in = nil
	}
	waitFor(t, func() bool { return s.Clients() == n+1 })
	read(&after)
	each := (after.HeapInuse + after.StackInuse - before.HeapInuse - before.StackInuse) / n
	t.Logf("%d bytes for each idle session, both ends", each)
	if each > 20<<10 {
		t.Errorf("an idle session takes %d bytes", each)
	}
}
