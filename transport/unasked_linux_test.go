package transport

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// dialFrom connects from an address of the loopback network, sends first, and closes at the end of the test.
func dialFrom(t *testing.T, from, to, first string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	c, err := d.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, first); err != nil {
		t.Fatal(err)
	}
	return c
}

// wantHungUp checks that the server closes a connection without a word, long before its HandshakeTimeout.
func wantHungUp(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	n, err := c.Read(make([]byte, 1))
	if e, ok := err.(net.Error); n > 0 || err == nil || ok && e.Timeout() {
		t.Errorf("%d bytes, %v; want the end", n, err)
	}
}

// counted returns how many connections without a request the server counts for all networks.
func (s *Server) counted() (n int) {
	s.unasked.mu.Lock()
	defer s.unasked.mu.Unlock()
	for _, some := range s.unasked.of {
		n += max(some, 1) // none may stay with 0
	}
	return n
}

// TestUnaskedPerAddress checks that one address can have only so many connections without a request, wherever
// these wait, and that others are served meanwhile.
func TestUnaskedPerAddress(t *testing.T) {
	t.Parallel()
	const timeout = time.Minute
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	header := "PROXY TCP4 192.0.2.7 192.0.2.1 1000 80\r\n"
	for what, c := range map[string]struct {
		options Options
		first   string
		counted bool
	}{
		"silent":                 {Options{}, "", true},
		"half a head":            {Options{}, "GET /a HTTP/1.1\r\nHost: ", true},
		"TLS":                    {Options{TLS: testTLS(t)}, "\x16\x03\x01", true},
		"half a PROXY header":    {Options{ProxyProtocol: true}, "PROXY ", false},
		"PROXY and half a head":  {Options{ProxyProtocol: true, TrustedProxies: proxies}, header + "GET /a HTTP/1.1\r\n", true},
		"of a trusted proxy":     {Options{TrustedProxies: proxies}, "GET /a HTTP/1.1\r\n", false},
		"of an untrusted client": {Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.9/32")}}, "", true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c.options.MaxPerAddress, c.options.MaxConnections, c.options.HandshakeTimeout = 2, leastUnasked+8, timeout
			s, address := serve(t, c.options, &fakeHandler{conversation: func() *fakeConversation { return newConversation(t) }})
			var kept []net.Conn
			for range leastUnasked {
				kept = append(kept, dialFrom(t, "127.0.0.1", address, c.first))
			}
			if !c.counted {
				dialFrom(t, "127.0.0.1", address, c.first)
				waitFor(t, func() bool {
					n := s.conns.unasked()
					for _, f := range s.listFronts() {
						n += f.Pending()
					}
					return n == leastUnasked+1
				})
				if n := s.counted(); n != 0 {
					t.Errorf("%d are counted", n)
				}
				return
			}
			waitFor(t, func() bool { // a connection that goes on from the front to net/http has no place for a moment
				goesOn := strings.Contains(c.first, "GET")
				return s.counted() == leastUnasked && (!goesOn || s.conns.unasked() == leastUnasked)
			})
			wantHungUp(t, dialFrom(t, "127.0.0.1", address, c.first))
			waitFor(t, func() bool { return s.Counts().Refused["max connections per ip"] == 1 })
			if c.options.TLS == nil && !c.options.ProxyProtocol {
				other := newClient(t, dialFrom(t, "127.0.0.2", address, ""))
				other.open("/a")
				other.conn.Close()
			}
			for _, conn := range kept[1:] {
				conn.Close()
			}
			waitFor(t, func() bool { return s.counted() == 1 })
			if c.first == "" { // it becomes a session, which is not counted here
				newClient(t, kept[0]).open("/a")
			}
			kept[0].Close()
			waitFor(t, func() bool { return s.counted() == 0 })
		})
	}
}
