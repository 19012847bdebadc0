package soak

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// honestModules are the resources of the honest clients: one answers, the other passes on to all, which
// have subscribed in three ways.
var honestModules = map[string]string{
	"honest.js": `var Module = this.Module = function(){ };
		Module.prototype.onData = function(data, connection){ connection.send(data); };`,
	"room.js": `var Module = this.Module = function(){ }, n = 0;
		Module.prototype.onConnect = function(connection){ [['room/all'], ['room/*'], ['room/*', 'room/all']][n++ % 3].forEach(connection.subscribe, connection); };
		Module.prototype.onData = function(data, connection){ connection.server.publish('room/all', data); };`,
}

// pace is the interval at which an honest client sends.
const pace = 100 * time.Millisecond

// A crowd is all honest clients of a program and one of its resources.
type crowd struct {
	name    string
	started time.Time // fixed; messages tell the time since
	room    bool      // every client receives what any sends
	clients []*honest
	over    chan struct{} // closed when they shall send no more
	ending  atomic.Bool   // they may be closed
	sending sync.WaitGroup
	reading sync.WaitGroup

	mu       sync.Mutex
	failures []string // guarded by mu
}

// An honest client sends numbered messages, and checks that it receives each that it must, once and in
// order for each sender.
type honest struct {
	crowd    *crowd
	number   int
	session  session
	sent     atomic.Int64
	received atomic.Int64

	// the receiving goroutine's
	next   []int // message of each client of the crowd
	delays latencies
}

// gather connects clients to a resource, as many in each way as there are names of it.
func gather(t *testing.T, ctx context.Context, name string, at target, path string, room bool, ways []way) *crowd {
	t.Helper()
	c := &crowd{name: name, started: time.Now(), room: room, over: make(chan struct{})}
	for i, way := range ways {
		s, err := way.open(ctx, at, path)
		if err != nil {
			t.Fatalf("%s, %s: %v", name, way.name, err)
		}
		c.clients = append(c.clients, &honest{crowd: c, number: i, session: s, next: make([]int, len(ways))})
	}
	for i, h := range c.clients {
		c.reading.Go(func() { // ends with its session
			if err := h.receiveAll(); err != nil && !c.ending.Load() {
				c.fail("%s, honest client %d, %s: %v", name, i, ways[i].name, err)
			}
		})
	}
	return c
}

// start has the clients send.
func (c *crowd) start() {
	for i, h := range c.clients {
		c.sending.Go(func() { // ends when over is closed
			if err := h.sendAll(pace * time.Duration(i) / time.Duration(len(c.clients))); err != nil {
				c.fail("%s, honest client %d: %v", c.name, i, err)
			}
		})
	}
}

func (c *crowd) fail(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, fmt.Sprintf(format, args...))
}

func (h *honest) sendAll(offset time.Duration) error {
	timer := time.NewTimer(offset)
	defer timer.Stop()
	for n := 0; ; n++ {
		select {
		case <-h.crowd.over:
			return nil
		case <-timer.C:
			timer.Reset(pace)
		}
		h.sent.Add(1)
		if err := h.session.send(fmt.Sprintf("%d %d %d", h.number, n, time.Since(h.crowd.started))); err != nil {
			return fmt.Errorf("message %d: %w", n, err)
		}
	}
}

func (h *honest) receiveAll() error {
	for {
		text, err := h.session.receive()
		if err != nil {
			return err
		}
		now := time.Since(h.crowd.started)
		var from, n int
		var at time.Duration
		if _, err := fmt.Sscanf(text, "%d %d %d", &from, &n, &at); err != nil {
			return fmt.Errorf("%.40q: %w", text, err)
		}
		if from != h.number && !h.crowd.room || from >= len(h.next) || n != h.next[from] {
			return fmt.Errorf("message %d of client %d, expected %d", n, from, h.next[from])
		}
		h.next[from]++
		h.delays = append(h.delays, now-at)
		h.received.Add(1)
	}
}

// finish waits until every message has arrived, closes the clients and returns their latencies.
func (c *crowd) finish(t *testing.T) (messages int64, all latencies) {
	t.Helper()
	close(c.over)
	c.sending.Wait()
	total := int64(0)
	for _, h := range c.clients {
		total += h.sent.Load()
	}
	missing := func() (n int64) {
		for _, h := range c.clients {
			if c.room {
				n += total - h.received.Load()
			} else {
				n += h.sent.Load() - h.received.Load()
			}
		}
		return n
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for start := time.Now(); missing() > 0 && time.Since(start) < patience; {
		<-tick.C
	}
	if n := missing(); n != 0 {
		t.Errorf("%s: %d messages are lost", c.name, n)
	}
	c.ending.Store(true)
	for _, h := range c.clients {
		h.session.close()
	}
	c.reading.Wait()
	for _, text := range c.failures {
		t.Error(text)
	}
	for _, h := range c.clients {
		messages += h.received.Load()
		all = append(all, h.delays...)
	}
	return messages, all
}

// latencies are those of many messages.
type latencies []time.Duration

// quantile returns the least latency that the share q of all do not exceed.
func (l latencies) quantile(q float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	slices.Sort(l)
	return l[min(int(q*float64(len(l))), len(l)-1)]
}

func (l latencies) String() string {
	ms := func(q float64) float64 { return float64(l.quantile(q).Microseconds()) / 1000 }
	return fmt.Sprintf("p50 %.2f ms, p99 %.2f ms, most %.2f ms", ms(0.5), ms(0.99), ms(1))
}
