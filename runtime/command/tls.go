package command

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"node.websocket/runtime/command/option"
	"node.websocket/transport/certificate"
)

// checkTLS refuses options that exclude each other. In the set it returns, --tls is on if another
// option needs it.
func checkTLS(set option.Set) (option.Set, error) {
	files := option.TLSCert.In(set) != ""
	acme := len(option.ACMEDomain.In(set)) > 0
	switch {
	case files != (option.TLSKey.In(set) != ""):
		return set, errors.New("--tls-cert and --tls-key: one needs the other")
	case files && acme:
		return set, errors.New("--acme-domain: certificates are got from there, or from --tls-cert, not both")
	case !acme && (option.ACMECache.In(set) != "" || option.ACMEDirectory.In(set) != ""):
		return set, errors.New("--acme-cache and --acme-directory: they need --acme-domain")
	case files || acme || option.TLSClientCA.In(set) != "":
		set = option.TLS.With(set, true)
	}
	return set, nil
}

// configureTLS returns the server's TLS configuration and a line about it for the banner. Without
// TLS, the configuration is nil.
func configureTLS(set option.Set, log *slog.Logger) (config *tls.Config, note string, err error) {
	if !option.TLS.In(set) {
		return nil, "", nil
	}
	var clients *x509.CertPool
	if file := option.TLSClientCA.In(set); file != "" {
		if clients, err = certificate.Authorities(file); err != nil {
			return nil, "", fmt.Errorf("--tls-client-ca: %w", err)
		}
	}
	source, err := certificateSource(set, log)
	if err != nil {
		return nil, "", err
	}
	return certificate.Config(source, clients), source.Note, nil
}

// certificateSource returns where the certificates come from.
func certificateSource(set option.Set, log *slog.Logger) (source certificate.Source, err error) {
	if cert := option.TLSCert.In(set); cert != "" {
		if source, err = certificate.Files(cert, option.TLSKey.In(set), log); err != nil {
			err = fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
		return source, err
	}
	if domains := option.ACMEDomain.In(set); len(domains) > 0 {
		cache := option.ACMECache.In(set)
		if cache == "" {
			dir, err := os.UserCacheDir()
			if err != nil {
				return source, fmt.Errorf("--acme-domain: there is no cache folder (%w); name one with --acme-cache DIR", err)
			}
			cache = filepath.Join(dir, "node.websocket")
		}
		return certificate.ACME(domains, option.ACMEDirectory.In(set), cache), nil
	}
	if source, err = certificate.SelfSigned(); err != nil {
		err = fmt.Errorf("--tls: make a certificate: %w", err)
	}
	return source, err
}
