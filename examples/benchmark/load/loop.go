//go:build linux

package load

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"time"
)

// readSize is the most bytes of one read.
const readSize = 256 << 10

// A loop reads and writes the plain TCP connections of a session with one epoll instance. It belongs
// to the goroutine that calls Run.
type loop struct {
	session *Session
	epoll   int
	buffer  []byte
	events  []syscall.EpollEvent
	waiting map[*client]bool // those whose socket is full
}

func newLoop(s *Session) (*loop, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	return &loop{s, fd, make([]byte, readSize), make([]syscall.EpollEvent, 256), map[*client]bool{}}, nil
}

// addAll makes the loop read all clients of the session.
func (l *loop) addAll() error {
	for _, c := range l.session.all {
		if err := syscall.SetNonblock(c.fd, true); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
		if err := l.control(syscall.EPOLL_CTL_ADD, c, syscall.EPOLLIN); err != nil {
			return err
		}
	}
	return nil
}

func (l *loop) control(operation int, c *client, events uint32) error {
	event := syscall.EpollEvent{Events: events, Fd: int32(c.index)}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(l.epoll, operation, c.fd, &event))
}

func (l *loop) close() { syscall.Close(l.epoll) }

// A pacer is a script that sends by the clock.
type pacer interface {
	tick() // is called at least once a millisecond
}

// run lets the clients talk until the script has finished.
func (l *loop) run() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := l.session
	paced, _ := s.running.(pacer)
	timeout := time.Second
	if paced != nil {
		timeout = time.Millisecond
	}
	for _, c := range s.all {
		s.running.start(c)
		err := s.take(c, nil) // what came with the handshake
		if err == nil {
			err = l.flush()
		}
		if err != nil {
			return err
		}
	}
	var heard time.Duration // when the last bytes came
	for !s.running.finished() {
		n, err := syscall.EpollWait(l.epoll, l.events, int(timeout.Milliseconds()))
		if err != nil && err != syscall.EINTR {
			return os.NewSyscallError("epoll_wait", err)
		}
		s.now = time.Since(s.begun)
		if n > 0 {
			heard = s.now
		} else if s.now-heard > patience {
			return errSilent
		}
		for _, event := range l.events[:max(n, 0)] {
			if err := l.serve(s.all[event.Fd], event.Events); err != nil {
				return err
			}
		}
		if paced != nil {
			paced.tick()
			if err := l.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// serve does what a client's socket is ready for.
func (l *loop) serve(c *client, events uint32) error {
	if events&syscall.EPOLLOUT != 0 {
		l.session.queue(c)
	}
	if events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		n, err := syscall.Read(c.fd, l.buffer)
		switch {
		case err == syscall.EAGAIN || err == syscall.EINTR:
			return nil
		case err != nil:
			return os.NewSyscallError("read", err)
		case n == 0:
			return errors.New("the server closed a connection without a closing handshake")
		}
		l.session.now = time.Since(l.session.begun)
		if err := l.session.take(c, l.buffer[:n]); err != nil {
			return err
		}
	}
	return l.flush()
}

// flush writes what is queued, as far as the sockets take it.
func (l *loop) flush() error {
	s := l.session
	for _, c := range s.queued {
		c.queued = false
		n, err := syscall.Write(c.fd, c.out)
		if err != nil && err != syscall.EAGAIN && err != syscall.EINTR {
			return os.NewSyscallError("write", err)
		}
		rest := c.out[max(n, 0):]
		c.out = c.out[:copy(c.out, rest)]
		if wait := len(c.out) > 0; wait != l.waiting[c] {
			events := uint32(syscall.EPOLLIN)
			if wait {
				events |= syscall.EPOLLOUT
				l.waiting[c] = true
			} else {
				delete(l.waiting, c)
			}
			if err := l.control(syscall.EPOLL_CTL_MOD, c, events); err != nil {
				return err
			}
		}
	}
	s.queued = s.queued[:0]
	return nil
}
