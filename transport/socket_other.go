//go:build !unix

package transport

import "net"

// newSocket returns the socket for a connection of a system whose sockets cannot be read and written without waiting.
func newSocket(c net.Conn) socket { return &plainSocket{c: c} }
