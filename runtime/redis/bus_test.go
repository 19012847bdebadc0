//go:build redisserver

package redis

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"node.websocket/runtime/history"
)

// A node is a Bus whose pauses are shorter than usual, with what has arrived at it.
type node struct {
	*Bus
	said   *told
	closed bool            // by the test
	count  chan<- struct{} // gets an element for each message, which is not kept then; may be nil

	mu  sync.Mutex
	got []string // "topic=data", "topic=binary:data"; guarded by mu
}

// startNode starts a node, whose pauses are shorter than usual. change may be nil.
func startNode(t testing.TB, server *Server, change func(*node)) *node {
	t.Helper()
	n := &node{said: &told{}}
	n.Bus = newBus(BusOptions{Server: server, Prefix: "p*?[a]:", Tell: slog.New(slog.NewTextHandler(n.said, nil))})
	for _, l := range []*link{&n.publisher.link, &n.subscriber.link} {
		l.retry, l.maxRetry = 5*time.Millisecond, 50*time.Millisecond
	}
	n.publisher.every = 50 * time.Millisecond
	if change != nil {
		change(n)
	}
	n.subscriber.every = 100 * time.Millisecond
	go n.publisher.run()
	n.Receive(func(name string, m history.Entry) {
		if n.count != nil {
			n.count <- struct{}{}
			return
		}
		text := string(m.Data)
		if m.Binary {
			text = fmt.Sprintf("binary:%x", m.Data)
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		n.got = append(n.got, name+"="+text)
	}, func(question []byte) []byte { return fmt.Appendf(nil, "%x to %s", n.publisher.node, question) }, func() {})
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if !n.closed {
			_ = n.Close(ctx)
		}
		if t.Failed() {
			t.Log(n.said.String())
		}
	})
	return n
}

func (n *node) messages() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.got[:len(n.got):len(n.got)]
}

func (n *node) publish(topic, data string) { n.Publish(topic, Message{Data: []byte(data)}) }

// settle waits until everything that was asked of the nodes has reached Redis.
func settle(t testing.TB, nodes ...*node) {
	t.Helper()
	for _, n := range nodes {
		wait(t, "the subscriptions", n.Settled)
		wait(t, "the messages", func() bool { return n.publisher.ring.waiting() == 0 })
	}
}

// check checks what has arrived at a node.
func (n *node) check(t testing.TB, want ...string) {
	t.Helper()
	wait(t, "the messages", func() bool { return len(n.messages()) >= len(want) })
	if got := n.messages(); !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
}

// TestBus checks that messages arrive once at each node that has subscribed, in order, as they were
// sent, and at no other.
func TestBus(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	a, b, c := startNode(t, server, nil), startNode(t, server, nil), startNode(t, server, nil)
	a.Subscribe("room/1")
	for _, pattern := range []string{"room/*", "*", "a*b?[x]\\/*"} {
		b.Subscribe(pattern)
	}
	b.Subscribe("room/1")
	c.Subscribe("a*b?[x]\\/*")
	c.Subscribe("end")
	settle(t, a, b, c)
	a.publish("room/1", "1")
	a.Publish("room/1", Message{Binary: true, Data: []byte{0, 13, 10, 255}})
	a.publish("room/2", "")
	a.publish("other", "ä")
	a.publish("a*b?[x]\\/c", "2")
	a.publish("aab?[x]\\/c", "3")
	a.publish("a*bc[x]\\/c", "4")
	a.publish("a*b?x\\/c", "5")
	a.publish("end", "6")
	b.check(t, "room/1=1", "room/1=binary:000d0aff", "room/2=", "other=ä", "a*b?[x]\\/c=2", "aab?[x]\\/c=3", "a*bc[x]\\/c=4", "a*b?x\\/c=5", "end=6")
	c.check(t, "a*b?[x]\\/c=2", "end=6")
	b.publish("room/1", "7")
	a.check(t, "room/1=7")

	b.Unsubscribe("room/1")
	b.Unsubscribe("*")
	b.Unsubscribe("room/*")
	b.Subscribe("room/*")
	c.Unsubscribe("a*b?[x]\\/*")
	settle(t, b, c)
	a.publish("room/1", "8")
	a.publish("other", "9")
	a.publish("a*b?[x]\\/c", "10")
	a.publish("end", "11")
	c.check(t, "a*b?[x]\\/c=2", "end=6", "end=11")
	wait(t, "what b still hears", func() bool { return len(b.messages()) == 11 })
	if got := b.messages()[9:]; !slices.Equal(got, []string{"room/1=8", "a*b?[x]\\/c=10"}) {
		t.Errorf("%q", got)
	}
	a.check(t, "room/1=7")
}

// TestBusMany checks many messages of several publishers over topics that several patterns stand for.
func TestBusMany(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	nodes := []*node{startNode(t, server, nil), startNode(t, server, nil), startNode(t, server, nil)}
	for _, n := range nodes {
		n.Subscribe("t/*")
		n.Subscribe("*")
		n.Subscribe("t/1")
	}
	settle(t, nodes...)
	const each = 1000
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			for m := range each {
				n.publish(fmt.Sprint("t/", m%3), fmt.Sprint(i, " ", m))
			}
		})
	}
	all.Wait()
	for i, n := range nodes {
		wait(t, "all messages", func() bool { return len(n.messages()) >= 2*each })
		next := make([]int, len(nodes))
		for _, got := range n.messages() {
			var topic, from, m int
			if _, err := fmt.Sscanf(got, "t/%d=%d %d", &topic, &from, &m); err != nil || from == i || m != next[from] || topic != m%3 {
				t.Fatalf("%s, want %v", got, next)
			}
			next[from]++
		}
	}
}
