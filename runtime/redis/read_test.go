package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
)

// numbers reads a log and returns the attribute n of each entry shown.
func numbers(t *testing.T, q Query) string {
	t.Helper()
	var got []string
	err := ReadLog(t.Context(), q, func(e Entry) error {
		got = append(got, e.Attr("n"))
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return strings.Join(got, " ")
}

func TestTailAndRange(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	log, l, _ := startLog(t, server, func(l *Log) { l.options.Max = 1000 })
	for n := range 1300 {
		level := slog.LevelInfo
		if n%300 == 0 {
			level = slog.LevelError
		}
		log.Log(t.Context(), level, "line", "n", n)
	}
	closeLog(t, l)
	errorsOnly := func(e Entry) bool { return e.Level >= slog.LevelError }
	complaints := &told{}
	silent := slog.New(slog.NewTextHandler(complaints, nil))
	between := func(a, b int64) *[2]int64 { return &[2]int64{a, b} }
	for _, c := range []struct {
		name string
		q    Query
		want string
	}{
		{"tail", Query{Tail: 3}, "1297 1298 1299"},
		{"nothing", Query{Tail: 0}, ""},
		{"tail that matches", Query{Tail: 2, Match: errorsOnly}, "900 1200"},
		{"more than there are", Query{Tail: 20, Match: errorsOnly}, "300 600 900 1200"},
		{"none matches", Query{Tail: 20, Match: func(Entry) bool { return false }}, ""},
		{"range from the end", Query{Range: between(-2, -1)}, "1298 1299"},
		{"range from the front", Query{Range: between(0, 2)}, "300 301 302"},
		{"range that is too long", Query{Range: between(998, 5000)}, "1298 1299"},
		{"range before the front", Query{Range: between(-5000, 0)}, "300"},
		{"range that is none", Query{Range: between(5, 4)}, ""},
		{"range past the end", Query{Range: between(5000, 6000)}, ""},
		{"range without an end", Query{Range: between(998, math.MaxInt64)}, "1298 1299"},
		{"range without a beginning", Query{Range: between(math.MinInt64, 1)}, "300 301"},
		{"range far past the end", Query{Range: between(math.MaxInt64, math.MaxInt64), Tell: silent}, ""},
		{"range far before the front", Query{Range: between(math.MinInt64, math.MinInt64), Tell: silent}, ""},
		{"range that matches", Query{Range: between(0, -1), Match: errorsOnly}, "300 600 900 1200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.Server, c.q.Key = server, "log"
			if got := numbers(t, c.q); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	if complaints.String() != "" {
		t.Errorf("it said %s", complaints)
	}
	if got := strings.Fields(numbers(t, Query{Server: server, Key: "log", Tail: 1 << 40})); len(got) != 1000 || got[0] != "300" || got[999] != "1299" {
		t.Errorf("all: %d entries", len(got))
	}
	failed := errors.New("closed")
	if err := ReadLog(t.Context(), Query{Server: server, Key: "log", Tail: 3}, func(Entry) error { return failed }); err != failed {
		t.Errorf("an error of show: %v", err)
	}

	do(t, server, "SET", "text", "x")
	do(t, server, "RPUSH", "foreign", "not ours", `{"n":"1"}`)
	for key, want := range map[string]string{
		"none": "there is no log none in Redis at", "text": "is no log but a string", "foreign": " 1",
	} {
		if got := numbers(t, Query{Server: server, Key: key, Tail: 20}); !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %s", key, got)
		}
	}
	if got := numbers(t, Query{Server: parse(t, "redis://:hidden@"+nobody), Key: "log"}); !strings.Contains(got, "nothing listens there") ||
		!strings.Contains(got, "--redis") || strings.Contains(got, "hidden") {
		t.Errorf("no Redis: %s", got)
	}
}

// A follower runs ReadLog with Follow.
type follower struct {
	mu   sync.Mutex
	got  []string // guarded by mu
	said *told
	stop context.CancelFunc
	done chan error
}

func follow(t *testing.T, server *Server, tail int64) *follower {
	f := &follower{said: &told{}, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	f.stop = cancel
	t.Cleanup(cancel)
	go func() { // ends at stop
		q := Query{Server: server, Key: "log", Tail: tail, Follow: true, Tell: slog.New(slog.NewTextHandler(f.said, nil))}
		f.done <- ReadLog(ctx, q, func(e Entry) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.got = append(f.got, e.Attr("n"))
			return nil
		})
	}()
	return f
}

func (f *follower) last() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.got) == 0 {
		return ""
	}
	return f.got[len(f.got)-1]
}

// check checks that the follower has shown the lines between two numbers, each once and in order,
// and that it ends without an error.
func (f *follower) check(t *testing.T, from, to int) {
	t.Helper()
	wait(t, "the last line", func() bool { return f.last() == fmt.Sprint(to-1) })
	f.stop()
	if err := <-f.done; err != nil {
		t.Errorf("it ended with %v", err)
	}
	for i, n := range f.got {
		if n != fmt.Sprint(from+i) {
			t.Fatalf("shown as %d: %s, want %d\n%s", i, n, from+i, f.said)
		}
	}
	if len(f.got) != to-from {
		t.Errorf("%d shown, want %d\n%s", len(f.got), to-from, f.said)
	}
}

// TestFollowForeign checks that other programs that append to the list hide no line from followers
// and are seen, and that followers continue when the list is deleted and begins anew.
func TestFollowForeign(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	log, l, _ := startLog(t, server, func(l *Log) { l.options.Max = 100 })
	logLines(log, 0, 130)
	wait(t, "the lines", func() bool { return fmt.Sprint(do(t, server, "LLEN", "log")) == "100" && l.ring.waiting() == 0 })
	f := follow(t, server, 1)
	wait(t, "the tail", func() bool { return f.last() == "129" })
	for n := 130; n < 160; n += 2 {
		logLines(log, n, n+1)
		l.ring.idle(t)
		do(t, server, "RPUSH", "log", fmt.Sprintf(`{"n":%d}`, n+1))
	}
	wait(t, "the foreign lines", func() bool { return f.last() == "159" })
	if f.said.String() != "" {
		t.Errorf("it said %s", f.said)
	}
	do(t, server, "DEL", "log")
	logLines(log, 160, 175)
	wait(t, "what comes after", func() bool { return f.last() == "174" })
	closeLog(t, l)
	for n := 175; n < 235; n += 30 { // first longer than it was, and then as long
		do(t, server, "EVAL", `redis.call('DEL', KEYS[1])
for i = 0, 29 do redis.call('RPUSH', KEYS[1], '{"n":'..(ARGV[1]+i)..'}') end`, 1, "log", n)
		wait(t, "a list begun anew", func() bool { return f.last() == fmt.Sprint(n+29) })
	}
	f.check(t, 129, 235)
}

// TestWindow checks that the windows of a reader are right while the list moves.
func TestWindow(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	log, l, _ := startLog(t, server, func(l *Log) { l.options.Max = 300 })
	logLines(log, 0, 400)
	wait(t, "the lines", func() bool { return fmt.Sprintf("%s", do(t, server, "GET", "log:trimmed")) == "100" })
	r := &reader{Query: Query{Server: server, Key: "log"}}
	if err := r.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer r.hangUp()
	if err := r.look(); err != nil {
		t.Fatal(err)
	}
	logLines(log, 400, 550) // the reader does not know of these, and takes 100 for the oldest
	closeLog(t, l)
	for _, c := range []struct{ from, to, first, n int64 }{{380, 390, 380, 10}, {100, 300, 250, 50}, {100, 200, 250, 0}, {540, 550, 540, 10}} {
		list, first, err := r.window(c.from, c.to)
		if err != nil || first != c.first || int64(len(list)) != c.n || c.n > 0 && parseEntry(list[0]).Attr("n") != fmt.Sprint(c.first) {
			t.Errorf("%d to %d: %d from %d, %v", c.from, c.to, len(list), first, err)
		}
	}
}
