package browser

import (
	"bytes"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is one running node.websocket. All fields are fixed after startServer.
type server struct {
	t    *testing.T
	port int
	cmd  *exec.Cmd
	log  *output
	done chan struct{} // closed when the process has gone
}

// output collects what the process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// freePort returns a port that nobody listens on at this moment.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// startServer runs the server with the modules and pages of this repository, or
// what the further arguments say, and returns when it answers on its port. It is
// stopped when the test ends, if the test has not done so.
func startServer(t *testing.T, port int, args ...string) *server {
	t.Helper()
	needBrowser(t)
	s := &server{t: t, port: port, log: new(output), done: make(chan struct{})}
	s.cmd = exec.Command(binary, append([]string{"--port", strconv.Itoa(port), "--host", "127.0.0.1",
		"--modules", "../../modules", "--public", "../public"}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("starting the server: %v", err)
	}
	go func() { // ends with the process
		s.cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("the server on port %d wrote:\n%s", port, s.log)
		}
	})
	s.waitUntilUp()
	return s
}

func (s *server) waitUntilUp() {
	s.t.Helper()
	deadline := time.After(15 * time.Second)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := net.DialTimeout("tcp", s.address(), time.Second)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-s.done:
			s.t.Fatalf("the server ended at once: %v\n%s", s.cmd.ProcessState, s.log)
		case <-deadline:
			s.t.Fatalf("the server does not listen: %v\n%s", err, s.log)
		case <-again.C:
		}
	}
}

// lines counts the lines of the log that hold all these words.
func (s *server) lines(words ...string) (n int) {
	for line := range strings.Lines(s.log.String()) {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) }) {
			n++
		}
	}
	return n
}

// waitLog returns when the log has a line with all these words.
func (s *server) waitLog(words ...string) {
	s.t.Helper()
	deadline := time.After(patience)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for s.lines(words...) == 0 {
		select {
		case <-deadline:
			s.t.Fatalf("no line of the log has %q", words)
		case <-again.C:
		}
	}
}

// stop sends SIGTERM and checks that the server ends, with exit code 0.
func (s *server) stop() {
	s.t.Helper()
	select {
	case <-s.done:
		return
	default:
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Errorf("SIGTERM to the server: %v", err)
	}
	select {
	case <-s.done:
	case <-time.After(15 * time.Second):
		s.cmd.Process.Kill()
		<-s.done
		s.t.Errorf("the server did not end within 15 s of SIGTERM\n%s", s.log)
		return
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("the server ended with exit code %d, want 0\n%s", code, s.log)
	}
}

func (s *server) address() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
}

// page returns the address of one of the server's pages.
func (s *server) page(name string) string {
	return "http://" + s.address() + "/" + name
}

// waitTimes returns when the server has written a text so many times.
func (s *server) waitTimes(text string, times int) {
	s.t.Helper()
	deadline := time.After(patience)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for strings.Count(s.log.String(), text) < times {
		select {
		case <-deadline:
			s.t.Fatalf("the server has written %q %d times, want %d\n%s", text, strings.Count(s.log.String(), text), times, s.log)
		case <-again.C:
		}
	}
}
