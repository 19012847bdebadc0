package redis

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// byBoth runs a test with scripts, and again with transactions.
func byBoth(t *testing.T, f func(t *testing.T, setUp func(*Log))) {
	for name, setUp := range map[string]func(*Log){"script": func(*Log) {}, "transaction": func(l *Log) { l.transactions = true }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, setUp)
		})
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	byBoth(t, func(t *testing.T, setUp func(*Log)) {
		server := anyRedis(t)
		log, l, said := startLog(t, server, setUp)
		logLines(log, 0, 3000)
		closeLog(t, l)
		checkLines(t, server, 0, 3000)
		if said.count("\n") != 1 || said.count(`msg="Redis takes the log"`) != 1 {
			t.Errorf("it said %q", said)
		}
		if life, err := redis.Int64(do(t, server, "PTTL", l.keys.mark), nil); err != nil || life <= 0 || life > closedMark.Milliseconds() {
			t.Errorf("the mark lives for %d ms, %v", life, err)
		}
	})
}

// TestOrderOfMany has many goroutines of two servers log into one list: the lines of each are in
// order, and none is missing.
func TestOrderOfMany(t *testing.T) {
	t.Parallel()
	byBoth(t, func(t *testing.T, setUp func(*Log)) {
		server := anyRedis(t)
		var all sync.WaitGroup
		for i := range 2 {
			log, l, said := startLog(t, server, setUp)
			all.Go(func() {
				var ours sync.WaitGroup
				for k := range 4 {
					ours.Go(func() {
						for n := range 300 {
							log.Info("line", "by", fmt.Sprint(i, k), "n", n)
							if n%50 == 0 {
								l.ring.idle(t) // so that there are many batches
							}
						}
					})
				}
				ours.Wait()
				closeLog(t, l)
				if said.count("fault") > 0 {
					t.Errorf("it said %s", said)
				}
			})
		}
		all.Wait()
		next := map[string]int{}
		for _, raw := range entries(t, server, "log") {
			e := parseEntry(raw)
			if by := e.Attr("by"); e.Attr("n") != fmt.Sprint(next[by]) {
				t.Fatalf("of %s came %s, want %d", by, e.Attr("n"), next[by])
			}
			next[e.Attr("by")]++
		}
		for by, n := range next {
			if n != 300 {
				t.Errorf("of %s came %d", by, n)
			}
		}
		if len(next) != 8 {
			t.Errorf("of %d came something", len(next))
		}
	})
}

// idle waits until no line waits.
func (r *ring[string]) idle(t *testing.T) {
	wait(t, "an empty ring", func() bool { return r.waiting() == 0 })
}

// TestQuietWeek checks that it is no loss if the mark of a writer that was silent for a week is
// gone, but that it is if the mark goes earlier.
func TestQuietWeek(t *testing.T) {
	t.Parallel()
	server, said := anyRedis(t), &told{}
	l := newLog(LogOptions{Server: server, Key: "log", Max: 10, Buffer: 10, Tell: slog.New(slog.NewTextHandler(said, nil))})
	t.Cleanup(l.hangUp)
	for i, quiet := range []time.Duration{0, markLife, time.Hour} {
		if i > 0 {
			do(t, server, "DEL", l.keys.mark)
			l.wroteAt = l.wroteAt.Add(-quiet)
		}
		l.ring.push("x", 1, time.Now())
		if err := l.write(); err != nil {
			t.Fatal(err)
		}
		want := 0
		if quiet == time.Hour {
			want = 1
		}
		if said.count("has forgotten this log") != want || len(entries(t, server, "log")) != i+1 {
			t.Errorf("after %v it said %s", quiet, said)
		}
	}
}

// TestDroppedForLong checks that lines that are dropped continuously are reported once a second,
// and completely.
func TestDroppedForLong(t *testing.T) {
	t.Parallel()
	l := newLog(LogOptions{Server: parse(t, "redis://localhost"), Key: "log", Max: 4, Buffer: 5})
	l.lastTold = time.Now().Add(-time.Hour)
	push := func(n int) {
		for range n {
			l.ring.push("x", 1, time.Now())
		}
	}
	taken := func(c composed) { // as in Log.write
		l.mark, l.written, l.lost = c.after, c.after, c.lost
		l.ring.release(c.after)
		if c.told > 0 {
			l.lastTold = time.Now()
		}
	}
	push(12)
	c, ok := l.compose()
	if !ok || c.told != 7 || c.lost != 0 || c.before != 0 || c.after != 11 || len(c.lines) != 4 || strings.Join(c.lines, "") != "xxxx" {
		t.Errorf("at first: %+v", c)
	}
	taken(c) // four of them, and one still waits
	push(6)
	l.lastTold = time.Now().Add(time.Minute) // however long the machine takes
	c, _ = l.compose()
	if c.told != 0 || c.lost != 2 || c.before != 11 || c.after != 17 {
		t.Errorf("within the second: %+v", c)
	}
	taken(c)
	l.lastTold = time.Now().Add(-tellEvery)
	push(8)
	if c, _ = l.compose(); c.told != 2+4 || c.lost != 0 {
		t.Errorf("after the second: %+v", c)
	}
	close(l.closing)
	l.lastTold = time.Now().Add(time.Minute)
	if c, _ = l.compose(); c.told == 0 || c.lost != 0 {
		t.Errorf("at the end: %+v", c)
	}
}

func TestTrim(t *testing.T) {
	t.Parallel()
	byBoth(t, func(t *testing.T, setUp func(*Log)) {
		for _, most := range []int{1, 7, 600} {
			server := anyRedis(t)
			log, l, _ := startLog(t, server, func(l *Log) { setUp(l); l.options.Max = most })
			logLines(log, 0, 1500)
			closeLog(t, l)
			checkLines(t, server, 1500-most, 1500)
			if n, err := redis.Int(do(t, server, "GET", "log:trimmed"), nil); n != 1500-most || err != nil {
				t.Errorf("%d were trimmed, not %d, %v", n, 1500-most, err)
			}
		}
	})
}

// TestNobodyThere checks that logging never blocks: not when nothing listens at Redis's address,
// and not after Close.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	server := parse(t, "redis://:hidden@"+nobody)
	log, l, said := startLog(t, server, func(l *Log) { l.ring.limit = 100 })
	logLines(log, 0, 1000)
	wait(t, "the fault", func() bool { return said.count("nothing listens there") == 1 })
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := l.Close(ctx)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("close took %v", took)
	}
	if err == nil || !strings.Contains(err.Error(), "1000 lines of the log did not reach Redis") {
		t.Errorf("close: %v", err)
	}
	_, idle, saidToo := startLog(t, server, nil)
	wait(t, "the fault", func() bool { return saidToo.count("nothing listens there") == 1 })
	began = time.Now()
	closeLog(t, idle)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("close took %v, though nothing waited", took)
	}
	log.Info("too late")
	if n := l.ring.waiting(); n != 100 || said.count("\n") != 1 || said.count("hidden") != 0 {
		t.Errorf("%d lines wait; it said %s", n, said)
	}
}
