//go:build !unix

package socket

import "net"

// New returns the Socket for a connection. On this system none can be written without waiting.
func New(c net.Conn) Socket { return &plainSocket{c: c} }
