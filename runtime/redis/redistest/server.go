//go:build unix

// Package redistest starts redis-server for tests.
//
// # What
//
// A [Server] is a redis-server of a test's own, which keeps nothing on disk unless it is told to, or a sentinel. It can
// be killed, started again and frozen, and is gone when the test ends.
//
// # How to use
//
//	r := redistest.New(t)
//	r.Start()
//	server, err := redis.ParseURL(r.URL())
//
// # Concurrency
//
// A Server is for the test's own goroutine. For each start one goroutine waits for the process; it ends with it.
package redistest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const program = "redis-server"

// limit bounds the time of a start, generously for a busy machine.
const limit = 30 * time.Second

// Installed reports whether this machine has redis-server.
func Installed() bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// A Server is a redis-server on a port of 127.0.0.1.
type Server struct {
	Port int

	t    testing.TB
	dir  string
	args []string
	conf string        // the file of a sentinel's configuration; "": it is none
	cmd  *exec.Cmd     // nil before the first start
	done chan struct{} // closed when it has ended
}

// FreePort returns a TCP port of 127.0.0.1 that nobody listens on, another at each call. Systems give such ports to
// nobody who does not ask for them, so that nobody takes it while a server does not run.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 12000 + int(portsTaken.Add(1)+firstPort)%8000 // Linux begins to give them at 32768, and others at 49152
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// The ports of processes that run at once begin at different places.
var (
	firstPort  = rand.Uint32N(8000)
	portsTaken atomic.Uint32
)

// New returns a server that has a port and does not run yet. args are further arguments of each start.
func New(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{Port: FreePort(t), t: t, dir: t.TempDir(), args: args}
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			t.Logf("redis-server: %s", log)
		}
	})
	return s
}

// NewSentinel returns a Redis Sentinel of its own opinion, which replaces a primary that is called mymaster, and listens
// on a port, half a second after it has heard from it last.
func NewSentinel(t testing.TB, primary int) *Server {
	t.Helper()
	s := New(t)
	s.conf = filepath.Join(s.dir, "sentinel.conf")
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nlogfile %s\nsentinel monitor mymaster 127.0.0.1 %d 1\n"+
		"sentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 5000\n", s.Port, s.dir, filepath.Join(s.dir, "log"), primary)
	if err := os.WriteFile(s.conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// options are those of each start.
func (s *Server) options() []string {
	return []string{
		"--port", strconv.Itoa(s.Port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.dir, "--logfile", filepath.Join(s.dir, "log"),
	}
}

// Start starts the server, and returns it once it listens.
func (s *Server) Start(more ...string) *Server {
	s.t.Helper()
	args := []string{s.conf, "--sentinel"}
	if s.conf == "" {
		args = append(s.options(), s.args...)
	}
	s.cmd = exec.Command(program, append(args, more...)...)
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		s.t.Fatal(err)
	}
	cmd, done := s.cmd, make(chan struct{})
	s.done = done
	go func() { // ends with redis-server
		_ = cmd.Wait()
		close(done)
	}()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(s.Port))
		if err == nil {
			_ = conn.Close()
			return s
		}
		if time.Now().After(deadline) {
			s.t.Fatal("redis-server does not start: ", err)
		}
		<-tick.C
	}
}

// URL returns the server's address: "redis://127.0.0.1:6379".
func (s *Server) URL() string { return "redis://127.0.0.1:" + strconv.Itoa(s.Port) }

// Kill ends the server as a crash would, and waits until it has gone.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// Freeze stops the process, so that it takes connections and answers nothing, until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}
