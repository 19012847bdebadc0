package socket

import (
	"io"
	"net"
)

// A Socket is a connection as a wire needs it. One goroutine at a time may call Read; write and WaitWrite, or TryWrite, are called
// by one goroutine at a time each.
type Socket interface {
	// Read waits for bytes and returns them, in a buffer that is the caller's, or an error, which is io.EOF at the end.
	// No bytes and no error mean that it is to be called again.
	Read() (*Buffer, error)

	// Direct says whether the socket can be written without waiting: whether TryWrite and WaitWrite work.
	Direct() bool
	// TryWrite writes what is taken at once, and returns how much that was.
	TryWrite(p []byte) (int, error)
	// WaitWrite calls try, and again each time the socket can take more, until it returns true. The error is an os.ErrDeadlineExceeded
	// if the write deadline passes before that.
	WaitWrite(try func() bool) error

	// Conn is for all the rest.
	Conn() net.Conn
}

// A Divertible is a connection under TLS whose writes can be diverted. The socket of a tls.Conn needs it to write without waiting.
type Divertible interface {
	// NetConn returns the connection inside.
	NetConn() net.Conn
	// Divert has all further writes go to w instead of the connection inside. It is called before anything else is written.
	Divert(w io.Writer)
}

// NewPlain returns the socket for any connection: one that cannot be written without waiting.
func NewPlain(c net.Conn) Socket { return &plainSocket{c: c} }

// plainSocket is any connection: those of tests, and all on systems without the calls that rawSocket needs.
type plainSocket struct {
	c net.Conn

	big bool // of read: it asks for maxPlainRead
}

// MaxWrite is the most that a connection that is not Direct is given at once: a TLS record. Progress is seen that often.
const MaxWrite = 16 << 10

// maxPlainRead is the most that a plainSocket reads at once: a record of TLS. It holds the buffer while it waits, so it asks for that only after a
// read that has filled a small one.
const maxPlainRead = 16 << 10

func (s *plainSocket) Read() (*Buffer, error) {
	size := MinBuffer
	if s.big {
		size = maxPlainRead
	}
	b := TakeBuffer(size)
	n, err := s.c.Read(b.B[:size])
	if n > 0 { // an error comes again with the next read
		s.big = n >= MinBuffer
		b.B = b.B[:n]
		return b, nil
	}
	b.Release()
	return nil, err
}

func (s *plainSocket) Direct() bool                   { return false }
func (s *plainSocket) TryWrite(p []byte) (int, error) { return 0, nil }
func (s *plainSocket) WaitWrite(func() bool) error    { return nil }
func (s *plainSocket) Conn() net.Conn                 { return s.c }
