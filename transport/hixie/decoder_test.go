package hixie

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"
)

// decodeCase is a case of testdata/frames.json: what a client sends, and what Feed returns.
type decodeCase struct {
	Name  string
	Draft int
	Limit int
	In    string   // hex in <>, strings in quotes, each with a count if need be: 00 "hello" <ff>
	Want  []string // texts, including those before an error; "closing" in <> is the closing frame
	Code  int      // of the FaultError; 0 if there is none
	At    int      // index of the byte that causes the error
}

// parseBytes parses the notation of decodeCase.
func parseBytes(t testing.TB, s string) (b []byte) {
	t.Helper()
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		count := 1
		if before, after, ok := strings.Cut(s, "*"); ok && strings.Trim(before, "0123456789") == "" {
			n, err := strconv.Atoi(before)
			if err != nil {
				t.Fatal(err)
			}
			count, s = n, after
		}
		var part []byte
		var err error
		if inner, after, ok := strings.Cut(s, ">"); ok && s[0] == '<' {
			part, err = hex.DecodeString(strings.ReplaceAll(inner[1:], " ", ""))
			s = after
		} else {
			quoted, quotedErr := strconv.QuotedPrefix(s)
			if quotedErr != nil {
				t.Fatalf("%q: %v", s, quotedErr)
			}
			var text string
			text, err = strconv.Unquote(quoted)
			part, s = []byte(text), s[len(quoted):]
		}
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, bytes.Repeat(part, count)...)
	}
	return b
}

func readCases[T any](t testing.TB, file string) (cases []T) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&cases); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return cases
}

// outcome is the result of feeding a decoder.
type outcome struct {
	messages []Message
	fault    FaultError
}

func (o outcome) same(p outcome) bool {
	return o.fault == p.fault && slices.EqualFunc(o.messages, p.messages, func(a, b Message) bool {
		return a.Close == b.Close && bytes.Equal(a.Payload, b.Payload)
	})
}

// feed feeds a copy of a decoder the stream in pieces; between[i] is the end of the i-th.
func feed(t testing.TB, d Decoder, stream []byte, between ...int) (o outcome) {
	t.Helper()
	begin := 0
	for _, end := range append(between, len(stream)) {
		messages, err := d.Feed(nil, stream[begin:end])
		for _, m := range messages {
			o.messages = append(o.messages, Message{m.Close, bytes.Clone(m.Payload)})
		}
		begin = end
		if e := (*FaultError)(nil); errors.As(err, &e) {
			o.fault = *e
			break
		} else if err != nil {
			t.Fatalf("error is a %T: %v", err, err)
		}
	}
	if d.stage == stageType && (d.buf != nil || d.cuts != 0) || d.stage == stageDone && d.buf != nil {
		t.Fatalf("holds something between messages: %+v", d)
	}
	return o
}

func pieces(n, size int) (between []int) {
	for i := size; i < n; i += size {
		between = append(between, i)
	}
	return between
}

func TestDecoderCases(t *testing.T) {
	for _, c := range readCases[decodeCase](t, "frames.json") {
		t.Run(c.Name, func(t *testing.T) {
			stream := parseBytes(t, c.In)
			want := outcome{}
			for _, s := range c.Want {
				if s == "<closing>" {
					want.messages = append(want.messages, Message{Close: true})
				} else {
					want.messages = append(want.messages, Message{Payload: parseBytes(t, s)})
				}
			}
			d := Decoder{Draft: c.Draft, Limit: c.Limit}
			check := func(how string, got outcome) {
				t.Helper()
				want.fault.Reason = got.fault.Reason
				if want.fault.Code = c.Code; !got.same(want) {
					t.Fatalf("%s: %+v %+v, want %+v, code %d", how, got.messages, got.fault, want.messages, c.Code)
				}
			}
			whole := feed(t, d, stream)
			check("whole", whole)
			check("byte by byte", feed(t, d, stream, pieces(len(stream), 1)...))
			for cut := 1; cut < len(stream); cut++ {
				if got := feed(t, d, stream, cut); !got.same(whole) {
					t.Fatalf("halved at %d: %v, but whole %v", cut, got, whole)
				}
			}
			if c.Code != 0 {
				if before := feed(t, d, stream[:c.At]); before.fault.Code != 0 {
					t.Fatalf("fails before byte %d: %v", c.At, before.fault)
				}
				check("up to the faulty byte", feed(t, d, stream[:c.At+1]))
			}
		})
	}
}

