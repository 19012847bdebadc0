package websocket

import (
	"math/bits"
	"sync"
)

// A code table decodes one Huffman code of DEFLATE (RFC 1951 §3.2.2). The next bits of the stream
// are its index. Codes longer than the root have a second table, which their entry in the first
// refers to. The table sizes are the maxima for complete codes, which buildTable ensures; Mark
// Adler's program "enough" computes them.
const (
	lengthRoot   = 10
	distanceRoot = 8
	orderRoot    = 7

	lengthTable   = 1334
	distanceTable = 402
	orderTable    = 1 << orderRoot

	maxCode = 15 // bits of the longest code
)

// A code is an entry of a code table. From its lowest bit: the number of bits of the code (4 bits),
// the number of extra bits, or of index bits of the second table (4 bits), the kind (8 bits), and
// the value (16 bits).
type code uint32

const (
	codeBad     code = iota << 8 // no code begins so, or it has no meaning
	codeLiteral                  // a byte, or the length of a code
	codeBase                     // the base of a length or a distance, to which the extra bits are added
	codeEnd                      // the end of the block
	codeSecond                   // see the second table that begins at the value
)

func (c code) bits() uint  { return uint(c & 15) }
func (c code) extra() uint { return uint(c >> 4 & 15) }
func (c code) kind() code  { return c & 0xff00 }
func (c code) value() int  { return int(c >> 16) }

// Symbols of the three alphabets, without the number of bits (RFC 1951 §3.2.5).
var (
	lengthSymbols   [288]code
	distanceSymbols [32]code
	orderSymbols    [19]code
)

// fixedTables returns the tables of blocks with fixed codes (RFC 1951 §3.2.6).
var fixedTables = sync.OnceValue(func() *codeTables {
	t := new(codeTables)
	var lengths [288]byte
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	t.lengthBits, _ = buildTable(t.lengths[:], lengthRoot, lengths[:], lengthSymbols[:])
	clear(lengths[:])
	for i := range 32 {
		lengths[i] = 5
	}
	t.distanceBits, _ = buildTable(t.distances[:], distanceRoot, lengths[:32], distanceSymbols[:])
	return t
})

// codeTables are the tables of a block's two codes.
type codeTables struct {
	lengthBits, distanceBits uint // of the indices

	lengths   [lengthTable]code
	distances [distanceTable]code
}

func init() {
	for i := range 256 {
		lengthSymbols[i] = codeLiteral | code(i)<<16
	}
	lengthSymbols[256] = codeEnd
	base := 3
	for i := 257; i < 285; i++ {
		extra := max(0, (i-261)/4)
		lengthSymbols[i] = codeBase | code(extra)<<4 | code(base)<<16
		base += 1 << extra
	}
	lengthSymbols[285] = codeBase | 258<<16 // 286 and 287 have no meaning
	base = 1
	for i := range 30 { // nor do 30 and 31
		extra := max(0, i/2-1)
		distanceSymbols[i] = codeBase | code(extra)<<4 | code(base)<<16
		base += 1 << extra
	}
	for i := range orderSymbols {
		orderSymbols[i] = codeLiteral | code(i)<<16
	}
}

// buildTable builds the table of the code with the given lengths, one for each symbol; 0 means that
// the symbol has no code. It returns the number of index bits: at most root, and no more than the
// longest code has, since filling a big table takes longer than inflating a short message. ok is
// false if the lengths form no code, or an incomplete one. Only a code of one single bit, and one
// without symbols, may be incomplete. zlib and compress/flate accept the same.
func buildTable(table []code, root uint, lengths []byte, symbols []code) (index uint, ok bool) {
	var count, next [maxCode + 1]int
	for _, n := range lengths {
		count[n]++
	}
	longest := maxCode
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	if longest == 0 || longest == 1 && count[1] == 1 {
		table[0], table[1] = codeBad|1, codeBad|1
		for symbol, n := range lengths {
			if n == 1 {
				table[0] = symbols[symbol] | 1
			}
		}
		return 1, true
	}
	left, offset := 1, 0
	for n := 1; n <= maxCode; n++ {
		if left = left<<1 - count[n]; left < 0 {
			return 0, false
		}
		next[n] = offset
		offset += count[n]
	}
	if left > 0 {
		return 0, false
	}
	// The symbols in the order of their codes.
	var sorted [288]uint16
	for symbol, n := range lengths {
		if n > 0 {
			sorted[next[n]] = uint16(symbol)
			next[n]++
		}
	}
	index = min(root, uint(longest))
	return index, fillTable(table, index, lengths, symbols, sorted[:offset], &count, longest)
}

// fillTable enters the codes in order. Their bits are reversed in the table, because the first bit
// of a code is the lowest in the stream.
func fillTable(table []code, root uint, lengths []byte, symbols []code, sorted []uint16, count *[maxCode + 1]int, longest int) bool {
	var (
		canonical  uint        // the code in the order of RFC 1951 §3.2.2
		before     = uint(0)   // its length
		free       = 1 << root // start of the next second table
		prefix     = ^uint(0)  // of the second table being filled
		second     int         // its start
		secondBits uint        // its number of index bits
	)
	for _, symbol := range sorted {
		n := uint(lengths[symbol])
		canonical <<= n - before
		before = n
		index := uint(bits.Reverse16(uint16(canonical))) >> (16 - n)
		canonical++
		entry := symbols[symbol] | code(n)
		count[n]--
		if n <= root {
			for i := index; i < 1<<root; i += 1 << n {
				table[i] = entry
			}
			continue
		}
		if low := index & (1<<root - 1); low != prefix {
			// As many bits as the remaining codes need to fill it.
			prefix, second, secondBits = low, free, n-root
			for room := 1<<secondBits - 1 - count[n]; room > 0 && int(root+secondBits) < longest; {
				secondBits++
				room = room<<1 - count[root+secondBits]
			}
			free += 1 << secondBits
			if free > len(table) {
				return false
			}
			table[prefix] = codeSecond | code(secondBits)<<4 | code(root) | code(second)<<16
		}
		for i := index >> root; i < 1<<secondBits; i += 1 << (n - root) {
			table[second+int(i)] = entry
		}
	}
	return true
}
