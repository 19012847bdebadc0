package websocket

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// payloadOf returns the payload of a frame made by AppendFrame, and whether it is marked as
// compressed.
func payloadOf(t testing.TB, frame []byte) (payload []byte, compressed bool) {
	t.Helper()
	header := 2
	switch frame[1] {
	case length16:
		header = 4
	case length64:
		header = 10
	}
	want := AppendFrame(nil, Opcode(frame[0]&opcodeBits), frame[header:])
	if want[0] |= frame[0] & rsv1Bit; !bytes.Equal(frame, want) {
		t.Fatalf("not one frame: % .20x", frame)
	}
	return frame[header:], frame[0]&rsv1Bit != 0
}

// asClient turns a frame from the server into one from a client, with a masking key of zeros.
func asClient(t testing.TB, frame []byte) []byte {
	payload, _ := payloadOf(t, frame)
	header := len(frame) - len(payload)
	p := append([]byte{frame[0], frame[1] | maskBit}, frame[2:header]...)
	p = append(p, 0, 0, 0, 0)
	return append(p, payload...)
}

// TestCompressorRoundTrip compresses messages and inflates them, with the standard library and with
// a Decoder, which rejects references beyond the window, for most levels and windows, with and
// without takeover.
func TestCompressorRoundTrip(t *testing.T) {
	t.Parallel()
	text := chat(100_000)
	random := make([]byte, 5000)
	rand.NewChaCha8([32]byte{}).Read(random)
	messages := [][]byte{text[:300], text[300:1000], text[:100_000], []byte("short"), random, text[90_000:90_400], nil,
		bytes.Repeat([]byte("a"), 70_000), text[100:400], []byte("x")}
	for bits := minWindowBits; bits <= maxWindowBits; bits++ {
		for level := 1; level <= 9; level++ {
			for _, takeover := range []bool{false, true} {
				if level%4 == 0 || level == 2 || bits != maxWindowBits && level%4 != 1 || bits == 11 || bits == 13 {
					continue
				}
				d := agree(t, takeover, fmt.Sprintf("permessage-deflate; server_max_window_bits=%d; client_max_window_bits=%d", bits, bits))
				c := NewCompressor(d, DeflateOptions{ContextTakeover: takeover, Threshold: -1, Level: level})
				decoder := Decoder{Deflate: d}
				var context []byte
				for i, m := range messages {
					frame := AppendCompressed([]byte("before"), c, Binary, m)
					frame, ok := bytes.CutPrefix(frame, []byte("before"))
					if plain := AppendFrame(nil, Binary, m); !ok || len(frame) > len(plain) {
						t.Fatalf("level %d, %d bits, message %d: %d bytes, but %d without compression", level, bits, i, len(frame), len(plain))
					}
					got, err := decoder.Feed(nil, asClient(t, frame))
					if err != nil || len(got) != 1 || !bytes.Equal(got[0].Payload, m) {
						t.Fatalf("level %d, %d bits, takeover %v, message %d: %v, %v", level, bits, takeover, i, got, err)
					}
					if payload, compressed := payloadOf(t, frame); compressed {
						if !takeover {
							context = nil
						}
						r := flate.NewReaderDict(io.MultiReader(bytes.NewReader(payload), strings.NewReader(flushed+"\x01"+flushed)), context)
						if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, m) {
							t.Fatalf("level %d, %d bits, takeover %v, message %d: compress/flate reads %d bytes, %v", level, bits, takeover, i, len(got), err)
						}
						context = append(context, m...)
					} else if len(m) > 1000 && i != 4 {
						t.Fatalf("message %d went uncompressed", i)
					}
				}
			}
		}
	}
}