// TestDecoderEnds checks that nothing is decoded after a fault, which stays the same, or after the
// closing frame.
func TestDecoderEnds(t *testing.T) {
	for _, c := range []struct {
		last    string
		wantErr bool
	}{{"\xff\x00", false}, {"\x00\xfe", true}} {
		var d Decoder
		messages, err := d.Feed(nil, []byte("\x00a\xff"+c.last+"\x00b\xff"))
		if (err != nil) != c.wantErr || len(messages) == 0 || string(messages[0].Payload) != "a" {
			t.Errorf("%q: %v, %v", c.last, messages, err)
		}
		again, errAgain := d.Feed(nil, []byte("\x00b\xff"))
		if len(again) != 0 || (errAgain != nil) != c.wantErr || c.wantErr && errAgain.Error() != err.Error() {
			t.Errorf("%q: then %v, %v", c.last, again, errAgain)
		}
	}
	if got := (&FaultError{1007, "invalid UTF-8"}).Error(); got != "hixie: fault 1007: invalid UTF-8" {
		t.Error(got)
	}
}

func TestDecoderMemory(t *testing.T) {
	if n := unsafe.Sizeof(Decoder{}); n > 56 {
		t.Errorf("a Decoder is %d bytes; it was 56", n)
	}
	p := []byte("\x00hello\xff\x00\xff\x00world\xff")
	var d Decoder
	messages, err := d.Feed(nil, p)
	if err != nil || len(messages) != 3 || &messages[0].Payload[0] != &p[1] || cap(messages[0].Payload) != 5 {
		t.Errorf("a message was copied, or lends more than itself: %v, %v", messages, err)
	}
	if n := testing.AllocsPerRun(100, func() { messages, _ = d.Feed(messages[:0], p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	// TestDecoderMemory checks that a text in pieces takes at most twice what was received, and
	// that a discarded frame takes nothing.
	d = Decoder{Limit: 10_000}
	d.Feed(nil, []byte{0})
	for n := 1; n <= 10_000; n++ {
		if _, err := d.Feed(nil, []byte("a")); err != nil || cap(d.buf) > min(max(2*n, minBuffer), 10_000) {
			t.Fatalf("%d bytes held after %d, %v", cap(d.buf), n, err)
		}
	}
	for _, ignored := range []string{"\x01", "\x80\xa7\x08"} {
		d = Decoder{Limit: 10_000}
		d.Feed(nil, []byte(ignored))
		if _, err := d.Feed(nil, make([]byte, 5000)); err != nil || d.buf != nil {
			t.Errorf("%q: %d bytes held, %v", ignored, cap(d.buf), err)
		}
	}
}

func TestAppendText(t *testing.T) {
	for in, want := range map[string]string{
		"": "\x00\xff", "hello": "\x00hello\xff", "ü\x00€": "\x00ü\x00€\xff",
		"a\xffb": "\x00a\uFFFDb\xff", "\xff\x00": "\x00\uFFFD\x00\xff",
	} {
		if got := string(AppendText([]byte("before"), in)); got != "before"+want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := string(AppendText([]byte("before"), []byte(in))); got != "before"+want {
			t.Errorf("%q as bytes: %q, want %q", in, got, want)
		}
		if len(want)-len(in) > MaxOverhead && !strings.Contains(in, "\xff") {
			t.Errorf("%q grows by more than %d", in, MaxOverhead)
		}
	}
	if got := string(AppendClose([]byte("before"))); got != "before\xff\x00" {
		t.Errorf("%q", got)
	}
	dst, text := make([]byte, 0, 100), "some text"
	if n := testing.AllocsPerRun(100, func() { dst = AppendClose(AppendText(dst[:0], text)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzFeed checks that any stream has the same outcome whole and in pieces, and that its texts are
// UTF-8 and within the limit.
func FuzzFeed(f *testing.F) {
	for _, c := range readCases[decodeCase](f, "frames.json") {
		if p := parseBytes(f, c.In); len(p) < 2000 {
			f.Add(uint16(c.Limit), c.Draft == 75, uint8(2), p)
		}
	}
	f.Fuzz(func(t *testing.T, limit uint16, draft75 bool, size uint8, stream []byte) {
		d := Decoder{Limit: int(limit)}
		if draft75 {
			d.Draft = 75
		}
		whole := feed(t, d, stream)
		for _, n := range []int{1, 2, int(size) + 1} {
			if got := feed(t, d, stream, pieces(len(stream), n)...); !got.same(whole) {
				t.Fatalf("in pieces of %d: %v\nwhole: %v", n, got, whole)
			}
		}
		for i, m := range whole.messages {
			if !utf8.Valid(m.Payload) || len(m.Payload) > d.limit() {
				t.Fatalf("message %q", m.Payload)
			}
			if m.Close && (draft75 || i != len(whole.messages)-1 || whole.fault.Code != 0) {
				t.Fatal("something came after the closing, or it is none")
			}
			// Encoding and decoding the messages again changes nothing.
			if got := feed(t, d, AppendText(nil, m.Payload)); !m.Close && !got.same(outcome{messages: []Message{m}}) {
				t.Fatalf("%q reads back as %v", m.Payload, got)
			}
		}
	})
}
