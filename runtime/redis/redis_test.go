package redis

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gomodule/redigo/redis"
)

// skip skips a test that needs something that this machine lacks. In CI nothing may be missing.
func skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal("may not skip in CI: ", reason)
	}
	t.Skip(reason)
}

// A testRedis is a redis-server for one test.
type testRedis struct {
	t    testing.TB
	dir  string
	port int
	args []string
	user string // "user:password@" of its URL
	cmd  *exec.Cmd
	done chan struct{}
}

// startRedis starts a redis-server that keeps nothing on disk. It ends with the test.
func startRedis(t testing.TB, args ...string) *testRedis {
	t.Helper()
	r := &testRedis{t: t, dir: t.TempDir(), args: args}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.port = listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	t.Cleanup(func() {
		if r.cmd != nil {
			r.kill()
		}
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(r.dir, "log"))
			t.Logf("redis-server: %s", log)
		}
	})
	r.start()
	return r
}

func (r *testRedis) start(more ...string) {
	r.t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		skip(r.t, "no redis-server on this machine")
	}
	args := append([]string{"--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.dir,
		"--logfile", filepath.Join(r.dir, "log")}, append(r.args, more...)...)
	r.cmd = exec.Command(program, args...)
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	cmd, done := r.cmd, make(chan struct{})
	r.done = done
	go func() { // ends with redis-server
		_ = cmd.Wait()
		close(done)
	}()
	wait(r.t, "redis-server", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(r.port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func (r *testRedis) kill() {
	_ = r.cmd.Process.Kill()
	<-r.done
}

func (r *testRedis) signal(s os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

func (r *testRedis) freeze() { r.signal(syscall.SIGSTOP) }
func (r *testRedis) thaw()   { r.signal(syscall.SIGCONT) }

func (r *testRedis) server() *Server {
	return parse(r.t, fmt.Sprintf("redis://%s127.0.0.1:%d/0", r.user, r.port))
}

// do runs a command as another client.
func (r *testRedis) do(args ...any) any { return do(r.t, r.server(), args...) }

func do(t testing.TB, s *Server, args ...any) any {
	t.Helper()
	conn, release, err := s.connect(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	reply, err := conn.Do(args[0].(string), args[1:]...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return reply
}

func entries(t testing.TB, s *Server, key string) []string {
	t.Helper()
	list, err := redis.Strings(do(t, s, "LRANGE", key, 0, -1), nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func parse(t testing.TB, url string) *Server {
	t.Helper()
	s, err := ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// anyRedis returns a redis-server or, where there is none, a stand-in.
func anyRedis(t testing.TB) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil && os.Getenv("CI") == "" {
		return parse(t, "redis://"+miniredis.RunT(t).Addr())
	}
	return startRedis(t).server()
}

// wait waits for another process.
func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("timed out: %s", what)
		}
		<-tick.C
	}
}

// A told collects what a Log writes to stderr.
type told struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (s *told) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *told) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *told) count(text string) int { return strings.Count(s.String(), text) }

// startLog starts a Log whose pauses are shorter than usual. change may be nil.
func startLog(t testing.TB, server *Server, change func(*Log)) (*slog.Logger, *Log, *told) {
	t.Helper()
	said := &told{}
	l := newLog(LogOptions{Server: server, Key: "log", Max: 100_000, Buffer: 100_000, Tell: slog.New(slog.NewTextHandler(said, nil))})
	l.limit, l.retry, l.maxRetry = 700*time.Millisecond, 10*time.Millisecond, 200*time.Millisecond
	if change != nil {
		change(l)
	}
	go l.run()
	t.Cleanup(func() {
		l.cancel()
		<-l.done
		if t.Failed() {
			t.Log(said.String())
		}
	})
	return slog.New(l.Handler()), l, said
}

// closeLog writes the waiting lines and closes l.
func closeLog(t testing.TB, l *Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Error(err)
	}
}

// checkLines checks that the list contains the lines between two numbers, each once and in order.
func checkLines(t testing.TB, s *Server, from, to int) {
	t.Helper()
	list := entries(t, s, "log")
	for i, raw := range list {
		if got, want := parseEntry(raw).Attr("n"), strconv.Itoa(from+i); got != want {
			t.Fatalf("entry %d of %d is line %s, want %s: %s", i, len(list), got, want, raw)
		}
	}
	if len(list) != to-from {
		t.Fatalf("%d entries, want %d", len(list), to-from)
	}
}

// logLines logs numbered lines.
func logLines(log *slog.Logger, from, to int) {
	for n := from; n < to; n++ {
		log.Info("line", "n", n)
	}
}
