//go:build redisserver

package redis

import (
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"node.websocket/runtime/history"
	"node.websocket/runtime/storage"
)

// TestCommandsAreOld uses all of this package, and checks that Redis 6.2 has each command that the real one has counted
// meanwhile. What modules send is their own choice.
func TestCommandsAreOld(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	r.do("ACL", "SETUSER", "user", "on", "nopass", "allkeys", "allchannels", "+@all")
	r.do("CONFIG", "RESETSTAT")
	server := parse(t, fmt.Sprintf("redis://user:@127.0.0.1:%d/1", r.Port))

	for _, transactions := range []bool{false, true} {
		log, l, _ := startLog(t, server, func(l *Log) { l.transactions = transactions })
		logLines(log, 0, 10)
		closeLog(t, l)
	}
	if err := ReadLog(t.Context(), Query{Server: server, Key: "log", Tail: 5}, func(Entry) error { return nil }); err != nil {
		t.Error(err)
	}

	a, b := startNode(t, server, nil), startNode(t, server, nil)
	for _, n := range []*node{a, b} {
		n.Subscribe("room/*")
		n.Subscribe("news")
	}
	settle(t, a, b)
	a.publish("news", "x")
	for i := range int64(5) {
		a.Keep("room/1", history.Entry{Publisher: "p", Number: i + 1}, history.Limit{Messages: 3})
	}
	wait(t, "messages", func() bool { return len(b.messages()) == 6 })
	a.missed(t, history.Query{Name: "room/1", MaxBytes: 1000})
	if _, _, _, err := b.States(t.Context(), "room/", 10); err != nil {
		t.Error(err)
	}
	a.publisher.miss() // histories begin anew
	a.Keep("room/1", history.Entry{Publisher: "p", Number: 6}, history.Limit{Messages: 3})
	a.missed(t, history.Query{Name: "room/1", MaxBytes: 1000})
	a.Unsubscribe("room/*")
	a.Unsubscribe("news")
	settle(t, a)

	engine := NewStorageEngine(server, "store")
	if _, err := engine.Apply([]storage.Operation{
		{Kind: storage.Set, Key: "a", Value: []byte("1"), TTL: time.Millisecond}, {Kind: storage.Increment, Key: "n", By: 1}, {Kind: storage.Get, Key: "n"},
		{Kind: storage.CompareAndSet, Key: "n", Expected: []byte("1"), Value: []byte("2")}, {Kind: storage.List, Limit: 10}, {Kind: storage.Delete, Key: "n"}, {Kind: storage.Expire},
	}); err != nil {
		t.Error(err)
	}
	_ = engine.Close()

	client := NewClient(server, slog.New(slog.DiscardHandler))
	defer client.Close()
	for _, pattern := range []bool{false, true} {
		ready := make(chan error, 1)
		unsubscribe := client.Subscribe("a", pattern, func(string, []byte) {}, func(err error) { ready <- err })
		if err := <-ready; err != nil {
			t.Error(err)
		}
		unsubscribe()
	}

	stats := string(r.do("INFO", "commandstats").([]byte))
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^cmdstat_([^:]+):`).FindAllStringSubmatch(stats, -1) {
		seen[m[1]] = true
	}
	for _, must := range []string{"script|load", "evalsha", "xadd", "zrandmember", "watch", "zrangebylex", "psubscribe", "time"} {
		if !seen[must] {
			t.Errorf("%s was not used, in %v", must, slices.Sorted(maps.Keys(seen)))
		}
	}
	for _, own := range []string{"info", "config|resetstat"} {
		delete(seen, own)
	}
	for name := range seen {
		if since := sinceOf(t, r, name); since == "" || since > "6.2.0" {
			t.Errorf("%s is there since %q", name, since)
		}
	}
}

// sinceOf returns the version that has a command first.
func sinceOf(t *testing.T, r *testRedis, name string) string {
	docs, err := redis.Values(r.do("COMMAND", "DOCS", name), nil)
	if err != nil || len(docs) != 2 {
		t.Fatalf("%s: %v %s", name, err, docs)
	}
	fields, err := redis.Values(docs[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		if key, _ := redis.String(fields[i], nil); key == "since" {
			since, _ := redis.String(fields[i+1], nil)
			return since
		}
	}
	return ""
}
