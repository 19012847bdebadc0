package runtime

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/runtime/topic"
)

// topical is a module whose clients send JavaScript, and get its result unless that is undefined.
const topical = `
	var Module = this.Module = function(){ };
	Module.options = {workers: WORKERS};
	Module.prototype.onData = function(code, c){
		try { var result = new Function('c', 'server', 'return ' + code)(c, c.server) } catch (e) { result = String(e) }
		if (result !== undefined) c.send('= ' + result);
	};`

func topicalModule(workers int) string {
	return strings.ReplaceAll(topical, "WORKERS", fmt.Sprint(workers))
}

// run has the module run code and returns the result.
func (s *fakeSession) run(t testing.TB, code string) string {
	t.Helper()
	s.deliver(text("'' + (" + code + ")"))
	s.mu.Lock()
	defer s.mu.Unlock()
	result, ok := strings.CutPrefix(s.sent[len(s.sent)-1], "= ")
	if !ok {
		t.Fatalf("%s: no result in %q", code, s.sent)
	}
	s.sent = s.sent[:len(s.sent)-1]
	return result
}

// gets waits until the messages of a session are want, and then forgets them.
func (s *fakeSession) gets(t testing.TB, want ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("want %q, have %q", want, s.messages()), func() bool { return s.messages() == strings.Join(want, "|") })
	s.clear()
}

// TestTopicMethods checks results and errors of everything that JavaScript sees of topics.
func TestTopicMethods(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": topicalModule(1)})
	_, a := connect(t, r, "test")
	_, b := connect(t, r, "test")
	for _, c := range []struct{ code, want string }{
		{`c.subscribe('room/1')`, "true"},
		{`c.subscribe('room/1')`, "true"},
		{`c.subscribe('room/*')`, "true"},
		{`c.subscribe('ä')`, "true"},
		{`c.subscriptions.join()`, "room/1,room/*,ä"},
		{`Array.isArray(c.subscriptions)`, "true"},
		{`c.isSubscribed('room/1') + ' ' + c.isSubscribed('room/2') + ' ' + c.isSubscribed('room/*')`, "true false true"},
		{`server.subscriberCount('room/1') + ' ' + server.subscriberCount('room/2') + ' ' + server.subscriberCount('x') + ' ' + server.subscriberCount('room/*')`, "1 1 0 1"},
		{`c.publish('room/1', 'x')`, "false"}, // there is no other
		{`c.publish('x', 'x')`, "false"},
		{`server.publish('x', 'x')`, "false"},
		{`c.unsubscribe('room/1')`, "true"},
		{`c.unsubscribe('room/1')`, "false"},
		{`c.unsubscribe('room/2')`, "false"},
		{`c.unsubscribe('room/*')`, "true"},
		{`c.subscriptions.join()`, "ä"},
		{`c.subscribe()`, "TypeError: subscribe: the topic must be a string"},
		{`c.subscribe(42)`, "TypeError: subscribe: the topic must be a string"},
		{`c.subscribe('')`, "TypeError: subscribe: the topic must not be empty"},
		{`c.subscribe('a*')`, "TypeError: subscribe: a * in a topic must be all of its last segment, as in room/*"},
		{`c.unsubscribe('x'.repeat(257))`, "TypeError: unsubscribe: the topic must not be longer than 256 bytes"},
		{`c.isSubscribed(null)`, "TypeError: isSubscribed: the topic must be a string"},
		{`c.publish({}, 'x')`, "TypeError: publish: the topic must be a string"},
		{`server.publish('a/*', 'x')`, "TypeError: publish: a topic with a * can be subscribed to, but nothing can be published on it"},
		{`server.subscriberCount()`, "TypeError: subscriberCount: the topic must be a string"},
		{`c.publish('x', {toString(){ throw new Error('not called') }})`, "false"},
		{`c.subscribe.length + ' ' + c.publish.length + ' ' + server.publish.length`, "1 2 2"},
		{`c.subscribe.call({}, 'x')`, "TypeError: connection.subscribe was called on something that is no connection; pass the method on as function(x){ connection.subscribe(x); }"},
		{`Object.keys(server).join()`, ""},
	} {
		if got := a.run(t, c.code); got != c.want && !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %s, want %s", c.code, got, c.want)
		}
	}
	for _, data := range []struct{ js, want string }{
		{`'text'`, "text"}, {`new Uint8Array([1, 2])`, "binary:0102"}, {`new Uint8Array([1, 2]).buffer`, "binary:0102"},
		{`42`, "42"}, {`undefined`, "undefined"}, {`{toString(){ return 'own' }}`, "own"}, {`''`, ""}, {`'\u00e4\ud83d\ude00'`, "ä😀"},
	} {
		if got := b.run(t, `c.publish('ä', `+data.js+`)`); got != "true" {
			t.Errorf("publish %s: %s", data.js, got)
		}
		a.gets(t, data.want)
	}
	if got := a.run(t, `(() => { for (var i = 0; i < 1100; i++) if (!c.subscribe('n/' + i)) return i })()`); got != fmt.Sprint(topic.MaxSubscriptions-1) {
		t.Errorf("subscribed %s times", got)
	}
	log.want(t, "WARN subscribe returned false", "1000 subscriptions", "id=c1")
}

