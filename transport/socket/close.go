package socket

import (
	"net"
	"time"
)

// CloseWrite sends a FIN, if the connection has such a thing.
func CloseWrite(c net.Conn) bool {
	half, ok := c.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// Cut closes a connection without a word. TLS would say a last one, and wait for the client to take it. forget has the kernel
// forget what it has not sent; otherwise it would keep megabytes for a client that does not take them, for minutes.
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

// Linger reads and forgets what still comes, until the client hangs up or a limit is reached. A close with bytes unread would
// send an RST, which can destroy the last bytes that were sent before the client has read them.
func Linger(c net.Conn, timeout time.Duration) {
	c.SetReadDeadline(time.Now().Add(timeout))
	b := TakeBuffer(MinBuffer)
	defer b.Release()
	for left := maxLinger; left > 0; {
		n, err := c.Read(b.B[:MinBuffer])
		if err != nil {
			return
		}
		left -= n
	}
}

// maxLinger is how much a client may send on after a fault, say the rest of a message that was too big.
const maxLinger = 16 << 20
