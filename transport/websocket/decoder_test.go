package websocket

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// decodeCase is a case of testdata/frames/*.json: what a client sends, in the notation of
// parseFrame, and what Feed returns.
type decodeCase struct {
	Name  string
	Limit int
	Draft bool     // version 8 or 7; cases without it are run as a draft, too, unless their name contains 1004
	Offer string   // of extensions, accepted with context takeover
	In    []string // frames
	Want  []string // messages, including those before an error
	Code  int      // of the CloseError; 0 if there is none
	At    int      // index of the byte that causes the error
}

// outcome is the result of feeding a decoder.
type outcome struct {
	messages []Message
	err      *CloseError
}

// feed feeds a new decoder the stream in pieces; between[i] is the end of the i-th.
func feed(t testing.TB, limit int, stream []byte, between ...int) (o outcome) {
	t.Helper()
	return feedTo(t, Decoder{Limit: limit}, stream, between...)
}

// feedTo is feed with a copy of d.
func feedTo(t testing.TB, d Decoder, stream []byte, between ...int) (o outcome) {
	t.Helper()
	stream = slices.Clone(stream) // because it is unmasked in place
	begin := 0
	for _, end := range append(between, len(stream)) {
		messages, err := d.Feed(nil, stream[begin:end])
		for _, m := range messages {
			// The payload is valid only until the next Feed.
			o.messages = append(o.messages, Message{Opcode: m.Opcode, Payload: slices.Clone(m.Payload)})
		}
		begin = end
		if err != nil && !errors.As(err, &o.err) {
			t.Fatalf("error is a %T: %v", err, err)
		}
		if err != nil {
			break
		}
	}
	return o
}

func sameMessages(a, b []Message) bool {
	return slices.EqualFunc(a, b, func(a, b Message) bool {
		return a.Opcode == b.Opcode && string(a.Payload) == string(b.Payload)
	})
}

func (o outcome) same(p outcome) bool {
	if (o.err == nil) != (p.err == nil) || o.err != nil && *o.err != *p.err {
		return false
	}
	return sameMessages(o.messages, p.messages)
}

// pieces returns the cuts for feed that divide n bytes into pieces of one size.
func pieces(n, size int) (between []int) {
	for i := size; i < n; i += size {
		between = append(between, i)
	}
	return between
}

func TestDecoderCases(t *testing.T) {
	for _, file := range []string{"framing", "fragments", "control", "close", "utf8", "limit", "deflate", "deflate_faults", "drafts"} {
		names := map[string]bool{}
		for _, c := range readCases[decodeCase](t, "frames/"+file+".json") {
			if names[c.Name] {
				t.Errorf("two cases have the name %q", c.Name)
			}
			names[c.Name] = true
			t.Run(file+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				testDecoderCase(t, c)
			})
		}
	}
}

func testDecoderCase(t *testing.T, c decodeCase) {
	var stream []byte
	var borders []int // of frames
	for _, s := range c.In {
		wire, _ := parseFrame(t, s)
		stream = append(stream, wire...)
		borders = append(borders, len(stream))
	}
	var want []Message
	for _, s := range c.Want {
		_, m := parseFrame(t, s)
		want = append(want, m)
	}
	decoder := Decoder{Limit: c.Limit, Draft: c.Draft, Deflate: NegotiateDeflate([]string{c.Offer}, true)}
	if decoder.Deflate.Agreed() != (c.Offer != "") {
		t.Fatalf("%q is declined", c.Offer)
	}
	check := func(how string, got outcome) {
		t.Helper()
		if !sameMessages(got.messages, want) {
			t.Fatalf("%s: messages are %v, want %v", how, got.messages, want)
		}
		code := 0
		if got.err != nil {
			code = got.err.Code
		}
		if code != c.Code {
			t.Fatalf("%s: error is %v, want code %d", how, got.err, c.Code)
		}
	}

	whole := feedTo(t, decoder, stream)
	check("whole", whole)
	if !c.Draft && !strings.Contains(c.Name, "1004") {
		draft := decoder
		draft.Draft = true
		check("in a draft", feedTo(t, draft, stream))
	}
	if len(stream) < 1<<18 {
		check("byte by byte", feedTo(t, decoder, stream, pieces(len(stream), 1)...))
	}
	check("in pieces of 1009", feedTo(t, decoder, stream, pieces(len(stream), 1009)...))
	check("frame by frame", feedTo(t, decoder, stream, borders[:len(borders)-1]...))

	// Halved at every byte, or for long streams, around headers and at some other places.
	for cut := 1; cut < len(stream) && len(stream) < 1<<18; cut++ {
		if len(stream) > 700 && cut > 20 && cut%(len(stream)/8) > 1 && !slices.ContainsFunc(borders, func(b int) bool { return b-3 < cut && cut < b+16 }) {
			continue
		}
		if got := feedTo(t, decoder, stream, cut); !got.same(whole) {
			t.Fatalf("halved at %d: %v, but whole %v", cut, got, whole)
		}
	}

	if c.Code != 0 {
		if before := feedTo(t, decoder, stream[:c.At]); before.err != nil {
			t.Fatalf("fails before byte %d: %v", c.At, before.err)
		}
		check("up to the faulty byte", feedTo(t, decoder, stream[:c.At+1]))
	}
}

// TestDecoderEnds checks that nothing is decoded after a fault, which stays the same, or after a
// Close.
func TestDecoderEnds(t *testing.T) {
	hello, _ := parseFrame(t, `text "hello"`)
	for _, c := range []struct {
		last    string
		wantErr bool
	}{{`close 1000 "bye"`, false}, {`close`, false}, {`unmasked text "a"`, true}, {`text <ff>`, true}} {
		last, _ := parseFrame(t, c.last)
		var d Decoder
		messages, err := d.Feed(nil, slices.Concat(hello, last, hello))
		if want := 2; c.wantErr {
			if err == nil || len(messages) != 1 {
				t.Errorf("%s: %v, %v; want the message before it and an error", c.last, messages, err)
			}
		} else if err != nil || len(messages) != want {
			t.Errorf("%s: %v, %v; want two messages", c.last, messages, err)
		}
		again, errAgain := d.Feed(nil, slices.Clone(hello))
		if len(again) != 0 {
			t.Errorf("%s: a message after the end: %v", c.last, again)
		}
		if (errAgain != nil) != c.wantErr || c.wantErr && errAgain.Error() != err.Error() {
			t.Errorf("%s: the error is first %v, then %v", c.last, err, errAgain)
		}
	}
}

// TestDecoderErrorsAreApart checks that callers may change the error they get.
func TestDecoderErrorsAreApart(t *testing.T) {
	get := func() *CloseError {
		var d Decoder
		_, err := d.Feed(nil, []byte{0xff})
		var e *CloseError
		if !errors.As(err, &e) {
			t.Fatalf("error is %v", err)
		}
		return e
	}
	get().Reason = "changed"
	if got := get().Reason; got != "reserved bit is set" {
		t.Errorf("reason is %q", got)
	}
}

// TestDecoderAppends checks that the contents of dst remain.
func TestDecoderAppends(t *testing.T) {
	hello, _ := parseFrame(t, `text "hello"`)
	var d Decoder
	first := Message{Opcode: Binary, Payload: []byte("first")}
	got, err := d.Feed([]Message{first}, hello)
	if want := []Message{first, {Opcode: Text, Payload: []byte("hello")}}; err != nil || !sameMessages(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}
