package socket

import "net"

// NewPlain returns a Socket for any connection. It is not Direct.
func NewPlain(c net.Conn) Socket { return &plainSocket{c: c} }

// A plainSocket is any connection: all of them on systems without the calls that a rawSocket needs.
type plainSocket struct {
	c net.Conn

	big bool // the next Read asks for maxPlainRead; only in Read
}

// MaxWrite is the most bytes to write at once, where writing waits: a TLS record. So it shows soon
// whether the client takes anything.
const MaxWrite = 16 << 10

// maxPlainRead is the most bytes that a plainSocket reads at once: a TLS record. It holds its buffer
// while it waits, so it asks for so many only after a read that has filled a small one.
const maxPlainRead = 16 << 10

func (s *plainSocket) Read() (*Buffer, error) {
	size := MinBuffer
	if s.big {
		size = maxPlainRead
	}
	b := TakeBuffer(size)
	n, err := s.c.Read(b.B[:size])
	if n > 0 { // the next Read returns the error again
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
