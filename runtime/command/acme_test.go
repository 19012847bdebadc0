package command

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"strings"
	"testing"
)

// A certificate that is in the cache is served without asking anybody; another name's handshake fails.
func TestCachedACMECertificate(t *testing.T) {
	cache := t.TempDir()
	pair, err := makeCertificate()
	if err != nil {
		t.Fatal(err)
	}
	key := pair.PrivateKey.(*ecdsa.PrivateKey)
	template := *pair.Leaf
	template.DNSNames = []string{"chat.example.com"}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(cache, "chat.example.com"),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))+
			string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	p := start(t, map[string]string{"test.js": secureModule}, "--acme-domain", "chat.example.com", "--acme-cache", cache,
		"--acme-directory", "https://127.0.0.1:1/nobody")
	if !strings.Contains(p.text(), "of https://127.0.0.1:1/nobody for chat.example.com, kept in "+cache) {
		t.Errorf("banner: %s", p.text())
	}
	conn, err := p.dialTLS(&tls.Config{ServerName: "chat.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(conn.ConnectionState().PeerCertificates[0].Raw, der) {
		t.Error("the certificate is not that of the cache")
	}
	if _, got := p.echoOver(conn); !strings.HasPrefix(got, "hello true true true") {
		t.Error(got)
	}
	if _, err := p.dialTLS(&tls.Config{ServerName: "other.example.com"}); err == nil {
		t.Error("a name that is not in --acme-domain gets a certificate")
	}
	p.wait("the log", func() bool { return strings.Contains(p.text(), `other.example.com\" not configured in HostWhitelist`) })
}
