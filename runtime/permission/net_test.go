package permission

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestGrantsHost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		grants, name, port string
		want               bool
	}{
		{"a.com", "a.com", "80", true},
		{"a.com", "A.com", "443", true},
		{"A.com:443", "a.com", "443", true},
		{"a.com:443", "a.com", "80", false},
		{"a.com", "b.a.com", "80", false},
		{"a.com", "aa.com", "80", false},
		{"*.a.com", "b.a.com", "80", true},
		{"*.a.com", "c.b.a.com", "80", true},
		{"*.a.com", "a.com", "80", false},
		{"*.a.com", "ba.com", "80", false},
		{"*.a.com:80", "b.a.com", "81", false},
		{"10.0.0.1", "10.0.0.1", "80", true},
		{"10.0.0.1", "::ffff:10.0.0.1", "80", true},
		{"10.0.0.1:80", "10.0.0.1", "81", false},
		{"10.0.0.0/8", "10.1.2.3", "80", true},
		{"10.0.0.0/8", "11.1.2.3", "80", false},
		{"::1", "::1", "80", true},
		{"[::1]:80", "::1", "80", true},
		{"[::1]:80", "::1", "81", false},
		{"x,a.com", "a.com", "80", true},
		{"", "a.com", "80", false},
	} {
		s := Set{}
		if test.grants != "" {
			s.Net.Names = strings.Split(test.grants, ",")
		}
		if got := s.grantsHost(test.name, test.port); got != test.want {
			t.Errorf("with %q, %s port %s: %v", test.grants, test.name, test.port, got)
		}
	}
	for name, want := range map[string]bool{
		"a.com": true, "*.a.com": true, "a_b:1": true, "[::1]:1": true, "fd00::/8": true,
		"": false, "*": false, "*.": false, "a.*.com": false, "http://a.com": false, "a.com/x": false, "a.com:0": false, "a.com:x": false, "10.0.0.0/33": false,
	} {
		if got := ValidHost(name); got != want {
			t.Errorf("ValidHost(%q) is %v", name, got)
		}
	}
}

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false,
		"::1": false, "::": false, "fe80::1": false, "fd00::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// TestDialPrivate checks the address that is connected to, whatever name has led there.
func TestDialPrivate(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	for _, test := range []struct {
		grant, to string
		want      bool
	}{
		{"a.com", address, false},
		{"127.0.0.1", address, true},
		{address, address, true},
		{"127.0.0.0/8", address, true},
		{"10.0.0.0/8", address, false},
		{"localhost", "localhost:" + port, true},
	} {
		c, err := Set{Net: List{Names: []string{test.grant}}}.dial(t.Context(), "tcp4", test.to)
		if err == nil {
			_ = c.Close()
		}
		if got := err == nil; got != test.want || !got && !errors.As(err, new(*Denied)) {
			t.Errorf("with %q, %s: %v", test.grant, test.to, err)
		}
	}
}
