package runtime

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// expect takes frames until the client has got and been told as much as is wanted, and compares.
func (m *memory) expect(t *testing.T, s *fakeSession, got, recovered []string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%q and %q", got, recovered), func() bool {
		m.take(t, s)
		return len(m.got) >= len(got) && len(m.recovered) >= len(recovered)
	})
	if !slices.Equal(m.got, got) || !slices.Equal(m.recovered, recovered) {
		t.Fatalf("got %q and %q, want %q and %q", m.got, m.recovered, got, recovered)
	}
	m.got, m.recovered = nil, nil
}

// knows waits until the client has been told of a topic's history.
func (m *memory) knows(t *testing.T, s *fakeSession, topic string) {
	t.Helper()
	eventually(t, "the state of "+topic, func() bool {
		m.take(t, s)
		return m.topics[topic] != nil && m.topics[topic].epoch != ""
	})
}

// TestRecoveryOnAnyNode lets a client come back to the other node: it gets what it has missed, on whichever node
// that was published, and is told when some of it is gone.
func TestRecoveryOnAnyNode(t *testing.T) {
	forEachBus(t, recoverable(1), func(t *testing.T, here, there *Runtime, settle func()) {
		_, other := connect(t, here, "test")
		_, another := connect(t, there, "test")
		m := &memory{topics: map[string]*remembered{}}
		other.run(t, `server.publish('room/1', 'before')`)
		c, s := connectRecovering(t, here, "me")
		s.deliver(text(`c.subscribe('room/1') && undefined`))
		m.knows(t, s, "room/1")
		another.run(t, `server.publish('room/1', 'one')`)
		m.expect(t, s, []string{"one"}, nil)
		s.deliver(text(`c.publish('room/1', 'mine'), server.publish('room/1', 'two'), undefined`))
		m.expect(t, s, []string{"two"}, nil)

		nodes := []*Runtime{there, here}
		move := func() {
			disconnect(c, 1006)
			m.lose(t, s)
			c, s = connectRecovering(t, nodes[0], "me")
			nodes[0], nodes[1] = nodes[1], nodes[0]
		}
		disconnect(c, 1006)
		other.run(t, `server.publish('room/1', 'three')`)
		another.run(t, `server.publish('room/1', new Uint8Array([0, 7]))`)
		another.run(t, `server.publish('room/1', 'five')`)
		move()
		s.deliver(text(`c.subscribe('room/1') && undefined`))
		eventually(t, "what was missed", func() bool { m.take(t, s); return len(m.got) >= 3 })
		if m.got[0] != "three" && m.got[2] != "three" || !slices.Contains(m.got, "five") || !slices.Equal(m.recovered, []string{"room/1 true"}) {
			t.Fatalf("got %q and %q", m.got, m.recovered)
		}
		m.got, m.recovered = nil, nil

		move()
		s.deliver(text(`c.subscribe('room/1') && undefined`))
		m.expect(t, s, nil, []string{"room/1 true"})

		disconnect(c, 1006)
		another.run(t, `(function(){ for (var i = 0; i < 25; i++) server.publish('room/1', String(i)) })()`)
		move()
		s.deliver(text(`c.subscribe('room/1') && undefined`))
		var last20 []string
		for i := range 20 {
			last20 = append(last20, fmt.Sprint(5+i))
		}
		m.expect(t, s, last20, []string{"room/1 false"})
		disconnect(c, 1006)
	})
}

