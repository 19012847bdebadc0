package websocket

import (
	"io"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/flate"
)

// DeflateOptions say how messages are compressed. The zero value works.
type DeflateOptions struct {
	// ContextTakeover lets messages refer back to earlier ones, on either side, where the client does not forbid it.
	// It helps messages that are small and alike, and costs each connection up to 32 KiB for what it receives
	// and 8 KiB for what it sends, and each message three times the work. False: nothing is kept between messages.
	ContextTakeover bool

	// Threshold is the bytes under which messages go uncompressed. 0 is 256; a negative one compresses them all.
	Threshold int

	// Level is 1 (fast) to 9 (small); 0 is 3. What is under or over is taken for 1 or 9.
	Level int
}

const (
	defaultThreshold = 256
	defaultLevel     = 3

	// sendHistory is how much of what was sent is kept for takeover. A client's window may be four times as long,
	// but that made messages of 200 and 1000 bytes less than 3 % smaller, and took three times as long.
	sendHistory = 8 << 10

	// keptScratch is the most room for output that goes back into a pool.
	keptScratch = 64 << 10
)

// Compressor compresses what a server sends. One that takes no context over has no state that changes: any goroutine may use it, for
// all clients whose Deflate has the same ServerWindow and no ServerTakeover. One that does belongs to one connection and
// is for one goroutine at a time, and the frames have to be sent in the order in which they were made.
type Compressor struct {
	threshold int
	level     int
	window    int
	takeover  bool
	history   []byte // the end of what was sent compressed
}

// NewCompressor returns a compressor for clients with which d was agreed to; nil if d is no compression.
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

// AppendCompressed appends a whole message as one frame from server to client, as AppendFrame does, compressed if that
// makes it smaller (RFC 7692 §7.2.1). Messages under the threshold, control frames, and all if c is nil, go as they are.
// It never appends more than AppendFrame would.
func AppendCompressed[T ~string | ~[]byte](dst []byte, c *Compressor, op Opcode, payload T) []byte {
	if c == nil || op&controlBit != 0 || len(payload) < c.threshold || len(payload) == 0 {
		return AppendFrame(dst, op, payload)
	}
	d, pool := c.deflater(len(payload))
	d.begin(c.history)
	// In pieces: the writer takes only bytes, and a string would be copied whole.
	for rest := payload; len(rest) > 0; {
		n := copy(d.piece[:], rest)
		d.writer.Write(d.piece[:n]) // to memory: no error
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
	} else { // what goes uncompressed is not part of the context
		dst = AppendFrame(dst, op, payload)
	}
	d.release(pool)
	return dst
}

// deflater is a compressor of klauspost/compress with what it needs. See writers for why not the standard library's.
type deflater struct {
	writer *flate.Writer
	out    []byte
	dict   [sendHistory]byte
	piece  [4 << 10]byte
}

// Write is where writer writes to.
func (d *deflater) Write(p []byte) (int, error) {
	d.out = append(d.out, p...)
	return len(p), nil
}

// begin begins a message after the history.
func (d *deflater) begin(history []byte) {
	d.out = d.out[:0]
	d.writer.ResetDict(d, d.dict[:copy(d.dict[:], history)])
}

// end returns what was written, without the last four bytes, which are always 00 00 FF FF (RFC 7692 §7.2.1). It is valid until release.
func (d *deflater) end() []byte {
	d.writer.Flush() // to memory: no error
	return d.out[:len(d.out)-len(flushed)]
}

// release gives the deflater back to its pool.
func (d *deflater) release(pool *sync.Pool) {
	if cap(d.out) > keptScratch {
		d.out = nil
	}
	pool.Put(d)
}

// writers are the pools of deflaters: for each level, and for each smaller window.
//
// The standard library's writer has no window but 32 KiB, no way to take another dictionary, and is slower: on two cores
// of a noisy machine, Go 1.26, klauspost/compress v1.20.3, both at level 1 took 7.0 and 4.9 µs for 512 bytes of JSON,
// 47 and 29 µs for 16 KiB, with the same results; at level 6 13 and 5.6 µs, 205 and 48 µs. A deflater is about 1 MB, so connections
// cannot have their own. With takeover, one from the pool gets the history as its dictionary, which costs as much as to
// compress it, and makes messages of 200 bytes less than half as big.
var writers [flate.BestCompression + 1 + maxWindowBits]sync.Pool

// deflater takes one for a message of size bytes from its pool, where release puts it again.
func (c *Compressor) deflater(size int) (d *deflater, pool *sync.Pool) {
	i := c.level
	// What is smaller than the window cannot look back past it.
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
		panic(err) // level and window are in their ranges
	}
	return d, pool
}
