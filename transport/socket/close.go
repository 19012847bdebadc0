package socket

import (
	"net"
	"time"
)

// CloseWrite sends a FIN, or TLS's equivalent of it, and reports whether it could.
func CloseWrite(c net.Conn) bool {
	half, ok := c.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// Cut closes a connection at once, without TLS's last record, for which the client would be waited
// for. With forget, the kernel discards what it has not sent yet; otherwise it keeps megabytes for
// minutes, for a client that does not take them.
func Cut(c net.Conn, forget bool) {
	if s, ok := c.(*Stream); ok {
		s.cut()
		return
	}
	for {
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = inner.NetConn()
	}
	if tcp, ok := c.(*net.TCPConn); ok && forget {
		tcp.SetLinger(0)
	}
	c.Close()
}

// Linger reads and discards what still arrives, until the client hangs up, the timeout is over, or
// there are 16 MiB of it. Closing a connection with unread bytes sends an RST, which can destroy the
// last bytes sent before the client has read them.
func Linger(c net.Conn, timeout time.Duration) {
	c.SetReadDeadline(time.Now().Add(timeout))
	b := TakeBuffer(MinBuffer)
	defer b.Release()
	for left := MaxLinger; left > 0; {
		n, err := c.Read(b.B[:MinBuffer])
		if err != nil {
			return
		}
		left -= n
	}
}

// MaxLinger is the most bytes that Linger reads: a client may still be sending a message that was found
// to be too big.
const MaxLinger = 16 << 20
