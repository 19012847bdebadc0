package transport

import (
	"net/netip"
	"strings"
	"testing"

	"node.websocket/transport/websocket"
)

// TestProxyProtocol sends PROXY headers in pieces, before plain connections and before TLS, from
// trusted proxies and others.
func TestProxyProtocol(t *testing.T) {
	t.Parallel()
	v1 := "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n"
	v2 := "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x14\xc0\x00\x02\x01\xc0\x00\x02\x02\x12\x67\x00\x50\x20\x00\x05\x01\x00\x00\x00\x00"
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, test := range []struct {
		header  string
		trusted []netip.Prefix
		address string // "": dropped
		secure  bool
	}{
		{v1, nil, "192.0.2.1", false},
		{v1, here, "192.0.2.1", false},
		{v2, here, "192.0.2.1", true},
		{"PROXY UNKNOWN\r\n", here, "127.0.0.1", false},
		{"", elsewhere, "127.0.0.1", false},
		{"", here, "", false},
		{"PROXY TCP5\r\n", nil, "", false},
	} {
		for _, step := range []int{1, 10, 1000} {
			conversation := echoConversation(t)
			var log logBuffer
			_, address := serve(t, Options{ProxyProtocol: true, TrustedProxies: test.trusted, Log: log.logger()}, oneConversation(conversation))
			c := dial(t, address)
			for rest := test.header + handshake("/a"); rest != ""; rest = rest[min(step, len(rest)):] {
				if _, err := c.conn.Write([]byte(rest[:min(step, len(rest))])); err != nil && test.address != "" {
					t.Fatal(err)
				}
			}
			if test.address == "" {
				if _, err := c.in.ReadByte(); err == nil {
					t.Errorf("%q is answered", test.header)
				}
				waitFor(t, func() bool { return strings.Contains(log.String(), `level=WARN msg=dropped client=127.0.0.1`) })
				continue
			}
			c.accepted()
			c.send(websocket.Text, "x")
			c.want(websocket.Text, "x")
			if r := conversation.request; r.RemoteAddress != test.address || r.Secure != test.secure {
				t.Errorf("%q: %s %v", test.header, r.RemoteAddress, r.Secure)
			}
		}
	}

	conversation := echoConversation(t)
	_, address := serve(t, Options{ProxyProtocol: true, TLS: testTLS(t)}, oneConversation(conversation))
	c := dial(t, address)
	c.raw([]byte(v1))
	tlsClient(t, c.conn).open("/a")
	if r := conversation.request; r.RemoteAddress != "192.0.2.1" || !r.Secure {
		t.Errorf("over TLS: %s %v", r.RemoteAddress, r.Secure)
	}
}
