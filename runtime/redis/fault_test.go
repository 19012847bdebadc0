package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
			r.freeze()
			frozen := time.NewTimer(frozenFor())
			wait(t, "the fault", func() bool { return said.count("it does not answer") == 1 })
			<-frozen.C
			r.thaw()
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
			r.kill()
			wait(t, "the fault", func() bool { return said.count("fault=away") == i+1 })
			r.start()
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
	r.kill()
	logLines(log, 100, 300)
	wait(t, "the fault", func() bool { return said.count("Redis does not take the log") == 1 })
	r.start()
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

// TestOlderCopy fails over to a replica that lacks the last lines: their number is reported, and
// the log continues.
func TestOlderCopy(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	log, l, said := startLog(t, r.server(), nil)
	write := func(from, to int) {
		logLines(log, from, to)
		wait(t, "the lines", func() bool { length, _ := redis.Int(r.do("LLEN", "log"), nil); return length == to })
	}
	write(0, 10)
	copied, err := redis.Bytes(r.do("GET", l.keys.mark), nil)
	if err != nil {
		t.Fatal(err)
	}
	write(10, 14)
	r.do("LTRIM", "log", 0, 9)
	r.do("SET", l.keys.mark, copied)
	logLines(log, 14, 20)
	wait(t, "the end", func() bool { return said.count("Redis has lost lines") == 1 })
	closeLog(t, l)
	var got []string
	for _, raw := range entries(t, r.server(), "log") {
		got = append(got, parseEntry(raw).Attr("n"))
	}
	if fmt.Sprint(got) != "[0 1 2 3 4 5 6 7 8 9 14 15 16 17 18 19]" || said.count("lines=4") != 1 {
		t.Errorf("%s; it said\n%s", got, said)
	}
}

// TestLoading waits for a Redis that is loading its data, which answers but takes nothing.
func TestLoading(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	log, l, said := startLog(t, r.server(), nil)
	logLines(log, 0, 2000)
	wait(t, "the lines", func() bool { length, _ := redis.Int(r.do("LLEN", "log"), nil); return length == 2000 })
	for i := range 200 {
		r.do("SET", fmt.Sprint("k", i), strings.Repeat("x", 1000))
	}
	r.do("SAVE")
	r.kill()
	logLines(log, 2000, 2050)
	r.start("--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024")
	wait(t, "the fault", func() bool { return said.count("fault=LOADING") == 1 })
	logLines(log, 2050, 2100)
	wait(t, "the end", func() bool { return said.count("takes the log again") == 1 })
	closeLog(t, l)
	checkLines(t, r.server(), 0, 2100)
	if said.count("fault=LOADING") != 1 || said.count("takes the log again") != 1 {
		t.Errorf("it said\n%s", said)
	}
}

// A cutter stands between a Log and Redis, and cuts each connection after a number of bytes in one
// direction.
type cutter struct {
	listener net.Listener
	to       string
	cut      atomic.Int64 // connections that were cut

	mu       sync.Mutex
	up, down int64 // bytes that each connection may carry to and from Redis; guarded by mu
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

func startCutter(t *testing.T, r *testRedis) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: l, to: r.server().address, up: endless, down: endless}
	t.Cleanup(func() { _ = l.Close(); c.set(0, 0) })
	go func() { // ends with the listener
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", c.to)
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
		r := startRedis(t)
		c := startCutter(t, r)
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
		checkLines(t, r.server(), 0, lines)
		if lines < 500 {
			t.Errorf("only %d lines", lines)
		}
	})
}

// TestCutWhileBusy checks that a connection that breaks while there is much to write is replaced
// without a message, like one that breaks while idle.
func TestCutWhileBusy(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	c := startCutter(t, r)
	c.set(100_000, endless) // enough for one batch, which is sent twice as Redis does not know the script, but not for two
	_, l, said := startLog(t, parse(t, "redis://"+c.listener.Addr().String()), func(l *Log) {
		l.limit = 10 * time.Second
		logLines(slog.New(l.Handler()), 0, 3*batchLines)
	})
	closeLog(t, l)
	checkLines(t, r.server(), 0, 3*batchLines)
	if c.cut.Load() < 1 || said.count("\n") != 1 {
		t.Errorf("cut %d times, it said\n%s", c.cut.Load(), said)
	}
}

// TestPasswordIsNotTold checks that replies that quote the password do not reveal it.
func TestPasswordIsNotTold(t *testing.T) {
	t.Parallel()
	const secret = "correct-horse-battery-staple"
	for _, answer := range []string{
		"ERR unknown command 'AUTH', with args beginning with: '" + secret + "'",
		"WRONGPASS invalid " + secret, "-" + secret, secret + " " + secret, "NOPERM\t" + secret,
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { // ends with the listener
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = bufio.NewReader(conn).ReadString('\n')
				_, _ = fmt.Fprintf(conn, "-%s\r\n", answer)
				t.Cleanup(func() { _ = conn.Close() })
			}
		}()
		server := parse(t, "redis://user:"+secret+"@"+listener.Addr().String())
		_, l, said := startLog(t, server, nil)
		wait(t, "the fault", func() bool { return said.count("does not take the log") == 1 })
		readErr := ReadLog(t.Context(), Query{Server: server, Key: "log"}, func(Entry) error { return nil })
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		text := fmt.Sprint(said, readErr, l.Close(ctx), server)
		if strings.Contains(text, secret) || readErr == nil {
			t.Errorf("%s: %s", answer, text)
		}
		_ = listener.Close()
	}
}

func TestFaultOf(t *testing.T) {
	s := parse(t, "redis://:pw@127.0.0.1")
	for _, c := range []struct {
		err        error
		kind, says string
	}{
		{redis.Error("ERR Error running script (call to f_abc): @user_script:6: @user_script: 6: -OOM command not allowed"), "OOM", "OOM command not allowed: give Redis more memory"},
		{redis.Error("WRONGTYPE Operation against a key script: abc, on @user_script:5."), "WRONGTYPE", "WRONGTYPE Operation against a key: a key of that name"},
		{redis.Error("LOADING Redis is loading the dataset in memory"), "LOADING", "it takes the log when"},
		{redis.Error("ODD something"), "ODD", "ODD something"},
		{fmt.Errorf("x: %w", io.EOF), "away", "it closed the connection"},
		{context.DeadlineExceeded, "away", "it does not answer"},
		{&handshakeError{context.DeadlineExceeded}, "away", "it does not answer to TLS: check the host"},
		{&handshakeError{io.EOF}, "TLS", "it closed the connection to TLS: check the host"},
		{&handshakeError{errors.New("pw is wrong")}, "TLS", "… is wrong: check the host"},
		{errors.New("pw\nforged"), "away", "…"},
	} {
		if f := faultOf(s, c.err); f.kind != c.kind || !strings.Contains(f.text, c.says) || strings.Contains(f.text, "\n") || strings.Contains(f.text, "pw") {
			t.Errorf("%v: %+v", c.err, f)
		}
	}
}
