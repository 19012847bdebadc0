package websocket

import (
	"io"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/flate"
)

// DeflateOptions configures the compression of messages. The zero value is ready to use.
type DeflateOptions struct {
	// ContextTakeover lets messages refer back to earlier ones, in both directions, unless the
	// client forbids it. It helps small messages that resemble each other. It costs each connection
	// up to 32 KiB for receiving and 8 KiB for sending, and triples the work for each message.
	ContextTakeover bool

	// Threshold is the size in bytes below which messages are sent uncompressed. 0 means 256; a
	// negative value compresses all messages.
	Threshold int

	// Level is 1 (fastest) to 9 (smallest); 0 means 3. Values out of range are clamped.
	Level int
}

const (
	defaultThreshold = 256
	defaultLevel     = 3

	// sendHistory is the number of sent bytes that are kept for context takeover. A client's window may be
	// four times as long, but that made messages of 200 and 1000 bytes less than 3 % smaller, and
	// took three times as long.
	sendHistory = 8 << 10

	// keptScratch is the largest output buffer that returns to a pool.
	keptScratch = 64 << 10
)

// Compressor compresses what a server sends. Without context takeover it has no mutable state: any
// goroutine may use it, for all clients whose Deflate has the same ServerWindow and no
// ServerTakeover. With takeover it belongs to one connection and one goroutine at a time, and its
// frames must be sent in the order in which they were made.
type Compressor struct {
	threshold int
	level     int
	window    int
	takeover  bool
	history   []byte // the end of what was sent compressed; with takeover
}

// NewCompressor returns a Compressor for clients with which d was negotiated, or nil if d is no
// compression.
func NewCompressor(d Deflate, o DeflateOptions) *Compressor {
	if !d.Agreed() {
		return nil
	}
	c := &Compressor{o.Threshold, o.Level, d.ServerWindow(), d.ServerTakeover() && o.ContextTakeover, nil}
	if c.threshold == 0 {
		c.threshold = defaultThreshold
	}
	if c.level == 0 {
		c.level = defaultLevel
	}
	c.level = min(max(c.level, flate.BestSpeed), flate.BestCompression)
	return c
}

// Stateless reports whether what c makes of a message depends on nothing but the message and the
// client's ServerWindow: whether there is no context takeover.
func (c *Compressor) Stateless() bool { return !c.takeover }

// AppendCompressed appends a whole message as one frame from server to client, as AppendFrame does,
// and compresses it if that makes it smaller (RFC 7692 §7.2.1). Messages below the threshold,
// control frames, and all messages if c is nil, are sent as they are. AppendCompressed never
// appends more than AppendFrame would.
func AppendCompressed[T ~string | ~[]byte](dst []byte, c *Compressor, op Opcode, payload T) []byte {
	if c == nil || op&controlBit != 0 || len(payload) < c.threshold || len(payload) == 0 {
		return AppendFrame(dst, op, payload)
	}
	d, pool := c.deflater(len(payload))
	d.begin(c.history)
	// In pieces, because the writer takes only bytes and a string would be copied whole.
	for rest := payload; len(rest) > 0; {
		n := copy(d.piece[:], rest)
		d.writer.Write(d.piece[:n]) // writes to memory, which cannot fail
		rest = rest[n:]
	}
	if compressed := d.end(); len(compressed) < len(payload) {
		begin := len(dst)
		dst = AppendFrame(dst, op, compressed)
		dst[begin] |= rsv1Bit
		if c.takeover {
			n := copy(d.dict[:], payload[max(0, len(payload)-len(d.dict)):])
			c.history = keepHistory(c.history, d.dict[:n], min(c.window, sendHistory))
		}
	} else { // uncompressed messages are not part of the context
		dst = AppendFrame(dst, op, payload)
	}
	d.release(pool)
	return dst
}

// deflater is a flate.Writer of klauspost/compress with its buffers. See writers for the reason not
// to use the standard library's.
type deflater struct {
	writer *flate.Writer
	out    []byte
	dict   [sendHistory]byte
	piece  [4 << 10]byte
}

// Write receives the output of writer.
func (d *deflater) Write(p []byte) (int, error) {
	d.out = append(d.out, p...)
	return len(p), nil
}

// begin starts a message that may refer back to history.
func (d *deflater) begin(history []byte) {
	d.out = d.out[:0]
	d.writer.ResetDict(d, d.dict[:copy(d.dict[:], history)])
}

// end returns the compressed message without its last four bytes, which are always 00 00 FF FF (RFC
// 7692 §7.2.1). It is valid until release.
func (d *deflater) end() []byte {
	d.writer.Flush() // writes to memory, which cannot fail
	return d.out[:len(d.out)-len(flushed)]
}

// release returns the deflater to its pool.
func (d *deflater) release(pool *sync.Pool) {
	if cap(d.out) > keptScratch {
		d.out = nil
	}
	pool.Put(d)
}

// writers are the pools of deflaters, one for each level and one for each window below 32 KiB.
//
// The standard library's writer always has a window of 32 KiB, cannot take another dictionary, and
// is slower: on two cores of a noisy machine, Go 1.26, klauspost/compress v1.20.3, both at level 1
// took 7.0 and 4.9 µs for 512 bytes of JSON, 47 and 29 µs for 16 KiB, with the same results; at
// level 6 13 and 5.6 µs, 205 and 48 µs. A deflater is about 1 MB, so connections cannot each have
// one. With takeover, a deflater from the pool gets the history as its dictionary, which costs as
// much as compressing it, and makes messages of 200 bytes less than half as big.
var writers [flate.BestCompression + 1 + maxWindowBits]sync.Pool

// deflater takes a deflater for a message of size bytes from its pool.
func (c *Compressor) deflater(size int) (d *deflater, pool *sync.Pool) {
	i := c.level
	// A message that fits into the window with the history cannot refer back beyond it.
	small := len(c.history)+size <= c.window || c.window == 1<<maxWindowBits
	if !small {
		i = flate.BestCompression + bits.Len(uint(c.window))
	}
	pool = &writers[i]
	if d, _ = pool.Get().(*deflater); d != nil {
		return d, pool
	}
	d = new(deflater)
	var err error
	if small {
		d.writer, err = flate.NewWriter(io.Discard, c.level)
	} else {
		d.writer, err = flate.NewWriterWindow(io.Discard, c.window)
	}
	if err != nil {
		panic(err) // level and window are in range
	}
	return d, pool
}
