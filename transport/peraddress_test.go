package transport

import (
	"io"
	"net/http"
	"net/netip"
	"testing"
)

// TestMaxPerAddress opens sessions of several addresses, which a proxy tells, over WebSockets and without,
// up to the limit of one.
func TestMaxPerAddress(t *testing.T) {
	t.Parallel()
	h := &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }}
	s, address := serve(t, Options{MaxPerAddress: 2, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, h)
	open := func(overWebSocket bool, from string) (status int, c *client) {
		t.Helper()
		c = dial(t, address)
		if overWebSocket {
			c.raw([]byte(handshake("/a", "X-Forwarded-For: "+from+"\r\n")))
		} else {
			c.raw([]byte("POST /a" + newSession() + "/xhr_streaming HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nX-Forwarded-For: " + from + "\r\n\r\n"))
		}
		r, err := http.ReadResponse(c.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode == 503 {
			io.Copy(io.Discard, r.Body)
			if r.Header.Get("Retry-After") == "" {
				t.Errorf("no Retry-After in %v", r.Header)
			}
		}
		return r.StatusCode, c
	}
	kept := map[string][]*client{}
	for _, step := range []struct {
		overWebSocket bool
		from          string
		full          bool
	}{
		{true, "192.0.2.1", false}, {false, "192.0.2.1", false},
		{true, "192.0.2.1", true}, {false, "192.0.2.1", true}, {true, "::ffff:192.0.2.1", true},
		{true, "192.0.2.2", false},
		{true, "2001:db8::1", false}, {true, "2001:db8::2:0:0:1", false}, {true, "2001:db8:0:0:ffff::", true},
		{true, "2001:db8:0:1::1", false},
		{true, "unknown", false}, {true, "unknown", false}, // which are the proxy's own
	} {
		status, c := open(step.overWebSocket, step.from)
		if full := status == 503; full != step.full {
			t.Errorf("%s, WebSocket %v: %d", step.from, step.overWebSocket, status)
		}
		if status < 300 {
			kept[step.from] = append(kept[step.from], c)
		} else {
			c.conn.Close()
		}
	}
	for _, c := range kept["192.0.2.1"] {
		c.conn.Close()
	}
	waitFor(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.taken[netip.MustParsePrefix("192.0.2.1/32")] == 0
	})
	status, c := open(true, "192.0.2.1")
	if status != 101 {
		t.Errorf("after they have gone: %d", status)
	}
	kept["192.0.2.1"] = []*client{c}
	for _, all := range kept {
		for _, c := range all {
			c.conn.Close()
		}
	}
	waitFor(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.slots == 0 && len(s.taken) == 0
	})
}
