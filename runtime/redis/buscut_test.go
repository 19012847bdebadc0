//go:build redisserver

package redis

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/redis/redistest"
)

// A crowd is nodes that publish numbered messages on a topic that all of them hear.
type crowd struct {
	nodes     []*node
	published []int // by node
}

func newCrowd(t testing.TB, nodes ...*node) *crowd {
	t.Helper()
	for _, n := range nodes {
		n.Subscribe("t")
	}
	settle(t, nodes...)
	c := &crowd{nodes, make([]int, len(nodes))}
	c.publish(1)
	for _, n := range nodes {
		wait(t, "the first messages", func() bool { return len(n.messages()) == len(nodes)-1 })
	}
	return c
}

func (c *crowd) publish(messages int) {
	for range messages {
		for i, n := range c.nodes {
			n.publish("t", fmt.Sprint(i, " ", c.published[i]))
			c.published[i]++
		}
	}
}

// during publishes a few messages at a time while fault runs.
func (c *crowd) during(fault func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // ends when the fault is over
		defer close(stopped)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			c.publish(3)
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	fault()
	close(stop)
	<-stopped
}

// haveLast reports whether each node has the last message of each other node.
func (c *crowd) haveLast() bool {
	for i, n := range c.nodes {
		got := strings.Join(n.messages(), ";") + ";"
		for from, count := range c.published {
			if from != i && !strings.Contains(got, fmt.Sprint("t=", from, " ", count-1, ";")) {
				return false
			}
		}
	}
	return true
}

// check checks, when everything works again, that what is published from now on arrives, that nothing arrived
// twice or out of order, and that no node misses more than was reported. It returns how many are missing.
func (c *crowd) check(t testing.TB) (missing int) {
	t.Helper()
	said := func() (n int) {
		for _, node := range c.nodes {
			n += len(node.said.String())
		}
		return n
	}
	var before []int
	for all := false; !all; { // again after another fault, which a busy machine may make
		settle(t, c.nodes...)
		before = slices.Clone(c.published)
		earlier := said()
		c.publish(50)
		wait(t, "the last messages", func() bool {
			all = c.haveLast()
			return all || said() != earlier
		})
	}
	dropped := 0
	for _, n := range c.nodes {
		dropped += n.counted("messages")
	}
	for i, n := range c.nodes {
		next, missed := make([]int, len(c.nodes)), 0
		for _, got := range n.messages() {
			var from, m int
			if _, err := fmt.Sscanf(got, "t=%d %d", &from, &m); err != nil || from == i || m < next[from] {
				t.Fatalf("%s, want %v", got, next)
			}
			if m > next[from] && m > before[from] {
				t.Errorf("node %d has %d of %d, want %d, which was published when all was over", i, m, from, next[from])
			}
			missed += m - next[from]
			next[from] = m + 1
		}
		wait(t, fmt.Sprintf("the report of the %d messages that node %d misses", missed, i), func() bool { return missed <= dropped+n.counted("at_most") })
		missing += missed
	}
	return missing
}

// counted returns the sum of an attribute over all lines of the log.
func (n *node) counted(attr string) (sum int) {
	for _, m := range regexp.MustCompile(`\b`+attr+`=(\d+)`).FindAllStringSubmatch(n.said.String(), -1) {
		k, _ := strconv.Atoi(m[1])
		sum += k
	}
	return sum
}

// TestBusCut checks that connections that break in the middle of messages, replies and subscriptions lose
// nothing unreported, and repeat nothing.
func TestBusCut(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	c := startCutter(t, server)
	all := newCrowd(t, startNode(t, server, nil), startNode(t, parse(t, "redis://"+c.listener.Addr().String()), nil))
	for _, limits := range [][2]int64{{20, endless}, {100, endless}, {300, endless}, {700, endless}, {3000, endless}, {endless, 10}, {endless, 60}, {endless, 150}, {endless, 400}, {endless, 2500}} {
		all.during(func() {
			before := c.cut.Load()
			c.set(limits[0], limits[1])
			wait(t, "cuts", func() bool { return c.cut.Load() >= before+3 })
			c.set(endless, endless)
			settle(t, all.nodes[1])
		})
	}
	missing := all.check(t)
	t.Logf("%d of %d messages are missing, all reported", missing, all.published[0]+all.published[1])
}

// TestBusFull checks that messages wait for a Redis that is away, and that those for which there is no room are
// counted.
func TestBusFull(t *testing.T) {
	t.Parallel()
	r := &testRedis{Server: redistest.New(t), t: t}
	server := r.server()
	a := startNode(t, server, func(n *node) {
		n.publisher.ring.limit = 50
		n.publisher.nodes = 2 // as before the outage, so it waits for both
	})
	b := startNode(t, server, nil)
	b.Subscribe("t")
	wait(t, "that Redis is away", func() bool {
		return a.said.count("other nodes are not reached") == 1 && b.said.count("other nodes are not reached") == 1
	})
	for i := range 200 {
		a.publish("t", strconv.Itoa(i))
	}
	r.Start()
	var want []string
	for i := 150; i < 200; i++ {
		want = append(want, "t="+strconv.Itoa(i))
	}
	b.check(t, want...)
	wait(t, "the report", func() bool { return a.counted("messages") == 150 })
	settle(t, a)
	if c := a.Counts(); c.Dropped != 150 || c.Published != 50 || c.Waiting != 0 || !c.Up || c.Nodes != 2 || c.RoundTrips[len(c.RoundTrips)-1] == 0 {
		t.Errorf("a: %+v", c)
	}
	if c := b.Counts(); c.Received != 50 || c.Published != 0 {
		t.Errorf("b: %+v", c)
	}

	r.Kill()
	wait(t, "that Redis is away", func() bool { return a.said.count("other nodes are not reached") == 2 })
	for range 7 {
		a.publish("t", "late")
	}
	if c := a.Counts(); c.Up || c.Waiting != 7 {
		t.Errorf("while Redis is away: %+v", c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a.closed = true
	if err := a.Close(ctx); err == nil || !strings.HasPrefix(err.Error(), "7 messages for other nodes") {
		t.Error(err)
	}
}
