//go:build redisserver

package redis

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"node.websocket/runtime/redis/redistest"
	"node.websocket/runtime/storage"
)

// TestFailover kills a primary, or freezes it, so that the sentinel makes the replica the primary. The bus, the log,
// the storage and the client of modules follow. What the old primary had confirmed and not passed on is lost, because
// replication is asynchronous; it is counted here.
func TestFailover(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*testRedis){"killed": func(r *testRedis) { r.Kill() }, "frozen": func(r *testRedis) { r.Freeze() }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			primary := startRedis(t, "--repl-diskless-sync-delay", "0")
			replica := startRedis(t, "--replicaof", fmt.Sprint("127.0.0.1 ", primary.Port))
			wait(t, "the replica", func() bool {
				return strings.Contains(fmt.Sprintf("%s", primary.do("INFO", "replication")), "state=online")
			})
			sentinel := redistest.NewSentinel(t, primary.Port).Start()
			wait(t, "the sentinel's look at the replica", func() bool {
				known := fmt.Sprintf("%s", do(t, parse(t, sentinel.URL()), "SENTINEL", "replicas", "mymaster"))
				return strings.Contains(known, "master-link-status ok")
			})
			server := parse(t, fmt.Sprintf("redis+sentinel://%s,127.0.0.1:%d/mymaster/0", nobody, sentinel.Port))

			w := newWorkload(t, server)
			quick := func(n *node) { n.publisher.limit, n.subscriber.limit = 700*time.Millisecond, 700*time.Millisecond }
			all := newCrowd(t, startNode(t, server, quick), startNode(t, server, quick))
			all.during(func() {
				for range 50 {
					if err := w.work(); err != nil {
						t.Fatal(err)
					}
				}
				wait(t, "messages", func() bool { return len(all.nodes[0].messages()) > 400 }) // so that heartbeats have told of all nodes
				wait(t, "lines", func() bool { return fmt.Sprint(replica.do("EXISTS", "log")) == "1" })
				w.before = w.sum
				fault(primary)
				wait(t, "the promotion", replica.isPrimary)
				wait(t, "the new primary", func() bool { return w.work() == nil })
				settle(t, all.nodes...)
			})
			missing := all.check(t)
			t.Logf("%d of %v messages are missing, all reported", missing, all.published)
			w.check(t, replica)
		})
	}
}

// isPrimary reports whether r is a primary. A sentinel that makes it one closes its connections.
func (r *testRedis) isPrimary() bool {
	conn, release, err := r.server().connect(context.Background(), answerLimit)
	if err != nil {
		return false
	}
	defer release()
	role, err := redis.Values(conn.Do("ROLE"))
	return err == nil && fmt.Sprintf("%s", role[0]) == "master"
}

// A workload uses the log, the storage and the client of modules.
type workload struct {
	log    *slog.Logger
	kept   *Log
	said   *told
	engine storage.Engine
	client *Client

	lines       int
	sum, before int // of the increments: now, and before the fault
	lost        int // increments that were confirmed
}

func newWorkload(t *testing.T, server *Server) *workload {
	w := &workload{engine: NewStorageEngine(server, "store"), lost: -1}
	w.log, w.kept, w.said = startLog(t, server, func(l *Log) { l.limit = 700 * time.Millisecond }) // the frozen one answers nothing
	w.client = NewClient(server, slog.New(slog.NewTextHandler(w.said, nil)))
	t.Cleanup(w.client.Close)
	t.Cleanup(func() { _ = w.engine.Close() })
	return w
}

// work logs ten lines, and increments a number in the storage and another by the client.
func (w *workload) work() error {
	logLines(w.log, w.lines, w.lines+10)
	w.lines += 10
	results, err := w.engine.Apply([]storage.Operation{{Kind: storage.Increment, Key: "n", By: 1}})
	if err != nil {
		return err
	}
	if w.sum, err = strconv.Atoi(string(results[0].Value)); err != nil {
		return err
	}
	if w.before > 0 && w.lost < 0 {
		w.lost = max(w.before+1-w.sum, 0)
	}
	done := make(chan error, 1)
	w.client.Send([][]string{{"INCR", "calls"}}, func(int) bool { return true }, func(replies []any, err error) {
		if err == nil {
			err, _ = replies[0].(error)
		}
		done <- err
	})
	return <-done
}

// check checks what has reached the new primary: most increments, and all lines in order, each once, but for those that
// the log has counted as lost by Redis.
func (w *workload) check(t *testing.T, r *testRedis) {
	t.Helper()
	closeLog(t, w.kept)
	list, next := entries(t, r.server(), "log"), 0
	for _, raw := range list {
		n, err := strconv.Atoi(parseEntry(raw).Attr("n"))
		if err != nil || n < next {
			t.Fatalf("%s after line %d", raw, next-1)
		}
		next = n + 1
	}
	counted := 0
	for _, m := range regexp.MustCompile(`Redis has lost lines of the log.* lines=(\d+)`).FindAllStringSubmatch(w.said.String(), -1) {
		n, _ := strconv.Atoi(m[1])
		counted += n
	}
	t.Logf("%d of %d increments and %d of %d lines are lost, %d lines reported", w.lost, w.before, w.lines-len(list), w.lines, counted)
	if next != w.lines || w.lines-len(list) > counted || w.lost > w.before/2 {
		t.Errorf("the last line is %d; it said %s", next, w.said)
	}
}
