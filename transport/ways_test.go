package transport

import "testing"

// A starter opens a session with the conversation, in one of the ways in which a WebSocket can be carried.
type starter func(t testing.TB, o Options, p *fakeConversation) (*client, *Session)

var ways = []struct {
	name  string
	start starter
}{
	{"tcp", start},
	{"goroutines", startGoroutines},
	{"tls", startTLS},
	{"tls goroutines", startTLSGoroutines},
	{"h2", startTLSStream},
	{"h2c", startStream},
}

// forEachWay runs a test over everything that carries a WebSocket.
func forEachWay(t *testing.T, test func(t *testing.T, start starter)) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) { test(t, way.start) })
	}
}

// startTLS is start over TLS.
func startTLS(t testing.TB, o Options, p *fakeConversation) (*client, *Session) {
	t.Helper()
	o.TLS = testTLS(t)
	_, address := serve(t, o, oneConversation(p))
	c := dialTLS(t, address).open("/a")
	return c, await(t, p.opened)
}

// startGoroutines is start without an event loop.
func startGoroutines(t testing.TB, o Options, p *fakeConversation) (*client, *Session) {
	t.Helper()
	o.NoEventLoop = true
	return start(t, o, p)
}

// startTLSGoroutines is startTLS without an event loop.
func startTLSGoroutines(t testing.TB, o Options, p *fakeConversation) (*client, *Session) {
	t.Helper()
	o.NoEventLoop = true
	return startTLS(t, o, p)
}
