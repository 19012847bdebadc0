package command

import (
	"fmt"
	"net"

	"node.websocket/runtime/command/option"
)

// checkProxies refuses to believe PROXY headers of anybody: without --trust-proxy, whoever reaches the
// port on this host could claim to be any client. On a loopback address that is this machine alone.
func checkProxies(set option.Set, host string) error {
	if !option.ProxyProtocol.In(set) || len(option.TrustProxy.In(set)) > 0 || isLoopback(host) {
		return nil
	}
	return fmt.Errorf("--proxy-protocol: whoever reaches --host %s could claim any address; name the proxies with --trust-proxy LIST, or listen for those of this machine alone, with --host localhost", host)
}

// isLoopback reports whether a host to listen on is reached from this machine alone. A name other than
// localhost is not, because it may come to mean another address.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
