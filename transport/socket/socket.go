package socket

import "net"

// A Socket is a connection as a session needs it. One goroutine at a time may call Read, one TryWrite,
// and one WaitWrite; if the Socket is not Direct, it is written by Conn's Write, also by one at a time.
type Socket interface {
	// Read waits for bytes and returns them in a buffer, which the caller releases. The error is io.EOF at
	// the end of the connection. If both are nil, Read is to be called again.
	Read() (*Buffer, error)

	// Direct reports whether the socket can be written without waiting. Otherwise TryWrite and WaitWrite
	// do nothing.
	Direct() bool
	// TryWrite writes as much of p as the kernel takes at once, and returns how many bytes that is. What
	// it has not taken, the next call must begin with.
	TryWrite(p []byte) (int, error)
	// WaitWrite calls try, and again each time the kernel can take more, until try returns true. The error
	// is os.ErrDeadlineExceeded if the write deadline passes first.
	WaitWrite(try func() bool) error

	// Conn returns the connection, for deadlines, addresses and its end.
	Conn() net.Conn
}

// A Divertible wraps a connection that can be replaced. A tls.Conn can be used without waiting only if the
// connection under it is Divertible.
type Divertible interface {
	// NetConn returns the connection that is wrapped.
	NetConn() net.Conn
	// Divert puts c in the place of the wrapped connection. No call is under way when it is called.
	Divert(c net.Conn)
}
