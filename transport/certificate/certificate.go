// Package certificate makes the TLS configuration of a server.
//
// # What
//
// A server's certificates come from a [Source]: files that are read again when they change ([Files]), an
// authority that speaks ACME ([ACME]), or nowhere ([SelfSigned]). Clients may have to show a certificate
// of their own, issued by one of some [Authorities].
//
// # How to use
//
//	source, err := certificate.Files("cert.pem", "key.pem", log)
//	…
//	config := certificate.Config(source, nil)
//
// # Concurrency
//
// The functions may be called from any goroutine, and what they return is safe for concurrent use. The
// package starts no goroutines of its own; autocert starts one for each renewal of a certificate.
package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// A Source provides the certificates of a server.
type Source struct {
	// Note tells a person about the certificates: "of cert.pem".
	Note string

	apply func(config *tls.Config)
}

// Config returns the configuration of a server that offers HTTP/2 and HTTP/1.1 over TLS 1.2 or later.
// If clients is not nil, a client must show a certificate that one of these authorities issued.
func Config(from Source, clients *x509.CertPool) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if clients != nil {
		config.ClientCAs, config.ClientAuth = clients, tls.RequireAndVerifyClientCert
	}
	from.apply(config)
	return config
}

// Authorities reads the certificates of authorities from a file in PEM. A file without any is an error.
func Authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate in PEM", file)
	}
	return pool, nil
}
