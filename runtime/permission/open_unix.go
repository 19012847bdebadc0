//go:build unix

package permission

import "syscall"

// openFlags keeps the opening of a FIFO from waiting for a writer.
const openFlags = syscall.O_NONBLOCK
