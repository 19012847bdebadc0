package websocket

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzFeed checks that any stream has the same outcome whole and in pieces, and that the decoder
// keeps its promises.
func FuzzFeed(f *testing.F) {
	f.Fuzz(func(t *testing.T, limit uint16, size uint8, stream []byte) {
		whole := feed(t, int(limit), stream)
		for _, n := range []int{1, 2, int(size) + 1} {
			if got := feed(t, int(limit), stream, pieces(len(stream), n)...); !got.same(whole) {
				t.Fatalf("in pieces of %d: %v\nwhole: %v", n, got, whole)
			}
		}
		checkMessages(t, int(limit), whole)
		checkHeld(t, int(limit), stream)
	})
}

func checkMessages(t *testing.T, limit int, o outcome) {
	if limit == 0 {
		limit = defaultLimit
	}
	for i, m := range o.messages {
		switch m.Opcode {
		case Text:
			if !utf8.Valid(m.Payload) {
				t.Fatalf("text is not UTF-8: %q", m.Payload)
			}
			fallthrough
		case Binary:
			if len(m.Payload) > limit {
				t.Fatalf("%d bytes are over the limit of %d", len(m.Payload), limit)
			}
		case Close:
			if _, _, err := ParseClose(m.Payload); err != nil {
				t.Fatalf("close %q: %v", m.Payload, err)
			}
			if i != len(o.messages)-1 || o.err != nil {
				t.Fatalf("something came after a close: %v", o)
			}
			fallthrough
		case Ping, Pong:
			if len(m.Payload) > MaxControlPayload {
				t.Fatalf("control frame of %d bytes", len(m.Payload))
			}
		default:
			t.Fatalf("message of opcode %d", m.Opcode)
		}
	}
	if e := o.err; e != nil && e.Code != CloseProtocolError && e.Code != CloseInvalidPayload && e.Code != CloseTooBig {
		t.Fatalf("error has the code %d", e.Code)
	}
}

// checkHeld checks what the decoder holds after each byte.
func checkHeld(t *testing.T, limit int, stream []byte) {
	d := Decoder{Limit: limit}
	for i, b := range stream {
		d.Feed(nil, []byte{b})
		if most := max(2*(i+1), minBuffer); cap(d.buf) > most {
			t.Fatalf("holds %d bytes after %d were received", cap(d.buf), i+1)
		}
		if d.stage == stageFirst && d.message == 0 && (d.buf != nil || d.extra != nil) {
			t.Fatalf("holds a buffer between messages, after byte %d", i)
		}
		if d.stage == stageDone && (d.buf != nil || d.extra != nil) {
			t.Fatalf("holds a buffer after the end, after byte %d", i)
		}
	}
}

// FuzzUTF8 checks that a text in any two pieces is judged as by unicode/utf8, and that one fed byte
// by byte fails at the same byte.
func FuzzUTF8(f *testing.F) {
	f.Fuzz(func(t *testing.T, cut uint16, text []byte) {
		n := min(int(cut), len(text))
		var s utf8State
		ok := s.check(text[:n]) && s.check(text[n:])
		if valid := ok && s == utf8Start; valid != utf8.Valid(text) {
			t.Fatalf("%q cut at %d: %v", text, n, valid)
		}
		if ok != completable(text) {
			t.Fatalf("%q cut at %d: %v, but unicode/utf8 says that it can be completed: %v", text, n, ok, !ok)
		}
		if got, want := failsAt(text), firstInvalid(text[:min(len(text), 2000)]); len(text) <= 2000 && got != want {
			t.Fatalf("%q fails at %d, want %d", text, got, want)
		}
	})
}

// FuzzHandshake checks that any request that net/http accepts is refused with a status and one
// line, or answered by a head that net/http understands as intended.
func FuzzHandshake(f *testing.F) {
	f.Fuzz(func(t *testing.T, request []byte, name, value string) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
		if err != nil {
			return // net/http has answered it
		}
		h, err := CheckHandshake(r, 13, 8, 7)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if !IsUpgrade(r) {
			t.Fatal("a handshake without an upgrade")
		}
		for _, protocol := range append([]string{""}, h.Protocols...) {
			head, err := h.AppendResponse(nil, protocol, http.Header{name: {value}})
			if err != nil {
				if len(head) > 0 {
					t.Fatalf("an error, and %q", head)
				}
				continue
			}
			response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), r)
			if err != nil {
				t.Fatalf("%q: %v", head, err)
			}
			if strings.Count(string(head), "\r\n") != 6+min(len(protocol), 1) || response.StatusCode != 101 {
				t.Fatalf("the head is %q", head)
			}
			if got := response.Header.Get("Sec-WebSocket-Protocol"); got != protocol {
				t.Fatalf("protocol is %q, want %q", got, protocol)
			}
			if got := response.Header.Get("Sec-WebSocket-Accept"); got != acceptOf(r.Header.Get("Sec-WebSocket-Key")) {
				t.Fatalf("accept is %q", got)
			}
		}
	})
}
