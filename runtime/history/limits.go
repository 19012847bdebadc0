package history

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MaxMessages is the greatest number of messages of a topic that can be kept.
const MaxMessages = 10_000

// A Limit tells how many messages of a topic are kept, and for how long. The zero value keeps none.
type Limit struct {
	Messages int
	// Window is the time for which they are kept at least after the last one. 0 means that of the server.
	Window time.Duration
}

// Limits are those of topics. The zero value keeps no messages. It never changes.
type Limits struct {
	exact     map[string]Limit
	wildcards []wildcard // the longest prefix first
}

type wildcard struct {
	prefix string
	limit  Limit
}

// NewLimits returns the Limits that have one for each pattern. Of the patterns that stand for a topic,
// the longest counts. The patterns must be valid; see package topic.
func NewLimits(limits map[string]Limit) Limits {
	l := Limits{}
	for pattern, limit := range limits {
		if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
			l.wildcards = append(l.wildcards, wildcard{prefix, limit})
			continue
		}
		if l.exact == nil {
			l.exact = map[string]Limit{}
		}
		l.exact[pattern] = limit
	}
	slices.SortFunc(l.wildcards, func(a, b wildcard) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	return l
}

// Any reports whether messages of any topics are kept.
func (l *Limits) Any() bool {
	for _, limit := range l.exact {
		if limit.Messages > 0 {
			return true
		}
	}
	return slices.ContainsFunc(l.wildcards, func(w wildcard) bool { return w.limit.Messages > 0 })
}

// Shortest returns the shortest window, or standard if that is shorter.
func (l *Limits) Shortest(standard time.Duration) time.Duration {
	for _, limit := range l.exact {
		standard = min(standard, cmp.Or(limit.Window, standard))
	}
	for _, w := range l.wildcards {
		standard = min(standard, cmp.Or(w.limit.Window, standard))
	}
	return standard
}

// For returns the limit of a topic.
func (l *Limits) For(name string) Limit {
	if limit, ok := l.exact[name]; ok {
		return limit
	}
	for _, w := range l.wildcards {
		if strings.HasPrefix(name, w.prefix) {
			return w.limit
		}
	}
	return Limit{}
}
