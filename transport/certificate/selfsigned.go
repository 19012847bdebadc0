package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"
)

// selfSignedLife is the validity of a self-signed certificate. Browsers reject one that is valid for more
// than 398 days even if its owner trusts it.
const selfSignedLife = 365 * 24 * time.Hour

// SelfSigned makes a key (ECDSA, P-256) and a certificate for localhost, 127.0.0.1 and ::1, signed with that
// key. Neither is written to disk, so clients have to accept a new one each time the program starts.
func SelfSigned() (Source, error) {
	pair, err := selfSigned()
	if err != nil {
		return Source{}, err
	}
	return Source{
		Note:  "made for localhost, for as long as this runs; browsers warn of it",
		apply: func(config *tls.Config) { config.Certificates = []tls.Certificate{pair} },
	}, nil
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "localhost", Organization: []string{"node.websocket"}},
		NotBefore:             time.Now().Add(-time.Hour), // the client's clock may be slow
		NotAfter:              time.Now().Add(selfSignedLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
