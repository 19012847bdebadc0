package transport

import (
	"net"
	"net/netip"
	"sync"

	"node.websocket/transport/proxy"
)

// leastUnasked is the most connections of one network that may be without a request when Options.MaxPerAddress
// is lower: browsers open spare connections, and people share an address.
const leastUnasked = 32

// unasked counts the connections of each network that have made no request, if there is Options.MaxPerAddress.
// They have no slot; without this limit, one client could open as many as Options.MaxConnections lets in, send
// nothing, and keep out all others for Options.HandshakeTimeout.
type unasked struct {
	mu sync.Mutex
	of map[netip.Prefix]int // guarded by mu
}

// enter counts a connection that was accepted from an address. It returns false, and counts nothing, if there
// are too many. The connections of a trusted proxy are all let in, because those are of many clients. Each
// connection that was let in must leave.
func (s *Server) enter(address net.Addr) bool {
	network, counts := s.networkOfDirect(address)
	if !counts {
		return true
	}
	u := &s.unasked
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of[network] >= max(s.options.MaxPerAddress, leastUnasked) {
		s.tallies.refuse(reasonAddress)
		return false
	}
	if u.of == nil {
		u.of = make(map[netip.Prefix]int)
	}
	u.of[network]++
	return true
}

// leave gives back the place of a connection that has made its first request, or is closed.
func (s *Server) leave(address net.Addr) {
	network, counts := s.networkOfDirect(address)
	if !counts {
		return
	}
	u := &s.unasked
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of[network]--; u.of[network] == 0 {
		delete(u.of, network)
	}
}

// networkOfDirect is networkOf for the address of a connection, unless that is a trusted proxy's.
func (s *Server) networkOfDirect(address net.Addr) (netip.Prefix, bool) {
	if s.options.MaxPerAddress <= 0 {
		return netip.Prefix{}, false
	}
	text := address.String()
	if proxy.Trusted(s.options.TrustedProxies, hostOf(text)) {
		return netip.Prefix{}, false
	}
	return s.networkOf(text)
}
