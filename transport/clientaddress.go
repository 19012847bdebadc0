package transport

import (
	"log/slog"
	"net"
	"net/http"
	"slices"

	"node.websocket/transport/proxy"
)

// client returns the client's address, without its port, and whether it came over TLS, as far as those tell who are trusted.
func (s *Server) client(r *http.Request) (address string, secure bool) {
	behind, _ := r.Context().Value(secureKey{}).(bool)
	address, secure = hostOf(r.RemoteAddr), r.TLS != nil || behind
	if !proxy.Trusted(s.options.TrustedProxies, address) {
		return address, secure
	}
	hops, ok := proxy.Hops(r.Header)
	if !ok {
		s.contradiction.Do(func() {
			s.log.Warn("a proxy's Forwarded is malformed, or does not say what its X-Forwarded-For says, so neither is believed; have it remove the one that it does not set",
				slog.String("proxy", r.RemoteAddr), slog.Any("Forwarded", r.Header["Forwarded"]), slog.Any("X-Forwarded-For", r.Header["X-Forwarded-For"]))
		})
		return address, secure
	}
	// Each proxy adds, at the end, whom it heard it from. So the last entry is true, the one before it is if the last is a proxy that is trusted,
	// and so on; what is left of the first that is not may be anybody's invention.
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

// secureKey is where the context of a request has whether a proxy says that the client has TLS.
type secureKey struct{}

// logAddress is the client's address for the log: with the port, if it is the one that connects.
func logAddress(r *http.Request, address string) string {
	if hostOf(r.RemoteAddr) == address {
		return r.RemoteAddr
	}
	return address
}

// hostOf returns an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
