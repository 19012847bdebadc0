//go:build linux

package load

import (
	"math/bits"
	"time"
)

// A Histogram counts durations, with an error of at most 1.6 %. The zero value is empty.
type Histogram struct {
	counts [64 * 64]uint32 // 64 buckets for each power of two of nanoseconds
	total  int
}

// Add counts n durations of the same length.
func (h *Histogram) Add(d time.Duration, n int) {
	h.counts[bucket(uint64(max(d, 0)))] += uint32(n)
	h.total += n
}

// Merge adds what another histogram has counted.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
}

// Quantile returns the duration below which the share q of all lies, 0 if there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	left := int(q * float64(h.total))
	for i, n := range h.counts {
		if left -= int(n); left < 0 {
			return time.Duration(lowest(i))
		}
	}
	return 0
}

func bucket(v uint64) int {
	if v < 64 {
		return int(v)
	}
	shift := bits.Len64(v) - 7
	return (shift+1)*64 + int(v>>shift) - 64
}

// lowest returns the least value of a bucket.
func lowest(i int) uint64 {
	if i < 64 {
		return uint64(i)
	}
	return uint64(i%64+64) << (i/64 - 1)
}
