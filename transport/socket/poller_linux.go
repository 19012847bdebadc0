package socket

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// A Poller waits for many Descriptors at once. It is an epoll instance that waits in Go's own netpoller, so
// that it has no thread of its own. Only one goroutine at a time may call Wait; any may call the other
// methods.
type Poller struct {
	file *os.File
	raw  syscall.RawConn
	poll func(fd uintptr) bool // the method onReadable, made once

	// Only in Wait.
	events  [maxEvents]syscall.EpollEvent
	n       int
	waiting bool // until there is something
	err     error
}

// maxEvents is the most events of one Wait.
const maxEvents = 128

// NewPoller returns a Poller, which Close frees.
func NewPoller() (*Poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // or NewFile does not take it for what can be waited for
		syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &Poller{file: os.NewFile(uintptr(fd), "epoll")}
	p.poll = p.onReadable
	if p.raw, err = p.file.SyscallConn(); err == nil {
		err = p.file.SetReadDeadline(time.Time{}) // os.ErrNoDeadline, if Go's netpoller has not taken it
	}
	if err != nil {
		p.file.Close()
		return nil, err
	}
	return p, nil
}

// Close frees the Poller, and ends a Wait.
func (p *Poller) Close() { p.file.Close() }

// Watch changes what a Descriptor is watched for. was is what the last Watch set, or 0 if there was none. A
// Descriptor that is watched for nothing costs nothing. One that is closed is not watched any more.
func (p *Poller) Watch(d Descriptor, t Token, was, now Interest) error {
	op := syscall.EPOLL_CTL_MOD
	switch {
	case was == now:
		return nil
	case was == 0:
		op = syscall.EPOLL_CTL_ADD
	case now == 0:
		op = syscall.EPOLL_CTL_DEL
	}
	event := syscall.EpollEvent{Fd: t.Slot, Pad: t.Generation}
	if now&Readable != 0 {
		event.Events |= syscall.EPOLLIN
	}
	if now&Writable != 0 {
		event.Events |= syscall.EPOLLOUT
	}
	if now&HungUp != 0 {
		event.Events |= syscall.EPOLLRDHUP
	}
	var err error
	if controlErr := p.raw.Control(func(fd uintptr) {
		err = syscall.EpollCtl(int(fd), op, int(d.file()), &event)
	}); controlErr != nil {
		return controlErr
	}
	return os.NewSyscallError("epoll_ctl", err)
}

// Wait appends what has happened to events. If nothing has, it waits, unless block is false. The error is
// os.ErrDeadlineExceeded when the time of WakeAt has come. An event lasts until what it tells of is done
// with: the next Wait returns it again.
func (p *Poller) Wait(events []Event, block bool) ([]Event, error) {
	p.n, p.err, p.waiting = 0, nil, block
	if err := p.raw.Read(p.poll); err != nil {
		return events, err
	}
	for _, e := range p.events[:p.n] {
		var ready Interest
		if e.Events&(syscall.EPOLLIN|syscall.EPOLLERR|syscall.EPOLLHUP) != 0 {
			ready |= Readable
		}
		if e.Events&(syscall.EPOLLOUT|syscall.EPOLLERR|syscall.EPOLLHUP) != 0 {
			ready |= Writable
		}
		if e.Events&(syscall.EPOLLRDHUP|syscall.EPOLLERR|syscall.EPOLLHUP) != 0 {
			ready |= HungUp
		}
		events = append(events, Event{Token{e.Fd, e.Pad}, ready})
	}
	return events, p.err
}

func (p *Poller) onReadable(fd uintptr) bool {
	n, err := retry(func() (int, error) { return syscall.EpollWait(int(fd), p.events[:], 0) })
	if err != nil {
		p.err = os.NewSyscallError("epoll_wait", err)
		return true
	}
	p.n = n
	return n > 0 || !p.waiting
}

// WakeAt has Wait return at a time, even if there is no event; a time in the past ends a Wait that is
// under way, and each one that follows, until WakeAt is called again. The zero time means never.
func (p *Poller) WakeAt(t time.Time) {
	if err := p.file.SetReadDeadline(t); err != nil && !errors.Is(err, os.ErrClosed) {
		panic(err) // NewPoller has tried it
	}
}
