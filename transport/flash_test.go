package transport

import (
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// flashRequest is the question of a Flash movie.
const flashRequest = "<policy-file-request/>\x00"

// policy is a policy, as Flash reads it.
type policy struct {
	XMLName xml.Name `xml:"cross-domain-policy"`
	Allow   []struct {
		Domain string `xml:"domain,attr"`
		Ports  string `xml:"to-ports,attr"`
	} `xml:"allow-access-from"`
}

// wantPolicy reads a policy, which must be valid, and returns the hosts and ports that it allows:
// "a.com:80 b.com:80".
func (c *client) wantPolicy() string {
	c.t.Helper()
	text, err := io.ReadAll(c.in)
	if err != nil {
		c.t.Fatal(err)
	}
	body, ended := strings.CutSuffix(string(text), "\x00")
	var p policy
	decoder := xml.NewDecoder(strings.NewReader(body))
	if err := decoder.Decode(&p); err != nil || !ended {
		c.t.Fatalf("policy %q, %v", text, err)
	}
	var all []string
	for _, a := range p.Allow {
		all = append(all, a.Domain+":"+a.Ports)
	}
	return strings.Join(all, " ")
}

func TestFlashPolicy(t *testing.T) {
	t.Parallel()
	s, address := serve(t, Options{}, oneConversation(newConversation(t)))
	_, port, _ := net.SplitHostPort(address)
	own, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.ServeFlashPolicy(own, 1234) }()
	for at, want := range map[string]string{address: "*:" + port, own.Addr().String(): "*:1234"} {
		for _, step := range []int{len(flashRequest), len(flashRequest) / 2, 1} {
			c := dial(t, at)
			for rest := flashRequest; rest != ""; rest = rest[min(step, len(rest)):] {
				c.raw([]byte(rest[:min(step, len(rest))]))
			}
			if got := c.wantPolicy(); got != want {
				t.Errorf("policy for %s, want %s", got, want)
			}
		}
	}
	for _, wrong := range []string{"<p0licy-file-request/>\x00", "<policy-file-request/>\r", "<html>", "<\x00"} {
		c := dial(t, address)
		c.raw([]byte(wrong))
		if b, err := c.in.ReadByte(); err == nil {
			t.Errorf("%q was answered with %q", wrong, b)
		}
	}
	c := dial(t, own.Addr().String())
	c.raw([]byte(handshake("/a")))
	if b, err := c.in.ReadByte(); err == nil {
		t.Errorf("the port for Flash alone answers HTTP with %q", b)
	}
	own.Close()
	if err := await(t, ended); err == nil || errors.Is(err, http.ErrServerClosed) {
		t.Errorf("the listener failed, and ServeFlashPolicy said %v", err)
	}
}

// A countingListener tells when a call of Accept begins.
type countingListener struct {
	net.Listener
	accepts chan struct{}
}

func (l countingListener) Accept() (net.Conn, error) {
	l.accepts <- struct{}{}
	return l.Listener.Accept()
}

func TestFlashPolicyShutdown(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	own := countingListener{l, make(chan struct{}, 2)}
	s := NewServer(Options{}, oneConversation(newConversation(t)))
	ended := make(chan error, 1)
	go func() { ended <- s.ServeFlashPolicy(own, 1234) }()
	c := dial(t, own.Addr().String())
	c.raw([]byte("<"))
	await(t, own.accepts)
	await(t, own.accepts) // so the client has been accepted
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := await(t, ended); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("ServeFlashPolicy returned %v", err)
	}
	if b, err := c.in.ReadByte(); err == nil {
		t.Errorf("byte %q after Shutdown", b)
	}
	again, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ServeFlashPolicy(again, 1234); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("ServeFlashPolicy after Shutdown returned %v", err)
	}
}

func TestFlashPolicyOfOrigins(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		origins []string
		want    string
	}{
		{[]string{"*"}, "*:PORT"},
		{[]string{"http://a.com", "https://A.com:444/", "http://b.com:81"}, "a.com:PORT b.com:PORT"},
		{[]string{"null", "http://[::1]:80"}, "[::1]:PORT"},
		{[]string{"null"}, ""},
		{[]string{`http://"/><allow-access-from domain="*" to-ports="*`, "http://a.com"}, "a.com:PORT"},
	} {
		_, address := serve(t, Options{Origins: test.origins}, oneConversation(newConversation(t)))
		_, port, _ := net.SplitHostPort(address)
		c := dial(t, address)
		c.raw([]byte(flashRequest))
		if got := c.wantPolicy(); got != strings.ReplaceAll(test.want, "PORT", port) {
			t.Errorf("%q: %s, want %s", test.origins, got, test.want)
		}
	}
}

// TestFirstBytesInTime has clients that stop before it is known what they speak.
func TestFirstBytesInTime(t *testing.T) {
	t.Parallel()
	for _, begin := range []string{"", "<policy", "PROXY TCP4"} {
		synctest.Test(t, func(t *testing.T) {
			l := newPipeListener()
			serveOn(t, l, Options{ProxyProtocol: strings.HasPrefix(begin, "P")}, oneConversation(newConversation(t)))
			start := time.Now()
			c := l.dial(t)
			if begin != "" {
				c.raw([]byte(begin))
			}
			c.wantEnd()
			if took := time.Since(start); took != 10*time.Second {
				t.Errorf("%q: held for %v", begin, took)
			}
		})
	}
}
