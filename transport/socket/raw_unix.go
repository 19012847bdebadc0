//go:build unix

package socket

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"syscall"
)

// New returns the best Socket for a connection: one that is Direct, if the connection is TCP, Unix, or
// TLS over a Divertible of those.
func New(c net.Conn) Socket {
	switch c := c.(type) {
	case *net.TCPConn, *net.UnixConn: // the two that read(2) and write(2) can stand in for
	case *tls.Conn:
		if s := newTLSSocket(c); s != nil {
			return s
		}
		return &plainSocket{c: c}
	default:
		return &plainSocket{c: c}
	}
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		return &plainSocket{c: c}
	}
	s := &rawSocket{c: c, raw: raw, size: MinBuffer}
	s.readable, s.writable = s.onReadable, s.onWritable
	return s
}

// A rawSocket reads and writes a file descriptor itself, so it holds no buffer while it waits to read,
// and can write without waiting.
type rawSocket struct {
	c   net.Conn
	raw syscall.RawConn

	// The functions for raw's methods, made once so that a call allocates nothing.
	readable func(fd uintptr) bool
	writable func(fd uintptr)

	// Only in Read: its result, and how many bytes to ask for next.
	in    *Buffer
	inErr error
	size  int

	// Only in TryWrite: its argument and its results.
	out    []byte
	n      int
	outErr error
}

// maxRead is the most bytes of one Read, and so of one turn.
const maxRead = 64 << 10

func (s *rawSocket) Read() (*Buffer, error) {
	if err := s.raw.Read(s.readable); err != nil {
		return nil, err
	}
	b := s.in
	s.in = nil
	return b, s.inErr
}

// onReadable takes a buffer only when there is something to read. It asks for more if the last buffer
// was filled, and for less if it stayed mostly empty: sessions that wait for a busy worker each keep
// the buffer that they have read into.
func (s *rawSocket) onReadable(fd uintptr) bool {
	b := TakeBuffer(s.size)
	n, err := retry(func() (int, error) { return syscall.Read(int(fd), b.B[:s.size]) })
	if n > 0 {
		switch {
		case n == s.size && s.size < maxRead:
			s.size *= 4
		case n < s.size/8 && s.size > MinBuffer:
			s.size /= 4
		}
		b.B = b.B[:n]
		s.in, s.inErr = b, nil
		return true
	}
	b.Release()
	switch {
	case err == syscall.EAGAIN:
		return false
	case err == nil:
		s.inErr = io.EOF
	default:
		s.inErr = os.NewSyscallError("read", err)
	}
	return true
}

func (s *rawSocket) Direct() bool { return true }

// TryWrite uses Control, which does not wait, so that it can write while WaitWrite waits.
func (s *rawSocket) TryWrite(p []byte) (int, error) {
	s.out, s.n, s.outErr = p, 0, nil
	err := s.raw.Control(s.writable)
	s.out = nil
	if err != nil {
		return 0, err
	}
	return s.n, s.outErr
}

func (s *rawSocket) onWritable(fd uintptr) {
	n, err := retry(func() (int, error) { return syscall.Write(int(fd), s.out) })
	if err != nil {
		n = 0
		if err != syscall.EAGAIN {
			s.outErr = os.NewSyscallError("write", err)
		}
	}
	s.n = n
}

func (s *rawSocket) WaitWrite(try func() bool) error {
	return s.raw.Write(func(uintptr) bool { return try() })
}

func (s *rawSocket) Conn() net.Conn { return s.c }

// retry repeats a system call as long as signals interrupt it.
func retry(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != syscall.EINTR {
			return n, err
		}
	}
}
