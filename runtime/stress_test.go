package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// stressModule counts the messages of an instance, and puts into each answer the number of
// broadcasts before it.
const stressModule = `
	var Module = this.Module = class {
		FIELDS
		constructor(){ this.n = 0 }
		onHandshake(r){ if (r.url == '/later') return new Promise(f => setTimeout(f, 1)) }
		onConnect(c){
			c.server.seq = c.server.seq || 0;
			c.server.connects = (c.server.connects || 0) + 1;
			c.send('at ' + c.server.seq);
		}
		onData(d, c){ return handle(this, +d, c) }
		onDisconnect(c){ c.server.disconnects = (c.server.disconnects || 0) + 1 }
	};
	function handle(instance, d, c){
		if (d != instance.n++) throw new Error('got message ' + d + ' after ' + instance.n + ' others');
		const answer = () => { c.send('got ' + d + ' ' + c.server.seq) };
		switch (d % 8) {
		case 1: c.server.broadcast('all ' + ++c.server.seq); break;
		case 2: c.pause(); setTimeout(() => c.resume(), 1); break;
		case 3: return new Promise(f => setTimeout(f, 1)).then(answer);
		case 4: c.server.broadcast('all ' + ++c.server.seq, c); c.send('at ' + c.server.seq); break;
		case 5: return Promise.resolve().then(answer);
		case 6: for (const other of c.server.connections) other.send('at ' + c.server.seq); break;
		}
		answer();
	}`

// stressed is the state that the clients of a stress test share.
type stressed struct {
	t       *testing.T
	runtime *Runtime
}

const stressMessages = 40 // for each connection

// deliver is fakeSession's deliver, but fails if the session is not resumed.
func (x *stressed) deliver(s *fakeSession, batch []Message) bool {
	for {
		select {
		case <-s.resumed: // as in transport, a Resume before the offer does not count
		default:
		}
		if batch = batch[s.conn.Receive(batch):]; len(batch) == 0 {
			return true
		}
		select {
		case <-s.resumed:
		case <-time.After(30 * time.Second):
			x.t.Error("a session was not resumed")
			return false
		}
		if s.ReadyState() != stateOpen {
			return false
		}
	}
}

// client runs one connection, which sends all its messages or is cut at some time.
func (x *stressed) client(random *rand.Rand) {
	request := Request{Head: []string{"GET / HTTP/1.1\r\n", "GET /later HTTP/1.1\r\n"}[random.IntN(2)]}
	c, a, err := open(x.runtime, "test", request)
	if err != nil || a.Status != 0 {
		x.t.Errorf("%v, %+v", err, a)
		return
	}
	s := newFakeSession(c)
	c.Connected(s)
	cutAt := stressMessages
	if random.IntN(3) == 0 {
		cutAt = random.IntN(stressMessages)
	}
	for sent := 0; sent < stressMessages && !x.t.Failed(); {
		var batch []Message
		for range min(1+random.IntN(5), stressMessages-sent) {
			batch = append(batch, text(fmt.Sprint(sent))...)
			sent++
		}
		var cut sync.WaitGroup
		if sent > cutAt {
			cut.Go(s.Terminate)
		}
		whole := x.deliver(s, batch)
		cut.Wait()
		if !whole || sent > cutAt {
			break
		}
	}
	if random.IntN(2) == 0 {
		c.Ending()
	}
	c.Disconnected(1000, "")
	x.check(s, cutAt == stressMessages)
}

// check checks a client's messages: an answer to each of its own, in order, and every broadcast
// of its time in its place between them.
func (x *stressed) check(s *fakeSession, whole bool) {
	answers, seq := 0, -1
	for m := range strings.SplitSeq(s.messages(), "|") {
		var kind string
		var n, at int
		if m == "" {
			continue
		}
		fmt.Sscan(m, &kind, &n, &at)
		switch {
		case kind == "at" && (seq < 0 || n == seq || n == seq+1):
			seq = n
		case kind == "all" && n == seq+1:
			seq = n
		case kind == "got" && n == answers && at == seq:
			answers++
		default:
			x.t.Errorf("%q after %d answers and broadcast %d:\n%s", m, answers, seq, s.messages())
			return
		}
	}
	if whole && answers != stressMessages {
		x.t.Errorf("%d answers, want %d:\n%s", answers, stressMessages, s.messages())
	}
}

// run lets clients come and go while the module is reloaded and other goroutines take turns.
func (x *stressed) run(clients, rounds int) {
	t, r := x.t, x.runtime
	source := func(n int) string {
		fields := ""
		if n%3 == 1 { // instances with code of their own are rebuilt
			fields = "onData = (d, c) => handle(this, +d, c);"
		}
		return strings.Replace(stressModule, "FIELDS", fields, 1) + fmt.Sprint("// ", n)
	}
	save(t, r, "test.js", source(0))
	resource, err := r.Resource("test")
	if err != nil {
		t.Fatal(err)
	}
	var all, others sync.WaitGroup
	for i := range clients {
		random := rand.New(rand.NewPCG(uint64(i), 1))
		all.Go(func() {
			for range rounds {
				x.client(random)
			}
		})
	}
	over := make(chan struct{})
	others.Go(func() {
		for n := 1; ; n++ {
			select {
			case <-over:
				return
			case <-time.After(3 * time.Millisecond):
				save(t, r, "test.js", source(n))
			}
		}
	})
	others.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
				resource.all()[0].do(func() { resource.all()[0].post(func() { <-time.After(maxDrain) }) })
			}
		}
	})
	all.Wait()
	close(over)
	others.Wait()
	w := resource.all()[0]
	w.do(func() {
		connects, disconnects := w.server.Get("connects").ToInteger(), w.server.Get("disconnects").ToInteger()
		if want := int64(clients * rounds); connects != want || disconnects != want {
			t.Errorf("onConnect ran %d times and onDisconnect %d, want %d", connects, disconnects, want)
		}
		if w.clients.Load() != 0 || w.first != nil || w.last != nil || len(w.conns.live) != 0 {
			t.Errorf("%d connections and %d handles left", w.clients.Load(), len(w.conns.live))
		}
	})
}

// TestStress checks that no message is lost, repeated or reordered under stress, and that every
// session is resumed. In a bubble it also checks that all goroutines end, and time only advances
// when they all wait; outside, everything is concurrent.
func TestStress(t *testing.T) {
	stress := func(t *testing.T) {
		r, log := newRuntime(t, nil)
		(&stressed{t, r}).run(20, 4)
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if strings.Contains(log.text(), "ERROR") {
			t.Error(log.text()[:min(4000, len(log.text()))])
		}
		t.Logf("%d reloads", strings.Count(log.text(), "serves"))
	}
	t.Run("in a bubble", func(t *testing.T) { synctest.Test(t, stress) })
	t.Run("at once", stress)
}
