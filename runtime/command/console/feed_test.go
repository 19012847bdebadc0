package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"node.websocket/runtime"
	"node.websocket/transport"
)

// A fakeSession is a page that takes what it is sent when the test says so.
type fakeSession struct {
	session
	waiting int
	sent    []string
}

func (s *fakeSession) ReadyState() int     { return 1 }
func (s *fakeSession) BufferedAmount() int { return s.waiting }
func (s *fakeSession) Flush()              {}
func (s *fakeSession) SendText(data string) bool {
	s.sent = append(s.sent, data)
	return true
}

// newConsole returns a console of a server without modules.
func newConsole(t testing.TB) *Console {
	t.Helper()
	c := New(Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	rt, err := runtime.New(runtime.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close(context.Background()) })
	c.Watch(transport.NewServer(transport.Options{}, c.Around(nil, rt)))
	return c
}

// TestSlowPage checks that a page which takes nothing is sent nothing, and later gets the lines of the log that
// are kept, in order, and is told how many are missing.
func TestSlowPage(t *testing.T) {
	c := newConsole(t)
	page := &fakeSession{}
	v, s := &view{console: c, session: page}, &snapshot{console: c}
	c.Log().Info("first")
	v.show(s)
	if len(page.sent) != 1 || !strings.Contains(page.sent[0], `"first"`) || !strings.Contains(page.sent[0], `"hello"`) {
		t.Fatalf("%q", page.sent)
	}
	page.waiting = mostWaiting + 1
	for i := range kept + 10 {
		c.Log().Info(fmt.Sprint(i))
		v.synced = false
		v.show(s)
	}
	if len(page.sent) != 1 {
		t.Fatalf("%d messages were sent to a page that takes none", len(page.sent)-1)
	}
	page.waiting, page.sent = 0, nil
	for v.show(s) {
	}
	var lines []string
	missing := uint64(0)
	for _, text := range page.sent {
		var m message
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		missing += m.Lost
		for _, l := range m.Log {
			lines = append(lines, l.Message)
		}
	}
	var want []string
	for i := range kept {
		want = append(want, fmt.Sprint(i+10))
	}
	if missing != 10 || !slices.Equal(lines, want) {
		t.Errorf("%d are missing, and these came: %q", missing, lines)
	}
	page.sent = nil
	if v.show(s); len(page.sent) != 0 {
		t.Errorf("nothing is new, and it was sent %q", page.sent)
	}
}

// TestLongLines checks that long lines of the log are spread over several messages.
func TestLongLines(t *testing.T) {
	c := newConsole(t)
	page := &fakeSession{}
	v, s := &view{console: c, session: page}, &snapshot{console: c}
	for i := range 100 {
		c.Log().Info(fmt.Sprint(i), "detail", strings.Repeat("x", 3*mostText))
	}
	for v.show(s) {
	}
	n := 0
	for _, text := range page.sent {
		if len(text) > 2*mostWaiting {
			t.Errorf("a message of %d bytes", len(text))
		}
		var m message
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		for _, l := range m.Log {
			if l.Message != fmt.Sprint(n) {
				t.Fatalf("line %d is %s", n, l.Message)
			}
			n++
		}
	}
	if n != 100 || len(page.sent) < 4 {
		t.Errorf("%d lines in %d messages", n, len(page.sent))
	}
}

// manyStates returns a snapshot of n connections.
func manyStates(n int) *snapshot {
	s := &snapshot{sessions: make([]*transport.Session, n)}
	for i := range n {
		s.sessions[i] = new(transport.Session)
		s.states = append(s.states, transport.SessionState{
			ID: fmt.Sprintf("id%05d", i), Resource: []string{"chat", "time"}[i%2], Transport: "websocket", Version: "13",
			Client: fmt.Sprintf("10.0.%d.%d:1000", i/256, i%256), Age: time.Duration(n-i) * time.Second, Open: true, MessagesIn: uint64(i * 7919 % n),
		})
	}
	return s
}

// TestConnectionTable checks the window of 10,000 connections that a page gets.
func TestConnectionTable(t *testing.T) {
	s := manyStates(10_000)
	for _, c := range []struct {
		query    query
		matching int
		ids      string
	}{
		{query{Limit: 2}, 10_000, "id09999 id09998"},
		{query{Limit: 2, Sort: "age", Down: true}, 10_000, "id00000 id00001"},
		{query{Limit: 2, Offset: 9_999, Sort: "nonsense"}, 10_000, "id00000"},
		{query{Limit: 2, Offset: 10_001}, 10_000, ""},
		{query{Limit: 2, Sort: "in"}, 10_000, "id00000 id07679"},
		{query{Limit: 3, Sort: "resource", Down: true}, 10_000, "id00001 id00003 id00005"},
		{query{Limit: 2, Filter: "/TIME"}, 5_000, "id09999 id09997"},
		{query{Limit: 9, Filter: "10.0.1.7:"}, 1, "id00263"},
		{query{Limit: 9, Filter: "nobody"}, 0, ""},
	} {
		got := s.connectionTable(c.query)
		var ids []string
		for _, r := range got.Rows {
			ids = append(ids, r.(connection).ID)
		}
		if got.Total != 10_000 || got.Matching != c.matching || strings.Join(ids, " ") != c.ids {
			t.Errorf("%+v: %d of %d: %s", c.query, got.Matching, got.Total, ids)
		}
	}
}

// TestTopicTable checks the window of topics.
func TestTopicTable(t *testing.T) {
	s := &snapshot{topics: map[string]int{"a": 3, "b/*": 1, "c": 3, "Ab": 2}}
	for _, c := range []struct {
		query query
		want  string
	}{
		{query{Limit: 9}, "[{Ab 2} {a 3} {b/* 1} {c 3}]"},
		{query{Limit: 2, Offset: 1, Sort: "subscribers", Down: true}, "[{c 3} {Ab 2}]"},
		{query{Limit: 9, Filter: "A", Sort: "subscribers"}, "[{Ab 2} {a 3}]"},
	} {
		if got := s.topicTable(c.query); fmt.Sprint(got.Rows) != c.want || got.Total != 4 {
			t.Errorf("%+v: %v of %d", c.query, got.Rows, got.Total)
		}
	}
}

// BenchmarkConnectionTable sorts 10,000 connections for a page.
func BenchmarkConnectionTable(b *testing.B) {
	s := manyStates(10_000)
	for b.Loop() {
		s.connectionTable(query{Limit: 60, Sort: "in", Down: true})
	}
}
