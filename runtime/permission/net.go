package permission

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A host holds what one name of --allow-net grants: a name, or addresses, and one port or all.
type host struct {
	name      string       // in lower case; "*.a.com" is every name below a.com; "" if there are addresses
	addresses netip.Prefix // only valid if there is no name
	port      string       // "" means all
}

// parseHost reads "a.com", "*.a.com", "a.com:443", "10.0.0.1", "10.0.0.0/8", "::1" or "[::1]:443".
func parseHost(s string) (h host, ok bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return host{addresses: p.Masked()}, true
	}
	name := s
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return host{addresses: netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())}, true
	}
	if n, port, err := net.SplitHostPort(s); err == nil {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return host{}, false
		}
		name, h.port = n, port
		if a, err := netip.ParseAddr(n); err == nil && a.Zone() == "" {
			h.addresses = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
			return h, true
		}
	}
	h.name = strings.ToLower(name)
	rest := strings.TrimPrefix(h.name, "*.")
	return h, rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// ValidHost reports whether s can be granted.
func ValidHost(s string) bool {
	_, ok := parseHost(s)
	return ok
}

// grantsHost reports whether a name or an address is granted, with a port.
func (s Set) grantsHost(name, port string) bool {
	if s.Net.All {
		return true
	}
	address, err := netip.ParseAddr(name)
	for _, grant := range s.Net.Names {
		h, _ := parseHost(grant)
		below, wildcard := strings.CutPrefix(h.name, "*")
		switch {
		case h.port != "" && h.port != port:
		case err == nil && h.name == "" && h.addresses.Contains(address.Unmap()),
			err != nil && h.name != "" && h.name == strings.ToLower(name),
			err != nil && wildcard && strings.HasSuffix(strings.ToLower(name), below):
			return true
		}
	}
	return false
}

// shared is the range of addresses behind a carrier's NAT (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// isPublic reports whether an address is one of the internet's, and not of this machine or its networks.
func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a) && !(a.Is4() && a.As4()[0] == 0)
}

// NewClient returns a client whose requests, redirected ones too, only go to hosts that are granted. A
// name that stands for an address of this machine or its networks is not enough: that address has to be
// granted too, unless the name is localhost. What is checked is the address that is connected to, so that
// a name server cannot change its mind in between. The error is, or wraps, a *[Denied].
func (s Set) NewClient() *http.Client {
	return &http.Client{Transport: checked{s, &http.Transport{
		DialContext:            s.dial,
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        10 * time.Second,
		MaxIdleConns:           16,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}}}
}

// checked is a RoundTripper that checks the host of each request.
type checked struct {
	set  Set
	next http.RoundTripper
}

func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	port := r.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	}
	if !c.set.grantsHost(r.URL.Hostname(), port) {
		where := net.JoinHostPort(r.URL.Hostname(), port)
		return nil, &Denied{"connecting to " + where, "--allow-net=" + where}
	}
	return c.next.RoundTrip(r)
}

func (s Set) dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		isLocal := to.Addr().IsLoopback() && (name == "localhost" || strings.HasSuffix(name, ".localhost"))
		if isPublic(to.Addr()) || isLocal || s.grantsHost(to.Addr().Unmap().String(), strconv.Itoa(int(to.Port()))) {
			return nil
		}
		return &Denied{"connecting to " + name + ", which is the private address " + to.Addr().String() + ",", "--allow-net=" + name + "," + to.Addr().String()}
	}}
	return d.DialContext(ctx, network, address)
}
