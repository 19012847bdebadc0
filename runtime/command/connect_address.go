package command

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"node.websocket/runtime/command/option"
)

// An address is a server to connect to, and how.
type address struct {
	url       *url.URL // ws: or wss:
	transport string
	protocols []string
	header    http.Header
	host      string // of the header; "": that of url
	most      int    // bytes of a message
	tls       *tls.Config
}

// newAddress reads the URL and the options of connect.
func newAddress(set option.Set, text string) (*address, error) {
	u, err := connectURL(set, text)
	if err != nil {
		return nil, err
	}
	a := &address{
		url: u, transport: option.Transport.In(set), protocols: option.Subprotocol.In(set), header: http.Header{},
		most: option.LongestMessage.In(set), tls: &tls.Config{InsecureSkipVerify: option.Insecure.In(set)},
	}
	for _, line := range option.Header.In(set) {
		name, value, _ := strings.Cut(line, ":")
		if name, value = strings.TrimSpace(name), strings.TrimSpace(value); strings.EqualFold(name, "Host") {
			a.host = value
		} else {
			a.header.Add(name, value)
		}
	}
	if origin := option.Origin.In(set); origin != "" {
		a.header.Set("Origin", origin)
	}
	if file := option.TLSCA.In(set); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--tls-ca: %w", err)
		}
		a.tls.RootCAs = x509.NewCertPool()
		if !a.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--tls-ca: there is no certificate in PEM in %s", file)
		}
	}
	return a, nil
}

// connectURL reads a URL, or a short form of it: :8080/chat, localhost:8080/chat, example.com/chat, and /chat or chat
// for a server of --host and --port. The scheme is then ws, or wss with --tls.
func connectURL(set option.Set, text string) (*url.URL, error) {
	full := text
	if !strings.Contains(text, "://") {
		scheme := "ws://"
		if option.TLS.In(set) {
			scheme = "wss://"
		}
		first, _, _ := strings.Cut(text, "/")
		switch {
		case strings.HasPrefix(text, ":"):
			full = scheme + "localhost" + text
		case strings.ContainsAny(first, ".:") || first == "localhost":
			full = scheme + text
		default:
			full = scheme + net.JoinHostPort(reachable(option.Host.In(set)), strconv.Itoa(option.Port.In(set))) + "/" + strings.TrimPrefix(text, "/")
		}
	}
	u, err := url.Parse(full)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is no URL, such as ws://localhost:8080/chat", text)
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	case "ws", "wss":
	default:
		return nil, fmt.Errorf("%q: the scheme is ws or wss, not %s", text, u.Scheme)
	}
	if u.Fragment != "" { // RFC 6455 §3
		return nil, fmt.Errorf("%q: a WebSocket's URL has no fragment; write %%23 for #", text)
	}
	return u, nil
}

// reachable returns a host by which a server that listens on host is reached from this machine.
func reachable(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return "localhost"
	}
	return host
}

// dial connects. The error has the status and the text of a refusal.
func (a *address) dial(ctx context.Context) (clientSession, error) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = a.tls
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var s clientSession
	var err error
	if a.transport == "websocket" {
		s, err = dialWebSocket(ctx, a, client)
	} else {
		s, err = dialRequests(ctx, a, client)
	}
	switch {
	case err == nil:
		return s, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("there was no answer within %v", connectLimit)
	}
	if failure, ok := errors.AsType[*url.Error](err); ok { // it repeats the URL
		err = failure.Err
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		err = fmt.Errorf("%w; name its authority with --tls-ca FILE, or trust anybody with --insecure", err)
	}
	return nil, err
}

// mostRefusal is the most bytes of a refusal's text that are shown.
const mostRefusal = 1 << 10

// refusalOf returns the error for an answer that does not accept the connection.
func refusalOf(r *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(r.Body, mostRefusal))
	text := "refused with " + r.Status
	if location := r.Header.Get("Location"); location != "" {
		text += " to " + location
	}
	if body := strings.TrimSpace(string(body)); body != "" {
		text += ": " + body
	}
	return errors.New(text)
}