// TestRecoverySeamOnNodes lets a client move from node to node again and again while both publish. Every message arrives
// once, and those of each node in order.
func TestRecoverySeamOnNodes(t *testing.T) {
	const each, losses = 400, 40
	forEachBus(t, recoverable(1), func(t *testing.T, here, there *Runtime, settle func()) {
		m := &memory{topics: map[string]*remembered{}}
		c, s := connectRecovering(t, here, "me")
		s.deliver(text(`c.subscribe('long/1') && undefined`))
		m.knows(t, s, "long/1")
		nodes := []*Runtime{here, there}
		var all sync.WaitGroup
		for p, node := range nodes {
			_, other := connect(t, node, "test")
			all.Go(func() {
				for i := range each {
					other.deliver(text(fmt.Sprintf("server.publish('long/1', '%d %d'), undefined", p, i)))
				}
			})
		}
		for i := range losses {
			m.take(t, s)
			c.Disconnected(1006, "")
			m.lose(t, s)
			c, s = connectRecovering(t, nodes[i%2], "me")
			s.deliver(text(`c.subscribe('long/1') && undefined`))
			if i%3 == 0 {
				eventually(t, "the answer", func() bool { m.take(t, s); return m.topics["long/1"].held == nil })
			}
		}
		all.Wait()
		eventually(t, "every message", func() bool {
			m.take(t, s)
			return len(m.got) >= len(nodes)*each
		})
		var next [2]int
		for _, got := range m.got {
			var p, i int
			if _, err := fmt.Sscan(got, &p, &i); err != nil || i != next[p] {
				t.Fatalf("got %q, want number %d", got, next[p])
			}
			next[p]++
		}
		if slices.Contains(m.recovered, "long/1 false") {
			t.Error("not recovered")
		}
		c.Disconnected(1006, "")
	})
}

// TestRecoveryUnknown checks that a client is told that nothing was recovered, while the history is not reached.
func TestRecoveryUnknown(t *testing.T) {
	w := newWire(t)
	r, _ := newRuntimeWith(t, recoverable(1), Options{Bus: w.node(t)})
	m := &memory{topics: map[string]*remembered{}}
	c, s := connectRecovering(t, r, "me")
	s.deliver(text(`c.subscribe('room/1') && undefined`))
	m.knows(t, s, "room/1")
	lose := func(cut bool) {
		disconnect(c, 1006)
		m.lose(t, s)
		w.mu.Lock()
		w.cut = cut
		w.mu.Unlock()
		c, s = connectRecovering(t, r, "me")
	}
	lose(true)
	s.deliver(text(`c.subscribe('room/1') && undefined`))
	m.expect(t, s, nil, []string{"room/1 false"})
	m.ask(s, "room/1")
	m.expect(t, s, nil, []string{"room/1 false"})
	lose(false)
	s.deliver(text(`c.subscribe('room/1') && undefined`))
	m.expect(t, s, nil, []string{"room/1 false"}) // nobody knows what was missed meanwhile
	lose(false)
	s.deliver(text(`c.subscribe('room/1') && undefined`))
	m.expect(t, s, nil, []string{"room/1 true"})
}

// TestRecoveryOfTheNode has a node miss messages while its clients stay connected: they get them when it is told, before what
// comes later.
func TestRecoveryOfTheNode(t *testing.T) {
	w := newWire(t)
	bus := w.memory(t)
	here, _ := newRuntimeWith(t, recoverable(1), Options{Bus: w.node(t)})
	there, _ := newRuntimeWith(t, recoverable(1), Options{Bus: bus})
	_, other := connect(t, here, "test")
	m := &memory{topics: map[string]*remembered{}}
	_, s := connectRecovering(t, there, "me")
	_, plain := connect(t, there, "test")
	plain.run(t, `c.subscribe('room/2')`)
	s.deliver(text(`c.subscribe('room/1') && undefined`))
	m.knows(t, s, "room/1")
	other.run(t, `server.publish('room/1', 'one')`)
	m.expect(t, s, []string{"one"}, nil)

	bus.change("room/1", false) // it hears nothing
	other.run(t, `server.publish('room/1', 'two')`)
	bus.change("room/1", true)
	bus.in <- published{interrupts: true}
	other.run(t, `server.publish('room/1', 'three')`)
	m.expect(t, s, []string{"two", "three"}, []string{"room/1 true"})
	other.run(t, `server.publish('room/2', 'last')`)
	plain.gets(t, "last") // and no frame
}
