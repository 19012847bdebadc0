package socket

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// A Descriptor is a connection as a file descriptor alone, without a net.Conn. No method waits. It is not safe
// for concurrent use. The zero Descriptor is closed.
type Descriptor struct {
	number fileNumber // plus 1
	tls    *tlsState  // nil: the connection has no TLS
}

// A fileNumber is the number of a file descriptor. It must not be used after close: then it may be another
// connection's.
type fileNumber int32

// CanDetach reports whether Detach may succeed: the connection is over TCP or a Unix socket, or TLS over a
// Divertible of those.
func CanDetach(c net.Conn) bool {
	switch c := c.(type) {
	case *net.TCPConn, *net.UnixConn:
		return true
	case *tls.Conn:
		inner, ok := c.NetConn().(Divertible)
		return ok && CanDetach(inner.NetConn())
	}
	return false
}

// Detach returns the Descriptor of a connection, which has a duplicate of its file descriptor: both must be
// closed. A connection with TLS, whose handshake is complete, is used up: it must neither be used nor closed any
// more. The error is errors.ErrUnsupported for a connection that CanDetach rejects.
func Detach(c net.Conn) (Descriptor, error) {
	if !CanDetach(c) {
		return Descriptor{}, errors.ErrUnsupported
	}
	if c, ok := c.(*tls.Conn); ok {
		return detachTLS(c)
	}
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		return Descriptor{}, err
	}
	var n uintptr
	var errno syscall.Errno
	if err := raw.Control(func(fd uintptr) {
		n, _, errno = syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_DUPFD_CLOEXEC, 0)
	}); err != nil {
		return Descriptor{}, err
	}
	if errno != 0 {
		return Descriptor{}, os.NewSyscallError("fcntl", errno)
	}
	return Descriptor{number: fileNumber(n) + 1}, nil
}

func (d Descriptor) file() fileNumber { return d.number - 1 }

// IsOpen reports whether the Descriptor has not been closed.
func (d Descriptor) IsOpen() bool { return d.number != 0 }

// Number returns the number of the file descriptor, which is unique as long as the Descriptor is open.
func (d Descriptor) Number() int32 { return int32(d.file()) }

// MinRead is the least room for a Read, in bytes: TLS may have kept most of a record, and decrypts it together
// with what is new.
const MinRead = maxRecord + MinBuffer

// Read reads into p, which has MinRead bytes at least, and returns how many bytes it has read. Both results are
// zero if there are none yet. The error is io.EOF at the end of the connection.
func (d Descriptor) Read(p []byte) (int, error) {
	if d.tls != nil {
		return d.tls.read(p)
	}
	return d.file().read(p)
}

// Pending reports whether the next Read returns something, or an error, although a Poller may not know.
func (d Descriptor) Pending() bool { return d.tls != nil && d.tls.pending }

// Write returns how many bytes of p were sent. What it has not sent, the next Write must begin with.
func (d Descriptor) Write(p []byte) (int, error) {
	if d.tls != nil {
		return d.tls.write(p)
	}
	return d.file().write(p)
}

// Unsent reports whether there is something for Flush.
func (d Descriptor) Unsent() bool { return d.tls != nil && d.tls.sealed.b != nil }

// Flush sends what TLS itself has to say, such as the answer to a KeyUpdate, and reports whether nothing of
// that is left.
func (d Descriptor) Flush() (all bool, err error) {
	if d.tls != nil {
		return d.tls.flush()
	}
	return true, nil
}

// Unread reports whether there is something to read in the kernel.
func (d Descriptor) Unread() bool {
	var n int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(d.file()), syscall.TIOCINQ, uintptr(unsafe.Pointer(&n)))
	return errno == 0 && n > 0
}

// CloseWrite sends a FIN, or TLS's equivalent of it, and reports whether it could.
func (d Descriptor) CloseWrite() bool {
	if d.tls != nil {
		return d.tls.closeWrite()
	}
	return syscall.Shutdown(int(d.file()), syscall.SHUT_WR) == nil
}

// Close closes the connection at once. With forget, the kernel discards what it has not sent yet.
func (d *Descriptor) Close(forget bool) {
	if forget {
		syscall.SetsockoptLinger(int(d.file()), syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	}
	syscall.Close(int(d.file()))
	if d.tls != nil {
		d.tls.sealed.drop()
	}
	*d = Descriptor{}
}

func (f fileNumber) read(p []byte) (int, error) {
	n, err := retry(func() (int, error) { return syscall.Read(int(f), p) })
	switch {
	case n > 0:
		return n, nil
	case err == syscall.EAGAIN:
		return 0, nil
	case err == nil:
		return 0, io.EOF
	}
	return 0, os.NewSyscallError("read", err)
}

func (f fileNumber) write(p []byte) (int, error) {
	n, err := retry(func() (int, error) { return syscall.Write(int(f), p) })
	switch {
	case err == syscall.EAGAIN:
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("write", err)
	}
	return n, nil
}
