package socket

import (
	"math/bits"
	"sync"
)

// The sizes of the buffers that are kept for use again: 4, 16, 64 and 256 KiB. Each is four times the one before, so that a
// queue that grows copies little, and none wastes more than three quarters of itself.
const (
	MinBuffer     = 4 << 10
	bufferClasses = 4
)

var buffers [bufferClasses]sync.Pool

// A Buffer is a stretch of memory for one read, or for a part of an out-queue. It belongs to who took it, until it is released.
type Buffer struct {
	B     []byte
	class int // in buffers; bufferClasses for one too big to be kept
}

// TakeBuffer returns an empty buffer with room for n bytes.
func TakeBuffer(n int) *Buffer {
	class := 0
	for size := MinBuffer; size < n && class < bufferClasses; size *= 4 {
		class++
	}
	if class == bufferClasses {
		return &Buffer{make([]byte, 0, 1<<bits.Len(uint(n-1))), class}
	}
	if b, ok := buffers[class].Get().(*Buffer); ok {
		return b
	}
	return &Buffer{make([]byte, 0, MinBuffer<<(2*class)), class}
}

// Release gives the buffer back. What was more than the biggest size, or has outgrown its own, is left to the garbage collector, so
// that a rush of big messages leaves nothing behind.
func (b *Buffer) Release() {
	if b.class < bufferClasses && cap(b.B) == MinBuffer<<(2*b.class) {
		b.B = b.B[:0]
		buffers[b.class].Put(b)
	}
}
