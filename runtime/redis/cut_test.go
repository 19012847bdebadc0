package redis

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// A cutter stands between a Log and Redis, and cuts each connection after a number of bytes in one
// direction.
type cutter struct {
	listener net.Listener
	cut      atomic.Int64 // connections that were cut

	mu       sync.Mutex
	to       string // guarded by mu
	up, down int64  // bytes that each connection may carry to and from Redis; guarded by mu
	current  []net.Conn
}

const endless = 1 << 50

// set changes the limits and breaks the current connections.
func (c *cutter) set(up, down int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up, c.down = up, down
	for _, conn := range c.current {
		_ = conn.Close()
	}
	c.current = nil
}

func startCutter(t *testing.T, to *Server) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: l, to: to.address, up: endless, down: endless}
	t.Cleanup(func() { _ = l.Close(); c.set(0, 0) })
	go func() { // ends with the listener
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			c.mu.Lock()
			to := c.to
			c.mu.Unlock()
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			pass := func(to, from net.Conn, limit int64) { // ends when either side is closed
				if n, _ := io.CopyN(to, from, limit); n == limit {
					c.cut.Add(1)
				}
				_, _ = in.Close(), out.Close()
			}
			c.mu.Lock()
			c.current = append(c.current, in)
			go pass(out, in, c.up)
			go pass(in, out, c.down)
			c.mu.Unlock()
		}
	}()
	return c
}

// TestCut checks that a connection that breaks within a batch, or within the reply to one, loses no
// line and repeats none.
func TestCut(t *testing.T) {
	t.Parallel()
	byBoth(t, func(t *testing.T, setUp func(*Log)) {
		server := anyRedis(t)
		c := startCutter(t, server)
		lines := 0
		log, l, _ := startLog(t, parse(t, "redis://"+c.listener.Addr().String()), func(l *Log) {
			setUp(l)
			l.retry, l.maxRetry = time.Millisecond, 4*time.Millisecond
		})
		try := func(up, down int64) {
			before := c.cut.Load()
			c.set(up, down)
			wait(t, "two cuts", func() bool {
				if l.ring.waiting() == 0 {
					logLines(log, lines, lines+20)
					lines += 20
				}
				return c.cut.Load() >= before+2
			})
		}
		for _, up := range []int64{15, 60, 150, 200, 400, 700, 1000, 1400, 1800, 2200, 3000, 5000} {
			try(up, endless)
			c.set(endless, endless)
			wait(t, "the rest", func() bool { return l.ring.waiting() == 0 })
		}
		for down := int64(3); down < 90; down += 3 { // in +PONG, :1, *2 …, +OK, +QUEUED
			try(endless, down)
		}
		c.set(endless, endless)
		closeLog(t, l)
		checkLines(t, server, 0, lines)
		if lines < 500 {
			t.Errorf("only %d lines", lines)
		}
	})
}

// TestCutWhileBusy checks that a connection that breaks while there is much to write is replaced
// without a message, like one that breaks while idle.
func TestCutWhileBusy(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	c := startCutter(t, server)
	c.set(100_000, endless) // enough for one batch, which is sent twice as Redis does not know the script, but not for two
	_, l, said := startLog(t, parse(t, "redis://"+c.listener.Addr().String()), func(l *Log) {
		l.limit = 10 * time.Second
		logLines(slog.New(l.Handler()), 0, 3*batchLines)
	})
	closeLog(t, l)
	checkLines(t, server, 0, 3*batchLines)
	if c.cut.Load() < 1 || said.count("\n") != 1 {
		t.Errorf("cut %d times, it said\n%s", c.cut.Load(), said)
	}
}

// TestOlderCopy fails over to a replica that lacks the last lines: their number is reported, and
// the log continues.
func TestOlderCopy(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	log, l, said := startLog(t, server, nil)
	write := func(from, to int) {
		logLines(log, from, to)
		wait(t, "the lines", func() bool { length, _ := redis.Int(do(t, server, "LLEN", "log"), nil); return length == to })
	}
	write(0, 10)
	copied, err := redis.Bytes(do(t, server, "GET", l.keys.mark), nil)
	if err != nil {
		t.Fatal(err)
	}
	write(10, 14)
	do(t, server, "LTRIM", "log", 0, 9)
	do(t, server, "SET", l.keys.mark, copied)
	logLines(log, 14, 20)
	wait(t, "the end", func() bool { return said.count("Redis has lost lines") == 1 })
	closeLog(t, l)
	var got []string
	for _, raw := range entries(t, server, "log") {
		got = append(got, parseEntry(raw).Attr("n"))
	}
	if fmt.Sprint(got) != "[0 1 2 3 4 5 6 7 8 9 14 15 16 17 18 19]" || said.count("lines=4") != 1 {
		t.Errorf("%s; it said\n%s", got, said)
	}
}
