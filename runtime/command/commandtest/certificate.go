package commandtest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"node.websocket/transport/certificate"
)

// NewCertificate returns a new certificate for localhost, and its key. change, if not nil, alters the certificate
// before it is signed.
func NewCertificate(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	source, err := certificate.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	pair := certificate.Config(source, nil).Certificates[0]
	if change == nil {
		return pair
	}
	template, key := *pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	change(&template)
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// AnyPurpose is a change for NewCertificate: without a purpose, a certificate is good for servers and for clients.
func AnyPurpose(c *x509.Certificate) { c.ExtKeyUsage = nil }

// WriteCertificate writes a certificate and its key to files in PEM. The two may be one file, which then has both.
func WriteCertificate(t testing.TB, pair tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}))
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	if certFile == keyFile {
		WriteFile(t, certFile, text+cert)
		return
	}
	WriteFile(t, certFile, cert)
	WriteFile(t, keyFile, text)
}
