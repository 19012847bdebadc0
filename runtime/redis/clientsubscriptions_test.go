package redis

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A heard collects the messages of a subscription.
type heard chan string

// hear subscribes, and waits until Redis has confirmed that.
func hear(t *testing.T, c *Client, name string, pattern bool) (heard, func()) {
	t.Helper()
	h, ready := make(heard, 10_000), make(chan error, 1)
	stop := c.Subscribe(name, pattern, func(name string, message []byte) { h <- name + "=" + string(message) }, func(err error) { ready <- err })
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
	return h, stop
}

func (h heard) want(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-h:
		if got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("heard nothing, want %q", want)
	}
}

// TestSubscribe subscribes to channels and patterns, more than once, and ends that.
func TestSubscribe(t *testing.T) {
	c := startClient(t, anyRedis(t), 10*time.Second, 10*time.Second)
	a, stopA := hear(t, c, "a", false)
	again, _ := hear(t, c, "a", false)
	all, _ := hear(t, c, "[ab]", true)
	b, stopB := hear(t, c, "b", false)
	ask(c, "PUBLISH", "a", "1\r\n\xff")
	a.want(t, "a=1\r\n\xff")
	again.want(t, "a=1\r\n\xff")
	all.want(t, "a=1\r\n\xff")
	stopA()
	stopB()
	stopB()
	b2, _ := hear(t, c, "b", false)
	for i := range 1000 {
		ask(c, "PUBLISH", "ab"[i%2:i%2+1], fmt.Sprint(i))
	}
	for i := range 1000 {
		all.want(t, fmt.Sprintf("%s=%d", "ab"[i%2:i%2+1], i))
		if i%2 == 0 {
			again.want(t, fmt.Sprint("a=", i))
		} else {
			b2.want(t, fmt.Sprint("b=", i))
		}
	}
	if len(a)+len(b)+len(again)+len(b2)+len(all) != 0 {
		t.Error("messages were heard twice, or after the end")
	}
}

// TestSubscribeAgain cuts the connection. What is published once it is back must arrive, and the log say that some may not.
func TestSubscribeAgain(t *testing.T) {
	server := anyRedis(t)
	cut := startCutter(t, server)
	said := &told{}
	c := NewClient(parse(t, "redis://"+cut.listener.Addr().String()), slog.New(slog.NewTextHandler(said, nil)))
	defer c.Close()
	a, _ := hear(t, c, "a", false)
	pattern, _ := hear(t, c, "a*", true)
	direct := startClient(t, server, 10*time.Second, 10*time.Second)
	for round := range 3 {
		cut.set(endless, endless)
		wait(t, "the connection", func() bool { return said.count("work again") == round+1 })
		for range 2 { // the second is asked for, and so confirmed, after those that were there before
			_, stop := hear(t, c, "marker", false)
			stop()
		}
		ask(direct, "PUBLISH", "a", fmt.Sprint(round))
		a.want(t, fmt.Sprint("a=", round))
		pattern.want(t, fmt.Sprint("a=", round))
	}
	if said.count("modules miss what is published") != 3 {
		t.Error(said)
	}
}

// TestSubscribeAway subscribes where there is no Redis, and after the end.
func TestSubscribeAway(t *testing.T) {
	c := NewClient(parse(t, "redis://:secret@127.0.0.1:1"), slog.New(slog.DiscardHandler))
	c.subscriptions.patience = 300 * time.Millisecond
	ready := make(chan error, 1)
	for range 2 {
		c.Subscribe("a", false, func(string, []byte) {}, func(err error) { ready <- err })
		if err := <-ready; err == nil || err.Error() != "Redis at redis://127.0.0.1:1/0: nothing listens there; there is no subscription" {
			t.Error(err)
		}
	}
	c.Close()
	c.Subscribe("a", false, func(string, []byte) {}, func(err error) { ready <- err })
	if err := <-ready; err == nil || !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
}
