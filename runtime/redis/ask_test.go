//go:build redisserver

package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestAsk checks that every other node is asked once, and that one which does not answer is not waited for
// longer than the context says.
func TestAsk(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	nodes := []*node{startNode(t, server, nil), startNode(t, server, nil), startNode(t, server, nil)}
	settle(t, nodes...)
	for i, n := range nodes {
		var want []string
		for j, other := range nodes {
			if j != i {
				want = append(want, fmt.Sprintf("%x to q%d", other.publisher.node, i))
			}
		}
		answers, err := n.Ask(t.Context(), fmt.Appendf(nil, "q%d", i))
		var got []string
		for _, a := range answers {
			got = append(got, string(a))
		}
		slices.Sort(want)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = nodes[2].Close(ctx)
	nodes[2].closed = true
	wait(t, "that Redis has noticed", func() bool {
		answers, err := nodes[0].Ask(t.Context(), nil)
		return err == nil && len(answers) == 1
	})

	// One that hears, and does not answer.
	conn, release, err := server.connect(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := conn.Do("SUBSCRIBE", nodes[0].publisher.channels.nodes); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if answers, err := nodes[0].Ask(ctx, nil); err != nil || len(answers) != 1 || ctx.Err() == nil {
		t.Errorf("%q, %v", answers, err)
	}
}

// TestAskInVain checks that a node that is cut off says so.
func TestAskInVain(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	c := startCutter(t, server)
	n := startNode(t, parse(t, "redis://"+c.listener.Addr().String()), nil)
	settle(t, n)
	if answers, err := n.Ask(t.Context(), nil); err != nil || len(answers) > 0 {
		t.Errorf("alone: %q, %v", answers, err)
	}
	c.set(0, 0)
	wait(t, "the outage", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := n.Ask(ctx, nil)
		return errors.Is(err, errAway)
	})
}
