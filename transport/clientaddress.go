package transport

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"

	"node.websocket/transport/proxy"
)

var errForwarded = errors.New("Forwarded is malformed or contradicts X-Forwarded-For")

// contradicts reports whether a request of a trusted proxy tells two stories about the client. One of
// them may be the client's own invention, and nobody can tell which.
func (s *Server) contradicts(r *http.Request) bool {
	if !proxy.Trusted(s.options.TrustedProxies, hostOf(r.RemoteAddr)) {
		return false
	}
	if _, ok := proxy.Hops(r.Header); ok {
		return false
	}
	s.contradiction.Do(func() {
		s.log.Warn("a proxy's Forwarded is malformed, or does not say what its X-Forwarded-For says, so the request is refused; have it remove the one that it does not set",
			slog.String("proxy", r.RemoteAddr), slog.Any("Forwarded", r.Header["Forwarded"]), slog.Any("X-Forwarded-For", r.Header["X-Forwarded-For"]))
	})
	return true
}

// client returns the client's address, without its port, and whether it uses TLS, according to the
// connection and to the trusted proxies.
func (s *Server) client(r *http.Request) (address string, secure bool) {
	behind, _ := r.Context().Value(secureKey{}).(bool)
	address, secure = hostOf(r.RemoteAddr), r.TLS != nil || behind
	if !proxy.Trusted(s.options.TrustedProxies, address) {
		return address, secure
	}
	hops, ok := proxy.Hops(r.Header)
	if !ok { // serve refuses the request
		return address, secure
	}
	// Each proxy appends the address that it was connected from. So the last entry is true; the one before
	// it is true if the last is a trusted proxy, and so on. What precedes the first address that is not
	// trusted may be anybody's invention.
	for _, h := range slices.Backward(hops) {
		switch h.Proto {
		case "https", "wss":
			secure = true
		case "http", "ws":
			secure = false
		}
		if h.Address == "" {
			break
		}
		address = h.Address
		if !proxy.Trusted(s.options.TrustedProxies, address) {
			break
		}
	}
	return address, secure
}

// secureKey is the key, in the context of a request, of what front.Secure says of its connection.
type secureKey struct{}

// logAddress returns the client's address for the log, with the port if the client itself connects.
func logAddress(r *http.Request, address string) string {
	if hostOf(r.RemoteAddr) == address {
		return r.RemoteAddr
	}
	return address
}

// networkOf returns the network that counts as one client for Options.MaxPerAddress: an address of IPv4, or a /64
// of IPv6, which is what one subscriber gets. ok is false if nothing is counted: there is no limit, or the
// address is none.
func (s *Server) networkOf(address string) (network netip.Prefix, ok bool) {
	if s.options.MaxPerAddress <= 0 {
		return netip.Prefix{}, false
	}
	ip, err := netip.ParseAddr(hostOf(address))
	if err != nil {
		return netip.Prefix{}, false
	}
	ip = ip.Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	network, err = ip.Prefix(bits)
	return network, err == nil
}

// hostOf returns an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
