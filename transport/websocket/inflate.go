package websocket

import "sync"

// block is the inflater's position in the blocks of DEFLATE (RFC 1951 §3.2.3).
type block byte

const (
	blockHeader  block = iota // between blocks
	blockStored               // in the lengths of a stored block
	blockCopy                 // in the bytes of a stored block
	blockCounts               // in the three counts of a dynamic block
	blockOrder                // in the lengths of the code for code lengths
	blockLengths              // in the code lengths
	blockData                 // in compressed data
)

// verdict is the reason why an inflater stopped.
type verdict byte

const (
	inflatedAll    verdict = iota // all input was consumed
	inflatedBad                   // the input is not DEFLATE
	inflatedOver                  // the output would exceed the limit
	inflatedPaused                // the output would exceed what may be inflated for now
)

const (
	longestMatch = 258
	farthest     = 1 << 15 // the largest distance of DEFLATE

	// outMargin is the room that the fast loop needs, for the longest match copied in words.
	outMargin = longestMatch + 8

	// ownOutput is the size of the output buffer inside an inflater.
	ownOutput = 8 << 10
)

// inflater inflates one message as its compressed bytes arrive, and outputs all that can be known
// from them. flate.Reader cannot do this; see the package comment. The inflater has no window of
// its own, because matches refer to the message, all of which is kept, and to the history of the
// connection before it.
//
// An inflater belongs to one message at a time, so that an idle connection has none; see
// takeInflater.
type inflater struct {
	out     []byte // the message so far
	history []byte // what preceded the message; read only
	window  int    // the largest distance allowed
	limit   int    // the largest length of out
	ahead   int    // the largest length of out for now, at most limit

	received int // compressed bytes of the message

	bits  uint64 // bits read ahead, the next one lowest; bits above count are zero between calls
	count uint   // the number of bits

	block   block
	final   bool // the block is the last of its stream
	stored  int  // in blockCopy, bytes to come; in blockOrder and blockLengths, lengths that have arrived
	lengths int  // the number of literal and length codes of a dynamic block,
	total   int  // with the distance codes,
	orders  int  // and of codes for code lengths

	tables    *codeTables // of the block: fixedTables or &own
	own       codeTables
	order     [orderTable]code
	orderBits uint
	given     [286 + 30]byte // code lengths
	scratch   [19]byte
	first     [ownOutput]byte // initial memory of out
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

// takeInflater returns an inflater for a new message. The caller must release it.
func takeInflater(history []byte, window, limit int) *inflater {
	z := inflaters.Get().(*inflater)
	z.out, z.history, z.window, z.limit, z.ahead = z.first[:0], history, window, limit, limit
	return z
}

// release returns the inflater to its pool. Output that was not taken is no longer valid.
func (z *inflater) release() {
	z.out, z.history, z.tables = nil, nil, nil
	z.bits, z.count, z.block, z.received = 0, 0, blockHeader, 0
	inflaters.Put(z)
}

// take returns the output in memory that the inflater does not own, at most half of it unused.
func (z *inflater) take() []byte {
	n := len(z.out)
	if n <= ownOutput || n < cap(z.out)/2 {
		return append(make([]byte, 0, n), z.out...)
	}
	return z.out[:n:n]
}

// flushed is the end of flushed DEFLATE: the lengths of an empty stored block.
const flushed = "\x00\x00\xff\xff"

// whole reports whether the input so far is a whole message: its last block is empty and stored,
// and lacks exactly the bytes of flushed, which the sender removes (RFC 7692 §7.2.1).
func (z *inflater) whole() bool {
	return z.block == blockStored && z.count == 0
}

// inflate appends to out what the next bytes of the message yield. After inflatedPaused it may be
// called again, with the rest of the input first; after inflatedBad and inflatedOver it may not.
func (z *inflater) inflate(in []byte) (rest []byte, v verdict) {
	for {
		var more bool
		switch z.block {
		case blockData:
			in, more, v = z.data(in)
		case blockCopy:
			in, more, v = z.copyStored(in)
		default:
			in = z.refill(in)
			more, v = z.header()
		}
		if v != inflatedAll || !more {
			return in, v
		}
	}
}

// refill moves bytes into bits, until there are at least 56 bits or no more bytes.
func (z *inflater) refill(in []byte) []byte {
	for z.count < 56 && len(in) > 0 {
		z.bits |= uint64(in[0]) << z.count
		z.count += 8
		in = in[1:]
	}
	return in
}

// drop removes n bits.
func (z *inflater) drop(n uint) {
	z.bits >>= n
	z.count -= n
}

// header takes one step outside of blockData and blockCopy. more is false if that needs more input.
func (z *inflater) header() (more bool, v verdict) {
	switch z.block {
	case blockHeader:
		if z.count < 3 {
			return false, inflatedAll
		}
		z.final = z.bits&1 != 0
		kind := z.bits >> 1 & 3
		z.drop(3)
		switch kind {
		case 0:
			z.drop(z.count & 7)
			z.block = blockStored
		case 1:
			z.tables = fixedTables()
			z.block = blockData
		case 2:
			z.block = blockCounts
		default:
			return false, inflatedBad
		}
	case blockStored:
		if z.count < 32 {
			return false, inflatedAll
		}
		if n := z.bits & 0xffff; n != ^z.bits>>16&0xffff {
			return false, inflatedBad
		} else {
			z.stored = int(n)
		}
		z.drop(32)
		z.block = blockCopy
		if z.stored > z.limit-len(z.out) {
			return false, inflatedOver
		}
	case blockCounts:
		if z.count < 14 {
			return false, inflatedAll
		}
		z.lengths = int(z.bits&31) + 257
		z.total = z.lengths + int(z.bits>>5&31) + 1
		z.orders = int(z.bits>>10&15) + 4
		z.drop(14)
		if z.lengths > 286 || z.total-z.lengths > 30 {
			return false, inflatedBad
		}
		z.stored, z.scratch = 0, [19]byte{}
		z.block = blockOrder
	case blockOrder:
		for ; z.stored < z.orders; z.stored++ {
			if z.count < 3 {
				return false, inflatedAll
			}
			z.scratch[codeOrder[z.stored]] = byte(z.bits & 7)
			z.drop(3)
			if z.count < 3 {
				z.stored++
				return true, inflatedAll // there may be more input
			}
		}
		var ok bool
		if z.orderBits, ok = buildTable(z.order[:], orderRoot, z.scratch[:], orderSymbols[:]); !ok {
			return false, inflatedBad
		}
		z.stored = 0
		z.block = blockLengths
	case blockLengths:
		return z.codeLengths()
	}
	return true, inflatedAll
}

// codeOrder is the order in which the lengths of the codes for code lengths are sent (RFC 1951
// §3.2.7).
var codeOrder = [19]byte{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codeLengths reads code lengths until bits run short, and builds the block's tables when all have
// been read (RFC 1951 §3.2.7).
func (z *inflater) codeLengths() (more bool, v verdict) {
	for z.stored < z.total {
		c := z.order[z.bits&(1<<z.orderBits-1)]
		n := c.bits()
		if n > z.count {
			return false, inflatedAll
		}
		if c.kind() == codeBad {
			return false, inflatedBad
		}
		repeat, length := 1, byte(c.value())
		if length >= 16 {
			r := &repeats[length-16]
			if n+r.bits > z.count {
				return false, inflatedAll
			}
			repeat = r.least + int(z.bits>>n&(1<<r.bits-1))
			n += r.bits
			if length == 16 {
				if z.stored == 0 {
					return false, inflatedBad
				}
				length = z.given[z.stored-1]
			} else {
				length = 0
			}
		}
		z.drop(n)
		if repeat > z.total-z.stored {
			return false, inflatedBad
		}
		for range repeat {
			z.given[z.stored] = length
			z.stored++
		}
		if z.count < orderRoot+7 && z.stored < z.total {
			return true, inflatedAll // there may be more input
		}
	}
	t, ok := &z.own, z.given[256] > 0 // otherwise the block could not end
	if ok {
		t.lengthBits, ok = buildTable(t.lengths[:], lengthRoot, z.given[:z.lengths], lengthSymbols[:])
	}
	if ok {
		t.distanceBits, ok = buildTable(t.distances[:], distanceRoot, z.given[z.lengths:z.total], distanceSymbols[:])
	}
	if !ok {
		return false, inflatedBad
	}
	z.tables = t
	z.block = blockData
	return true, inflatedAll
}

// repeats has the extra bits and the smallest count of the symbols 16 to 18 of code lengths.
var repeats = [...]struct {
	bits  uint
	least int
}{{2, 3}, {3, 3}, {7, 11}}

// copyStored copies bytes of a stored block.
func (z *inflater) copyStored(in []byte) (rest []byte, more bool, v verdict) {
	for z.stored > 0 && z.count > 0 { // whole bytes, because the block began at one
		z.grow(1)
		z.out = append(z.out, byte(z.bits))
		z.drop(8)
		z.stored--
	}
	n := min(z.stored, len(in))
	z.grow(n)
	z.out = append(z.out, in[:n]...)
	z.stored -= n
	if z.stored == 0 {
		z.end()
	}
	return in[n:], z.stored == 0, inflatedAll
}

// end ends a block. The last block of a stream is padded to a byte, and another stream may follow
// (RFC 7692 §7.2.3.4).
func (z *inflater) end() {
	z.block = blockHeader
	if z.final {
		z.drop(z.count & 7)
	}
}

// grow makes room for n more bytes, which the limit allows.
func (z *inflater) grow(n int) {
	if size := len(z.out) + n; size > cap(z.out) {
		grown := make([]byte, len(z.out), min(2*size, z.limit))
		copy(grown, z.out)
		z.out = grown
	}
}

// data decodes compressed data until the block, the input or the room ends.
func (z *inflater) data(in []byte) (rest []byte, more bool, v verdict) {
	for {
		if len(in) >= 8 && min(cap(z.out), z.ahead)-len(z.out) >= outMargin {
			var ended bool
			if in, ended, v = z.fast(in); v != inflatedAll {
				return in, false, v
			}
			if ended {
				z.end()
				return in, true, inflatedAll
			}
		}
		in = z.refill(in)
		c, n, distance, ok := z.next()
		switch {
		case !ok:
			return in, false, inflatedAll // refill has consumed all of in, and that was not enough
		case c.kind() == codeBad:
			return in, false, inflatedBad
		case c.kind() == codeEnd:
			z.drop(n)
			z.end()
			return in, true, inflatedAll
		}
		length := 1
		if distance > 0 {
			if length = c.value(); distance > min(z.window, len(z.out)+len(z.history)) {
				return in, false, inflatedBad
			}
		}
		if length > z.limit-len(z.out) {
			return in, false, inflatedOver
		}
		if length > z.ahead-len(z.out) {
			return in, false, inflatedPaused
		}
		z.drop(n)
		z.grow(length)
		if distance == 0 {
			z.out = append(z.out, byte(c.value()))
		} else {
			z.out = z.out[:copyMatch(z.out[:cap(z.out)], len(z.out), distance, length, z.history)]
		}
	}
}

// next decodes, without consuming it, a literal, the end of the block, or a match, of which
// c.value() is the length and distance is above 0. n is its number of bits. ok is false if not all
// of them have arrived.
func (z *inflater) next() (c code, n uint, distance int, ok bool) {
	b, t := z.bits, z.tables
	c = t.lengths[b&(1<<t.lengthBits-1)]
	if c.kind() == codeSecond {
		c = t.lengths[c.value()+int(b>>t.lengthBits&(1<<c.extra()-1))]
	}
	n = c.bits()
	if n > z.count || c.kind() != codeBase {
		return c, n, 0, n <= z.count
	}
	length := c.value() + int(b>>n&(1<<c.extra()-1))
	if n += c.extra(); n > z.count {
		return c, n, 0, false
	}
	b >>= n
	d := t.distances[b&(1<<t.distanceBits-1)]
	if d.kind() == codeSecond {
		d = t.distances[d.value()+int(b>>t.distanceBits&(1<<d.extra()-1))]
	}
	if n += d.bits(); n > z.count || d.kind() == codeBad {
		return d, n, 0, n <= z.count
	}
	distance = d.value() + int(b>>d.bits()&(1<<d.extra()-1))
	n += d.extra()
	return codeBase | code(length)<<16, n, distance, n <= z.count
}
