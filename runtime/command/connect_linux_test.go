package command

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"node.websocket/runtime/command/commandtest"
)

// A typist types at a terminal that a program has for its input and output.
type typist struct {
	t        *testing.T
	keyboard *os.File
	done     chan error // gets what the program's Wait has returned

	mu     sync.Mutex
	screen bytes.Buffer  // guarded by mu
	more   chan struct{} // has room for one; written when the screen has changed
}

// openTerminal makes a terminal. What is written to it is read from the keyboard, and the other way round.
func openTerminal(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	var number, unlocked uint32
	control(t, keyboard, syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	control(t, keyboard, syscall.TIOCGPTN, unsafe.Pointer(&number))
	terminal, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return keyboard, terminal
}

// startTyping starts the program at a terminal of its own.
func startTyping(t *testing.T, args ...string) *typist {
	t.Helper()
	keyboard, terminal := openTerminal(t)
	p := &typist{t: t, keyboard: keyboard, done: make(chan error, 1), more: make(chan struct{}, 1)}
	cmd := commandtest.Command(t.Context(), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- cmd.Wait() }() // ends with the program, which the test's end kills
	go p.watch()                         // ends with the terminal
	return p
}

// control makes a system call for a terminal.
func control(t *testing.T, f *os.File, request uintptr, value unsafe.Pointer) {
	t.Helper()
	conn, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var errno syscall.Errno
	err = conn.Control(func(fd uintptr) { _, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(value)) })
	if err != nil || errno != 0 {
		t.Fatal(err, errno)
	}
}

func (p *typist) watch() {
	var b [1024]byte
	for {
		n, err := p.keyboard.Read(b[:])
		if err != nil {
			return
		}
		p.mu.Lock()
		p.screen.Write(b[:n])
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
	}
}

// types types a text, and waits until another has been on the screen so many times.
func (p *typist) types(text, want string, times int) {
	p.t.Helper()
	if _, err := p.keyboard.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
	deadline := time.After(time.Minute)
	for {
		p.mu.Lock()
		screen := p.screen.String()
		p.mu.Unlock()
		if strings.Count(screen, want) >= times {
			return
		}
		select {
		case <-p.more:
		case <-deadline:
			p.t.Fatalf("%q is not on the screen %d times:\n%q", want, times, screen)
		}
	}
}

// ended waits for the program to end with an exit code, and checks that its terminal echoes what is typed again.
func (p *typist) ended(want string) {
	p.t.Helper()
	select {
	case err := <-p.done:
		if got := fmt.Sprint(err); got != want {
			p.t.Errorf("it ended with %s, want %s", got, want)
		}
	case <-time.After(time.Minute):
		p.t.Fatal("it has not ended")
	}
	var state syscall.Termios
	control(p.t, p.keyboard, syscall.TCGETS, unsafe.Pointer(&state))
	if state.Lflag&syscall.ECHO == 0 {
		p.t.Error("the terminal does not echo any more")
	}
}

// TestPromptOfPipe shows a text that comes from elsewhere, while the input is a pipe.
func TestPromptOfPipe(t *testing.T) {
	t.Parallel()
	in, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	keyboard, terminal := openTerminal(t)
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		out  *os.File
		read func() ([]byte, error)
		want string
	}{
		{terminal, func() ([]byte, error) { return bufio.NewReader(keyboard).ReadBytes('\n') }, `\x1b[31m red` + "\r\n"},
		{file, func() ([]byte, error) { return os.ReadFile(file.Name()) }, "\x1b[31m red\n"},
	} {
		p, err := newPrompt(in, &output{file: c.out}, "> ", 100)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.show("\x1b[31m red"); err != nil || p.interactive() {
			t.Errorf("%v, interactive: %t", err, p.interactive())
		}
		if got, err := c.read(); err != nil || string(got) != c.want {
			t.Errorf("%q, %v, want %q", got, err, c.want)
		}
		p.close()
	}
}

// TestConnectTyped types at a terminal.
func TestConnectTyped(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"talk.js": talkative})
	p1 := startTyping(t, "connect", "talk", "--port", strconv.Itoa(p.Port))
	p1.types("", "/talk; ^D ends, /help tells more\r\n", 1)
	p1.types("helo\x1b[Dl\r", "< hello\r\n", 1)
	p1.types("\x1b[A\r", "< hello\r\n", 2) // the line before

	p1.types("escape\r", `< \x1b[31m red`, 1)
	p1.types("//x /y\r", "< /x /y\r\n", 1)
	p1.types("/binary 00 ff\r", "< (binary) 00 ff\r\n", 1)
	p1.types("/binary xx\r", "binary messages are written in hex", 1)
	p1.types("/help\r", "/close 1000 bye", 1)
	p1.types("/ping\r", "a pong, after ", 1)
	p1.types("/nosuch x\r", "/nosuch: no such command; there are /binary, /ping, /close and /help, and //nosuch sends it as it is", 1)
	p1.types("/close 1001\r", "/close takes 1000, or a code from 3000 to 4999", 1)
	p1.types("/close 4000 so it is\r", "", 0)
	p1.ended("<nil>")
	p.Wait("the close", func() bool { return strings.Contains(p.Text(), "bye 4000 so it is") })

	p2 := startTyping(t, "connect", "talk", "--port", strconv.Itoa(p.Port))
	p2.types("", "^D ends", 1)
	p2.types("\x03", "", 0) // ^C
	p2.ended("<nil>")
	p.Wait("the close", func() bool { return strings.Contains(p.Text(), "bye 1000 ") })

	p3 := startTyping(t, "connect", "talk", "--port", strconv.Itoa(p.Port), "--transport", "xhr-streaming")
	p3.types("/ping\r", "there are no pings over xhr-streaming", 1)
	p3.types("close 4001\r", "closed with 4001: because\r\n", 1)
	p3.ended("exit status 3")
}
