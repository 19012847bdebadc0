package certificate

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strings"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACME gets certificates for the domains from an authority that speaks ACME (RFC 8555), when a client
// first asks for a name, and renews them in time. Using it accepts the authority's terms.
//
// directory is the URL of the authority; "" means Let's Encrypt. cache is the folder that the
// certificates are kept in; it is made if need be.
//
// The authority checks each domain by connecting to port 443 of it (TLS-ALPN-01, RFC 8737), so the server
// must be reachable there.
func ACME(domains []string, directory, cache string) Source {
	directory = cmp.Or(directory, acme.LetsEncryptURL)
	manager := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(cache),
		HostPolicy: autocert.HostWhitelist(domains...),
		Client:     &acme.Client{DirectoryURL: directory, UserAgent: "node.websocket"},
	}
	return Source{
		Note: "of " + directory + " for " + strings.Join(domains, ", ") + ", kept in " + cache,
		apply: func(config *tls.Config) {
			config.GetCertificate = manager.GetCertificate
			config.NextProtos = append(config.NextProtos, acme.ALPNProto)
			if config.ClientAuth != tls.NoClientCert {
				config.GetConfigForClient = exemptAuthority(config)
			}
		},
	}
}

// exemptAuthority returns a GetConfigForClient that lets the authority, which has no client certificate,
// check a domain. Such a connection can do nothing else: acme.ALPNProto is the only protocol it may use.
func exemptAuthority(config *tls.Config) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	open := config.Clone()
	open.ClientAuth = tls.NoClientCert
	open.NextProtos = []string{acme.ALPNProto}
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Equal(hello.SupportedProtos, []string{acme.ALPNProto}) {
			return open, nil
		}
		return nil, nil // as the others
	}
}
