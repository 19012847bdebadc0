package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// A Descriptor is a connection as a file descriptor alone, without a net.Conn. No method waits. It must not
// be used after Close: its number may be another connection's.
type Descriptor int32

// Detach returns the Descriptor of a connection over TCP or a Unix socket, which is a duplicate: both must be
// closed. The error is errors.ErrUnsupported for any other connection.
func Detach(c net.Conn) (Descriptor, error) {
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return 0, errors.ErrUnsupported
	}
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var n uintptr
	var errno syscall.Errno
	if err := raw.Control(func(fd uintptr) {
		n, _, errno = syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_DUPFD_CLOEXEC, 0)
	}); err != nil {
		return 0, err
	}
	if errno != 0 {
		return 0, os.NewSyscallError("fcntl", errno)
	}
	return Descriptor(n), nil
}

// Read returns how many bytes it has read into p. Both results are zero if there are none yet. The error is
// io.EOF at the end of the connection.
func (d Descriptor) Read(p []byte) (int, error) {
	n, err := retry(func() (int, error) { return syscall.Read(int(d), p) })
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

// Write returns how many bytes of p the kernel has taken.
func (d Descriptor) Write(p []byte) (int, error) {
	n, err := retry(func() (int, error) { return syscall.Write(int(d), p) })
	switch {
	case err == syscall.EAGAIN:
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("write", err)
	}
	return n, nil
}

// Unread reports whether there is something to read.
func (d Descriptor) Unread() bool {
	var n int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(d), syscall.TIOCINQ, uintptr(unsafe.Pointer(&n)))
	return errno == 0 && n > 0
}

// CloseWrite sends a FIN, and reports whether it could.
func (d Descriptor) CloseWrite() bool { return syscall.Shutdown(int(d), syscall.SHUT_WR) == nil }

// Close closes the connection. With forget, the kernel discards what it has not sent yet.
func (d Descriptor) Close(forget bool) {
	if forget {
		syscall.SetsockoptLinger(int(d), syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	}
	syscall.Close(int(d))
}
