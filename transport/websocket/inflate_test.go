package websocket

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// chat returns n bytes of JSON that resembles the messages of a chat.
func chat(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("hello the quick brown fox jumps over the lazy dog while somebody else is typing")
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, `{"type":"message","id":%d,"from":"user%d","text":"`, r.IntN(1e6), r.IntN(20))
		for range 3 + r.IntN(12) {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
		b.WriteString(`"},`)
	}
	return b.Bytes()[:n]
}

// inflateIn inflates a message in pieces of the given size.
func inflateIn(p []byte, size, limit int) (out []byte, v verdict, whole bool) {
	z := takeInflater(nil, farthest, limit)
	defer z.release()
	for piece := range slices.Chunk(p, size) {
		if _, v = z.inflate(piece); v != inflatedAll {
			break
		}
	}
	return bytes.Clone(z.out), v, v == inflatedAll && z.whole()
}

// inflateStandard inflates a message, which may be several streams, with the standard library.
func inflateStandard(p []byte) (out []byte, err error) {
	r := bytes.NewReader(slices.Concat(p, []byte(flushed)))
	for r.Len() > 0 {
		// A bytes.Reader is not read beyond the end of the stream.
		part, err := io.ReadAll(flate.NewReaderDict(r, out))
		out = append(out, part...)
		if errors.Is(err, io.ErrUnexpectedEOF) && r.Len() == 0 {
			return out, err
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// FuzzInflate checks that pieces of any size give what the standard library makes of the whole.
func FuzzInflate(f *testing.F) {
	text := chat(3000)
	for level := -2; level <= 9; level++ {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, level)
		w.Write(text[:100*(level+3)])
		w.Flush()
		f.Add(b.Bytes()[:b.Len()-len(flushed)], uint8(level))
		w.Write(text[:500])
		w.Close()
		f.Add(append(b.Bytes(), 0), uint8(50))
	}
	f.Fuzz(func(t *testing.T, p []byte, size uint8) {
		const limit = 1 << 20
		out, v, whole := inflateIn(p, max(len(p), 1), limit)
		for _, n := range []int{1, 2, 9, int(size) + 1} {
			got, gotV, gotWhole := inflateIn(p, n, limit)
			if gotV != v || gotWhole != whole || !bytes.Equal(got, out) {
				t.Fatalf("in pieces of %d: %d bytes, verdict %d, whole %v; at once %d bytes, %d, %v", n, len(got), gotV, gotWhole, len(out), v, whole)
			}
		}
		if v == inflatedOver {
			return
		}
		want, err := inflateStandard(p)
		switch {
		case whole && !bytes.Equal(out, want):
			t.Fatalf("%d bytes, but compress/flate has %d", len(out), len(want))
		case whole && err != nil && !errors.Is(err, io.ErrUnexpectedEOF): // the stream continues in the next message
			t.Fatalf("whole, but compress/flate says %v", err)
		case v == inflatedBad && err == nil:
			t.Fatalf("refused, but compress/flate reads %d bytes", len(want))
		case !bytes.HasPrefix(out, want) && !bytes.HasPrefix(want, out):
			t.Fatalf("%d bytes are not what compress/flate reads, %d bytes", len(out), len(want))
		}
	})
}

// TestInflaterReleased checks that an inflater released after a fault is as new.
func TestInflaterReleased(t *testing.T) {
	for _, p := range []string{"\xf2\x48\xcd", "\x00\x05\x00\xfa\xffab", "\x07", "\xf4"} {
		z := takeInflater([]byte("history"), 8, 100)
		z.inflate([]byte(p))
		z.release()
		if z.out != nil || z.history != nil || z.tables != nil || z.bits != 0 || z.count != 0 || z.received != 0 || z.block != blockHeader {
			t.Errorf("%q leaves something", p)
		}
	}
	if n := unsafe.Sizeof(inflater{}); n > 17<<10 {
		t.Errorf("an inflater is %d bytes; it was under 17 KiB", n)
	}
}

// TestInflateCodeLengths checks that lengths that form no code are rejected, as in compress/flate.
func TestInflateCodeLengths(t *testing.T) {
	for _, c := range []struct {
		name    string
		lengths string
		want    bool
	}{
		{"none", "\x00\x00\x00", true},
		{"one of one bit", "\x00\x01\x00", true},
		{"one of two bits", "\x00\x02\x00", false},
		{"complete", "\x01\x02\x02", true},
		{"incomplete", "\x02\x02\x02", false},
		{"too many", "\x01\x01\x01", false},
		{"long", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x0f", true},
		{"long, incomplete", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", false},
		{"all alike", strings.Repeat("\x05", 32), true},
	} {
		var table [distanceTable]code
		if _, got := buildTable(table[:], distanceRoot, []byte(c.lengths), distanceSymbols[:]); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// bitWriter writes DEFLATE by hand.
type bitWriter struct {
	p []byte
	n uint // bits used of the last byte
}

// bits writes the lowest n bits of v, the lowest first.
func (w *bitWriter) bits(v, n uint) {
	for ; n > 0; n-- {
		if w.n%8 == 0 {
			w.p = append(w.p, 0)
		}
		w.p[len(w.p)-1] |= byte(v&1) << (w.n % 8)
		w.n++
		v >>= 1
	}
}

// TestInflateLongestCodes repeats the longest of everything: the longest literal in the first
// table, 10 bits, and a match of 48.
func TestInflateLongestCodes(t *testing.T) {
	t.Parallel()
	w := &bitWriter{}
	w.bits(0b00_0, 8) // a stored block, for the matches to refer to
	w.bits(0x8000, 16)
	w.bits(0x7fff, 16)
	w.p = append(w.p, chat(0x8000)...)
	w.n = 0
	w.bits(0b10_0, 3)
	w.bits(285-257, 5)
	w.bits(30-1, 5)
	w.bits(19-4, 4)
	for _, symbol := range codeOrder { // the lengths 0 to 15 have four bits each
		if symbol < 16 {
			w.bits(4, 3)
		} else {
			w.bits(0, 3)
		}
	}
	length := func(n uint) { // the code for length n is n, its highest bit first
		for i := range uint(4) {
			w.bits(n>>(3-i), 1)
		}
	}
	for symbol := range 285 {
		switch {
		case symbol < 13:
			length(uint(symbol) + 1)
		case symbol == 13 || symbol == 256:
			length(map[bool]uint{true: 14, false: 15}[symbol == 13])
		case symbol == 284:
			length(15)
		default:
			length(0)
		}
	}
	for symbol := range 30 {
		switch {
		case symbol < 14:
			length(uint(symbol) + 1)
		case symbol >= 28:
			length(15)
		default:
			length(0)
		}
	}
	ones := func(n uint) { w.bits(1<<n-1, n) }
	for range 50 {
		w.bits(1<<9-1, 10) // literal 9: nine ones and a zero
		ones(15)           // length symbol 284, the last of 15 bits
		w.bits(30, 5)
		ones(15) // distance symbol 29, also the last
		w.bits(8000, 13)
	}
	w.bits(1<<14-1, 15) // end of block: the first of 15 bits
	w.bits(0, 3)
	want, err := inflateStandard(w.p)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	for _, size := range []int{len(w.p), 1, 7, 100} {
		out, v, whole := inflateIn(w.p, size, 1<<20)
		if v != inflatedAll || !whole || len(out) != 0x8000+50*(1+257) || !bytes.Equal(out, want) {
			t.Errorf("in pieces of %d: %d bytes, verdict %d, whole %v; compress/flate has %d", size, len(out), v, whole, len(want))
		}
	}
}
