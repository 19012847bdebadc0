package websocket

import (
	"math/bits"
	"sync"
)

// A code table decodes one Huffman code of DEFLATE (RFC 1951 §3.2.2): the next bits of the stream are its index. Codes that
// are longer than the table's root have a second table, to which the first leads. The bounds on their length are those
// of a complete code, which buildTable sees to; Mark Adler's program "enough" computes them.
const (
	lengthRoot   = 10
	distanceRoot = 8
	orderRoot    = 7

	lengthTable   = 1334
	distanceTable = 402
	orderTable    = 1 << orderRoot

	maxCode = 15 // bits of the longest code
)

// A code is an entry of a code table: from its lowest bits, how many bits of the stream the code takes (4 bits), how
// many extra bits follow it, or are the index of the second table (4 bits), what it is (8 bits), and its value (16 bits).
type code uint32

const (
	codeBad     code = iota << 8 // no code begins so, or it stands for nothing
	codeLiteral                  // a byte, or the length of a code
	codeBase                     // of a length or a distance, to which the extra bits are added
	codeEnd                      // of the block
	codeSecond                   // look into the second table that begins at the value
)

func (c code) bits() uint  { return uint(c & 15) }
func (c code) extra() uint { return uint(c >> 4 & 15) }
func (c code) kind() code  { return c & 0xff00 }
func (c code) value() int  { return int(c >> 16) }

// Symbols of the two alphabets, without their bits (RFC 1951 §3.2.5).
var (
	lengthSymbols   [288]code
	distanceSymbols [32]code
	orderSymbols    [19]code
)

// fixedTables are those of blocks that bring none (RFC 1951 §3.2.6).
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

// codeTables are the two codes of a block.
type codeTables struct {
	lengthBits, distanceBits uint // of the tables' indices

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
	lengthSymbols[285] = codeBase | 258<<16 // 286 and 287 stand for nothing
	base = 1
	for i := range 30 { // so do 30 and 31
		extra := max(0, i/2-1)
		distanceSymbols[i] = codeBase | code(extra)<<4 | code(base)<<16
		base += 1 << extra
	}
	for i := range orderSymbols {
		orderSymbols[i] = codeLiteral | code(i)<<16
	}
}

// buildTable makes the table of the code whose lengths are given for each symbol, 0 for one that has none. It returns how many bits
// are the index: root at most, and no more than the longest code has, since to fill a big table for a short message takes
// longer than to inflate it. It is not ok if the lengths make no code, or one that leaves bits unused: only a code of a single
// bit may, and one without symbols (which may stand where none is used). That is what zlib and compress/flate take.
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

// fillTable goes through the codes in their order. They are in the table with their bits reversed, as the stream has the first
// bit of a code lowest.
func fillTable(table []code, root uint, lengths []byte, symbols []code, sorted []uint16, count *[maxCode + 1]int, longest int) bool {
	var (
		canonical  uint        // the code, as RFC 1951 §3.2.2 counts
		before     = uint(0)   // its length
		free       = 1 << root // where the next second table begins
		prefix     = ^uint(0)  // of the second table that is being filled
		second     int         // where it begins
		secondBits uint        // of its index
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
			// As many bits as the codes that are left need to fill it.
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
