//go:build !unix

package socket

import "net"

// New returns the socket for a connection of a system whose sockets cannot be read and written without waiting.
func New(c net.Conn) Socket { return &plainSocket{c: c} }