func TestAppendCompressed(t *testing.T) {
	d := agree(t, false, "permessage-deflate")
	text := string(chat(1000))
	for _, c := range []struct {
		name    string
		options DeflateOptions
		op      Opcode
		payload string
		want    bool
	}{
		{"just the threshold", DeflateOptions{}, Text, text[:256], true},
		{"one under the threshold", DeflateOptions{}, Text, text[:255], false},
		{"another threshold", DeflateOptions{Threshold: 999}, Text, text[:999], true},
		{"under another threshold", DeflateOptions{Threshold: 999}, Text, text[:998], false},
		{"no threshold", DeflateOptions{Threshold: -1}, Binary, strings.Repeat("a", 200), true},
		{"empty", DeflateOptions{Threshold: -1}, Text, "", false},
		{"not worth it", DeflateOptions{Threshold: -1}, Text, "hello", false},
		{"control frames", DeflateOptions{Threshold: -1}, Ping, strings.Repeat("a", 100), false},
		{"a level too high", DeflateOptions{Level: 100}, Text, text, true},
		{"a level too low", DeflateOptions{Level: -100}, Text, text, true},
	} {
		compressor := NewCompressor(d, c.options)
		frame := AppendCompressed(nil, compressor, c.op, c.payload)
		if _, got := payloadOf(t, frame); got != c.want {
			t.Errorf("%s: compressed is %v", c.name, got)
		}
		if again := AppendCompressed(nil, compressor, c.op, []byte(c.payload)); !bytes.Equal(again, frame) {
			t.Errorf("%s: bytes give another frame than a string", c.name)
		}
		if plain := AppendFrame(nil, c.op, c.payload); !c.want && !bytes.Equal(frame, plain) {
			t.Errorf("%s: the frame is not that of AppendFrame", c.name)
		}
	}
	if NewCompressor(Deflate{}, DeflateOptions{}) != nil {
		t.Error("a compressor although nothing was agreed to")
	}
	if _, compressed := payloadOf(t, AppendCompressed(nil, nil, Text, text)); compressed {
		t.Error("compressed although nothing was agreed to")
	}
}

// TestCompressorHistory checks that context takeover makes messages smaller and holds what it
// promises.
func TestCompressorHistory(t *testing.T) {
	text := chat(64 << 10)
	for _, c := range []struct {
		offer    string
		takeover bool
		most     int
	}{
		{"permessage-deflate", false, 0},
		{"permessage-deflate; server_no_context_takeover", true, 0},
		{"permessage-deflate", true, sendHistory},
		{"permessage-deflate; server_max_window_bits=10", true, 1 << 10},
	} {
		compressor := NewCompressor(agree(t, c.takeover, c.offer), DeflateOptions{ContextTakeover: c.takeover})
		first := len(AppendCompressed(nil, compressor, Text, text[:400]))
		again := len(AppendCompressed(nil, compressor, Text, text[:400]))
		if (again < first/4) != (c.most > 0) {
			t.Errorf("%s: %d bytes, then %d", c.offer, first, again)
		}
		for len(text) > 1000 && c.most > 0 && cap(compressor.history) < c.most {
			AppendCompressed(nil, compressor, Text, text[:1000])
		}
		AppendCompressed(nil, compressor, Text, text)
		if got := cap(compressor.history); got != c.most {
			t.Errorf("%s: holds %d bytes, want %d", c.offer, got, c.most)
		}
	}
	// A server may do without takeover even if the client allows it.
	c := NewCompressor(agree(t, true, "permessage-deflate"), DeflateOptions{})
	AppendCompressed(nil, c, Text, text)
	if c.history != nil {
		t.Error("a history that is not wanted")
	}
}

func TestAppendCompressedAllocates(t *testing.T) {
	text := string(chat(2000))
	for _, takeover := range []bool{false, true} {
		c := NewCompressor(agree(t, takeover, "permessage-deflate"), DeflateOptions{ContextTakeover: takeover})
		dst := make([]byte, 0, 4000)
		for range 100 {
			dst = AppendCompressed(dst[:0], c, Text, text)
		}
		if n := testing.AllocsPerRun(100, func() { dst = AppendCompressed(dst[:0], c, Text, text) }); n != 0 && !raceEnabled {
			t.Errorf("takeover %v: %v allocations", takeover, n)
		}
	}
}

// TestCompressorShared uses one Compressor without takeover from many goroutines.
func TestCompressorShared(t *testing.T) {
	t.Parallel()
	c := NewCompressor(agree(t, false, "permessage-deflate"), DeflateOptions{})
	text := chat(3000)
	want := AppendCompressed(nil, c, Text, text)
	done := make(chan bool)
	for range 4 {
		go func() {
			same := true
			for range 20 {
				same = same && bytes.Equal(AppendCompressed(nil, c, Text, text), want)
			}
			done <- same
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("frames differ")
		}
	}
}
