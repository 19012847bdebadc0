package clients

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/runtime/redis/redistest"
	"node.websocket/transport/websocket/websockettest"
)

// nodeModule is a module whose clients subscribe to the topics that they name, and publish.
const nodeModule = `var Module = this.Module = function(){ };
Module.prototype.onData = function(d, c){
	if (typeof d != 'string') return c.publish('binary', d);
	var words = d.split(' ');
	if (words[0] == 'subscribe') return c.send('subscribed ' + c.subscribe(words[1]));
	c.server.publish(words[0], d);
};
`

// startNodes starts programs that share a Redis.
func startNodes(t *testing.T, r *redistest.Server, n int, modules map[string]string, args ...string) []*commandtest.Process {
	t.Helper()
	nodes := make([]*commandtest.Process, n)
	for i := range nodes {
		nodes[i] = commandtest.Start(t, modules, append([]string{"--redis", r.URL()}, args...)...)
	}
	for _, p := range nodes {
		p.Wait("the bus", func() bool { return strings.Contains(p.Text(), "other nodes are reached") })
	}
	return nodes
}

// joined waits until what clients of other nodes publish on a topic reaches c.
func joined(t *testing.T, c *websockettest.Client, topic string, others ...*websockettest.Client) {
	t.Helper()
	for i, o := range others {
		got := make(chan string)
		go func() { // ends with the first message
			for {
				if m := c.Next(); strings.HasSuffix(m, fmt.Sprint("joined", i)) {
					got <- m
					return
				}
			}
		}()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for waiting := true; waiting; {
			o.SendText(fmt.Sprintf("%s joined%d", topic, i))
			select {
			case <-got:
				waiting = false
			case <-tick.C:
			}
		}
	}
}

// TestBus checks that a message reaches the subscribers of two programs, whatever it contains.
func TestBus(t *testing.T) {
	t.Parallel()
	nodes := startNodes(t, newRedis(t).Start(), 2, map[string]string{"node.js": nodeModule})
	a, b := nodes[0].Dial("/node"), nodes[1].Dial("/node")
	for _, topic := range []string{"room/*", "binary"} {
		b.SendText("subscribe " + topic)
		if got := b.Next(); got != "subscribed true" {
			t.Fatal(got)
		}
	}
	joined(t, b, "room/1", a)
	for i := range 100 {
		a.SendText(fmt.Sprintf("room/%d %d ä", i%3, i))
	}
	for i := range 100 {
		got := b.Next()
		for strings.HasPrefix(got, "room/1 joined") {
			got = b.Next()
		}
		if want := fmt.Sprintf("room/%d %d ä", i%3, i); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}