// TestPublishIsOnce checks that a message comes once to a connection for which several topics stand, and
// that it is encoded once.
func TestPublishIsOnce(t *testing.T) {
	prepared := 0
	r, _ := newRuntimeWith(t, map[string]string{"test.js": topicalModule(1)}, Options{Prepare: func(m Message) Prepared { prepared++; return m }})
	var sessions []*fakeSession
	for _, topics := range []string{"a/b/c", "a/b/*", "a/*", "*", "a/b/c,a/b/*,a/*,*", "a/*,*", "a/b", ""} {
		_, s := connect(t, r, "test")
		for name := range strings.SplitSeq(topics, ",") {
			if name != "" {
				s.run(t, "c.subscribe('"+name+"')")
			}
		}
		sessions = append(sessions, s)
	}
	if got := sessions[0].run(t, "server.subscriberCount('a/b/c') + ' ' + server.publish('a/b/c', 'x') + ' ' + server.publish('nobody', 'x') + ' ' + c.publish('a/b/c', 'y')"); got != "6 true true true" {
		t.Error(got)
	}
	for i, s := range sessions {
		switch {
		case i == 0:
			s.gets(t, "x")
		case i == 3 || i == 4 || i == 5:
			s.gets(t, "x", "x", "y")
		case i < 6:
			s.gets(t, "x", "y")
		default:
			s.gets(t)
		}
	}
	if prepared != 3 {
		t.Errorf("prepared %d times, want 3", prepared)
	}
	for i, s := range sessions[:6] {
		if n := s.flushed(); n > 20 {
			t.Errorf("%d was flushed %d times", i, n)
		}
	}
}

// TestTopicOrder checks that what one turn publishes, broadcasts and sends comes in order, and that a
// connection gets exactly what is published between its subscribe and its unsubscribe.
func TestTopicOrder(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": topicalModule(1)})
	_, a := connect(t, r, "test")
	_, b := connect(t, r, "test")
	b.run(t, "server.b = c")
	a.run(t, `(() => {
		var b = server.b;
		server.publish('t', 'lost');
		c.subscribe('t'); b.subscribe('t'); b.subscribe('u/*');
		server.publish('t', '1');
		server.publish('u/1', '2');
		server.broadcast('3');
		c.send('4'); b.send('4');
		c.publish('t', '5');
		b.publish('t', '6');
		b.unsubscribe('t');
		server.publish('t', '7');
		b.subscribe('t');
		c.unsubscribe('t');
		server.publish('t', '8');
		b.bufferedAmount;
		server.publish('u/2', '9');
		b.close();
		server.publish('t', 'late');
	})()`)
	a.gets(t, "1", "3", "4", "6", "7")
	b.gets(t, "1", "2", "3", "4", "5", "8", "9")
	if b.ReadyState() == stateOpen {
		t.Errorf("open after close\n%s", log.text())
	}
}

