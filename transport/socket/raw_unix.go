//go:build unix

package socket

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"syscall"
)

// New returns the best socket that a connection can be.
func New(c net.Conn) Socket {
	switch c := c.(type) {
	case *net.TCPConn, *net.UnixConn: // the two whose bytes on the wire are those of read(2) and write(2)
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

// rawSocket reads and writes the file descriptor, and so never holds a buffer while it waits, and never has to wait to write.
type rawSocket struct {
	c   net.Conn
	raw syscall.RawConn

	// The two functions that are given to raw, made once so that calls cost no allocation.
	readable func(fd uintptr) bool
	writable func(fd uintptr)

	// Of read: what the kernel gave, and how much to ask it for next.
	in    *Buffer
	inErr error
	size  int

	// Of TryWrite: what to write, and what came of it.
	out    []byte
	n      int
	outErr error
}

// maxRead is what one read, and with it one turn, takes at most.
const maxRead = 64 << 10

func (s *rawSocket) Read() (*Buffer, error) {
	if err := s.raw.Read(s.readable); err != nil {
		return nil, err
	}
	b := s.in
	s.in = nil
	return b, s.inErr
}

// onReadable takes a buffer only when there is something to put into it. It asks for more if the last buffer was filled, and for less if it stayed
// empty for the most part: the sessions that wait for a busy worker all keep the buffer that they have read into.
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

// TryWrite goes by way of Control, which waits for nobody; so it can write while WaitWrite waits.
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

// retry makes a system call again for as long as a signal gets in its way.
func retry(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != syscall.EINTR {
			return n, err
		}
	}
}
