//go:build redisserver

package redis

import (
	"fmt"
	"strings"
	"testing"
)

// TestFollow checks that a follower sees each line once and in order, while the list is trimmed,
// and after Redis was away.
func TestFollow(t *testing.T) {
	t.Parallel()
	r := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	log, l, _ := startLog(t, r.server(), func(l *Log) { l.options.Max = 500 })
	logLines(log, 0, 100)
	wait(t, "the lines", func() bool { return fmt.Sprint(do(t, r.server(), "LLEN", "log")) == "100" })
	f := follow(t, r.server(), 10)
	wait(t, "the tail", func() bool { return f.last() == "99" })
	n := 100
	for round := range 3 {
		for range 3 {
			logLines(log, n, n+200)
			n += 200
			wait(t, "the lines", func() bool { return f.last() == fmt.Sprint(n-1) }) // so that none is trimmed unseen
		}
		if round == 1 {
			r.Kill()
			wait(t, "that it is away", func() bool { return f.said.count("cannot be read for now") == 1 })
			logLines(log, n, n+300)
			n += 300
			r.Start()
		}
	}
	closeLog(t, l)
	f.check(t, 90, n)
	if f.said.count("can be read again") != 1 || f.said.count("\n") != 2 {
		t.Errorf("it said %s", f.said)
	}
}

// TestFollowWhatIsLost checks that a Redis that returns empty begins the log anew, and that entries
// trimmed unseen are counted.
func TestFollowWhatIsLost(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	log, l, _ := startLog(t, r.server(), func(l *Log) { l.options.Max = 100 })
	logLines(log, 0, 50)
	wait(t, "the lines", func() bool { return fmt.Sprint(do(t, r.server(), "LLEN", "log")) == "50" })
	f := follow(t, r.server(), 5)
	wait(t, "the tail", func() bool { return f.last() == "49" })
	r.Kill()
	wait(t, "that it is away", func() bool { return f.said.count("cannot be read for now") == 1 })
	logLines(log, 50, 140) // more than before
	r.Start()
	wait(t, "the lines", func() bool { return f.last() == "139" })
	if f.said.count("is not the one it was") != 1 {
		t.Errorf("it said %s", f.said)
	}
	r.Freeze() // so that the follower sleeps while the list is trimmed past it
	logLines(log, 140, 400)
	r.Thaw()
	wait(t, "the lines", func() bool { return f.last() == "399" })
	closeLog(t, l)
	f.stop()
	if err := <-f.done; err != nil {
		t.Error(err)
	}
	missed := 0
	for i, n := range f.got[:95] {
		if n != fmt.Sprint(45+i) {
			t.Fatalf("shown as %d: %s", i, n)
		}
	}
	if f.said.count("were trimmed") > 0 {
		if _, err := fmt.Sscanf(f.said.String()[strings.Index(f.said.String(), "entries="):], "entries=%d", &missed); err != nil {
			t.Error(err)
		}
	}
	if len(f.got)+missed != 400-45 {
		t.Errorf("%d shown and %d missed, want %d in all\n%s", len(f.got), missed, 400-45, f.said)
	}
}
