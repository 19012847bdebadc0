package runtime

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestBroadcastKeepsOrder checks that the messages of a connection stay in order, whether they
// were sent or broadcast, in one turn or in several.
func TestBroadcastKeepsOrder(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, n = 0;
		Module.prototype.onData = function(d, c){
			c.server.broadcast(String(++n));
			for (const other of c.server.connections) other.send(String(++n));
			c.server.broadcast(String(++n), c);
			c.send(String(n));
		};`})
	const clients, rounds = 20, 50
	sessions := make([]*fakeSession, clients)
	for i := range sessions {
		_, sessions[i] = connect(t, r, "test")
	}
	var all sync.WaitGroup
	for _, s := range sessions {
		all.Go(func() {
			for range rounds {
				s.deliver(text("x"))
			}
		})
	}
	all.Wait()
	const each = clients + 2
	total := clients * rounds * each
	for i, s := range sessions {
		eventually(t, "the last message", func() bool {
			return strings.HasSuffix(s.messages(), fmt.Sprint(total))
		})
		last, count := 0, 0
		for text := range strings.SplitSeq(s.messages(), "|") {
			var n int
			fmt.Sscan(text, &n)
			if n <= last {
				t.Fatalf("client %d got %d after %d", i, n, last)
			}
			last = n
			count++
		}
		if want := clients * rounds * 3; count != want {
			t.Errorf("client %d got %d messages, want %d", i, count, want)
		}
	}
}

// TestBroadcastReaches checks that a broadcast is encoded once, reaches the connections that were
// open when it was made, and precedes a later close.
func TestBroadcastReaches(t *testing.T) {
	prepared := 0
	r, _ := newRuntimeWith(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onConnect = function(c){ c.server.broadcast('welcome', c) };
		Module.prototype.onData = function(d, c){ c.server.broadcast(d); if (d == 'bye') c.close() };`},
		Options{Prepare: func(m Message) Prepared { prepared++; return m }})
	a, as := connect(t, r, "test")
	b, bs := connect(t, r, "test")
	b.Receive(text("one"))
	b.Disconnected(1000, "")
	a.Receive(text("two", "bye", "late"))
	eventually(t, "all of it", func() bool { return as.messages() == "welcome|one|two|bye" && bs.messages() == "one" })
	if prepared != 5 {
		t.Errorf("prepared %d times, want 5", prepared)
	}
	if as.ReadyState() == stateOpen {
		t.Error("open after close")
	}
}

// TestBroadcastIsBounded checks that a turn which publishes more than maxUndelivered bytes
// delivers them itself, and that this flushes a session once.
func TestBroadcastIsBounded(t *testing.T) {
	r, _ := newRuntime(t, module(`for (var i = 0; i < 1000; i++) {
		connection.server.broadcast('`+strings.Repeat("x", 1000)+`');
		connection.server.most = Math.max(connection.server.most || 0, undelivered());
	}
	connection.send(connection.server.most);`))
	c, s := connect(t, r, "test")
	_, other := connect(t, r, "test")
	w := r.resources["test"].all()[0]
	w.do(func() {
		_ = w.vm.Set("undelivered", func() int64 { return w.outbox.undelivered.Load() })
	})
	c.Receive(text("x"))
	_, most, _ := strings.Cut(s.messages()[1000*1000:], "|")
	var n int
	if fmt.Sscan(most, &n); n == 0 || n > maxUndelivered {
		t.Errorf("%q bytes waited, and the limit is %d", most, maxUndelivered)
	}
	eventually(t, "the other's messages", func() bool { return strings.Count(other.messages(), "|") == 999 })
}

// TestBroadcastLeavesNothingBehind checks that a closed connection does not keep later
// publications alive.
func TestBroadcastLeavesNothingBehind(t *testing.T) {
	r, _ := newRuntime(t, module(`connection.server.kept = connection.server.kept || connection; connection.server.broadcast(data)`))
	a, _ := connect(t, r, "test")
	b, _ := connect(t, r, "test")
	a.Receive(text("x"))
	a.Disconnected(1000, "")
	big := strings.Repeat("x", 10_000)
	before := liveHeap()
	for range 1000 {
		b.Receive(text(big))
		b.session.(*fakeSession).clear()
	}
	if after := liveHeap(); after > before+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
}

// TestBroadcastAndBufferedAmount checks that a connection is flushed even if its bufferedAmount
// was read after a broadcast.
func TestBroadcastAndBufferedAmount(t *testing.T) {
	r, _ := newRuntime(t, module(`connection.server.broadcast(data); connection.bufferedAmount`))
	_, s := connect(t, r, "test")
	s.deliver(text("x"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sent) != 1 || s.flushes != 1 {
		t.Errorf("sent %q with %d flushes, want 1", s.sent, s.flushes)
	}
}

// TestBroadcastAcrossWorkers checks that a broadcast reaches the connections of all workers except one
// connection, that each of them gets the messages of one worker in order, and that a turn which publishes
// more than maxUndelivered bytes delivers them itself.
func TestBroadcastAcrossWorkers(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ }, n = 0, big = 'x'.repeat(70000);
		Module.options = {workers: 2};
		Module.prototype.onData = function(d, c){
			if (d == 'except') return c.server.broadcast('not to me', c);
			if (d == 'big') return c.server.broadcast(big);
			c.server.broadcast(d + ' ' + ++n);
			c.send(d + ' ' + ++n);
		};`})
	sessions := connectAll(t, r, 20)
	const rounds = 100
	senders := sessions[:2]
	if senders[0].conn.worker == senders[1].conn.worker {
		t.Fatal("in one worker")
	}
	var all sync.WaitGroup
	for i, s := range senders {
		all.Go(func() {
			for range rounds {
				s.deliver(text(fmt.Sprint("from", i)))
			}
		})
	}
	all.Wait()
	for i, s := range sessions {
		eventually(t, "every message", func() bool {
			return strings.Contains(s.messages(), fmt.Sprint("from0 ", 2*rounds-1)) && strings.Contains(s.messages(), fmt.Sprint("from1 ", 2*rounds-1))
		})
		last, count := [2]int{}, 0
		for text := range strings.SplitSeq(s.messages(), "|") {
			var from, n int
			if fmt.Sscanf(text, "from%d %d", &from, &n); n <= last[from] {
				t.Fatalf("client %d got %q after %d\n%s", i, text, last[from], log.text())
			}
			last[from] = n
			count++
		}
		want := 2 * rounds
		if i < 2 {
			want += rounds
		}
		if count != want {
			t.Errorf("client %d got %d messages, want %d", i, count, want)
		}
		s.clear()
	}

	flushes := make([]int, len(sessions))
	arrives := func(message, want string, to []*fakeSession) {
		t.Helper()
		for i, s := range sessions {
			flushes[i] = s.flushed()
			s.clear()
		}
		senders[0].deliver(text(message))
		for _, s := range to {
			i := slices.Index(sessions, s)
			eventually(t, "the messages, flushed", func() bool { return s.messages() == want && s.flushed() > flushes[i] })
		}
	}
	arrives("except", "not to me", sessions[1:])
	if got := senders[0].messages(); got != "" {
		t.Errorf("the exception got %q", got)
	}
	arrives("big", strings.Repeat("x", 70_000), sessions)
}
