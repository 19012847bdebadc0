package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// listen opens a port on a host; flag is the option that the port came from, for errors. For
// localhost it opens the port on 127.0.0.1 and on ::1, because browsers and Node may try either
// first. It returns the port as well: port may be 0 for any free one.
func listen(host string, port int, flag string) ([]net.Listener, int, error) {
	hosts := []string{host}
	if host == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	// Heartbeats and timeouts find out that a client is gone. TCP's keep-alive would take four more system
	// calls for each connection.
	config := net.ListenConfig{KeepAlive: -1}
	var listeners []net.Listener
	for i, h := range hosts {
		l, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(h, strconv.Itoa(port)))
		if err != nil {
			if i > 0 && !errors.Is(err, syscall.EADDRINUSE) {
				continue // this machine has no IPv6
			}
			for _, l := range listeners {
				_ = l.Close()
			}
			return nil, 0, listenError(net.JoinHostPort(host, strconv.Itoa(port)), flag, err)
		}
		if a, ok := l.Addr().(*net.TCPAddr); ok {
			port = a.Port
		}
		listeners = append(listeners, l)
	}
	return listeners, port, nil
}

// listenError explains why an address cannot be listened on, and which option to change.
func listenError(at, flag string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("cannot listen on %s: another program has this port; stop it, or choose another with %s N", at, flag)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("cannot listen on %s: ports below 1024 need more rights; choose another with %s N", at, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("cannot listen on %s: this machine does not have that address; choose another with --host NAME", at)
	}
	return fmt.Errorf("cannot listen on %s: %w; see --host and %s", at, err, flag)
}
