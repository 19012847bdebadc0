package console

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"node.websocket/transport"
)

// refusal returns why a request may not see the console, or "" if it may. With a token, the token decides, which
// the page sends once it is connected.
//
// Without one, whoever reaches the server from this machine may. Pages of other sites reach it too, through the
// user's browser: so the Origin must be the server's own, and the Host a name that only this machine has,
// because a site can have its own name lead here (DNS rebinding). Nor may a proxy be in between, which makes
// all clients seem to be on this machine; see watched.
func (c *Console) refusal(r *transport.Request) string {
	if r.Origin != "" && !isOwn(r.Origin, r.Host, r.Secure) {
		return "the console is only for its own page, not for " + r.Origin
	}
	if c.options.Token != "" {
		return ""
	}
	switch client, err := netip.ParseAddr(r.RemoteAddress); {
	case err != nil || !client.Unmap().IsLoopback():
		return "the console is only for this machine; others need --console with a token"
	case !IsLocalName(r.Host):
		return "the console is at localhost, not at " + r.Host + "; with another name it needs --console with a token"
	case c.elsewhere.Load():
		return "the console is closed, because clients of other machines reach this server; it needs --console with a token"
	case isForwarded(r.Head):
		return "the console is not for clients of a proxy; they need --console with a token"
	}
	return ""
}

// isOwn reports whether an Origin is that of the host to which the request was sent.
func isOwn(origin, host string, secure bool) bool {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	return host != "" && strings.EqualFold(origin, scheme+"://"+host)
}

// IsLocalName reports whether a Host, with or without a port, is a name that leads to this machine wherever it is
// used: localhost (RFC 6761 §6.3) or an address of the loopback interface.
func IsLocalName(host string) bool {
	u, err := url.Parse("//" + host)
	if err != nil || u.Host != host || u.User != nil {
		return false
	}
	name := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback()
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// forwarding are the headers by which proxies tell that they are there.
var forwarding = []string{"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"}

// isForwarded reports whether a proxy has passed on the request with this head.
func isForwarded(head string) bool {
	for line := range strings.SplitSeq(head, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		for _, f := range forwarding {
			if strings.EqualFold(name, f) {
				return true
			}
		}
	}
	return false
}

// isToken reports whether a client has sent the token. It takes the same time for any wrong one.
func (c *Console) isToken(sent string) bool {
	a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(c.options.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
