package transport

import (
	"fmt"
	"net"
	"net/http"

	"node.websocket/transport/front"
)

// front returns what stands between a listener and net/http, and remembers it until forget. policyPort is
// 0 except for ServeFlashPolicy.
func (s *Server) front(l net.Listener, policyPort int) *front.Listener {
	o := &s.options
	early := s.serveEarly
	if s.noEarly {
		early = nil
	}
	f := front.New(l, front.Options{
		Early: early, Log: s.log, TLS: o.TLS, ProxyProtocol: o.ProxyProtocol, TrustedProxies: o.TrustedProxies,
		PolicyHosts: s.policyHosts(), PolicyPort: policyPort, Timeout: o.HandshakeTimeout, MaxPending: o.MaxConnections, Crowded: s.tallies.crowded, Enter: s.enter, Leave: s.leave,
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fronts[f] = struct{}{}
	return f
}

// forget closes a listener that is served no more.
func (s *Server) forget(f *front.Listener) {
	f.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.fronts, f)
}

// policyHosts returns the hosts of the allowed origins; "*" is any. A Flash policy cannot name an
// origin's scheme and port; the handshake that follows is checked against the whole origin.
func (s *Server) policyHosts() (hosts []string) {
	for _, listed := range s.options.Origins {
		if listed == "*" {
			hosts = append(hosts, listed)
		} else if o, ok := parseListed(listed); ok { // "null" has no host
			hosts = append(hosts, o.host)
		}
	}
	return hosts
}

// ServeFlashPolicy answers nothing but Flash's requests for a policy, on a listener of its own: Flash
// asks at port 843 first. The policy allows connections to the given port. ServeFlashPolicy closes the
// listener and always returns an error: http.ErrServerClosed after Shutdown, else the listener's.
func (s *Server) ServeFlashPolicy(l net.Listener, port int) error {
	f := s.front(l, port)
	defer s.forget(f)
	if s.isOver() {
		f.Close()
	}
	_, err := f.Accept() // returns no connection
	select {
	case <-f.Done():
		return http.ErrServerClosed
	default:
		return fmt.Errorf("transport: the port for Flash's policy: %w", err)
	}
}
