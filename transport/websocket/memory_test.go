package websocket

import (
	"bytes"
	"slices"
	"testing"
	"unsafe"
)

// TestDecoderIdle checks that an idle decoder is small and holds no input or output.
func TestDecoderIdle(t *testing.T) {
	if n := unsafe.Sizeof(Decoder{}); n > 64 {
		t.Errorf("a Decoder is %d bytes; it was 64", n)
	}
	for _, frames := range [][]string{
		{`text 30000*"a"`},
		{`text+ 300*"a"`, `cont 300*"b"`},
		{`text+ ""`, `cont+ ""`, `cont ""`},
		{`ping 125*"p"`},
		{`close 1000 "bye"`},
		{`text+ "a"`, `close 1000 "bye"`},
		{`text+ 300*"a"`, `cont <ff>`},
		{`text+ 300*"a"`, `ping 30*"p"`, `close 999`},
	} {
		var stream []byte
		for _, s := range frames {
			wire, _ := parseFrame(t, s)
			stream = append(stream, wire...)
		}
		for _, size := range []int{1, 100, len(stream)} {
			var d Decoder
			for p := range slices.Chunk(slices.Clone(stream), size) {
				d.Feed(nil, p)
			}
			if d.buf != nil || d.extra != nil {
				t.Errorf("%.80q in pieces of %d: the decoder holds %d and %v", frames, size, cap(d.buf), d.extra)
			}
		}
	}
}

// TestDecoderAliases checks that messages lying whole in the input are not copied.
func TestDecoderAliases(t *testing.T) {
	text, _ := parseFrame(t, `text "hello"`)
	ping, _ := parseFrame(t, `ping "hello"`)
	empty, _ := parseFrame(t, `binary+ ""`)
	last, _ := parseFrame(t, `cont "hello"`)
	p := slices.Concat(text, ping, empty, last)
	var d Decoder
	messages, err := d.Feed(nil, p)
	if err != nil || len(messages) != 3 {
		t.Fatalf("got %v, %v", messages, err)
	}
	for i, end := range []int{len(text), len(text) + len(ping), len(p)} {
		m := messages[i]
		if &m.Payload[4] != &p[end-1] {
			t.Errorf("message %d is a copy", i)
		}
		if cap(m.Payload) != len(m.Payload) {
			t.Errorf("message %d: to append to it would write into what follows", i)
		}
	}
}

// TestDecoderOwned checks that a message is owned unless it lies in the input or in a buffer that is larger, and
// that the decoder does not touch it any more.
func TestDecoderOwned(t *testing.T) {
	whole, _ := parseFrame(t, `binary "hello"`)
	first, _ := parseFrame(t, `binary+ "he"`)
	last, _ := parseFrame(t, `cont "llo"`)
	for name, test := range map[string]struct {
		pieces [][]byte
		owned  bool
	}{
		"whole":     {[][]byte{whole}, false},
		"cut":       {[][]byte{whole[:8], whole[8:]}, true},
		"cut twice": {[][]byte{whole[:7], whole[7:9], whole[9:]}, true},
		"fragments, whose buffer has room to spare": {[][]byte{slices.Concat(first, last)}, false},
	} {
		var d Decoder
		var kept []Message
		for range 2 { // the second would overwrite what is left of the first
			for _, piece := range test.pieces {
				messages, err := d.Feed(nil, slices.Clone(piece))
				if err != nil {
					t.Fatal(err)
				}
				kept = append(kept, messages...)
			}
			if n := len(kept); n > 0 && kept[0].Owned {
				for i := range kept[n-1].Payload {
					kept[n-1].Payload[i] ^= byte(n)
				}
			}
		}
		for i, m := range kept {
			if m.Owned != test.owned {
				t.Errorf("%s: owned: %v", name, m.Owned)
			}
			if m.Owned && m.Payload[0] != 'h'^byte(i+1) {
				t.Errorf("%s: message %d became %q", name, i, m.Payload)
			}
		}
		if len(kept) != 2 {
			t.Errorf("%s: %d messages", name, len(kept))
		}
	}
}

// TestDecoderPayloadsAreApart checks that a message that arrived in pieces stays as it is while the
// same Feed assembles the next.
func TestDecoderPayloadsAreApart(t *testing.T) {
	var p []byte
	for _, s := range []string{`text+ "a"`, `ping "1"`, `cont "b"`, `text+ "c"`, `ping "2"`, `cont "d"`, `binary+ "e"`, `cont "f"`} {
		wire, _ := parseFrame(t, s)
		p = append(p, wire...)
	}
	for cut := range p {
		p := slices.Clone(p)
		var d Decoder
		messages, _ := d.Feed(nil, p[:cut])
		kept := slices.Clone(messages)
		for i := range kept {
			kept[i].Payload = slices.Clone(kept[i].Payload)
		}
		messages, err := d.Feed(nil, p[cut:])
		if err != nil {
			t.Fatal(err)
		}
		got := append(kept, messages...)
		want := []Message{{Opcode: Ping, Payload: []byte("1")}, {Opcode: Text, Payload: []byte("ab")}, {Opcode: Ping, Payload: []byte("2")}, {Opcode: Text, Payload: []byte("cd")}, {Opcode: Binary, Payload: []byte("ef")}}
		if !sameMessages(got, want) {
			t.Errorf("cut at %d: %v", cut, got)
		}
	}
}

