package redis

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

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

// wait waits for another process.
func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
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

// startLog starts a Log whose pauses are shorter than usual. It waits for Redis as long as usual, as a busy machine needs. change may be nil.
func startLog(t testing.TB, server *Server, change func(*Log)) (*slog.Logger, *Log, *told) {
	t.Helper()
	said := &told{}
	l := newLog(LogOptions{Server: server, Key: "log", Max: 100_000, Buffer: 100_000, Tell: slog.New(slog.NewTextHandler(said, nil))})
	l.retry, l.maxRetry = 10*time.Millisecond, 200*time.Millisecond
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
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
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
