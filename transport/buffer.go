package transport

import (
	"math/bits"
	"sync"
)

// The sizes of the buffers that are kept for use again: 4, 16, 64 and 256 KiB. Each is four times the one before, so that a
// queue that grows copies little, and none wastes more than three quarters of itself.
const (
	leastBuffer   = 4 << 10
	bufferClasses = 4
)

var buffers [bufferClasses]sync.Pool

// A buffer is a stretch of memory for one read, or for a part of an out-queue. It belongs to who took it, until it is released.
type buffer struct {
	b     []byte
	class int // in buffers; bufferClasses for one too big to be kept
}

// takeBuffer returns an empty buffer with room for n bytes.
func takeBuffer(n int) *buffer {
	class := 0
	for size := leastBuffer; size < n && class < bufferClasses; size *= 4 {
		class++
	}
	if class == bufferClasses {
		return &buffer{make([]byte, 0, 1<<bits.Len(uint(n-1))), class}
	}
	if b, ok := buffers[class].Get().(*buffer); ok {
		return b
	}
	return &buffer{make([]byte, 0, leastBuffer<<(2*class)), class}
}

// release gives the buffer back. What was more than the biggest size, or has outgrown its own, is left to the garbage collector, so
// that a rush of big messages leaves nothing behind.
func (b *buffer) release() {
	if b.class < bufferClasses && cap(b.b) == leastBuffer<<(2*b.class) {
		b.b = b.b[:0]
		buffers[b.class].Put(b)
	}
}
