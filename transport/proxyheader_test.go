package transport

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"node.websocket/transport/websocket"
)

// proxyV2 is a header of version 2, whose rest is in hexadecimal.
func proxyV2(rest string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
	if err != nil {
		panic(err)
	}
	return proxySignature + string(b)
}

var proxyHeaders = []struct {
	header string
	client string // "": none
	secure bool
	wrong  string // what the error says; "": none
}{
	{"PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n", "192.0.2.1:4711", false, ""},
	{"PROXY TCP6 2001:db8::1 ::1 65535 80\r\n", "[2001:db8::1]:65535", false, ""},
	{"PROXY TCP6 ::ffff:192.0.2.1 ::1 1 80\r\n", "192.0.2.1:1", false, ""},
	{"PROXY UNKNOWN\r\n", "", false, ""},
	{"PROXY UNKNOWN ffff:f...f:ffff anything\r\n", "", false, ""},
	{"PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\n", "", false, "CR LF"},
	{"PROXY TCP4 192.0.2.1 192.0.2.2 04711 80\r\n", "", false, "malformed"},
	{"PROXY TCP4 192.0.2.1 192.0.2.2 65536 80\r\n", "", false, "malformed"},
	{"PROXY TCP4 192.0.2.1 192.0.2.256 4711 80\r\n", "", false, "malformed"},
	{"PROXY TCP4 ::1 192.0.2.2 4711 80\r\n", "", false, "malformed"},
	{"PROXY TCP6 fe80::1%eth0 ::1 4711 80\r\n", "", false, "malformed"},
	{"PROXY TCP4  192.0.2.1 192.0.2.2 4711 80\r\n", "", false, "not of the form"},
	{"PROXY UDP4 192.0.2.1 192.0.2.2 4711 80\r\n", "", false, "not of the form"},
	{"PROXY\r\n", "", false, "there is none"},
	{"proxy UNKNOWN\r\n", "", false, "there is none"},
	{"GET / HTTP/1.1\r\n", "", false, "there is none"},
	{"PROXY UNKNOWN " + strings.Repeat("x", 100) + "\r\n", "", false, "longer than 107"},

	{proxyV2("21 11 000c c0000201 c0000202 1267 0050"), "192.0.2.1:4711", false, ""},
	{proxyV2("21 21 0024 20010db8000000000000000000000001 00000000000000000000000000000001 1267 0050"), "[2001:db8::1]:4711", false, ""},
	{proxyV2("20 00 0000"), "", false, ""},
	{proxyV2("20 11 000c c0000201 c0000202 1267 0050"), "", false, ""},
	{proxyV2("21 00 0003 ffffff"), "", false, ""},
	{proxyV2("21 12 000c c0000201 c0000202 1267 0050"), "", false, ""},
	{proxyV2("21 11 0018 c0000201 c0000202 1267 0050 04 0001 00 20 0005 01 00000000"), "192.0.2.1:4711", true, ""},
	{proxyV2("21 11 0014 c0000201 c0000202 1267 0050 20 0005 00 00000000"), "192.0.2.1:4711", false, ""},
	{proxyV2("21 11 000f c0000201 c0000202 1267 0050 20 0005"), "", false, "cut off"},
	{proxyV2("21 11 000b c0000201 c0000202 1267 00"), "", false, "too short"},
	{proxyV2("22 11 000c c0000201 c0000202 1267 0050"), "", false, "neither LOCAL nor PROXY"},
	{proxyV2("11 11 000c c0000201 c0000202 1267 0050"), "", false, "neither version"},
	{proxyV2("21 11 ffff"), "", false, "longer than 2048"},
	{"\r\n\r\n\x00\r\nQUIX\n", "", false, "there is none"},
}

func TestProxyHeader(t *testing.T) {
	for _, test := range proxyHeaders {
		// In every length that can have come. What is right is not wrong before it is whole, nor read as whole.
		failed := false
		for length := 0; length <= len(test.header); length++ {
			h, n, err := parseProxyHeader([]byte(test.header[:length]))
			failed = failed || err != nil
			if length < len(test.header) && (n != 0 || err != nil && test.wrong == "") {
				t.Errorf("%q cut at %d: %d, %v", test.header, length, n, err)
			}
			if (err != nil) != failed {
				t.Errorf("%q cut at %d is right, and was wrong when shorter", test.header, length)
			}
			if length < len(test.header) || test.wrong != "" {
				continue
			}
			client := ""
			if h.client.IsValid() {
				client = h.client.String()
			}
			if err != nil || n != length || client != test.client || h.secure != test.secure {
				t.Errorf("%q: %s %v, %d bytes of %d, %v", test.header, client, h.secure, n, length, err)
			}
		}
		_, _, err := parseProxyHeader([]byte(test.header))
		if test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
			t.Errorf("%q: %v, want %q", test.header, err, test.wrong)
		}
	}
}

func FuzzProxyHeader(f *testing.F) {
	for _, test := range proxyHeaders {
		f.Add([]byte(test.header))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, n, err := parseProxyHeader(data)
		if n < 0 || n > len(data) || n > maxProxyHeader || n == 0 && h.client.IsValid() && err == nil || n == 0 && err == nil && len(data) >= maxProxyHeader {
			t.Errorf("%q: %v, %d, %v", data, h, n, err)
		}
		if wrong := (*proxyError)(nil); err != nil && !errors.As(err, &wrong) {
			t.Errorf("%q: %v", data, err)
		}
	})
}

// TestProxyProtocol has connections with a header, in pieces, plain and in front of TLS, from a proxy that is trusted or not.
func TestProxyProtocol(t *testing.T) {
	v1 := "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n"
	v2 := proxyV2("21 11 0014 c0000201 c0000202 1267 0050 20 0005 01 00000000")
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
			peer := echoPeer(t)
			var log logBuffer
			_, address := serve(t, Options{ProxyProtocol: true, TrustedProxies: test.trusted, Log: log.logger()}, onePeer(peer))
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
			if r := peer.request; r.RemoteAddress != test.address || r.Secure != test.secure {
				t.Errorf("%q: %s %v", test.header, r.RemoteAddress, r.Secure)
			}
		}
	}

	peer := echoPeer(t)
	_, address := serve(t, Options{ProxyProtocol: true, TLS: testTLS(t)}, onePeer(peer))
	c := dial(t, address)
	c.raw([]byte(v1))
	tlsClient(t, c.conn).open("/a")
	if r := peer.request; r.RemoteAddress != "192.0.2.1" || !r.Secure {
		t.Errorf("over TLS: %s %v", r.RemoteAddress, r.Secure)
	}
}
