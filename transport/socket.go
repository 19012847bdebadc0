package transport

import (
	"net"
	"time"
)

// A socket is a connection as a wire needs it. One goroutine at a time may call read; write and waitWrite, or tryWrite, are called
// by one goroutine at a time each.
type socket interface {
	// read waits for bytes and returns them, in a buffer that is the caller's, or an error, which is io.EOF at the end.
	// No bytes and no error mean that it is to be called again.
	read() (*buffer, error)

	// direct says whether the socket can be written without waiting: whether tryWrite and waitWrite work.
	direct() bool
	// tryWrite writes what is taken at once, and returns how much that was.
	tryWrite(p []byte) (int, error)
	// waitWrite calls try, and again each time the socket can take more, until it returns true. The error is an os.ErrDeadlineExceeded
	// if the write deadline passes before that.
	waitWrite(try func() bool) error

	// conn is for all the rest.
	conn() net.Conn
}

// plainSocket is any connection: those of tests, and all on systems without the calls that rawSocket needs.
type plainSocket struct {
	c net.Conn

	big bool // of read: it asks for maxPlainRead
}

// maxPlainRead is the most that a plainSocket reads at once: a record of TLS. It holds the buffer while it waits, so it asks for that only after a
// read that has filled a small one.
const maxPlainRead = 16 << 10

func (s *plainSocket) read() (*buffer, error) {
	size := leastBuffer
	if s.big {
		size = maxPlainRead
	}
	b := takeBuffer(size)
	n, err := s.c.Read(b.b[:size])
	if n > 0 { // an error comes again with the next read
		s.big = n >= leastBuffer
		b.b = b.b[:n]
		return b, nil
	}
	b.release()
	return nil, err
}

func (s *plainSocket) direct() bool                   { return false }
func (s *plainSocket) tryWrite(p []byte) (int, error) { return 0, nil }
func (s *plainSocket) waitWrite(func() bool) error    { return nil }
func (s *plainSocket) conn() net.Conn                 { return s.c }

// closeWrite sends a FIN, if the connection has such a thing.
func closeWrite(c net.Conn) bool {
	half, ok := c.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// cutConn closes a connection without a word. TLS would say a last one, and wait for the client to take it. forget has the kernel
// forget what it has not sent; otherwise it would keep megabytes for a client that does not take them, for minutes.
func cutConn(c net.Conn, forget bool) {
	if s, ok := c.(*stream); ok {
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

// linger reads and forgets what still comes, until the client hangs up or a limit is reached. A close with bytes unread would
// send an RST, which can destroy the last bytes that were sent before the client has read them.
func linger(c net.Conn, timeout time.Duration) {
	c.SetReadDeadline(time.Now().Add(timeout))
	b := takeBuffer(leastBuffer)
	defer b.release()
	for left := lingerBytes; left > 0; {
		n, err := c.Read(b.b[:leastBuffer])
		if err != nil {
			return
		}
		left -= n
	}
}

// lingerBytes is how much a client may send on after a fault, say the rest of a message that was too big.
const lingerBytes = 16 << 20
