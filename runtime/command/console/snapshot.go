package console

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"node.websocket/transport"
)

// A snapshot is the server's state, as far as the pages show it. Only the Console's goroutine uses it.
type snapshot struct {
	console *Console
	history []figures // of the last ticks, the last last
	before  sums      // at the last take

	sessions []*transport.Session
	states   []transport.SessionState // of sessions
	topics   map[string]int           // nil: not asked for since the last take
}

// take reads the state.
func (s *snapshot) take() {
	s.states, s.sessions, s.topics = s.states[:0], s.sessions[:0], nil
	for _, session := range s.console.server.Sessions() {
		if state := session.State(); state.Resource != Name {
			s.sessions, s.states = append(s.sessions, session), append(s.states, state)
		}
	}
	now := s.console.sums(time.Now())
	for _, state := range s.states {
		now.queued += state.Queued
	}
	if !s.before.at.IsZero() {
		if len(s.history) == mostHistory {
			s.history = slices.Delete(s.history, 0, 1)
		}
		s.history = append(s.history, now.since(s.before, len(s.states)))
	}
	s.before = now
}

// A table is a part of a list, as a page has asked for it.
type table struct {
	query
	Total    int   `json:"total"`
	Matching int   `json:"matching"`
	Rows     []any `json:"rows"`
}

// table returns what a query asks for, or nil if that is nothing.
func (s *snapshot) table(q query) *table {
	switch q.Table {
	case "connections":
		return s.connectionTable(q)
	case "topics":
		return s.topicTable(q)
	}
	return nil
}

// A connection is a row of the connections. Ages are in milliseconds.
type connection struct {
	ID            string   `json:"id"`
	Resource      string   `json:"resource"`
	Transport     string   `json:"transport"`
	Version       string   `json:"version"`
	Protocol      string   `json:"protocol"`
	Client        string   `json:"client"`
	Age           int64    `json:"age"`
	Open          bool     `json:"open"`
	Queued        int      `json:"queued"`
	Dropped       int      `json:"dropped"`
	MessagesIn    uint64   `json:"messagesIn"`
	MessagesOut   uint64   `json:"messagesOut"`
	BytesIn       uint64   `json:"bytesIn"`
	BytesOut      uint64   `json:"bytesOut"`
	Whole         bool     `json:"whole"` // the counts are from the connection's beginning
	Subscriptions int      `json:"subscriptions"`
	Topics        []string `json:"topics,omitempty"` // the first of them
}

const (
	// mostTopics is the most topics of a connection that a page gets.
	mostTopics = 20
	// mostTopicBytes is the most bytes of them. Clients may choose the names, and there are many rows.
	mostTopicBytes = 1 << 10
)

// orders are the columns by which connections can be sorted.
var orders = map[string]func(a, b *transport.SessionState) int{
	"resource":  func(a, b *transport.SessionState) int { return cmp.Compare(a.Resource, b.Resource) },
	"transport": func(a, b *transport.SessionState) int { return cmp.Compare(a.Transport, b.Transport) },
	"version":   func(a, b *transport.SessionState) int { return cmp.Compare(a.Version, b.Version) },
	"client":    func(a, b *transport.SessionState) int { return cmp.Compare(a.Client, b.Client) },
	"age":       func(a, b *transport.SessionState) int { return cmp.Compare(a.Age, b.Age) },
	"in":        func(a, b *transport.SessionState) int { return cmp.Compare(a.MessagesIn, b.MessagesIn) },
	"out":       func(a, b *transport.SessionState) int { return cmp.Compare(a.MessagesOut, b.MessagesOut) },
	"bytes":     func(a, b *transport.SessionState) int { return cmp.Compare(a.BytesIn+a.BytesOut, b.BytesIn+b.BytesOut) },
	"queued":    func(a, b *transport.SessionState) int { return cmp.Compare(a.Queued, b.Queued) },
}

// matches reports whether a session has a text, which is in lower case, in one of its columns.
func matches(state *transport.SessionState, text string) bool {
	return slices.ContainsFunc([]string{"/" + state.Resource, state.Client, state.Transport, state.ID, state.Protocol, state.Version},
		func(column string) bool { return strings.Contains(strings.ToLower(column), text) })
}

func (s *snapshot) connectionTable(q query) *table {
	text := strings.ToLower(q.Filter)
	order := orders[q.Sort]
	if order == nil {
		order = orders["age"]
	}
	found := make([]int, 0, len(s.states)) // indices
	for i := range s.states {
		if text == "" || matches(&s.states[i], text) {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(i, j int) int {
		a, b := &s.states[i], &s.states[j]
		n := order(a, b)
		if q.Down {
			n = -n
		}
		return cmp.Or(n, cmp.Compare(a.ID, b.ID)) // rows do not change places without a reason
	})
	t := &table{query: q, Total: len(s.states), Matching: len(found), Rows: []any{}}
	for _, i := range window(found, q) {
		state := &s.states[i]
		row := connection{
			ID: state.ID, Resource: "/" + state.Resource, Transport: state.Transport, Version: state.Version, Protocol: state.Protocol,
			Client: state.Client, Age: state.Age.Milliseconds(), Open: state.Open, Queued: state.Queued, Dropped: state.Dropped,
			MessagesIn: state.MessagesIn, MessagesOut: state.MessagesOut, BytesIn: state.BytesIn, BytesOut: state.BytesOut, Whole: state.Whole,
		}
		if c, ok := s.sessions[i].Conversation().(interface{ Subscriptions() []string }); ok {
			topics := c.Subscriptions()
			row.Subscriptions, row.Topics = len(topics), firstTopics(topics)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// firstTopics returns as many of the topics as a page gets.
func firstTopics(topics []string) []string {
	size := 0
	for i, name := range topics {
		if size += len(name); i == mostTopics || size > mostTopicBytes {
			return topics[:i]
		}
	}
	return topics
}

// A topic is a row of the topics.
type topic struct {
	Topic       string `json:"topic"`
	Subscribers int    `json:"subscribers"`
}

func (s *snapshot) topicTable(q query) *table {
	if s.topics == nil {
		s.topics = s.console.runtime.Topics()
	}
	var found []string
	for name := range maps.Keys(s.topics) {
		if q.Filter == "" || strings.Contains(strings.ToLower(name), strings.ToLower(q.Filter)) {
			found = append(found, name)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		n := 0
		if q.Sort == "subscribers" {
			n = cmp.Compare(s.topics[a], s.topics[b])
		} else {
			n = cmp.Compare(a, b)
		}
		if q.Down {
			n = -n
		}
		return cmp.Or(n, cmp.Compare(a, b))
	})
	t := &table{query: q, Total: len(s.topics), Matching: len(found), Rows: []any{}}
	for _, name := range window(found, q) {
		t.Rows = append(t.Rows, topic{name, s.topics[name]})
	}
	return t
}

// window returns those that a query asks for.
func window[T any](all []T, q query) []T {
	from := min(q.Offset, len(all))
	return all[from:min(from+q.Limit, len(all))]
}
