package websocket

import (
	"bytes"
	"compress/flate"
	"errors"
	"runtime"
	"slices"
	"testing"
)

// FuzzFeedDeflate is FuzzFeed with compression, with and without takeover.
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

// TestInflateBomb checks that 1 GiB compressed to 1 MiB fails at the limit, within its memory.
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
		takeInflater(nil, farthest, 1).release() // so that its allocation is not counted below
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		messages, err := d.Feed(nil, slices.Clone(stream))
		runtime.ReadMemStats(&after)
		var e *CloseError
		if len(messages) > 0 || !errors.As(err, &e) || e.Code != CloseTooBig {
			t.Fatalf("limit %d: %v, %v", limit, messages, err)
		}
		// The buffer doubles until the limit: all buffers together are below three times the limit,
		// and at most two are alive at once.
		if got, most := int(after.TotalAlloc-before.TotalAlloc), 3*limit+len(stream)+100_000; got > most {
			t.Errorf("limit %d: %d bytes were allocated, more than %d", limit, got, most)
		}
	}
}

// TestInflateUnfinished checks that the memory for an unfinished message grows with what was sent,
// not with what it inflates to, and that the message is whole in the end.
func TestInflateUnfinished(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	want := slices.Concat(chat(3000), make([]byte, 700_000), chat(20_000), make([]byte, 300_000))
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	w.Write(want)
	w.Flush()
	frame := AppendFrame(nil, Binary, b.Bytes()[:b.Len()-len(flushed)])
	frame[0] |= rsv1Bit
	stream := asClient(t, frame)
	if len(want)/len(stream) < 2*aheadFactor {
		t.Fatalf("%d bytes are not enough less than %d", len(stream), len(want))
	}
	for _, size := range []int{1, 100, 1013, len(stream) - 1} {
		d := Decoder{Limit: limit, Deflate: agree(t, false, "permessage-deflate")}
		received := 0
		for piece := range slices.Chunk(slices.Clone(stream), size) {
			messages, err := d.Feed(nil, piece)
			if err != nil {
				t.Fatal(err)
			}
			if received += len(piece); received == len(stream) {
				if len(messages) != 1 || !bytes.Equal(messages[0].Payload, want) {
					t.Errorf("in pieces of %d: the message is another", size)
				}
			} else if d.extra != nil {
				if held, most := cap(d.extra.inflater.out)+cap(d.buf), 2*(ownOutput+(aheadFactor+1)*received); held > most {
					t.Fatalf("in pieces of %d: holds %d bytes after %d were received, more than %d", size, held, received, most)
				}
			}
		}
	}
}

// TestInflateUnfinishedFault checks that a fault, or a limit exceeded, beyond what is inflated
// ahead is found when the message ends.
func TestInflateUnfinishedFault(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	w.Write(make([]byte, limit-1))
	w.Flush()
	for _, c := range []struct {
		tail string
		code int
	}{{"\x07", CloseInvalidPayload}, {"\x00\x02\x00\xfd\xffab\x00", CloseTooBig}, {"\x00\x01\x00\xfe\xffa\x00", 0}} {
		frame := AppendFrame(nil, Binary, append(slices.Clone(b.Bytes()), c.tail...))
		frame[0] |= rsv1Bit
		stream := asClient(t, frame)
		d := Decoder{Limit: limit, Deflate: agree(t, false, "permessage-deflate")}
		last := len(stream) - 1
		for _, p := range [][]byte{stream[:last/2], stream[last/2 : last]} {
			if messages, err := d.Feed(nil, p); len(messages) > 0 || err != nil {
				t.Fatalf("%q: %v, %v", c.tail, messages, err)
			}
		}
		_, err := d.Feed(nil, stream[last:])
		code := 0
		if e := (*CloseError)(nil); errors.As(err, &e) {
			code = e.Code
		}
		if code != c.code {
			t.Errorf("%q: %v, want code %d", c.tail, err, c.code)
		}
		if d.buf != nil || d.extra != nil {
			t.Errorf("%q: holds %d bytes and %v", c.tail, cap(d.buf), d.extra)
		}
	}
}

// TestDeflateIdle checks what an idle connection holds.
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
		d.Feed(nil, []byte{0xff}) // a fault releases everything
		if d.extra != nil {
			t.Errorf("%s: holds %v after a fault", c.offer, d.extra)
		}
	}
}

// TestFeedDeflateAllocates checks that a compressed message costs one allocation, for its own
// memory.
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
