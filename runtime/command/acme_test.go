package command

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// TestCachedACMECertificate checks that a certificate in the cache is served without asking the
// authority, and that the handshake for any other name fails.
func TestCachedACMECertificate(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	pair := commandtest.NewCertificate(t, func(c *x509.Certificate) { c.DNSNames = []string{"chat.example.com"} })
	file := filepath.Join(cache, "chat.example.com") // as autocert names it
	commandtest.WriteCertificate(t, pair, file, file)
	p := commandtest.Start(t, map[string]string{"test.js": secureModule}, "--acme-domain", "chat.example.com", "--acme-cache", cache,
		"--acme-directory", "https://127.0.0.1:1/nobody")
	if !strings.Contains(p.Text(), "of https://127.0.0.1:1/nobody for chat.example.com, kept in "+cache) {
		t.Errorf("banner: %s", p.Text())
	}
	conn, err := p.DialTLS(&tls.Config{ServerName: "chat.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(conn.ConnectionState().PeerCertificates[0].Raw, pair.Certificate[0]) {
		t.Error("the certificate is not that of the cache")
	}
	if _, got := echoOver(t, conn); !strings.HasPrefix(got, "hello true true true") {
		t.Error(got)
	}
	if _, err := p.DialTLS(&tls.Config{ServerName: "other.example.com"}); err == nil {
		t.Error("a name that is not in --acme-domain gets a certificate")
	}
	p.Wait("the log", func() bool { return strings.Contains(p.Text(), `other.example.com\" not configured in HostWhitelist`) })
}
