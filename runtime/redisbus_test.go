//go:build redisserver

package runtime

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"

	"node.websocket/runtime/redis"
	"node.websocket/runtime/redis/redistest"
)

// With the build tag redisserver, the tests of the bus run with redis-server too:
//
//	go test -tags redisserver -run Bus ./runtime
func init() {
	networks["Redis"] = func(t *testing.T) network {
		server, err := redis.ParseURL(redistest.New(t).Start().URL())
		if err != nil {
			t.Fatal(err)
		}
		return &redisNetwork{server: server}
	}
}

type redisNetwork struct {
	server *redis.Server
	nodes  []*redisBus
}

// A redisBus is a redis.Bus as a Bus, with what is subscribed to.
type redisBus struct {
	*redis.Bus
	mu       sync.Mutex
	patterns map[string]bool
}

func (n *redisNetwork) node(t *testing.T) Bus {
	b := &redisBus{
		Bus:      redis.NewBus(redis.BusOptions{Server: n.server, Tell: slog.New(slog.DiscardHandler)}),
		patterns: map[string]bool{},
	}
	n.nodes = append(n.nodes, b)
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (n *redisNetwork) settle(t *testing.T) {
	t.Helper()
	for _, b := range n.nodes {
		eventually(t, "the subscriptions in Redis", b.Settled)
	}
}

func (n *redisNetwork) left() (patterns []string) {
	for _, b := range n.nodes {
		b.mu.Lock()
		patterns = slices.AppendSeq(patterns, maps.Keys(b.patterns))
		b.mu.Unlock()
	}
	return patterns
}

func (b *redisBus) Publish(name string, m Message) {
	b.Bus.Publish(name, redis.Message{Binary: m.Binary, Data: m.Data})
}

func (b *redisBus) Subscribe(pattern string) {
	b.mu.Lock()
	b.patterns[pattern] = true
	b.mu.Unlock()
	b.Bus.Subscribe(pattern)
}

func (b *redisBus) Unsubscribe(pattern string) {
	b.mu.Lock()
	delete(b.patterns, pattern)
	b.mu.Unlock()
	b.Bus.Unsubscribe(pattern)
}
