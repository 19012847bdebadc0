package command

import (
	"crypto/rand"
	"log/slog"
	"net"

	"node.websocket/runtime/command/console"
	"node.websocket/runtime/command/option"
)

// newConsole returns the console and its URL, or nil if there is none. Unless --console says otherwise, there is one if
// only this machine can connect: the server listens on no other address, and is told of no proxy.
func newConsole(set option.Set, listeners []net.Listener, log *slog.Logger) (c *console.Console, url string) {
	access := option.Console.In(set)
	local := isLocal(listeners) && !option.ProxyProtocol.In(set) && len(option.TrustProxy.In(set)) == 0
	if access.Off || !option.Console.GivenIn(set) && !local {
		return nil, ""
	}
	fragment := ""
	if access.Make { // also if only this machine can connect: a proxy may be on it that does not tell of its clients
		access.Token = rand.Text()
		fragment = "#" + access.Token
	}
	scheme := "http"
	if option.TLS.In(set) {
		scheme = "https"
	}
	c = console.New(console.Options{Token: access.Token, Level: option.Log.In(set), Log: log})
	return c, scheme + "://" + shownAddress(set) + "/" + console.Name + fragment
}

// isLocal reports whether only this machine can connect to these listeners.
func isLocal(listeners []net.Listener) bool {
	for _, l := range listeners {
		if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return false
		}
	}
	return true
}
