package runtime

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"node.websocket/runtime/history"
)

// A wire joins nodes in one process, each of which has a memoryBus. Like any bus, it delivers on a goroutine
// for each node.
type wire struct {
	history *history.Memory // fixed after newWire

	mu    sync.Mutex
	nodes []*memoryBus // guarded by mu
	cut   bool         // guarded by mu: Ask fails
}

type memoryBus struct {
	wire *wire

	mu sync.Mutex

	// guarded by mu
	patterns map[string]bool
	misuse   []string

	in     chan published // never closed, because a recovery may still use the bus when its test ends
	stop   chan struct{}  // closed when the test ends
	answer func([]byte) []byte
}

type published struct {
	name       string
	e          history.Entry
	done       chan struct{} // nil, or closed when what precedes it is delivered
	interrupts bool          // messages were missed before
}

func newWire(t *testing.T) *wire {
	w := &wire{history: history.New(history.Options{Window: time.Minute, MaxBytes: maxHistory, InUse: func(string) bool { return true }})}
	t.Cleanup(w.history.Close)
	return w
}

// node returns the bus of another node, which works until the test ends.
func (w *wire) node(t *testing.T) Bus { return w.memory(t) }

func (w *wire) memory(t *testing.T) *memoryBus {
	b := &memoryBus{wire: w, patterns: map[string]bool{}, in: make(chan published, 1000), stop: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nodes = append(w.nodes, b)
	t.Cleanup(func() {
		close(b.stop)
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, m := range b.misuse {
			t.Error(m)
		}
	})
	return b
}

func (b *memoryBus) Receive(deliver func(string, history.Entry), answer func([]byte) []byte, interrupted func()) {
	b.answer = answer
	go func() { // ends with the test
		for {
			select {
			case <-b.stop:
				return
			case p := <-b.in:
				switch {
				case p.interrupts:
					interrupted()
				case p.done != nil:
					close(p.done)
				default:
					deliver(p.name, p.e)
				}
			}
		}
	}()
}

func (b *memoryBus) change(pattern string, wanted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.patterns[pattern] == wanted {
		b.misuse = append(b.misuse, pattern+" is subscribed to, or not, twice")
	}
	if b.patterns[pattern] = wanted; !wanted {
		delete(b.patterns, pattern)
	}
}

func (b *memoryBus) Subscribe(pattern string)   { b.change(pattern, true) }
func (b *memoryBus) Unsubscribe(pattern string) { b.change(pattern, false) }

func (b *memoryBus) wants(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for pattern := range b.patterns {
		prefix, wild := strings.CutSuffix(pattern, "*")
		if pattern == name || wild && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func (b *memoryBus) Publish(name string, m Message) {
	b.wire.mu.Lock()
	defer b.wire.mu.Unlock()
	b.sendLocked(name, history.Entry{Binary: m.Binary, Data: m.Data})
}

func (b *memoryBus) sendLocked(name string, e history.Entry) {
	for _, other := range b.wire.nodes {
		if other != b && other.wants(name) {
			select {
			case other.in <- published{name: name, e: e}:
			case <-other.stop:
			}
		}
	}
}

func (b *memoryBus) Keep(name string, e history.Entry, limit history.Limit) {
	b.wire.mu.Lock()
	defer b.wire.mu.Unlock()
	b.wire.history.Add("", name, e, limit)
	b.sendLocked(name, e)
}

// settle waits until what was published before is delivered.
func (b *memoryBus) settle() error {
	p := published{done: make(chan struct{})}
	b.wire.mu.Lock()
	cut := b.wire.cut
	b.wire.mu.Unlock()
	if cut {
		return errors.New("cut")
	}
	select {
	case b.in <- p:
	case <-b.stop:
		return errors.New("closed")
	}
	select {
	case <-p.done:
		return nil
	case <-b.stop:
		return errors.New("closed")
	}
}

func (b *memoryBus) Missed(_ context.Context, queries []history.Query) (all []history.Missed, err error) {
	for _, q := range queries {
		var missed history.Missed
		switch {
		case q.MaxBytes >= 0:
			missed = b.wire.history.After(q.Name, q.Epoch, q.Position, q.MaxBytes, q.Overhead)
		case q.Begin:
			missed.State = b.wire.history.Open("", q.Name, history.Limit{})
		default:
			missed.State = b.wire.history.Find(q.Name)
		}
		all = append(all, missed)
	}
	return all, b.settle()
}

func (b *memoryBus) States(_ context.Context, prefix string, most int) (epoch string, states []history.State, all bool, err error) {
	states, all = b.wire.history.States(prefix, most)
	return "all", states, all, b.settle()
}

func (b *memoryBus) Ask(_ context.Context, question []byte) (answers [][]byte, err error) {
	b.wire.mu.Lock()
	defer b.wire.mu.Unlock()
	if b.wire.cut {
		return nil, errors.New("cut")
	}
	for _, other := range b.wire.nodes {
		if other != b {
			answers = append(answers, other.answer(question))
		}
	}
	return answers, nil
}

// A network joins the nodes of a test.
type network interface {
	// node returns the bus of another node, which works until the test ends.
	node(t *testing.T) Bus
	// settle waits until what the nodes have asked for is in effect.
	settle(t *testing.T)
	// left returns what is still subscribed to.
	left() []string
}

// networks makes those that this build has.
var networks = map[string]func(t *testing.T) network{
	"memory": func(t *testing.T) network { return newWire(t) },
}

func (w *wire) settle(*testing.T) {}

func (w *wire) left() (patterns []string) {
	for _, b := range w.nodes {
		b.mu.Lock()
		patterns = slices.AppendSeq(patterns, maps.Keys(b.patterns))
		b.mu.Unlock()
	}
	return patterns
}

// forEachBus runs a test for publishers and subscribers on one node, and on two that a bus joins. The test
// calls settle before it publishes what new subscribers of the other node must get.
func forEachBus(t *testing.T, files map[string]string, test func(t *testing.T, here, there *Runtime, settle func())) {
	t.Run("one node", func(t *testing.T) {
		r, _ := newRuntime(t, files)
		test(t, r, r, func() {})
	})
	for name, join := range networks {
		t.Run("two nodes by "+name, func(t *testing.T) {
			w := join(t)
			here, _ := newRuntimeWith(t, files, Options{Bus: w.node(t)})
			there, _ := newRuntimeWith(t, files, Options{Bus: w.node(t)})
			test(t, here, there, func() { w.settle(t) })
			// A connection that has ended may wait for a turn, to leave its topics.
			eventually(t, "nothing left subscribed", func() bool { return len(w.left()) == 0 })
		})
	}
}

// TestBus checks that what is published here arrives there: once, in order, as it was sent, and only where
// it was subscribed to.
func TestBus(t *testing.T) {
	forEachBus(t, map[string]string{"test.js": topicalModule(1)}, func(t *testing.T, here, there *Runtime, settle func()) {
		_, publisher := connect(t, here, "test")
		_, local := connect(t, here, "test")
		var remote []*fakeSession
		for range 3 {
			_, s := connect(t, there, "test")
			remote = append(remote, s)
		}
		for _, s := range []*fakeSession{publisher, local, remote[0], remote[1]} {
			s.run(t, "c.subscribe('t')")
		}
		remote[1].run(t, "c.subscribe('*')")
		remote[2].run(t, "c.subscribe('room/*')")

		settle()
		publisher.run(t, `(server.publish('t', '1'), c.publish('t', '2'), server.publish('t', new Uint8Array([0, 255])), server.publish('t', '\u00e4'))`)
		publisher.gets(t, "1", "binary:00ff", "ä")
		for _, s := range []*fakeSession{local, remote[0], remote[1]} {
			s.gets(t, "1", "2", "binary:00ff", "ä")
		}

		local.run(t, `(server.publish('room/1', 'a'), server.publish('room', 'b'), server.publish('other', 'c'), c.publish('room/1/2', 'd'))`)
		remote[1].gets(t, "a", "b", "c", "d")
		remote[2].gets(t, "a", "d")

		publisher.run(t, `(() => { for (var i = 0; i < 500; i++) server.publish('t', i) })()`)
		var want []string
		for i := range 500 {
			want = append(want, strconv.Itoa(i))
		}
		for _, s := range []*fakeSession{publisher, local, remote[0], remote[1]} {
			s.gets(t, want...)
		}

		remote[0].run(t, "c.unsubscribe('t')")
		disconnect(remote[1].conn, 1000)
		settle()
		local.run(t, "(server.publish('t', 'last'), server.publish('room/1', 'end'))")
		publisher.gets(t, "last")
		local.gets(t, "last")
		remote[2].gets(t, "end") // came after anything that could come to the others
		remote[0].gets(t)
		remote[1].gets(t)
		for _, s := range append(remote, publisher, local) {
			s.conn.Disconnected(1000, "")
		}
	})
}

// TestBusOrder checks that two publishers on different nodes do not disturb each other's order.
func TestBusOrder(t *testing.T) {
	forEachBus(t, map[string]string{"test.js": topicalModule(1)}, func(t *testing.T, here, there *Runtime, settle func()) {
		_, a := connect(t, here, "test")
		_, b := connect(t, there, "test")
		for _, s := range []*fakeSession{a, b} {
			s.run(t, "c.subscribe('t')")
		}
		settle()
		const n = 200
		var all sync.WaitGroup
		for name, s := range map[string]*fakeSession{"a": a, "b": b} {
			all.Go(func() {
				for range n {
					s.deliver(text("void server.publish('t', '" + name + "' + (server." + name + " = (server." + name + " || 0) + 1))"))
				}
			})
		}
		all.Wait()
		for _, s := range []*fakeSession{a, b} {
			eventually(t, "all messages", func() bool { return strings.Count(s.messages(), "|") == 2*n-1 })
			next := map[byte]int{'a': 1, 'b': 1}
			for m := range strings.SplitSeq(s.messages(), "|") {
				if want := next[m[0]]; m[1:] != strconv.Itoa(want) {
					t.Fatalf("%s, want %d", m, want)
				}
				next[m[0]]++
			}
			s.conn.Disconnected(1000, "")
		}
	})
}

// TestBusIsAskedForWhatIsWanted checks that a bus is told of the first subscriber of a pattern and of the last.
func TestBusIsAskedForWhatIsWanted(t *testing.T) {
	w := newWire(t)
	b := w.memory(t)
	r, _ := newRuntimeWith(t, map[string]string{"test.js": topicalModule(1)}, Options{Bus: b})
	_, s := connect(t, r, "test")
	for i, step := range []struct{ js, want string }{
		{"c.subscribe('a')", "a"}, {"c.subscribe('a')", "a"}, {"c.subscribe('b/*')", "a b/*"}, {"c.unsubscribe('a')", "b/*"}, {"c.unsubscribe('a')", "b/*"},
	} {
		s.run(t, step.js)
		b.mu.Lock()
		var got []string
		for _, p := range []string{"a", "b/*"} {
			if b.patterns[p] {
				got = append(got, p)
			}
		}
		b.mu.Unlock()
		if strings.Join(got, " ") != step.want {
			t.Errorf("step %d: subscribed to %v, want %s", i, got, step.want)
		}
	}
}
