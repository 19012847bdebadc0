package socket

import (
	"math/bits"
	"sync"
)

// MinBuffer is the size of the smallest buffer, in bytes.
const MinBuffer = 4 << 10

// bufferClasses is the number of sizes that are kept for reuse: 4, 16, 64 and 256 KiB. Each is four
// times the one before, so that a growing queue copies little, and no buffer wastes more than three
// quarters of itself.
const bufferClasses = 4

var buffers [bufferClasses]sync.Pool

// A Buffer is memory for one read, or for a part of an out-queue. It belongs to whoever took it, until
// it is released.
type Buffer struct {
	B     []byte // what is in it; may be replaced by appending
	class int    // in buffers; bufferClasses if it is too big to be kept, shared if it is
}

// shared is the class of a Buffer that does not belong to whoever has it.
const shared = bufferClasses + 1

// ShareBuffer returns a Buffer with p in it, which may be in several places at once, and in which nothing
// may change. Release does nothing.
func ShareBuffer(p []byte) *Buffer { return &Buffer{p, shared} }

// Shared reports whether the Buffer is one of ShareBuffer.
func (b *Buffer) Shared() bool { return b.class == shared }

// TakeBuffer returns an empty buffer with room for n bytes, which Release should return. Any goroutine
// may call it.
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

// Release returns the buffer for reuse. A buffer that is bigger than the biggest size, or that has
// outgrown its own, is left to the garbage collector, so that a rush of big messages leaves nothing
// behind.
func (b *Buffer) Release() {
	if b.class < bufferClasses && cap(b.B) == MinBuffer<<(2*b.class) {
		b.B = b.B[:0]
		buffers[b.class].Put(b)
	}
}
