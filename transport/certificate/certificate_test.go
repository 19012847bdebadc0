package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAuthorities(t *testing.T) {
	dir := t.TempDir()
	good, empty := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "empty.pem")
	der := write(t, good, "")
	pool, err := Authorities(good)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool}); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Authorities(empty); err == nil || !strings.HasSuffix(err.Error(), "empty.pem has no certificate in PEM") {
		t.Error(err)
	}
}

// The authority's own check of a domain needs no client certificate, and can be used for nothing else.
func TestACMEWithClientCertificates(t *testing.T) {
	config := Config(ACME([]string{"a.example.com"}, "", t.TempDir()), x509.NewCertPool())
	for _, c := range []struct {
		offered []string
		exempt  bool
	}{{[]string{"acme-tls/1"}, true}, {[]string{"h2", "acme-tls/1"}, false}, {[]string{"http/1.1"}, false}, {nil, false}} {
		other, err := config.GetConfigForClient(&tls.ClientHelloInfo{SupportedProtos: c.offered})
		if err != nil || (other != nil) != c.exempt {
			t.Errorf("%v: %v, %v", c.offered, other, err)
		}
		if other != nil && (other.ClientAuth != tls.NoClientCert || !slices.Equal(other.NextProtos, c.offered)) {
			t.Errorf("%v: %v", c.offered, other)
		}
	}
	if config.ClientAuth != tls.RequireAndVerifyClientCert {
		t.Error("other clients need no certificate")
	}
}
