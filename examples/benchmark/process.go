//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// startLimit is the time that a server has until it accepts connections.
const startLimit = 20 * time.Second

// A process is a server that runs.
type process struct {
	address string
	command *exec.Cmd
	output  *os.File // removed; what it has printed
	ended   chan struct{}
}

// start starts a program that is to listen on a free port, whose number replaces PORT in its arguments,
// and waits until it accepts connections.
func start(dir string, args ...string) (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &process{address: "127.0.0.1:" + port, ended: make(chan struct{})}
	args = append([]string(nil), args...)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "PORT", port)
	}
	if p.output, err = os.CreateTemp("", "benchmark-"); err != nil {
		return nil, err
	}
	os.Remove(p.output.Name())
	p.command = exec.Command(args[0], args[1:]...)
	p.command.Dir, p.command.Stdout, p.command.Stderr = dir, p.output, p.output
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.command.Start(); err != nil {
		p.output.Close()
		return nil, err
	}
	go func() { // ends with the process
		p.command.Wait()
		close(p.ended)
	}()
	for deadline := time.Now().Add(startLimit); ; {
		c, err := net.DialTimeout("tcp", p.address, time.Second)
		if err == nil {
			c.Close()
			return p, nil
		}
		select {
		case <-p.ended:
			err = errors.New("it has ended")
		case <-time.After(10 * time.Millisecond):
			if time.Now().Before(deadline) {
				continue
			}
		}
		err = p.explain(fmt.Errorf("the server does not accept connections: %w", err))
		p.stop()
		return nil, err
	}
}

// freePort returns a port of the loopback interface that nothing listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// stop kills the process and waits for its end.
func (p *process) stop() {
	p.command.Process.Kill()
	<-p.ended
	p.output.Close()
}

// explain adds the last lines that the process has printed to an error.
func (p *process) explain(err error) error {
	const most = 2000
	end, _ := p.output.Seek(0, io.SeekEnd)
	printed := make([]byte, min(end, most))
	n, _ := p.output.ReadAt(printed, end-int64(len(printed)))
	if printed = bytes.TrimSpace(printed[:n]); len(printed) > 0 {
		err = fmt.Errorf("%w\nIt printed: %s", err, printed)
	}
	return err
}

// A usage is the CPU time of a process so far.
type usage struct {
	total        time.Duration // to the nanosecond, threads that have ended included
	user, system time.Duration // to hundredths of a second
}

// cpu returns the CPU time of the process.
func (p *process) cpu() (u usage, err error) {
	pid := p.command.Process.Pid
	var t unix.Timespec
	// The clock of a process's CPU time, see clock_getcpuclockid(3): its number in the upper bits, and 2
	// for the scheduler's count.
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil {
		return u, os.NewSyscallError("clock_gettime", err)
	}
	u.total = time.Duration(t.Nano())
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	const ticks = 100 // a second, USER_HZ of Linux
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	for i, to := range map[int]*time.Duration{11: &u.user, 12: &u.system} { // utime and stime, proc_pid_stat(5)
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return u, err
		}
		*to = time.Duration(n) * time.Second / ticks
	}
	return u, nil
}

func (u usage) sub(v usage) usage {
	return usage{u.total - v.total, u.user - v.user, u.system - v.system}
}

// memory returns the resident bytes of the process.
func (p *process) memory() (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "Rss:" {
			kib, err := strconv.Atoi(fields[1])
			return kib << 10, err
		}
	}
	return 0, errors.New("/proc/PID/smaps_rollup has no line Rss")
}
