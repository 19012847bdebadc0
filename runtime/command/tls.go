package command

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"node.websocket/transport/certificate"
)

// tlsOptions are the options of TLS. Any of them but on == false turns it on.
type tlsOptions struct {
	on            bool
	cert, key     string   // files, PEM; "": none
	clientCA      string   // file, PEM; "": clients need no certificate
	acmeDomains   []string // names that certificates are got for; none: none
	acmeCache     string   // folder that these are kept in; "": one in the user's cache folder
	acmeDirectory string   // URL of the authority; "": Let's Encrypt
}

var tlsFlags = flagGroup{"TLS", []flagSpec{
	{name: "tls", value: "BOOL", alone: true, help: "serve wss:// and https:// (false); alone, with a certificate made for localhost", accept: "true or false",
		set: func(o *options, v any) bool { return setBool(&o.tls.on, v) }},
	{name: "tls-cert", value: "FILE", help: "the certificate and those it depends on, PEM; read again when it changes", accept: "the name of a file",
		set: func(o *options, v any) bool { return setString(&o.tls.cert, v) && o.tls.cert != "" }},
	{name: "tls-key", value: "FILE", help: "its key, PEM; read again when it changes", accept: "the name of a file",
		set: func(o *options, v any) bool { return setString(&o.tls.key, v) && o.tls.key != "" }},
	{name: "tls-client-ca", value: "FILE", help: "clients need a certificate of one of these authorities, PEM", accept: "the name of a file",
		set: func(o *options, v any) bool { return setString(&o.tls.clientCA, v) && o.tls.clientCA != "" }},
	{name: "acme-domain", value: "LIST", help: "get certificates for these names from Let's Encrypt, whose terms you accept by this", accept: "a name such as 'chat.example.com', or a list of them",
		set: func(o *options, v any) bool { return setList(&o.tls.acmeDomains, v) && checkDomains(o.tls.acmeDomains) }},
	{name: "acme-cache", value: "DIR", help: "the folder that these are kept in (node.websocket in your cache folder)", accept: "the name of a folder",
		set: func(o *options, v any) bool { return setString(&o.tls.acmeCache, v) && o.tls.acmeCache != "" }},
	{name: "acme-directory", value: "URL", help: "another authority that speaks ACME", accept: "an https:// URL",
		set: func(o *options, v any) bool {
			if !setString(&o.tls.acmeDirectory, v) {
				return false
			}
			u, err := url.Parse(o.tls.acmeDirectory)
			return err == nil && u.Scheme == "https" && u.Host != ""
		}},
}}

// checkDomains finds what no certificate is given out for: what is no name of several parts.
func checkDomains(names []string) bool {
	for _, n := range names {
		if !strings.Contains(strings.Trim(n, "."), ".") || strings.Trim(strings.ToLower(n), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			return false
		}
	}
	return true
}

// check finds what does not go together, and turns TLS on for those that need it.
func (o *tlsOptions) check() error {
	switch {
	case (o.cert == "") != (o.key == ""):
		return errors.New("--tls-cert and --tls-key: one needs the other")
	case o.cert != "" && len(o.acmeDomains) > 0:
		return errors.New("--acme-domain: certificates are got from there, or from --tls-cert, not both")
	case len(o.acmeDomains) == 0 && (o.acmeCache != "" || o.acmeDirectory != ""):
		return errors.New("--acme-cache and --acme-directory: they need --acme-domain")
	}
	o.on = o.on || o.cert != "" || o.clientCA != "" || len(o.acmeDomains) > 0
	return nil
}

// config returns what the server speaks TLS with, and a line for the banner; nil without TLS.
func (o *tlsOptions) config(log *slog.Logger) (config *tls.Config, note string, err error) {
	if !o.on {
		return nil, "", nil
	}
	var clients *x509.CertPool
	if o.clientCA != "" {
		if clients, err = certificate.Authorities(o.clientCA); err != nil {
			return nil, "", fmt.Errorf("--tls-client-ca: %w", err)
		}
	}
	source, err := o.source(log)
	if err != nil {
		return nil, "", err
	}
	return certificate.Config(source, clients), source.Note, nil
}

// source returns where the certificates come from.
func (o *tlsOptions) source(log *slog.Logger) (source certificate.Source, err error) {
	switch {
	case o.cert != "":
		if source, err = certificate.Files(o.cert, o.key, log); err != nil {
			err = fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
	case len(o.acmeDomains) > 0:
		var cache string
		if cache, err = o.cacheFolder(); err == nil {
			source = certificate.ACME(o.acmeDomains, o.acmeDirectory, cache)
		}
	default:
		if source, err = certificate.SelfSigned(); err != nil {
			err = fmt.Errorf("--tls: make a certificate: %w", err)
		}
	}
	return source, err
}

// cacheFolder returns the folder for the certificates of ACME.
func (o *tlsOptions) cacheFolder() (string, error) {
	if o.acmeCache != "" {
		return o.acmeCache, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("--acme-domain: there is no cache folder (%w); name one with --acme-cache DIR", err)
	}
	return filepath.Join(dir, "node.websocket"), nil
}
