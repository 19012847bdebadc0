package clients

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// metrics returns the value of each series that a program tells, as in "name{label=\"value\"}".
func metrics(t *testing.T, p *commandtest.Process) map[string]float64 {
	t.Helper()
	answer, err := http.Get("http://" + p.Address() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	values := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if at := strings.LastIndexByte(line, ' '); !strings.HasPrefix(line, "#") {
			if values[line[:at]], err = strconv.ParseFloat(line[at+1:], 64); err != nil {
				t.Fatal(line)
			}
		}
	}
	return values
}

// TestRedisMetrics compares what /metrics tells of the bus and of Redis with a known load, and with a Redis that is killed
// and started again.
func TestRedisMetrics(t *testing.T) {
	t.Parallel()
	r := newRedis(t).Start()
	const module = nodeModule + `
	var plain = Module.prototype.onData, storage = require('storage'), redis = require('redis');
	Module.prototype.onData = function(d, c){
		if (d == 'store') return storage.increment('n').then((n) => c.send('stored ' + n), (e) => c.send(e.message));
		if (d == 'redis') return redis.incr('calls').then((n) => c.send('called ' + n), (e) => c.send(e.message));
		plain.call(this, d, c);
	};`
	nodes := startNodes(t, r, 2, map[string]string{"node.js": module}, "--metrics")
	a, b := nodes[0].Dial("/node"), nodes[1].Dial("/node")
	const prefix = "node_websocket_"
	until := func(p *commandtest.Process, series string, want float64) {
		t.Helper()
		p.Wait(fmt.Sprintf("%s to be %v", series, want), func() bool {
			got, there := metrics(t, p)[prefix+series]
			return there && got == want
		})
	}
	if _, there := metrics(t, nodes[0])[prefix+`redis_up{use="storage"}`]; there {
		t.Error("it tells of the storage, which nobody has used")
	}
	b.SendText("subscribe t")
	b.Next()
	joined(t, b, "t", a)
	until(nodes[0], `redis_waiting{use="bus"}`, 0)
	out := metrics(t, nodes[0])[prefix+`bus_messages_total{direction="out"}`]
	until(nodes[1], `bus_messages_total{direction="in"}`, out) // the topic has all of them, and b hears each
	const load = 50
	for i := range load {
		a.SendText(fmt.Sprint("t ", i))
	}
	until(nodes[0], `bus_messages_total{direction="out"}`, out+load)
	until(nodes[1], `bus_messages_total{direction="in"}`, out+load)
	until(nodes[1], `bus_messages_total{direction="out"}`, 0)
	for ask, want := range map[string]string{"store": "stored 1", "redis": "called 1"} {
		if a.SendText(ask); a.Next() != want {
			t.Errorf("%s fails", ask)
		}
	}
	for _, p := range nodes {
		until(p, "bus_nodes", 2)
		until(p, `redis_up{use="bus"}`, 1)
		until(p, `redis_up{use="log"}`, 1)
	}
	for _, use := range []string{"storage", "modules"} {
		until(nodes[0], `redis_up{use="`+use+`"}`, 1)
	}
	now := metrics(t, nodes[0])
	if now[prefix+"redis_log_lines_total"] == 0 || now[prefix+"redis_round_trip_seconds_count"] == 0 {
		t.Errorf("%v lines, %v round trips", now[prefix+"redis_log_lines_total"], now[prefix+"redis_round_trip_seconds_count"])
	}

	r.Kill()
	until(nodes[0], `redis_up{use="bus"}`, 0)
	for _, ask := range []string{"store", "redis"} {
		a.SendText(ask) // whose next message then waits for Redis
	}
	for _, use := range []string{"storage", "modules"} {
		until(nodes[0], `redis_up{use="`+use+`"}`, 0)
	}
	c := nodes[0].Dial("/node")
	for range 3 {
		c.SendText("t late")
	}
	until(nodes[0], `redis_waiting{use="bus"}`, 3)
	r.Start()
	until(nodes[0], `bus_messages_total{direction="out"}`, out+load+3)
	until(nodes[0], `redis_waiting{use="bus"}`, 0)
	c.SendText("store")
	c.SendText("redis")
	for _, use := range []string{"storage", "modules"} {
		until(nodes[0], `redis_up{use="`+use+`"}`, 1)
	}
	for _, use := range []string{"bus", "log"} {
		until(nodes[0], `redis_up{use="`+use+`"}`, 1)
		until(nodes[0], `redis_dropped_total{use="`+use+`"}`, 0)
	}
}