// TestTopicOrderAcrossWorkers has connections of several workers and modules subscribe, publish and
// broadcast at the same time. Each must get every message of a topic that it is subscribed to, once and in
// its publisher's order, and in order with its own messages.
func TestTopicOrderAcrossWorkers(t *testing.T) {
	const publisher = `
		var Module = this.Module = function(){ }, n = 0;
		Module.options = {workers: WORKERS};
		Module.prototype.onConnect = function(c){ c.subscribe('always'); c.subscribe('wild/*') };
		Module.prototype.onData = function(d, c){
			var me = d.split(' ')[1];
			switch (d.split(' ')[0]) {
			case 'always': c.server.publish('always', me + ' ' + ++n + ' all'); break;
			case 'wild': c.server.publish('wild/' + me, me + ' ' + ++n + ' all'); break;
			case 'others': c.publish('always', me + ' ' + ++n + ' others'); break;
			case 'big': for (var i = 0; i < 40; i++) c.server.publish('always', me + ' ' + ++n + ' all' + ' '.repeat(20000)); break;
			case 'on': c.subscribe('sometimes/' + me); c.send(me + ' ' + n + ' on'); break;
			case 'sometimes': c.server.publish('sometimes/' + me, me + ' ' + ++n + ' sometimes'); break;
			case 'off': c.unsubscribe('sometimes/' + me); c.send(me + ' ' + n + ' off'); break;
			}
			c.send(me + ' ' + n + ' own');
		};`
	for _, workers := range []int{1, 3} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			module := strings.ReplaceAll(publisher, "WORKERS", fmt.Sprint(workers))
			r, log := newRuntime(t, map[string]string{"a.js": module, "b.js": module})
			var sessions []*fakeSession
			worker := map[*worker]int{}
			for i := range 12 {
				_, s := connect(t, r, string("ab"[i%2]))
				if _, ok := worker[s.conn.worker]; !ok {
					worker[s.conn.worker] = len(worker)
				}
				sessions = append(sessions, s)
			}
			if len(worker) != 2*workers {
				t.Fatalf("%d workers", len(worker))
			}
			var all sync.WaitGroup
			var mu sync.Mutex
			published := map[int]int{} // to all, by worker
			own := map[*fakeSession]int{}
			for i, s := range sessions {
				all.Go(func() {
					random := rand.New(rand.NewPCG(uint64(i), 1))
					me := worker[s.conn.worker]
					for range 60 {
						what := []string{"always", "wild", "others", "on", "sometimes", "off"}[random.IntN(6)]
						if i == 0 && random.IntN(20) == 0 {
							what = "big"
						}
						s.deliver(text(fmt.Sprint(what, " ", me)))
						mu.Lock()
						own[s]++
						switch what {
						case "always", "wild":
							published[me]++
						case "big":
							published[me] += 40
						}
						mu.Unlock()
					}
				})
			}
			all.Wait()
			total := 0
			for _, n := range published {
				total += n
			}
			for i, s := range sessions {
				eventually(t, "all messages", func() bool { return strings.Count(s.messages(), " all") >= total })
				last, ownSeen, on := map[int]int{}, 0, false
				for m := range strings.SplitSeq(s.messages(), "|") {
					var from, n int
					var kind string
					fmt.Sscan(m, &from, &n, &kind)
					mine := from == worker[s.conn.worker]
					switch {
					case n < last[from], n == last[from] && (kind == "all" || kind == "others" || kind == "sometimes"):
						t.Fatalf("client %d got %.20q after %d\n%s", i, m, last[from], log.text())
					case kind == "sometimes" && (!mine || !on):
						t.Fatalf("client %d got %q without a subscription", i, m)
					case kind == "on", kind == "off":
						on = kind == "on"
					case kind == "own":
						ownSeen++
					}
					last[from] = n
				}
				if got := strings.Count(s.messages(), " all"); got != total || ownSeen != own[s] {
					t.Errorf("client %d got %d messages and %d answers, want %d and %d", i, got, ownSeen, total, own[s])
				}
			}
		})
	}
}

// A heldSession lets SendPrepared wait until it is released, as no session may.
type heldSession struct {
	*fakeSession
	held, release chan struct{}
}

func (s *heldSession) SendPrepared(p Prepared) bool {
	s.held <- struct{}{}
	<-s.release
	return s.fakeSession.SendPrepared(p)
}

// TestFanOutIsOutsideTheTurn checks that a worker takes further turns while what it has published is being
// delivered, and that what these send does not overtake it.
func TestFanOutIsOutsideTheTurn(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": topicalModule(1)})
	a, as := connect(t, r, "test")
	as.run(t, "c.subscribe('t')")
	c, _, err := open(r, "test", Request{})
	if err != nil {
		t.Fatal(err)
	}
	last := &heldSession{newFakeSession(c), make(chan struct{}), make(chan struct{})}
	c.Connected(last)
	last.run(t, "c.subscribe('t')")
	over := make(chan struct{})
	go func() { // ends when last is released
		defer close(over)
		a.Receive(text("void server.publish('t', 'published')"))
	}()
	<-last.held // a has got it, and the turn must be over
	further := make(chan struct{})
	go func() { // ends with these turns
		defer close(further)
		for range 2 {
			as.deliver(text("void c.send('sent')"))
		}
	}()
	select {
	case <-further:
	case <-time.After(10 * time.Second):
		t.Error("no further turn")
	}
	close(last.release)
	<-over
	<-further
	as.gets(t, "published", "sent", "sent")
	last.gets(t, "published")
}

