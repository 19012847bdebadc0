//go:build linux

package main

import (
	"fmt"
	"slices"
	"strings"
)

// An aim is a ratio of ours to another server that ours is to stay below.
type aim struct {
	workload string
	what     string // "" is the cost
	of       figure
	against  string // a server; or a workload of ours, if it is not one
	most     float64
}

// aims are those of the project.
var aims = []aim{
	{"W1", "", cost, "bun", 1.1}, {"W1", "", cost, "ws", 0.65}, {"W1", "p99", p99, "bun", 1},
	{"W2", "", cost, "bun", 1.5}, {"W2", "", cost, "ws", 0.07},
	{"W3", "", cost, "bun", 0.9}, {"W3", "", cost, "ws", 0.3},
	{"W4", "", cost, "bun", 1}, {"W4", "", cost, "ws", 0.7},
	{"W4b", "", cost, "bun", 1}, {"W4b", "", cost, "ws", 0.06},
	{"W5", "", cost, "bun", 0.6}, {"W5", "", cost, "ws", 0.15},
	{"W6", "", cost, "ws", 0.8}, {"W7", "", cost, "ws", 0.6},
	{"handshake", "", cost, "bun", 1.5}, {"handshake", "", cost, "ws", 0.35},
	{"W1-10k", "", cost, "W1-100", 1.3},
}

// aims writes which aims are met, of those that were measured.
func (r *report) aims(b *strings.Builder) {
	find := func(name string) *table {
		i := slices.IndexFunc(r.tables, func(t *table) bool { return t.workload.name == name })
		if i < 0 {
			return nil
		}
		return r.tables[i]
	}
	var lines []string
	for _, a := range aims {
		t := find(a.workload)
		ours, other := t.row("ours"), t.row(a.against)
		if against := find(a.against); against != nil {
			other = against.row("ours")
		}
		q, ok := ratios(ours, other, a.of)
		if !ok {
			continue
		}
		verdict := "met"
		if q.median > a.most {
			verdict = "**missed**"
		}
		name := strings.TrimSpace(a.workload + " " + a.what)
		lines = append(lines, fmt.Sprintf("| %s / %s | ≤ %.2f | %.2f (%.2f–%.2f) | %s |\n", name, a.against, a.most, q.median, q.least, q.most, verdict))
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n### Aims\n\n| ours | aim | measured | |\n|---|---:|---:|---|\n%s", strings.Join(lines, ""))
	}
}
