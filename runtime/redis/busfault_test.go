//go:build redisserver

package redis

import (
	"fmt"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// TestBusKilled kills Redis under load, and starts it again.
func TestBusKilled(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	all := newCrowd(t, startNode(t, r.server(), nil), startNode(t, r.server(), nil), startNode(t, r.server(), nil))
	all.during(func() {
		for i := range 3 {
			wait(t, "messages", func() bool { return len(all.nodes[0].messages()) > 200*(i+1) })
			r.Kill()
			for _, n := range all.nodes {
				wait(t, "the fault", func() bool { return n.said.count("other nodes are not reached") == i+1 })
			}
			r.Start()
			settle(t, all.nodes...)
		}
	})
	missing := all.check(t)
	t.Logf("%d of %v messages are missing, all reported", missing, all.published)
	for _, n := range all.nodes {
		if n.said.count("other nodes are reached through Redis again") != 3 || n.said.count("fault=away") != 3 {
			t.Error(n.said)
		}
	}
}

// TestBusFrozen checks that a Redis that hangs loses nothing: what it had not confirmed is sent again, also what
// it finds in its sockets later.
func TestBusFrozen(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	quick := func(n *node) { n.publisher.limit, n.subscriber.limit = 300*time.Millisecond, 300*time.Millisecond }
	all := newCrowd(t, startNode(t, r.server(), quick), startNode(t, r.server(), quick), startNode(t, r.server(), quick))
	all.during(func() {
		wait(t, "messages", func() bool { return len(all.nodes[0].messages()) > 200 })
		r.Freeze()
		frozen := time.NewTimer(frozenFor())
		for _, n := range all.nodes {
			wait(t, "the fault", func() bool { return n.said.count("it does not answer") > 0 })
		}
		<-frozen.C
		r.Thaw()
		settle(t, all.nodes...)
	})
	missing := all.check(t)
	t.Logf("%d of %v messages are missing, all reported", missing, all.published)
}

// TestBusFailover demotes the primary while the connections to it last, and lets its name lead to another.
func TestBusFailover(t *testing.T) {
	t.Parallel()
	old, next := startRedis(t), startRedis(t)
	c := startCutter(t, old.server())
	by := parse(t, "redis://"+c.listener.Addr().String())
	all := newCrowd(t, startNode(t, by, nil), startNode(t, by, nil))
	all.during(func() {
		wait(t, "messages", func() bool { return len(all.nodes[0].messages()) > 200 })
		c.mu.Lock()
		c.to = next.server().address
		c.mu.Unlock()
		old.do("REPLICAOF", "127.0.0.1", fmt.Sprint(next.Port))
		for _, n := range all.nodes {
			wait(t, "the other server", func() bool {
				return n.said.count("fault=READONLY") == 1 && n.said.count("reached through Redis again") == 1
			})
		}
	})
	missing := all.check(t)
	t.Logf("%d of %v messages are missing, all reported", missing, all.published)
}

// TestBusSplit checks that a node finds out that its two connections lead to different servers.
func TestBusSplit(t *testing.T) {
	t.Parallel()
	a, b := startRedis(t).server(), startRedis(t).server()
	n := startNode(t, a, func(n *node) { n.publisher.server = b })
	wait(t, "the fault", func() bool {
		return n.said.count("fault=SPLIT") == 1 && n.said.count("reached through Redis again") > 0
	})
}

// TestBusLoading restarts a Redis that has to load much: nodes wait until it has, and lose nothing that they publish
// meanwhile.
func TestBusLoading(t *testing.T) {
	t.Parallel()
	r := startRedis(t, "--rdbcompression", "no", "--loading-process-events-interval-bytes", "1024")
	all := newCrowd(t, startNode(t, r.server(), nil), startNode(t, r.server(), nil))
	for i := range 3000 {
		r.do("SETRANGE", fmt.Sprint("key", i), 2000, "x")
	}
	r.do("SAVE")
	all.during(func() {
		wait(t, "messages", func() bool { return len(all.nodes[0].messages()) > 200 })
		r.Kill()
		r.Start("--key-load-delay", "20000") // in microseconds: a minute in all, unless that is changed
		for _, n := range all.nodes {
			wait(t, "the fault", func() bool {
				return n.said.count("fault=LOADING") == 1 && n.said.count("when it has loaded its data") == 1
			})
		}
		r.doLoading("CONFIG", "SET", "key-load-delay", "0")
		settle(t, all.nodes...)
	})
	missing := all.check(t)
	t.Logf("%d of %v messages are missing, all reported", missing, all.published)
}

// doLoading runs a command while Redis is loading, when it refuses PING.
func (r *testRedis) doLoading(args ...any) {
	r.t.Helper()
	conn, err := redis.Dial("tcp", r.server().address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Do(args[0].(string), args[1:]...); err != nil {
		r.t.Fatal(err)
	}
}

// TestBusErrors checks replies that are errors.
func TestBusErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		begin, end []any
		fails      bool // the bus does not work meanwhile
	}{
		{"OOM", []any{"CONFIG", "SET", "maxmemory", "1mb"}, []any{"CONFIG", "SET", "maxmemory", "0"}, false},
		{"READONLY", []any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}, true},
		{"NOPERM", []any{"ACL", "SETUSER", "default", "-publish"}, []any{"ACL", "SETUSER", "default", "+publish"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := startRedis(t)
			all := newCrowd(t, startNode(t, r.server(), nil), startNode(t, r.server(), nil))
			all.during(func() {
				wait(t, "messages", func() bool { return len(all.nodes[0].messages()) > 100 })
				r.do(c.begin...)
				if c.fails {
					wait(t, "the fault", func() bool { return all.nodes[0].said.count("fault="+c.name) > 0 })
				} else {
					now := len(all.nodes[0].messages())
					wait(t, "messages", func() bool { return len(all.nodes[0].messages()) > now+100 })
				}
				r.do(c.end...)
			})
			missing := all.check(t)
			t.Logf("%d of %v messages are missing, all reported", missing, all.published)
		})
	}
}