// TestTopicsAreOfTheNode checks that topics join modules and workers, outlive a reload, can be published on
// while a module loads and by timers, and that nothing of a connection is left when it has gone.
func TestTopicsAreOfTheNode(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"a.js": topicalModule(1), "b.js": topicalModule(2)})
	_, a := connect(t, r, "a")
	_, b1 := connect(t, r, "b")
	_, b2 := connect(t, r, "b")
	if b1.conn.worker == b2.conn.worker {
		t.Fatal("in one worker")
	}
	for _, s := range []*fakeSession{a, b1, b2} {
		s.run(t, "c.subscribe('t')")
	}
	if got := a.run(t, "server.subscriberCount('t') + ' ' + c.publish('t', 'from a')"); got != "3 true" {
		t.Error(got)
	}
	b1.gets(t, "from a")
	b2.gets(t, "from a")
	b1.run(t, "server.publish('t', 'from b')")
	for _, s := range []*fakeSession{a, b1, b2} {
		s.gets(t, "from b")
	}
	b1.run(t, "void setTimeout(() => server.publish('t', 'later'), 1)")
	for _, s := range []*fakeSession{a, b1, b2} {
		s.gets(t, "later")
	}
	save(t, r, "a.js", strings.Replace(topicalModule(1), "'= '", "'= new '", 1))
	if got := a.run(t, "c.subscriptions"); got != "new t" {
		t.Errorf("after a reload: %q\n%s", got, log.text())
	}
	save(t, r, "b.js", topicalModule(1)+"; module.server.publish('t', 'at load');")
	for _, s := range []*fakeSession{a, b1, b2} {
		s.gets(t, "at load", "at load") // of two workers
	}
	disconnect(b2.conn, 1000)
	disconnect(b1.conn, 1000)
	if got := a.run(t, "server.subscriberCount('t') + ' ' + c.publish('t', 'x')"); got != "new 1 false" {
		t.Errorf("after they have gone: %s", got)
	}
}

// TestTopicsOnDisconnect checks what a module sees of a connection's topics once it has gone.
func TestTopicsOnDisconnect(t *testing.T) {
	r, log := newRuntime(t, map[string]string{"test.js": `
		var Module = this.Module = function(){ };
		Module.prototype.onData = function(d, c){ c.subscribe(d) };
		Module.prototype.onDisconnect = function(c){
			console.log('had', c.subscriptions.join(), c.isSubscribed('b'), c.server.subscriberCount('a'), c.subscribe('more'));
			for (var topic of c.subscriptions) c.publish(topic, 'left ' + topic);
			setTimeout(function(){ console.log('now', c.subscriptions.length, c.isSubscribed('b'), c.subscribe('more'), c.unsubscribe('b'), c.publish('a', 'after')) });
		};`})
	a, as := connect(t, r, "test")
	b, bs := connect(t, r, "test")
	a.Receive(text("a"))
	b.Receive(text("a", "b"))
	b.Disconnected(1000, "")
	log.want(t, "had a,b true 1 false")
	as.gets(t, "left a", "after")
	bs.gets(t)
	log.want(t, "now 0 false false false true")
	a.Disconnected(1000, "")
	eventually(t, "none left", func() bool { return r.topics.Count("a") == 0 })
}

// TestTopicsGiveUp checks that a worker that is given up takes its subscriptions with it, also those that
// it makes afterwards, and that what it has published arrives.
func TestTopicsGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := newRuntime(t, map[string]string{"a.js": `
			var Module = this.Module = function(){ };
			Module.prototype.onData = function(d, c){
				c.subscribe('t');
				if (d == 'hang') { c.server.publish('t', 'last words'); hang(); c.subscribe('u'); c.server.publish('t', 'from beyond') }
			};`, "b.js": topicalModule(1)})
		_, a := connect(t, r, "a")
		_, other := connect(t, r, "a")
		_, b := connect(t, r, "b")
		other.deliver(text("x"))
		b.run(t, "c.subscribe('t')")
		h := hangIn(a.conn)
		go a.conn.Receive(text("hang"))
		<-h.begun
		time.Sleep(10 * time.Second) // on the bubble's clock
		synctest.Wait()
		b.gets(t, "last words")
		if got := b.run(t, "server.subscriberCount('t')"); got != "1" {
			t.Errorf("%s subscribers\n%s", got, log.text())
		}
		close(h.over)
		synctest.Wait()
		if got := b.run(t, "server.subscriberCount('t') + ' ' + server.subscriberCount('u')"); got != "1 0" {
			t.Errorf("%s subscribers afterwards\n%s", got, log.text())
		}
	})
}

// TestPublishLeavesNothingBehind checks that subscriptions and messages go with the connections.
func TestPublishLeavesNothingBehind(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": topicalModule(1)})
	_, a := connect(t, r, "test")
	a.run(t, "c.subscribe('t')")
	round := func() {
		b, bs := connect(t, r, "test")
		bs.run(t, "[1,2,3,4,5,6,7,8,9].forEach(i => c.subscribe('own/' + c.id + '/' + i)), c.subscribe('t')")
		bs.run(t, "server.publish('t', 'x'.repeat(10000))")
		b.Disconnected(1000, "")
		eventually(t, "the message", func() bool { return a.messages() != "" })
		a.clear()
	}
	for range 10 {
		round()
	}
	before := liveHeap()
	for range 500 {
		round()
	}
	if after := liveHeap(); after > before+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
}
