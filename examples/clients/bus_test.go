package clients

import (
	"fmt"
	"os"
	"strconv"
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
	if (words[0] == 'count') return c.server.subscribers(words[1]).then((n) => c.send('count ' + n), (e) => c.send(e.message));
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

// TestBus checks that a message reaches the subscribers of two programs, that nobody on a node waits for a Redis
// that hangs, and that a program that is killed takes its subscribers with it.
func TestBus(t *testing.T) {
	t.Parallel()
	r := newRedis(t).Start()
	nodes := startNodes(t, r, 2, map[string]string{"node.js": nodeModule})
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
	nodes[0].Wait("the count", func() bool { // of nodes that answer in time
		a.SendText("count room/1")
		return a.Next() == "count 1"
	})

	r.Freeze()
	a.SendText("subscribe local")
	a.Next()
	for i := range 1000 {
		want := fmt.Sprint("local ", i)
		a.SendText(want)
		if got := a.Next(); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	a.SendText("room/1 held")
	a.SendText("count room/1")
	if got := a.Next(); !strings.Contains(got, "other nodes are not reached through Redis") {
		t.Error(got)
	}
	r.Thaw()
	if got := b.Next(); got != "room/1 held" {
		t.Error(got)
	}

	nodes[1].Signal(os.Kill)
	nodes[0].Wait("the end of the other's subscribers", func() bool {
		a.SendText("count room/1")
		return a.Next() == "count 0"
	})
}

// TestManyNodes has 300 clients on three programs subscribe to 100 topics, each to some by name and some to
// wildcards. Each message must reach each of its subscribers once, in the order of its publisher.
func TestManyNodes(t *testing.T) {
	t.Parallel()
	needPackage(t, "ws")
	nodes := startNodes(t, newRedis(t).Start(), 3, map[string]string{"many.js": `var Module = this.Module = function(){ };
Module.options = {workers: 2};
Module.prototype.onData = async function(d, c){
	var ask = JSON.parse(d);
	if (ask.subscribe) ask.subscribe.forEach((topic) => c.subscribe(topic, {presence: ask.name}));
	else if (ask.count) c.send(JSON.stringify({count: await c.server.subscribers(ask.count), there: (await c.server.presence(ask.count)).map((m) => m.data).sort()}));
	else c.server.publish(ask.topic, d);
};
`})
	var ports []string
	for _, p := range nodes {
		ports = append(ports, strconv.Itoa(p.Port))
	}
	got := nodeScript(t, conversation+`
const { WebSocket } = require('ws');
const ports = process.argv.slice(1), clients = [], perNode = 100, each = 20;
const topics = Array.from({length: 100}, (_, i) => 't/' + i % 10 + '/' + i);
const hears = (patterns, topic) => patterns.some((p) => p === topic || p.endsWith('*') && topic.startsWith(p.slice(0, -1)));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
main(async () => {
	for (const port of ports) for (let i = 0; i < perNode; i++) {
		const c = {name: port + '-' + i, port, socket: new WebSocket('ws://127.0.0.1:' + port + '/many'), probes: new Set(), last: {}, count: 0, answers: inbox()};
		c.patterns = [topics[i], topics[(i * 7 + 1) % 100]];
		if (i % 10 === 0) c.patterns.push('t/' + i % 7 + '/*');
		if (i === 50) c.patterns.push('t/*', '*');
		c.patterns = [...new Set(c.patterns)];
		c.socket.onmessage = (e) => {
			const m = JSON.parse(e.data);
			if (m.there) return c.answers.put(m);
			assert.ok(hears(c.patterns, m.topic), c.name + ' does not hear ' + m.topic);
			if (m.probe) return c.probes.add(m.probe + m.topic);
			assert.equal(m.n, (c.last[m.from + m.topic] ?? -1) + 1, c.name + ': ' + e.data);
			c.last[m.from + m.topic] = m.n;
			c.count++;
		};
		await new Promise((resolve, reject) => { c.socket.onopen = resolve; c.socket.onerror = reject; });
		c.socket.send(JSON.stringify({subscribe: c.patterns, name: c.name}));
		clients.push(c);
	}
	const first = (port) => clients.find((c) => c.port === port);
	for (;;) { // until every subscription is in effect
		for (const port of ports) for (const topic of topics) first(port).socket.send(JSON.stringify({topic, probe: port}));
		await sleep(200);
		if (clients.every((c) => topics.every((topic) => !hears(c.patterns, topic) || ports.every((port) => c.probes.has(port + topic))))) break;
	}
	let expected = 0;
	const listeners = Object.fromEntries(topics.map((t) => [t, clients.filter((c) => hears(c.patterns, t))]));
	for (let n = 0; n < each; n++) {
		clients.forEach((c, i) => {
			const topic = topics[i * 3 % 100];
			c.socket.send(JSON.stringify({topic, from: c.name, n}));
			expected += listeners[topic].length;
		});
		await sleep(10);
	}
	const sum = () => clients.reduce((all, c) => all + c.count, 0);
	for (let i = 0; sum() < expected && i < 1200; i++) await sleep(50);
	await sleep(300); // for what comes twice
	assert.equal(sum(), expected);
	for (const asker of [clients[0], clients[299]]) {
		let count, there;
		for (let i = 0; i < 10 && count !== listeners[topics[7]].length; i++) { // until each node answers in time
			asker.socket.send(JSON.stringify({count: topics[7]}));
			({count, there} = await asker.answers.next());
		}
		assert.equal(count, listeners[topics[7]].length);
		assert.deepEqual(there, listeners[topics[7]].map((c) => c.name).sort());
	}
	return expected + ' messages';
});`, ports...)
	t.Log(got)
	for _, p := range nodes {
		if text := p.Text(); strings.Contains(text, "dropped") || strings.Contains(text, "missed") {
			t.Error(text)
		}
	}
}

// TestChatNodes checks that the chat that comes with the program is one room on two nodes.
func TestChatNodes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../modules/chat.js")
	if err != nil {
		t.Fatal(err)
	}
	nodes := startNodes(t, newRedis(t).Start(), 2, map[string]string{"chat.js": string(source)})
	ann, bob := nodes[0].Dial("/chat"), nodes[1].Dial("/chat")
	until := func(c *websockettest.Client, parts ...string) {
		t.Helper()
		for {
			got, all := c.Next(), true
			for _, p := range parts {
				all = all && strings.Contains(got, p)
			}
			if all {
				return
			}
		}
	}
	ann.SendText("NICK ann")
	until(ann, "RPL_WELCOME")
	bob.SendText("NICK Ann")
	until(bob, "ERR", "The name Ann is taken")
	bob.SendText("NICK bob")
	until(bob, "RPL_WELCOME")
	users := func(c *websockettest.Client, want string) bool {
		c.SendText("USERS")
		for {
			if got := c.Next(); strings.Contains(got, "RPL_USERS") {
				return strings.Contains(got, want)
			}
		}
	}
	for i, c := range []*websockettest.Client{ann, bob} { // who hear of those on nodes that answer in time
		nodes[i].Wait("both", func() bool { return users(c, `["ann","bob"]`) })
	}
	joined := make(chan struct{})
	go func() { // ends when ann hears bob, whose node's subscription may take a moment
		defer close(joined)
		until(ann, `"MSG"`, `"hello"`, `"bob"`)
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for waiting := true; waiting; {
		bob.SendText("MSG hello")
		select {
		case <-joined:
			waiting = false
		case <-tick.C:
		}
	}
	nodes[0].Signal(os.Kill)
	nodes[1].Wait("the end of ann", func() bool { return users(bob, `["bob"]`) })
}
