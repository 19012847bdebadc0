package commandtest

import (
	"syscall"
	"unsafe"
)

// LimitFiles sets how many files the process may have open. Those that are open stay open: with 3, the process
// gets no further file descriptor.
func (p *Process) LimitFiles(n uint64) {
	p.t.Helper()
	var limit syscall.Rlimit
	p.prlimit(nil, &limit)
	limit.Cur = n
	p.prlimit(&limit, nil)
}

// prlimit sets and gets the limit of open files.
func (p *Process) prlimit(to, was *syscall.Rlimit) {
	p.t.Helper()
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.cmd.Process.Pid), syscall.RLIMIT_NOFILE,
		uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(was)), 0, 0); errno != 0 {
		p.t.Fatal("prlimit: ", errno)
	}
}
