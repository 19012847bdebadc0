//go:build redisserver

package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"node.websocket/runtime/history"
)

// missed asks one node for what was published after a position.
func (n *node) missed(t testing.TB, q history.Query) history.Missed {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	all, err := n.Missed(ctx, []history.Query{q})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func texts(m history.Missed) (all []string) {
	for _, e := range m.Entries {
		all = append(all, fmt.Sprintf("%s%d=%s", e.Publisher, e.Number, e.Data))
	}
	return all
}

// TestKeep publishes on two nodes and asks a third for what is kept, from several positions.
func TestKeep(t *testing.T) {
	r := startRedis(t)
	a, b, c := startNode(t, r.server(), nil), startNode(t, r.server(), nil), startNode(t, r.server(), nil)
	settle(t, a, b, c)
	a.Subscribe("room/*")
	settle(t, a)
	for i := range int64(5) {
		a.Keep("room/1", history.Entry{Publisher: "a", Number: i + 1, Data: []byte(fmt.Sprint("one", i))}, history.Limit{Messages: 6})
		a.missed(t, history.Query{Name: "room/1"}) // waits until it is there
		b.Keep("room/1", history.Entry{Publisher: "b", Number: i + 1, Except: "me", Binary: true, Data: []byte{0, byte(i)}}, history.Limit{Messages: 6})
		b.missed(t, history.Query{Name: "room/1"})
	}
	first := c.missed(t, history.Query{Name: "room/1", MaxBytes: 1 << 20})
	if got := texts(first); first.Complete || len(got) != 6 || got[0] != "a3=one2" || got[5] != "b5=\x00\x04" || first.Entries[5].Except != "me" || !first.Entries[5].Binary {
		t.Errorf("from the beginning: %v %q", first.Complete, got)
	}
	if first.Last["a"] != 5 || first.Last["b"] != 5 {
		t.Errorf("last: %v", first.Last)
	}
	all, states, whole, err := c.States(t.Context(), "room/", 10)
	if err != nil || !whole || len(states) != 1 || states[0].Name != "room/1" || states[0].Epoch != first.Epoch || !strings.HasPrefix(first.Epoch, strings.TrimSuffix(all, "~")+".") {
		t.Errorf("states: %q %+v %v %v", all, states, whole, err)
	}
	for _, test := range []struct {
		epoch    string
		p        history.Position
		complete bool
		want     int
	}{
		{first.Epoch, history.Position{"a": 2, "b": 2}, true, 6},
		{first.Epoch, history.Position{"a": 2, "b": 1}, false, 6},
		{first.Epoch, history.Position{"a": 5, "b": 4}, true, 1},
		{all, history.Position{"a": 5, "b": 5}, true, 0},
		{"another", history.Position{"a": 5, "b": 4}, false, 1},
		{first.Epoch, nil, false, 6},
	} {
		got := c.missed(t, history.Query{Name: "room/1", Epoch: test.epoch, Position: test.p, MaxBytes: 1 << 20})
		if got.Complete != test.complete || len(got.Entries) != test.want || got.More {
			t.Errorf("%s %v: %v %q", test.epoch, test.p, got.Complete, texts(got))
		}
	}
	piece := c.missed(t, history.Query{Name: "room/1", Epoch: first.Epoch, MaxBytes: 1})
	if len(piece.Entries) != 1 || !piece.More {
		t.Errorf("a piece: %q %v", texts(piece), piece.More)
	}
	a.missed(t, history.Query{Name: "room/1"})
	a.mu.Lock()
	got := slices.Clone(a.got)
	a.mu.Unlock()
	if len(got) != 5 || got[4] != "room/1=binary:0004" {
		t.Errorf("live: %q", got)
	}
	if none := c.missed(t, history.Query{Name: "room/2", MaxBytes: -1}); none.Epoch != "" || none.Complete {
		t.Errorf("no history: %+v", none)
	}
	if begun := c.missed(t, history.Query{Name: "room/2", MaxBytes: -1, Begin: true}); begun.Epoch == "" {
		t.Error("it does not begin")
	} else if again := a.missed(t, history.Query{Name: "room/2", Epoch: begun.Epoch, MaxBytes: 100}); !again.Complete || again.Epoch != begun.Epoch {
		t.Errorf("begun: %+v, then %+v", begun, again)
	}
}

// TestKeepAgain publishes a message again whose confirmation was lost: it is kept once.
func TestKeepAgain(t *testing.T) {
	r := startRedis(t)
	n := startNode(t, r.server(), nil)
	settle(t, n)
	n.Keep("a", history.Entry{Publisher: "p", Number: 1, Data: []byte("x")}, history.Limit{Messages: 10})
	n.Keep("a", history.Entry{Publisher: "p", Number: 1, Data: []byte("x")}, history.Limit{Messages: 10})
	n.Keep("a", history.Entry{Publisher: "p", Number: 2, Data: []byte("y")}, history.Limit{Messages: 10})
	if got := texts(n.missed(t, history.Query{Name: "a", MaxBytes: 1000})); !slices.Equal(got, []string{"p1=x", "p2=y"}) {
		t.Errorf("%q", got)
	}
}

// TestKeptWindow lets messages expire: nobody is told that nothing is missing. Those of a topic with a longer window stay.
func TestKeptWindow(t *testing.T) {
	r := startRedis(t)
	n := startNode(t, r.server(), func(n *node) { n.publisher.window = 50 * time.Millisecond })
	settle(t, n)
	n.Keep("a", history.Entry{Publisher: "p", Number: 1, Data: []byte("x")}, history.Limit{Messages: 10})
	n.Keep("long", history.Entry{Publisher: "p", Number: 2, Data: []byte("y")}, history.Limit{Messages: 10, Window: 2 * time.Hour})
	before := n.missed(t, history.Query{Name: "a", MaxBytes: -1})
	wait(t, "the end of the window", func() bool { return r.do("EXISTS", n.publisher.channels.kept+":stream:a") == int64(0) })
	if got := n.missed(t, history.Query{Name: "a", Epoch: before.Epoch, MaxBytes: 1000}); got.Complete || got.Epoch != before.Epoch || len(got.Entries) > 0 {
		t.Errorf("nothing had arrived: %+v", got)
	}
	if got := n.missed(t, history.Query{Name: "a", Epoch: before.Epoch, Position: history.Position{"p": 1}, MaxBytes: 1000}); !got.Complete {
		t.Errorf("all had arrived: %+v", got)
	}
	if got := texts(n.missed(t, history.Query{Name: "long", MaxBytes: 1000})); !slices.Equal(got, []string{"p2=y"}) {
		t.Errorf("of the longer window: %q", got)
	}
	for key, least := range map[string]time.Duration{":stream:long": time.Hour, ":topic:long": missingKnown + time.Hour, ":topics": missingKnown + time.Hour, ":topic:a": missingKnown / 2} {
		if life, _ := r.do("PTTL", n.publisher.channels.kept+key).(int64); life < least.Milliseconds() || life > (missingKnown+3*time.Hour).Milliseconds() {
			t.Errorf("%s lasts for %d ms", key, life)
		}
	}
}

// TestKeptBounds checks the bounds on all topics: those on which nothing was published for the longest time are forgotten,
// and the sum of bytes stays right, whatever becomes of topics.
func TestKeptBounds(t *testing.T) {
	r := startRedis(t)
	const mostTopics = 20
	n := startNode(t, r.server(), func(n *node) { n.publisher.keptBytes, n.publisher.keptTopics = 100_000, mostTopics })
	settle(t, n)
	number := int64(0)
	keep := func(topic string, size int) {
		number++
		n.Keep(topic, history.Entry{Publisher: "p", Number: number, Data: make([]byte, size)}, history.Limit{Messages: 3, Window: time.Minute})
	}
	base := n.publisher.channels.kept
	check := func(when string, oldest, newest string, most int) {
		t.Helper()
		if got := n.missed(t, history.Query{Name: oldest, MaxBytes: 1000}); got.Complete || got.Epoch != "" {
			t.Errorf("%s, the oldest is there: %+v", when, got.State)
		}
		if got := n.missed(t, history.Query{Name: newest, MaxBytes: 1000}); len(got.Entries) == 0 {
			t.Errorf("%s, the newest has %d messages", when, len(got.Entries))
		}
		sum := 0
		topics, err := redis.Strings(r.do("ZRANGE", base+":used", 0, -1), nil)
		if err != nil || len(topics) > most || fmt.Sprint(r.do("ZCARD", base+":topics")) != fmt.Sprint(len(topics)) {
			t.Errorf("%s: %v, %v", when, topics, err)
		}
		for _, name := range topics {
			b, err := redis.Int(r.do("HGET", base+":topic:"+name, "b"), nil)
			if err != nil {
				t.Fatal(err)
			}
			sum += b
		}
		if got, err := redis.Int(r.do("GET", base+":bytes"), nil); err != nil || got != sum || sum > 100_000 {
			t.Errorf("%s: %d bytes, %v; want %d", when, got, err, sum)
		}
	}
	for i := range 2 * mostTopics {
		for range 5 { // two of which are dropped again
			keep(fmt.Sprint("small", i), 10)
		}
	}
	check("many topics", fmt.Sprint("small", mostTopics-1), fmt.Sprint("small", 2*mostTopics-1), mostTopics)
	told, _, _, err := n.States(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	since := func(topic string) bool {
		return n.missed(t, history.Query{Name: topic, Epoch: told, MaxBytes: 1000}).Complete
	}
	keep("later", 10)
	if since("later") { // because that topic has made another be forgotten, which it could have been itself
		t.Error("nothing is missing from a topic, after topics were forgotten")
	}
	if told, _, _, err = n.States(t.Context(), "", 1); err != nil || !since("later") {
		t.Error("something is missing from a topic, before any was forgotten: ", err)
	}
	for i := range 10 {
		keep(fmt.Sprint("large", i), 20_000)
	}
	check("large ones", "later", "large9", 5)

	r.do("PEXPIRE", base+":stream:large9", 0) // its window is over
	n.missed(t, history.Query{Name: "large9", MaxBytes: 1000})
	keep("large8", 100)
	r.do("CONFIG", "SET", "maxmemory", "1")
	keep("large8", 10)
	keep("new", 10)
	if err := n.publisher.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.do("CONFIG", "SET", "maxmemory", "0")
	keep("large8", 10)
	keep("last", 10)
	check("after faults", "new", "last", 2)
	if since("last") || since("large8") {
		t.Error("nothing is missing, after a message was not kept")
	}
}

// TestKeptPublishers checks that the publishers of a topic that have ended long ago are forgotten, and that a client
// that has heard of them is not told that it has everything.
func TestKeptPublishers(t *testing.T) {
	r := startRedis(t)
	n := startNode(t, r.server(), nil)
	settle(t, n)
	limit := history.Limit{Messages: 5, Window: time.Millisecond}
	publishers := func() int {
		n.missed(t, history.Query{Name: "a", MaxBytes: -1}) // waits until what was kept is there
		return len(r.do("HKEYS", n.publisher.channels.kept+":topic:a").([]any)) - 2
	}
	keep := func(publisher string) {
		n.Keep("a", history.Entry{Publisher: publisher, Number: 1, Data: []byte("x")}, limit)
	}
	for i := range 100 {
		keep(fmt.Sprint("early", i))
	}
	if got := publishers(); got < 100 {
		t.Fatalf("%d are known", got)
	}
	before := n.missed(t, history.Query{Name: "a", MaxBytes: 1000})
	limit.Window = time.Hour
	for i := range 200 {
		keep(fmt.Sprint("late", i))
	}
	// The pauses between are longer than the first window, which is now an hour for all.
	if got := publishers(); got < 300 {
		t.Errorf("%d are known, though none has been silent for long", got)
	}
	limit.Window = time.Millisecond
	wait(t, "that all were silent", func() bool { keep(rand.Text()); return publishers() < 10 })
	if got := n.missed(t, history.Query{Name: "a", Epoch: before.Epoch, Position: before.Last, MaxBytes: 1000}); got.Complete || got.Epoch == before.Epoch {
		t.Errorf("a client that has heard of them has everything: %+v", got.State)
	}
}

// TestKeptLost checks that histories begin anew when Redis has lost them, takes no more, or messages did not reach it.
func TestKeptLost(t *testing.T) {
	r := startRedis(t)
	n := startNode(t, r.server(), nil)
	settle(t, n)
	number := int64(0)
	keep := func(size int) history.Query {
		number++
		n.Keep("a", history.Entry{Publisher: "p", Number: number, Data: make([]byte, size)}, history.Limit{Messages: 10})
		state := n.missed(t, history.Query{Name: "a", MaxBytes: -1, Begin: true})
		return history.Query{Name: "a", Epoch: state.Epoch, Position: state.Last, MaxBytes: 1000}
	}
	check := func(what string, q history.Query, want bool) {
		t.Helper()
		if got := n.missed(t, q); got.Complete != want {
			t.Errorf("%s: complete is %v", what, got.Complete)
		}
	}
	q := keep(10)
	check("nothing happened", q, true)

	r.do("FLUSHALL")
	check("flushed", q, false)
	keep(10)
	check("flushed, and begun anew", q, false)

	q = keep(10)
	n.publisher.miss()
	keep(10)
	check("messages were dropped", q, false)

	q = keep(10)
	r.do("CONFIG", "SET", "maxmemory", "1")
	n.Keep("a", history.Entry{Publisher: "p", Number: 1000, Data: make([]byte, 10)}, history.Limit{Messages: 10})
	if err := n.publisher.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.do("CONFIG", "SET", "maxmemory", "0")
	check("there was no memory", q, false)

	q = keep(10)
	r.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := n.Missed(ctx, []history.Query{q}); err == nil {
		t.Error("it is known while Redis is away")
	}
	r.Start()
	settle(t, n)
	check("restarted", q, false)
}

// TestMissedAfterKeep asks at once for what this node has published: it is in the answer, because it does not come back.
func TestMissedAfterKeep(t *testing.T) {
	n := startNode(t, startRedis(t).server(), nil)
	settle(t, n)
	const most = 10_000
	for i := range int64(most) {
		n.Keep("a", history.Entry{Publisher: "p", Number: i + 1, Data: []byte("x")}, history.Limit{Messages: 10})
	}
	if got := n.missed(t, history.Query{Name: "a", MaxBytes: 10_000}); got.Last["p"] != most || len(got.Entries) != 10 {
		t.Errorf("%d messages, up to %d", len(got.Entries), got.Last["p"])
	}
}
