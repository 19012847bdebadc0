//go:build linux

package load

import (
	"math"
	"testing"
	"time"
)

// TestHistogram checks quantiles against the exact ones.
func TestHistogram(t *testing.T) {
	var h, other Histogram
	for i := range 100_000 {
		to := &h
		if i%2 == 0 {
			to = &other
		}
		to.Add(time.Duration(i)*37*time.Microsecond, 1)
	}
	h.Merge(&other)
	for _, q := range []float64{0, 0.001, 0.5, 0.99, 0.9999} {
		got, want := h.Quantile(q).Seconds(), q*100_000*37e-6
		if math.Abs(got-want) > 0.016*want+1e-9 {
			t.Errorf("quantile %v: got %v, want %v", q, got, want)
		}
	}
	var empty Histogram
	if got := empty.Quantile(0.5); got != 0 {
		t.Errorf("of nothing: got %v", got)
	}
	for _, d := range []time.Duration{-1, 0, 1, 63, 64, 127, 128, math.MaxInt64} {
		var h Histogram
		h.Add(d, 3)
		if got, want := h.Quantile(0.5), max(d, 0); math.Abs(float64(got-want)) > 0.016*float64(want) {
			t.Errorf("of %d alone: got %d", d, got)
		}
	}
}
