package websocket

import (
	"bytes"
	"compress/flate"
	"errors"
	"runtime"
	"slices"
	"testing"
)

// FuzzFeedDeflate is FuzzFeed with compression, with takeover and without.
func FuzzFeedDeflate(f *testing.F) {
	for _, c := range append(readCases[decodeCase](f, "frames/deflate.json"), readCases[decodeCase](f, "frames/deflate_faults.json")...) {
		var stream []byte
		for _, s := range c.In {
			wire, _ := parseFrame(f, s)
			stream = append(stream, wire...)
		}
		if len(stream) < 2000 {
			f.Add(uint16(c.Limit), uint8(3), true, stream)
		}
	}
	f.Fuzz(func(t *testing.T, limit uint16, size uint8, takeover bool, stream []byte) {
		d := Decoder{Limit: int(limit), Deflate: agree(t, takeover, "permessage-deflate; client_max_window_bits=9")}
		whole := feedTo(t, d, stream)
		for _, n := range []int{1, 2, int(size) + 1} {
			if got := feedTo(t, d, stream, pieces(len(stream), n)...); !got.same(whole) {
				t.Fatalf("in pieces of %d: %v\nwhole: %v", n, got, whole)
			}
		}
		checkMessages(t, int(limit), whole)
		for i, b := range stream {
			d.Feed(nil, []byte{b})
			if d.stage == stageFirst && d.message == 0 || d.stage == stageDone {
				if d.buf != nil || d.extra != nil && (!takeover || d.extra.control != nil || d.extra.inflater != nil || cap(d.extra.history) > 512) {
					t.Fatalf("holds too much between messages, after byte %d", i)
				}
			}
		}
	})
}

// A bomb of 1 GiB in 1 MiB ends at the limit, within its memory.
func TestInflateBomb(t *testing.T) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	w.Write(make([]byte, 1<<20))
	w.Flush()
	bomb := bytes.Repeat(b.Bytes(), 1<<10)
	frame := AppendFrame(nil, Binary, bomb[:len(bomb)-len(flushed)])
	frame[0] |= rsv1Bit
	stream := asClient(t, frame)
	for _, limit := range []int{1 << 10, 1 << 20, 10_000_000} {
		d := Decoder{Limit: limit, Deflate: agree(t, true, "permessage-deflate")}
		takeInflater(nil, farthest, 1).release() // not counted below
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		messages, err := d.Feed(nil, slices.Clone(stream))
		runtime.ReadMemStats(&after)
		var e *CloseError
		if len(messages) > 0 || !errors.As(err, &e) || e.Code != CloseTooBig {
			t.Fatalf("limit %d: %v, %v", limit, messages, err)
		}
		// Doubled again and again until the limit: all buffers together are under three times that, and two live at once at most.
		if got, most := int(after.TotalAlloc-before.TotalAlloc), 3*limit+len(stream)+100_000; got > most {
			t.Errorf("limit %d: %d bytes were allocated, more than %d", limit, got, most)
		}
	}
}

// What an idle connection holds.
func TestDeflateIdle(t *testing.T) {
	text := chat(100_000)
	for _, c := range []struct {
		offer    string
		takeover bool
		most     int
	}{
		{"permessage-deflate", false, 0},
		{"permessage-deflate; client_no_context_takeover", true, 0},
		{"permessage-deflate; client_max_window_bits=10; server_max_window_bits=10", true, 1 << 10},
		{"permessage-deflate; client_max_window_bits", true, 32 << 10},
	} {
		agreed := agree(t, c.takeover, c.offer)
		d := Decoder{Deflate: agreed}
		sender := NewCompressor(agreed, DeflateOptions{})
		for _, n := range []int{300, 3000, 100_000, 300} {
			p := asClient(t, AppendCompressed(nil, sender, Text, text[:n]))
			for piece := range slices.Chunk(p, len(p)/2) {
				if _, err := d.Feed(nil, piece); err != nil {
					t.Fatal(err)
				}
			}
			held := 0
			if x := d.extra; x != nil {
				if held = cap(x.history); x.inflater != nil || x.control != nil || held == 0 {
					t.Errorf("%s: holds %v", c.offer, x)
				}
			}
			if d.buf != nil || held > c.most || n == 100_000 && held != c.most {
				t.Errorf("%s: holds %d bytes after a message of %d, want %d", c.offer, held, n, c.most)
			}
		}
		d.Feed(nil, []byte{0xff}) // a fault lets go of all
		if d.extra != nil {
			t.Errorf("%s: holds %v after a fault", c.offer, d.extra)
		}
	}
}

// A compressed message costs one allocation, its own memory.
func TestFeedDeflateAllocates(t *testing.T) {
	agreed := agree(t, false, "permessage-deflate")
	p := asClient(t, AppendCompressed(nil, NewCompressor(agreed, DeflateOptions{}), Text, chat(2000)))
	d := Decoder{Deflate: agreed}
	var messages []Message
	feed := func() {
		if messages, _ = d.Feed(messages[:0], p); len(messages) != 1 || cap(messages[0].Payload) != 2000 && cap(messages[0].Payload) != 2048 {
			t.Fatalf("%v", messages)
		}
	}
	for range 10 {
		feed()
	}
	if n := testing.AllocsPerRun(100, feed); n > 2 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}
