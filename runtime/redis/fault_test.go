//go:build redisserver

package redis

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// underLoad logs a few lines at a time while fault runs, and returns the number of lines.
func underLoad(t *testing.T, log *slog.Logger, fault func()) int {
	t.Helper()
	stop, ended := make(chan struct{}), make(chan int)
	go func() { // ends when the fault is over
		n := 0
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			logLines(log, n, n+7)
			n += 7
			select {
			case <-tick.C:
			case <-stop:
				ended <- n
				return
			}
		}
	}()
	fault()
	close(stop)
	return <-ended
}

// TestFaults checks that, whatever a connected Redis replies, each line gets into the list once and
// in order when the fault is over, and that each fault is logged once when it begins and once when
// it ends.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		begin, end [][]any
		hint       string
	}{
		{"OOM", [][]any{{"CONFIG", "SET", "maxmemory", "1mb"}}, [][]any{{"CONFIG", "SET", "maxmemory", "0"}}, "--log-max"},
		{"READONLY", [][]any{{"REPLICAOF", "127.0.0.1", "1"}}, [][]any{{"REPLICAOF", "NO", "ONE"}}, "name the master"},
		{"WRONGTYPE", [][]any{{"EVAL", "redis.call('RENAME', 'log', 'kept') redis.call('SET', 'log', 'x')", 0}}, [][]any{{"RENAME", "kept", "log"}}, "--logKey"},
		{"NOPERM", [][]any{{"ACL", "SETUSER", "default", "-rpush"}}, [][]any{{"ACL", "SETUSER", "default", "+rpush"}}, "allow its user"},
		{"NOAUTH", [][]any{{"ACL", "SETUSER", "default", ">new"}, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}}, nil, "user and password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			byBoth(t, func(t *testing.T, setUp func(*Log)) {
				r := startRedis(t)
				server := r.server()
				log, l, said := startLog(t, server, setUp)
				admin, release, err := server.connect(context.Background(), 10*time.Second)
				if err != nil {
					t.Fatal(err)
				}
				defer release()
				do := func(args ...any) {
					if _, err := admin.Do(args[0].(string), args[1:]...); err != nil {
						t.Errorf("%v: %v", args, err)
					}
				}
				log.Info("line", "n", -1)
				wait(t, "the first line", func() bool { n, _ := redis.Int(admin.Do("LLEN", "log")); return n == 1 })
				n := underLoad(t, log, func() {
					for _, command := range c.begin {
						do(command...)
					}
					wait(t, "the fault", func() bool { return said.count("fault="+c.name) == 1 })
					first := l.ring.waiting()
					wait(t, "more lines", func() bool { return l.ring.waiting() > first+100 })
					for _, command := range c.end {
						do(command...)
					}
					if c.name == "NOAUTH" {
						do("ACL", "SETUSER", "default", "nopass")
					}
					wait(t, "the end", func() bool { return said.count("takes the log again") == 1 })
				})
				closeLog(t, l)
				checkLines(t, server, -1, n)
				if said.count("fault="+c.name) != 1 || said.count("faults="+c.name) != 1 || said.count("\n") != 3 || said.count(c.hint) != 1 {
					t.Errorf("it said\n%s", said)
				}
			})
		})
	}
}

// TestFrozen checks that each line is written once although a Redis that hung finds the same batch
// in several of its sockets.
func TestFrozen(t *testing.T) {
	t.Parallel()
	byBoth(t, func(t *testing.T, setUp func(*Log)) {
		r := startRedis(t)
		log, l, said := startLog(t, r.server(), func(l *Log) { setUp(l); l.limit = 200 * time.Millisecond })
		n := underLoad(t, log, func() {
			wait(t, "the first lines", func() bool { return said.count("\n") == 1 })
			r.Freeze()
			frozen := time.NewTimer(frozenFor())
			wait(t, "the fault", func() bool { return said.count("it does not answer") == 1 })
			<-frozen.C
			r.Thaw()
			wait(t, "the end", func() bool { return said.count("takes the log again") == 1 })
		})
		closeLog(t, l)
		checkLines(t, r.server(), 0, n)
		if said.count("\n") != 3 {
			t.Errorf("it said\n%s", said)
		}
	})
}

// frozenFor returns how long Redis hangs. FROZEN=10s is what the log must survive; less shows the
// same.
func frozenFor() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("FROZEN")); err == nil {
		return d
	}
	return 1500 * time.Millisecond
}

// TestKilled kills a Redis that keeps its data on disk. Each line is then in the list already, or
// follows.
func TestKilled(t *testing.T) {
	t.Parallel()
	r := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	log, l, said := startLog(t, r.server(), nil)
	n := underLoad(t, log, func() {
		for i := range 3 {
			wait(t, "lines", func() bool { length, _ := redis.Int(r.do("LLEN", "log"), nil); return length > 100*(i+1) })
			r.Kill()
			wait(t, "the fault", func() bool { return said.count("fault=away") == i+1 })
			r.Start()
			wait(t, "the end", func() bool { return said.count("takes the log again") == i+1 })
		}
	})
	closeLog(t, l)
	checkLines(t, r.server(), 0, n)
}

// TestForgotten checks that, when a Redis that keeps nothing returns empty, the log says so and
// continues with what Redis had not taken.
func TestForgotten(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	log, l, said := startLog(t, r.server(), nil)
	logLines(log, 0, 100)
	wait(t, "the lines", func() bool { length, _ := redis.Int(r.do("LLEN", "log"), nil); return length == 100 })
	r.Kill()
	logLines(log, 100, 300)
	wait(t, "the fault", func() bool { return said.count("Redis does not take the log") == 1 })
	r.Start()
	wait(t, "the end", func() bool { return said.count("takes the log again") == 1 })
	closeLog(t, l)
	// If the reply to the last batch was lost when Redis was killed, that batch is written again.
	first, err := strconv.Atoi(parseEntry(entries(t, r.server(), "log")[0]).Attr("n"))
	if err != nil || first > 100 {
		t.Errorf("the first line is %d, %v", first, err)
	}
	checkLines(t, r.server(), first, 300)
	if said.count("Redis has forgotten this log") != 1 {
		t.Errorf("it said\n%s", said)
	}
}

// TestLoading waits for a Redis that is loading its data, which answers but takes nothing.
func TestLoading(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	log, l, said := startLog(t, r.server(), nil)
	logLines(log, 0, 2000)
	wait(t, "the lines", func() bool { length, _ := redis.Int(r.do("LLEN", "log"), nil); return length == 2000 })
	set := []any{"MSET"}
	for i := range 1000 {
		set = append(set, fmt.Sprint("k", i), strings.Repeat("x", 1000))
	}
	r.do(set...)
	r.do("SAVE")
	r.Kill()
	logLines(log, 2000, 2050)
	r.Start("--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024") // 20 s in all, unless that is changed
	wait(t, "the fault", func() bool { return said.count("fault=LOADING") == 1 })
	logLines(log, 2050, 2100)
	r.doLoading("CONFIG", "SET", "key-load-delay", "0")
	wait(t, "the end", func() bool { return said.count("takes the log again") == 1 })
	closeLog(t, l)
	checkLines(t, r.server(), 0, 2100)
	if said.count("fault=LOADING") != 1 || said.count("takes the log again") != 1 {
		t.Errorf("it said\n%s", said)
	}
}
