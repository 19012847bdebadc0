package command

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strings"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// useACME has config get its certificates from an authority that speaks ACME (RFC 8555), when a client first asks for a name, and renew them in time.
// The authority makes sure of the name on port 443 (TLS-ALPN-01, RFC 8737), so that is where this server must be reached.
func (o *tlsOptions) useACME(config *tls.Config) (note string, err error) {
	dir, err := o.cacheFolder()
	if err != nil {
		return "", err
	}
	directory := cmp.Or(o.acmeDirectory, acme.LetsEncryptURL)
	manager := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(dir),
		HostPolicy: autocert.HostWhitelist(o.acmeDomains...),
		Client:     &acme.Client{DirectoryURL: directory, UserAgent: "node.websocket"},
	}
	config.GetCertificate = manager.GetCertificate
	config.NextProtos = append(config.NextProtos, acme.ALPNProto)
	if config.ClientAuth != tls.NoClientCert {
		// The authority has no certificate of ours.
		open := config.Clone()
		open.ClientAuth = tls.NoClientCert
		open.NextProtos = []string{acme.ALPNProto}
		config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if slices.Equal(hello.SupportedProtos, []string{acme.ALPNProto}) {
				return open, nil
			}
			return nil, nil
		}
	}
	return "of " + directory + " for " + strings.Join(o.acmeDomains, ", ") + ", kept in " + dir, nil
}
