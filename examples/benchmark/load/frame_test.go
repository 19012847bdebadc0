//go:build linux

package load

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// serverFrame returns a frame as a server sends it.
func serverFrame(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// parse gives a parser a stream in pieces, and returns the messages as text.
func parse(stream []byte, piece int) (all []string, err error) {
	var p parser
	for chunk := range slices.Chunk(stream, piece) {
		p.feed(bytes.Clone(chunk))
		for {
			m, ok, err := p.next()
			if err != nil {
				return all, err
			}
			if !ok {
				break
			}
			all = append(all, fmt.Sprintf("%d %t %s", m.opcode, m.compressed, m.payload))
		}
	}
	return all, nil
}

// TestParser checks that messages are the same whatever pieces they come in.
func TestParser(t *testing.T) {
	medium, long := strings.Repeat("m", 300), strings.Repeat("l", 70_000)
	stream := slices.Concat(
		serverFrame(finBit|opText, "one"), serverFrame(finBit|opBinary|rsv1Bit, medium),
		serverFrame(opText, "fra"), serverFrame(finBit|opPing, "beat"), serverFrame(opContinuation, ""), serverFrame(finBit|opContinuation, "gments"),
		serverFrame(finBit|opText, long), serverFrame(finBit|opText, ""), serverFrame(finBit|opClose, "\x03\xe8"),
	)
	want := []string{"1 false one", "2 true " + medium, "9 false beat", "1 false fragments", "1 false " + long, "1 false ", "8 false \x03\xe8"}
	for _, piece := range []int{1, 2, 3, 100, len(stream) / 2, len(stream)} {
		got, err := parse(stream, piece)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("in pieces of %d: error %v, %d messages", piece, err, len(got))
		}
	}
}

// TestParserRefuses checks that what no server may send is an error.
func TestParserRefuses(t *testing.T) {
	for name, stream := range map[string][]byte{
		"a masked frame":          appendFrame(nil, opText, newMask(1), []byte("x")),
		"a long frame":            {finBit | opText, 127, 0, 0, 0, 0, 0x7f, 0, 0, 0},
		"a negative length":       {finBit | opText, 127, 0xff, 0, 0, 0, 0, 0, 0, 0},
		"nothing to continue":     serverFrame(finBit|opContinuation, "x"),
		"a message in another":    slices.Concat(serverFrame(opText, "x"), serverFrame(finBit|opText, "y")),
		"a message of a megabyte": slices.Concat(serverFrame(opText, strings.Repeat("x", maxAnswer)), serverFrame(finBit|opContinuation, "y")),
	} {
		for _, piece := range []int{1, len(stream)} {
			if got, err := parse(stream, piece); err == nil {
				t.Errorf("%s, in pieces of %d: no error, but %d messages", name, piece, len(got))
			}
		}
	}
}

// TestMask checks that a payload is masked as RFC 6455 §5.3 says, wherever it begins.
func TestMask(t *testing.T) {
	m := mask{1, 2, 3, 4}
	frame := appendFrame(nil, opText, m, []byte("hello"))
	if want := []byte{0x81, 0x85, 1, 2, 3, 4, 'h' ^ 1, 'e' ^ 2, 'l' ^ 3, 'l' ^ 4, 'o' ^ 1}; !bytes.Equal(frame, want) {
		t.Errorf("got % x, want % x", frame, want)
	}
	rest := []byte("llo")
	m.apply(rest, 2)
	if !bytes.Equal(rest, frame[8:]) {
		t.Errorf("from offset 2: got % x, want % x", rest, frame[8:])
	}
	seen := map[mask]bool{}
	for i := range 10_000 {
		m := newMask(i)
		if bytes.IndexByte(m[:], 0) >= 0 || seen[m] {
			t.Fatalf("client %d has the mask % x", i, m)
		}
		seen[m] = true
	}
}
