package redis

import (
	"testing"
	"time"
)

func TestEnvelope(t *testing.T) {
	e := envelope{flags: flagBinary, node: 1<<63 + 5}
	b := e.seal([]byte("data"))
	number(b, 1<<40+7)
	e.number = 1<<40 + 7
	if got, data, ok := parseEnvelope(b); !ok || got != e || string(data) != "data" {
		t.Errorf("%+v %q %v", got, data, ok)
	}
	for _, bad := range [][]byte{nil, b[:envelopeSize-1], append([]byte{2}, b[1:]...), append([]byte{1, 128}, b[2:]...)} {
		if _, _, ok := parseEnvelope(bad); ok {
			t.Errorf("%x is an envelope", bad)
		}
	}
}

func TestArrivals(t *testing.T) {
	var a arrivals
	now := time.Now()
	for i, c := range []struct {
		node, number uint64
		after        time.Duration
		want         bool
		missed       uint64
	}{
		{1, 5, 0, true, 0}, {1, 5, 0, false, 0}, {1, 4, 0, false, 0}, {1, 9, 0, true, 0}, {2, 1, 0, true, 0},
		{0, 0, 0, false, 0}, // an interruption
		{1, 9, 0, false, 0}, {1, 12, 0, true, 2}, {1, 20, 0, true, 0}, {2, 2, 0, true, 0},
		{1, 21, forgetAfter * 3 / 4, true, 0}, {3, 1, forgetAfter * 3 / 2, true, 0}, {1, 21, forgetAfter * 3 / 2, false, 0},
	} {
		if c.node == 0 {
			a.interrupted()
			continue
		}
		if got, missed := a.isNew(c.node, c.number, now.Add(c.after)), a.takeMissed(); got != c.want || missed != c.missed {
			t.Errorf("%d: %v, missed %d", i, got, missed)
		}
	}
	if len(a.last) != 2 {
		t.Errorf("%v", a.last)
	}
	a.interrupted()
	a.heard(1, 30, now)
	a.heard(1, 40, now)
	a.heard(9, 40, now)
	if got := a.takeMissed(); got != 9 {
		t.Errorf("missed %d by heartbeats", got)
	}
	if a.isNew(1, 40, now) || !a.isNew(1, 41, now) {
		t.Error("heartbeats are not counted")
	}
}

// TestPublishAllocations checks that a message costs the turn its copy and its channel's name.
func TestPublishAllocations(t *testing.T) {
	b := newBus(BusOptions{Server: parse(t, "redis://127.0.0.1:1")})
	m := Message{Data: make([]byte, 100)}
	for range maxHeld + 1 {
		b.Publish("room/1", m) // until the ring drops messages
	}
	if n := testing.AllocsPerRun(200, func() { b.Publish("room/1", m) }); n > 2 {
		t.Errorf("%v allocations for a message", n)
	}
}
