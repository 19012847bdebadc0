package runtime

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// awaits has the module wait for a promise, and returns what it is fulfilled with, as JSON, or the error.
func (s *fakeSession) awaits(t testing.TB, code string) (result string) {
	t.Helper()
	s.deliver(text("void " + code + ".then(v => c.send('settled ' + JSON.stringify(v)), e => c.send('settled ' + e))"))
	eventually(t, code, func() (ok bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.sent) > 0 {
			if result, ok = strings.CutPrefix(s.sent[len(s.sent)-1], "settled "); ok {
				s.sent = s.sent[:len(s.sent)-1]
			}
		}
		return ok
	})
	return result
}

// connectAs is connect for a connection with an id.
func connectAs(t testing.TB, r *Runtime, resource, id string) *fakeSession {
	t.Helper()
	c, a, err := open(r, resource, Request{ID: id})
	if err != nil || a.Status != 0 {
		t.Fatalf("open %s: %v, %+v", resource, err, a)
	}
	s := newFakeSession(c)
	c.Connected(s)
	return s
}

// TestPresence counts and lists subscribers over all nodes.
func TestPresence(t *testing.T) {
	forEachBus(t, map[string]string{"test.js": topicalModule(1)}, func(t *testing.T, here, there *Runtime, settle func()) {
		var sessions []*fakeSession
		for i, r := range []*Runtime{here, here, there, there} {
			s := connectAs(t, r, "test", fmt.Sprint("id", i))
			sessions = append(sessions, s)
		}
		a, b, c, d := sessions[0], sessions[1], sessions[2], sessions[3]
		settle()
		for _, asker := range sessions {
			if got := asker.awaits(t, "server.subscribers('room/1')"); got != "0" {
				t.Error(got)
			}
			if got := asker.awaits(t, "server.presence('room/1')"); got != "[]" {
				t.Error(got)
			}
		}
		a.run(t, "c.subscribe('room/1', {presence: {name: 'Ann', n: [1, null]}})")
		b.run(t, "c.subscribe('room/1')")
		c.run(t, "c.subscribe('room/*', {presence: 'c'})")
		d.run(t, "c.subscribe('*', {presence: 1}) && c.subscribe('room/*', {presence: 2}) && c.subscribe('room/1', {presence: null}) && c.subscribe('other', {presence: 4})")
		for _, q := range []struct{ code, want string }{
			{"subscribers('room/1')", "4"}, {"subscribers('room/2')", "2"}, {"subscribers('room/*')", "2"}, {"subscribers('nothing/*')", "0"}, {"subscribers('x')", "1"},
			{"presence('room/1')", `[{"id":"id0","data":{"name":"Ann","n":[1,null]}},{"id":"id1"},{"id":"id2","data":"c"},{"id":"id3","data":null}]`},
			{"presence('room/2')", `[{"id":"id2","data":"c"},{"id":"id3","data":2}]`},
			{"presence('room/*')", `[{"id":"id2","data":"c"},{"id":"id3","data":2}]`},
			{"presence('x')", `[{"id":"id3","data":1}]`},
			{"subscribers('')", "TypeError: subscribers: the topic must not be empty"},
			{"presence(1)", "TypeError: presence: the topic must be a string"},
		} {
			for _, asker := range []*fakeSession{a, d} {
				if got := asker.awaits(t, "server."+q.code); got != q.want {
					t.Errorf("%s: %s, want %s", q.code, got, q.want)
				}
			}
		}
		a.run(t, "c.subscribe('room/1', {presence: 'new'})")
		c.run(t, "c.unsubscribe('room/*')")
		c.run(t, "c.subscribe('room/*')") // without data now
		disconnect(d.conn, 1000)
		if got := a.awaits(t, "server.presence('room/1')"); got != `[{"id":"id0","data":"new"},{"id":"id1"},{"id":"id2"}]` {
			t.Error(got)
		}
		for _, s := range sessions[:3] {
			disconnect(s.conn, 1000)
		}
		for _, r := range []*Runtime{here, there} {
			r.presences.mu.Lock()
			if len(r.presences.given) > 0 {
				t.Errorf("left: %v", r.presences.given)
			}
			r.presences.mu.Unlock()
		}
	})
}

// TestPresenceArguments checks what subscribe refuses; then there is no subscription.
func TestPresenceArguments(t *testing.T) {
	r, _ := newRuntime(t, map[string]string{"test.js": topicalModule(1)})
	_, s := connect(t, r, "test")
	for _, c := range []struct{ code, want string }{
		{"c.subscribe('a', 'b')", "TypeError: subscribe: the options must be an object: {presence: data}"},
		{"c.subscribe('a', {presence: function(){ }})", "TypeError: subscribe: presence has no JSON text, because it is a function or a symbol"},
		{"c.subscribe('a', {presence: 'ä'.repeat(512)})", "TypeError: subscribe: the JSON text of presence must not be longer than 1024 bytes"},
		{"c.subscribe('a', {presence: {toJSON: function(){ throw new RangeError('no') }}})", "RangeError: no"},
		{"c.isSubscribed('a')", "false"},
		{"c.subscribe('a', {presence: 'ä'.repeat(511)})", "true"},
		{"c.subscribe('a', {})", "true"},
		{"c.subscribe('a', null)", "true"},
		{"['b', 'c'].map(c.subscribe, c)", "true,true"}, // with an index
	} {
		if got := s.run(t, c.code); got != c.want {
			t.Errorf("%s: %s, want %s", c.code, got, c.want)
		}
	}
}

// TestPresenceBounds checks that a topic with many subscribers is counted and not listed, that a worker cannot
// have any number of questions open, and that a node which is cut off says so.
func TestPresenceBounds(t *testing.T) {
	w := newWire(t)
	here, _ := newRuntimeWith(t, map[string]string{"test.js": topicalModule(1)}, Options{Bus: w.node(t)})
	there, _ := newRuntimeWith(t, map[string]string{"test.js": topicalModule(1)}, Options{Bus: w.node(t)})
	_, a := connect(t, here, "test")
	for i := range maxMembers {
		connectAs(t, there, "test", fmt.Sprint(i)).run(t, "c.subscribe('t')")
	}
	if got := a.awaits(t, "server.presence('t').then(l => l.length)"); got != "1000" {
		t.Error(got)
	}
	a.run(t, "c.subscribe('t')")
	if got, want := a.awaits(t, "server.presence('t')"), "Error: presence: the topic has 1001 subscribers; it lists 1000 at most, and server.subscribers counts them"; got != want {
		t.Error(got)
	}
	if got := a.awaits(t, "server.subscribers('t')"); got != "1001" {
		t.Error(got)
	}
	a.run(t, "c.unsubscribe('t')")

	got := strings.Split(strings.Trim(a.awaits(t, "Promise.allSettled(Array.from({length: 150}, () => server.subscribers('t'))).then(l => l.map(p => p.value || p.reason.message).join())"), `"`), ",")
	want := slices.Concat(slices.Repeat([]string{"1000"}, maxPolls), slices.Repeat([]string{"subscribers: the module waits for 100 answers already; await their promises"}, 50))
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}

	w.mu.Lock()
	w.cut = true
	w.mu.Unlock()
	if got := a.awaits(t, "server.subscribers('t')"); got != "Error: subscribers: cut" {
		t.Error(got)
	}
}
