package command

import (
	"fmt"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket"
	"node.websocket/transport/websocket/websockettest"
)

// TestSlowSubscriber publishes twenty megabytes to subscribers of which one does not read. The others must
// get all of it, in order, and the slow one must be closed and be no subscriber any more.
func TestSlowSubscriber(t *testing.T) {
	const messages, size = 200, 100_000
	p := commandtest.Start(t, map[string]string{"test.js": fmt.Sprintf(`
		var Module = this.Module = function(){ }, padding = 'x'.repeat(%d);
		Module.options = {workers: 2};
		Module.prototype.onConnect = function(c){ c.subscribe('t') };
		Module.prototype.onData = function(d, c){
			if (d == 'count') c.send('count ' + c.server.subscriberCount('t'));
			else c.server.publish('t', d + ' ' + padding);
		};`, size)})
	p.Dial("/test") // is not read
	var readers []*websockettest.Client
	for range 5 {
		readers = append(readers, p.Dial("/test"))
	}
	p.Wait("all to be subscribed, in both workers", func() bool {
		readers[0].SendText("count")
		return readers[0].Next() == "count 6"
	})
	for i := range messages {
		readers[i%len(readers)].SendText(fmt.Sprint(i))
		for n, r := range readers {
			if op, text, err := r.ReadAnswering(); err != nil || op != websocket.Text || len(text) < size || !strings.HasPrefix(text, fmt.Sprint(i, " ")) {
				t.Fatalf("message %d to %d: %v %.20q (%d bytes), %v\n%s", i, n, op, text, len(text), err, p.Text())
			}
		}
	}
	p.Wait("the slow one to be closed", func() bool {
		readers[0].SendText("count")
		return readers[0].Next() == "count 5"
	})
	p.Wait("the log to name the cause", func() bool { return strings.Contains(p.Text(), "cause=slow") })
}
