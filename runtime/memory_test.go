package runtime

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

// TestIdle measures what the runtime keeps of a connection that has echoed one message. Its strings
// are counted with the transport, which makes them.
func TestIdle(t *testing.T) {
	const n, most = 10_000, 700
	const head = "GET /echo HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
		"Sec-WebSocket-Version: 13\r\nOrigin: http://a.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
	r, _ := newRuntime(t, map[string]string{"echo.js": echo})
	request := Request{ID: "an id", RemoteAddress: "192.0.2.1"}
	s, message := &nowhere{}, text("x")
	add := func() *Conn {
		request.Head, request.Path, request.Origin = strings.Clone(head), strings.Clone("/echo"), strings.Clone("http://a.example") // as each client sends its own
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
	t.Logf("%d bytes a connection, of which Conn %d, %d allocations", each, unsafe.Sizeof(Conn{}), (after.Mallocs-before.Mallocs)/n)
	if size := unsafe.Sizeof(Conn{}); size > 192 { // the next size of Go's allocator is 208
		t.Errorf("a Conn has %d bytes", size)
	}
	if each > most {
		t.Errorf("%d bytes a connection, want at most %d", each, most)
	}
	runtime.KeepAlive(conns)
}

// TestIdleSubscription measures what a subscription takes, of 10,000 connections to one topic on which
// something has been published.
func TestIdleSubscription(t *testing.T) {
	const n, most = 10_000, 100
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){ if (d == 'publish') c.server.publish('topic', 'x'); else c.subscribe('topic') };`})
	conns := make([]*Conn, n)
	for i := range conns {
		c, _, err := open(r, "test", Request{})
		if err != nil {
			t.Fatal(err)
		}
		c.Connected(&nowhere{})
		c.Receive(text(""))
		r.topics.Unsubscribe(&c.subscriptions, "topic")
		conns[i] = c
	}
	before := liveHeap()
	for _, c := range conns {
		c.Receive(text(""))
	}
	conns[0].Receive(text("publish"))
	each := (int64(liveHeap()) - int64(before)) / n
	t.Logf("%d bytes a subscription", each)
	if each > most {
		t.Errorf("%d bytes a subscription, want at most %d", each, most)
	}
	runtime.KeepAlive(conns)
}

// TestUsual checks that connections which share a part of their requests' memory tell their own.
func TestUsual(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){
			c.send([c.id, c.remoteAddress, c.request.path, c.request.origin, c.secure, c.request.cookies.a, c.request.headers.b, c.request.url, c.request.method].join());
		};`})
	var conns []*Conn
	var sessions []*fakeSession
	var want []string
	for i, request := range []Request{
		{ID: "0", RemoteAddress: "192.0.2.1", Head: "GET / HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\nSec-WebSocket-Key: 1\r\nB: 1\r\n", Path: "/test", Origin: "http://a.example"},
		{ID: "1", RemoteAddress: "192.0.2.2", Head: "GET /?a HTTP/1.1\r\nHost: h\r\nCookie: a=c\r\nB: 1\r\n", Path: "/test", Origin: "http://a.example"},
		{ID: "2", RemoteAddress: "192.0.2.1", Head: "GET / HTTP/1.1\r\ncookie: a=d\r\n", Path: "/Test", Origin: "http://a.example"},
		{ID: "3", RemoteAddress: "192.0.2.1", Head: "GET / HTTP/1.1\r\ncookie: a=e\r\n", Path: "/test", Origin: "http://b.example"},
		{ID: "4", RemoteAddress: "192.0.2.1", Head: "GET / HTTP/1.1\r\ncookie: a=f\r\n", Path: "/test", Origin: "http://a.example", Secure: true},
	} {
		c, _, err := open(r, "test", request)
		if err != nil {
			t.Fatal(err)
		}
		s := newFakeSession(c)
		c.Connected(s)
		conns, sessions = append(conns, c), append(sessions, s)
		want = append(want, fmt.Sprint(i, ",", request.RemoteAddress, ",", request.Path, ",", request.Origin, ",", request.Secure, ",", string("bcdef"[i]), ",", [...]string{"1", "1", "", "", ""}[i], ",", [...]string{"/", "/?a", "/", "/", "/"}[i], ",GET"))
	}
	for i, c := range conns {
		c.Receive(text("x"))
		if got := sessions[i].messages(); got != want[i] {
			t.Errorf("%s, want %s", got, want[i])
		}
	}
	if conns[0].usual != conns[1].usual {
		t.Error("alike connections do not share memory")
	}
}

// TestSplitHead checks that nothing of a head is lost, and that what differs from client to client is not shared.
func TestSplitHead(t *testing.T) {
	for _, c := range []struct{ head, own, common string }{
		{"", "", ""},
		{"GET /?q HTTP/1.1\r\n", "GET /?q HTTP/1.1\r\n", ""},
		{"GET / HTTP/1.1\r\nHost: a\r\nSEC-WEBSOCKET-KEY: k\r\nUser-Agent: b\r\ncookie: c\r\n", "GET / HTTP/1.1\r\nSEC-WEBSOCKET-KEY: k\r\ncookie: c\r\n", "Host: a\r\nUser-Agent: b\r\n"},
		{"GET / HTTP/1.1\r\nSec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\nX-Forwarded-For: a\r\nA: b\r\nX-Forwarded-For: b\r\n", "GET / HTTP/1.1\r\nSec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\nX-Forwarded-For: a\r\nX-Forwarded-For: b\r\n", "A: b\r\n"},
	} {
		if own, common := splitHead(c.head, nil, nil); string(own) != c.own || string(common) != c.common {
			t.Errorf("%q: %q and %q, want %q and %q", c.head, own, common, c.own, c.common)
		}
	}
}
