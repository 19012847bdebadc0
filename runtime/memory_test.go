package runtime

import (
	"runtime"
	"strings"
	"testing"
)

// TestIdle measures what the runtime keeps of a connection that has echoed one message. Its strings
// are counted with the transport, which makes them.
func TestIdle(t *testing.T) {
	const n, most = 10_000, 690
	r, _ := newRuntime(t, map[string]string{"echo.js": echo})
	request := Request{ID: "an id", RemoteAddress: "192.0.2.1", Head: "GET /echo HTTP/1.1\r\nHost: a.example\r\n", Path: "/echo", Origin: "http://a.example"}
	s, message := &nowhere{}, text("x")
	add := func() *Conn {
		request.Path, request.Origin = strings.Clone("/echo"), strings.Clone("http://a.example") // as each client sends its own
		c, _, err := open(r, "echo", request)
		if err != nil {
			t.Fatal(err)
		}
		c.Connected(s)
		c.Receive(message)
		return c
	}
	add()
	read := func() (m runtime.MemStats) {
		runtime.GC()
		runtime.GC() // and what was in a sync.Pool
		runtime.ReadMemStats(&m)
		return m
	}
	before := read()
	conns := make([]*Conn, n)
	for i := range conns {
		conns[i] = add()
	}
	after := read()
	each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n
	t.Logf("%d bytes a connection, %d allocations", each, (after.Mallocs-before.Mallocs)/n)
	if each > most {
		t.Errorf("%d bytes a connection, want at most %d", each, most)
	}
	runtime.KeepAlive(conns)
}