// TestDecoderMemory checks that memory grows with what was received, whatever a header announces.
func TestDecoderMemory(t *testing.T) {
	const limit = 1 << 30
	d := Decoder{Limit: limit}
	received := 0
	send := func(p []byte) {
		t.Helper()
		if _, err := d.Feed(nil, p); err != nil {
			t.Fatal(err)
		}
		if most := max(2*received, minBuffer); cap(d.buf) > most {
			t.Fatalf("after %d bytes the buffer has %d, more than %d", received, cap(d.buf), most)
		}
	}
	send([]byte{0x02, 0xff, 0, 0, 0, 0, 0x30, 0, 0, 0, 1, 2, 3, 4}) // announces 768 MiB
	for _, n := range []int{1, 10, 50, 4, 100, 1000, 60000, 1000000} {
		received += n
		send(make([]byte, n))
	}
}

// TestDecoderMemoryFits checks that a message whose end is known gets no more memory than it needs.
func TestDecoderMemoryFits(t *testing.T) {
	p, _ := parseFrame(t, `text 100*"a"`)
	var d Decoder
	if _, err := d.Feed(nil, p[:len(p)-10]); err != nil || cap(d.buf) != 100 {
		t.Errorf("%d bytes for a message of 100, %v", cap(d.buf), err)
	}
}

// TestDecoderEmptyFragments checks that empty fragments cost no memory, however many there are.
func TestDecoderEmptyFragments(t *testing.T) {
	begin, _ := parseFrame(t, `text+ ""`)
	more, _ := parseFrame(t, `cont+ ""`)
	flood := bytes.Repeat(more, 1000)
	var d Decoder
	d.Feed(nil, begin)
	if n := testing.AllocsPerRun(10, func() {
		if messages, err := d.Feed(nil, flood); len(messages) > 0 || err != nil {
			t.Fatal(messages, err)
		}
	}); n != 0 || d.buf != nil {
		t.Errorf("%v allocations, %d bytes held", n, cap(d.buf))
	}
}

// TestDecoderSmallFragments checks that a flood of small fragments allocates no more than the
// buffer of their message, doubled repeatedly.
func TestDecoderSmallFragments(t *testing.T) {
	begin, _ := parseFrame(t, `binary+ "a"`)
	more, _ := parseFrame(t, `cont+ "a"`)
	flood := bytes.Repeat(more, 1000)
	p := make([]byte, len(flood))
	if n := testing.AllocsPerRun(10, func() {
		d := Decoder{Limit: 1010}
		d.Feed(nil, slices.Clone(begin))
		copy(p, flood)
		if _, err := d.Feed(nil, p); err != nil {
			t.Fatal(err)
		}
		if cap(d.buf) > 1010 {
			t.Fatalf("%d bytes held", cap(d.buf))
		}
	}); n > 8 {
		t.Errorf("%v allocations", n)
	}
}

func TestFeedAllocates(t *testing.T) {
	p := clientFrames(32, 64)
	var d Decoder
	var messages []Message
	feed := func() {
		messages, _ = d.Feed(messages[:0], p)
		if len(messages) != 32 {
			t.Fatalf("%d messages", len(messages))
		}
	}
	feed() // grows messages
	if n := testing.AllocsPerRun(100, feed); n != 0 {
		t.Errorf("Feed of small messages: %v allocations", n)
	}
}

func TestAppendFrameAllocates(t *testing.T) {
	dst := make([]byte, 0, 70000)
	text, data := "some text", make([]byte, 65536)
	if n := testing.AllocsPerRun(100, func() {
		dst = AppendFrame(dst[:0], Text, text)
		dst = AppendFrame(dst, Binary, data)
		dst = AppendFrame(dst, Pong, data[:125])
		dst = AppendClose(dst, 1001, "going away")
	}); n != 0 {
		t.Errorf("AppendFrame into capacity: %v allocations", n)
	}
}

// clientFrames returns masked text frames of ASCII. Their key is zeros, so that they can be fed
// again and again.
func clientFrames(count, size int) (p []byte) {
	for range count {
		frame := AppendFrame(nil, Text, bytes.Repeat([]byte("a"), size))
		header := len(frame) - size
		p = append(p, frame[0], frame[1]|maskBit)
		p = append(p, frame[2:header]...)
		p = append(p, 0, 0, 0, 0)
		p = append(p, frame[header:]...)
	}
	return p
}
