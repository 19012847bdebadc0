package transport

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"node.websocket/transport/websocket/websockettest"
)

func TestForwarded(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, test := range []struct {
		peer    string
		tls     bool
		headers string // separated by "|"
		want    string
	}{
		{"10.0.0.1:1", false, "", "10.0.0.1 false"},
		{"192.0.2.9:1", false, "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https|Forwarded: for=192.0.2.1;proto=https", "192.0.2.9 false"},

		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.1", "192.0.2.1 false"},
		{"[fd00::1]:1", true, "X-Forwarded-For: 192.0.2.1", "192.0.2.1 true"},
		{"[::ffff:10.0.0.1]:1", false, "X-Forwarded-For: 192.0.2.1", "192.0.2.1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https", "192.0.2.1 true"},
		{"10.0.0.1:1", true, "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: http", "192.0.2.1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.66, 192.0.2.1", "192.0.2.1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.66|X-Forwarded-For: 192.0.2.1, 10.0.0.2", "192.0.2.1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.66, 192.0.2.1, 10.0.0.2|X-Forwarded-Proto: http, https, http", "192.0.2.1 true"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.1, 10.0.0.2|X-Forwarded-Proto: WSS", "192.0.2.1 true"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.66, 192.0.2.1, 10.0.0.2|X-Forwarded-Proto: https, http", "192.0.2.1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 10.0.0.3, 10.0.0.2", "10.0.0.3 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.1, unknown", "10.0.0.1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.1, ", "10.0.0.1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: [2001:db8::1]:80", "2001:db8::1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 2001:db8::1", "2001:db8::1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.1:4711", "192.0.2.1 false"},
		{"10.0.0.1:1", false, "X-Forwarded-Proto: https", "10.0.0.1 true"},
		{"10.0.0.1:1", true, "X-Forwarded-Proto: https, http", "10.0.0.1 false"},
		{"192.0.2.9:1", false, "X-Forwarded-Proto: https", "192.0.2.9 false"},

		{"10.0.0.1:1", false, "Forwarded: for=192.0.2.1", "192.0.2.1 false"},
		{"10.0.0.1:1", false, `Forwarded: For="[2001:db8::1]:4711" ; Proto=https;by=203.0.113.43`, "2001:db8::1 true"},
		{"10.0.0.1:1", false, `Forwarded: for=192.0.2.66, for=192.0.2.1;proto=https|Forwarded: for=10.0.0.2;proto=http`, "192.0.2.1 true"},
		{"10.0.0.1:1", false, `Forwarded: for=192.0.2.66;proto=https, for=_hidden`, "10.0.0.1 false"},
		{"10.0.0.1:1", false, `Forwarded: for=192.0.2.66, proto=https`, "10.0.0.1 true"},
		{"10.0.0.1:1", false, `Forwarded: for=192.0.2.66;proto=https, for=unknown;proto=http`, "10.0.0.1 false"},
		{"10.0.0.1:1", false, `Forwarded: for=192.0.2.1|X-Forwarded-Proto: https`, "192.0.2.1 false"},
		{"10.0.0.1:1", false, `Forwarded: for="192.0.2.1\"`, "contradiction"},
		{"10.0.0.1:1", false, `Forwarded: for="x, for=192.0.2.66`, "contradiction"},
		{"10.0.0.1:1", false, `Forwarded: secret="\", for=10.0.0.9, ";for=192.0.2.1`, "192.0.2.1 false"},
		{"10.0.0.1:1", false, `Forwarded: for = 192.0.2.1`, "contradiction"},

		// The client may have written one of the two.
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.1|Forwarded: for=192.0.2.66;proto=https", "contradiction"},
		{"192.0.2.9:1", false, "X-Forwarded-For: 192.0.2.1|Forwarded: for=192.0.2.66;proto=https", "192.0.2.9 false"},
		{"10.0.0.1:1", false, "X-Forwarded-For: 192.0.2.1|Forwarded: for=192.0.2.1;proto=https", "192.0.2.1 true"},
	} {
		s := NewServer(Options{TrustedProxies: trusted, Log: slog.New(slog.DiscardHandler)}, oneConversation(newConversation(t)))
		r, err := http.NewRequest("GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = test.peer
		if test.tls {
			r.TLS = new(tls.ConnectionState)
		}
		for line := range strings.SplitSeq(test.headers, "|") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header.Add(name, value)
			}
		}
		address, secure := s.client(r)
		got := address + map[bool]string{true: " true", false: " false"}[secure]
		if s.contradicts(r) {
			got = "contradiction"
		}
		if got != test.want {
			t.Errorf("%s, %s: %s, want %s", test.peer, test.headers, got, test.want)
		}
	}
}

// TestForwardedRequest sends X-Forwarded-For with a handshake.
func TestForwardedRequest(t *testing.T) {
	t.Parallel()
	peer := newConversation(t)
	var log logBuffer
	_, address := serve(t, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Log: log.logger()}, oneConversation(peer))
	dial(t, address).open("/a", "X-Forwarded-For: 192.0.2.1\r\n", "X-Forwarded-Proto: https\r\n")
	if r := peer.request; r.RemoteAddress != "192.0.2.1" || !r.Secure {
		t.Errorf("%s %v", r.RemoteAddress, r.Secure)
	}
	waitFor(t, func() bool { return strings.Contains(log.String(), "msg=connected resource=a client=192.0.2.1 ") })
}

// TestForwardedContradiction checks that whatever a proxy passes on with two stories about the client is a 400, and that the log tells
// once why.
func TestForwardedContradiction(t *testing.T) {
	t.Parallel()
	var log logBuffer
	h := oneConversation(newConversation(t))
	_, address := serve(t, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Log: log.logger()}, h)
	w := newWeb(t, "http://"+address)
	two := []string{"X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.66"}
	for _, path := range []string{"/", "/a", "/a/info"} {
		w.want("GET", path, "", 400, errForwarded.Error()+"\n", two...)
	}
	w.want("POST", "/a/0/s/xhr", "", 400, errForwarded.Error()+"\n", two...)
	c := dial(t, address)
	c.raw([]byte(websockettest.Handshake("/a", two[0]+"\r\n", two[1]+"\r\n")))
	if r, err := http.ReadResponse(c.In, nil); err != nil || r.StatusCode != 400 {
		t.Errorf("%v, error %v", r, err)
	}
	if h.opens.Load() != 0 {
		t.Error("the resource was asked")
	}
	if text := log.String(); strings.Count(text, "have it remove the one that it does not set") != 1 || !strings.Contains(text, "for=192.0.2.66") {
		t.Error(text)
	}
	dial(t, address).open("/a", "X-Forwarded-For: 192.0.2.1\r\n", "Forwarded: for=192.0.2.1\r\n")
}
