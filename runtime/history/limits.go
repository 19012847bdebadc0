package history

import (
	"cmp"
	"slices"
	"strings"
)

// MaxMessages is the greatest number of messages of a topic that can be kept.
const MaxMessages = 10_000

// Limits tell how many messages of which topics are kept. The zero value keeps none. It never changes.
type Limits struct {
	exact     map[string]int
	wildcards []wildcard // the longest prefix first
}

type wildcard struct {
	prefix string
	most   int
}

// NewLimits returns the Limits that have a number for each pattern. Of the patterns that stand for a topic,
// the longest counts. The patterns must be valid; see package topic.
func NewLimits(numbers map[string]int) Limits {
	l := Limits{}
	for pattern, most := range numbers {
		if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
			l.wildcards = append(l.wildcards, wildcard{prefix, most})
			continue
		}
		if l.exact == nil {
			l.exact = map[string]int{}
		}
		l.exact[pattern] = most
	}
	slices.SortFunc(l.wildcards, func(a, b wildcard) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	return l
}

// Any reports whether messages of any topics are kept.
func (l *Limits) Any() bool {
	for _, n := range l.exact {
		if n > 0 {
			return true
		}
	}
	return slices.ContainsFunc(l.wildcards, func(w wildcard) bool { return w.most > 0 })
}

// For returns how many messages of a topic are kept.
func (l *Limits) For(name string) int {
	if n, ok := l.exact[name]; ok {
		return n
	}
	for _, w := range l.wildcards {
		if strings.HasPrefix(name, w.prefix) {
			return w.most
		}
	}
	return 0
}
