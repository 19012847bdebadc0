//go:build linux

package main

import (
	"fmt"
	"slices"
)

// figures are the median of some values, the least and the most.
type figures struct{ median, least, most float64 }

// newFigures returns those of values, of which there is at least one.
func newFigures(values []float64) figures {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	return figures{(values[(n-1)/2] + values[n/2]) / 2, values[0], values[n-1]}
}

// A figure is something about a sample.
type figure func(*sample) float64

// Figures of the report.
var (
	cost figure = func(s *sample) float64 { return s.cost }
	p50  figure = func(s *sample) float64 { return s.p50.Seconds() }
	p99  figure = func(s *sample) float64 { return s.p99.Seconds() }
)

// over returns the figures over the samples of a row, which has at least one.
func (r *row) over(f figure) figures {
	values := make([]float64, len(r.samples))
	for i, s := range r.samples {
		values[i] = f(s)
	}
	return newFigures(values)
}

// row returns the row of a server that has samples, or nil. There may be no table.
func (t *table) row(name string) *row {
	if t == nil {
		return nil
	}
	i := slices.IndexFunc(t.rows, func(r *row) bool { return r.server.name == name && len(r.samples) > 0 })
	if i < 0 {
		return nil
	}
	return t.rows[i]
}

// ratios returns the figures of the ratios of a to b, one for each round that both have. ok is false if
// one of them has no sample.
func ratios(a, b *row, f figure) (q figures, ok bool) {
	if a == nil || b == nil {
		return q, false
	}
	values := make([]float64, min(len(a.samples), len(b.samples)))
	for i := range values {
		values[i] = f(a.samples[i]) / f(b.samples[i])
	}
	return newFigures(values), true
}

// String returns the median ratio, in bold if it is more than 1.
func (f figures) String() string {
	text := fmt.Sprintf("%.2f ×", f.median)
	if f.median > 1 {
		text = "**" + text + "**"
	}
	return text
}

// spread returns the median ratio with the least and the most.
func (f figures) spread() string {
	return fmt.Sprintf("%s (%.2f–%.2f)", f, f.least, f.most)
}
