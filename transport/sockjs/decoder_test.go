package sockjs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// readAllOf returns all messages of a body that arrives in pieces of so many bytes. It may have the
// Decoder forget between them what it has taken.
func readAllOf(t testing.TB, p []byte, extended, single bool, piece int, forget bool) (texts []string, d *Decoder, err error) {
	d = &Decoder{Limit: 1 << 20, Extended: extended, Single: single}
	take := func() {
		for {
			m, ok := d.Next()
			if !ok {
				return
			}
			if !m.Binary && !utf8.Valid(m.Data) {
				t.Errorf("%q is not UTF-8", m.Data)
			}
			kind := ""
			if m.Binary {
				kind = "binary "
			}
			texts = append(texts, kind+string(m.Data))
		}
	}
	for piece := range slices.Chunk(p, piece) {
		if err = d.Feed(bytes.Clone(piece)); err != nil {
			return nil, d, err
		}
		if forget {
			take()
			d.Forget()
		}
	}
	err = d.End()
	take()
	if err != nil {
		texts = nil
	}
	return texts, d, err
}

// readAll is readAllOf for a body that arrives whole, in halves and byte by byte, which must all be the
// same.
func readAll(t testing.TB, p []byte, extended, single bool) (texts []string, d *Decoder, err error) {
	texts, d, err = readAllOf(t, p, extended, single, max(len(p), 1), false)
	for _, piece := range []int{len(p)/2 + 1, 3, 1} {
		for _, forget := range []bool{false, true} {
			texts2, d2, err2 := readAllOf(t, p, extended, single, piece, forget)
			if !slices.Equal(texts2, texts) || err2 != err || err == nil && (d.Closes != d2.Closes || d.Code != d2.Code || d.Reason != d2.Reason) {
				t.Fatalf("%q in pieces of %d: %q, %v; whole %q, %v", p, piece, texts2, err2, texts, err)
			}
		}
	}
	return texts, d, err
}

// FuzzBody compares the messages of a body with what encoding/json makes of it.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		``, `[]`, `["a"]`, ` [ "a" , "b" ] `, `["a",]`, `[,"a"]`, `["a" "b"]`, `["a"]]`, `[["a"]]`, `["\ud83d\ude00\ud83d\\\/\b\f\n\r\t"]`, `["\u12"]`, `["a`, `["\"]`,
		"[\"\x00\"]", "[\"\xff\"]", `{"a":1}`, `[1]`, `[null]`, `"a"`, `[["AAAA"],"x",[1000,"bye"]]`, `[[1000,"bye"],"x"]`, `[[100,"x"]]`, `[[0100,"x"]]`, `[["A==="]]`, `[["AP8="]]`, `[[]]`, `[["\u0041AAA"]]`,
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, p []byte, extended bool) {
		var raw []json.RawMessage
		jsonErr := json.Unmarshal(p, &raw)
		if bytes.Equal(bytes.TrimSpace(p), []byte("null")) {
			jsonErr = ErrJSON
		}
		got, b, err := readAll(t, p, extended, false)
		if err == nil && jsonErr != nil {
			t.Fatalf("%q is taken, and is no array: %v", p, jsonErr)
		}
		if jsonErr != nil || !utf8.Valid(p) {
			if err == nil {
				t.Fatalf("%q is taken", p)
			}
			return
		}
		var want []string
		valid := true
	elements:
		for _, element := range raw {
			var text string
			var list []json.RawMessage
			switch {
			case element[0] == '"' && json.Unmarshal(element, &text) == nil:
				want = append(want, text)
			case extended && json.Unmarshal(element, &list) == nil && len(list) == 1 && list[0][0] == '"' && isBase64(list[0][1:len(list[0])-1]):
				data, _ := base64.StdEncoding.DecodeString(string(list[0][1 : len(list[0])-1]))
				want = append(want, "binary "+string(data))
			case extended && json.Unmarshal(element, &list) == nil && len(list) == 2 && len(list[0]) == 4 && strings.Trim(string(list[0]), "0123456789") == "" && list[1][0] == '"':
				if err == nil && (!b.Closes || json.Unmarshal(list[1], &text) != nil || b.Reason != text) {
					t.Fatalf("%q: closes %v with %d %q", p, b.Closes, b.Code, b.Reason)
				}
				break elements
			default:
				valid = false
				break elements
			}
		}
		if !valid {
			if err == nil {
				t.Fatalf("%q is taken", p)
			}
			return
		}
		if err != nil {
			if extended { // the rest after a close is checked too
				return
			}
			t.Fatalf("%q: %v", p, err)
		}
		if strings.Join(got, "\x00|") != strings.Join(want, "\x00|") || len(got) != len(want) {
			t.Fatalf("%q: %q, want %q", p, got, want)
		}
	})
}

// isBase64 reports whether p is padded base64 without escapes.
func isBase64(p []byte) bool {
	_, err := base64.StdEncoding.DecodeString(string(p))
	return err == nil && !bytes.ContainsAny(p, "\r\n")
}

// TestDecoderBounds checks where the limits of a message, a reason and what is held are.
func TestDecoderBounds(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, test := range []struct {
		body string
		err  error
		got  int
	}{
		{`["` + x(10) + `"]`, nil, 1},
		{`["` + x(11), ErrTooBig, 0},
		{`["a","` + strings.Repeat(`\u0001`, 12), ErrTooBig, 1},
		{`["` + strings.Repeat(`\u0001`, 10) + `"]`, nil, 1},
		{`[["AAAAAAAAAAAAAA=="]]`, nil, 1},
		{`[["AAAAAAAAAAAAAAA="]]`, ErrTooBig, 0},
		{`[[1000,"` + x(reasonLimit) + `"]]`, nil, 0},
		{`[[1000,"` + x(reasonLimit+1), ErrJSON, 0},
		{`["\ud83d\ude00\ud83d\ud83d\ude00"]`, ErrTooBig, 0},
		{`["\ud83d\ude00\ud83d\ude0"]`, ErrJSON, 0},
	} {
		d := Decoder{Limit: 10, Extended: true}
		err := d.Feed([]byte(test.body))
		n := 0
		for _, ok := d.Next(); ok; _, ok = d.Next() {
			n++
		}
		if err != test.err || n != test.got {
			t.Errorf("%.60s: %v and %d messages, want %v and %d", test.body, err, n, test.err, test.got)
		}
	}
	d := Decoder{Limit: 1 << 20}
	for range 100_000 {
		if d.Feed([]byte(map[bool]string{true: "[", false: ","}[d.state == atStart]+`""`)) != nil || d.Held() == 0 {
			t.Fatal(d.Held())
		}
		if d.Held() > 10_000 {
			d.Forget()
		}
	}
	if got := cap(d.data) + endBytes*cap(d.ends); got > 30_000 {
		t.Errorf("%d bytes for empty messages", got)
	}
}

// FuzzForm compares a Form with net/url, as jsonp_send gets one, whole, in halves and byte by byte.
func FuzzForm(f *testing.F) {
	for _, s := range []string{``, `d=`, `d=%5B%22x%22%5D`, `i=1&d=%5B%22a+b%22%5D`, `d=%5`, `d=%zz`, `d`, `&&d=[]&d=x`, `D=x`, `d=["%c3%bc"]`, `d=%00`, "d=[\"\xff\"]", `dd=1&d=2&e=%`} {
		f.Add([]byte(s))
	}
	read := func(p []byte, piece int) (value []byte, err error) {
		var form Form
		for piece := range slices.Chunk(bytes.Clone(p), piece) {
			part, err := form.Feed(piece)
			if err != nil {
				return nil, err
			}
			value = append(value, part...)
		}
		return value, form.End()
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		value, err := read(p, max(len(p), 1))
		for _, piece := range []int{len(p)/2 + 1, 1} {
			if value2, err2 := read(p, piece); err2 != err || err == nil && !bytes.Equal(value2, value) {
				t.Fatalf("%q in pieces of %d: %q, %v; whole %q, %v", p, piece, value2, err2, value, err)
			}
		}
		want, wantErr := "", ErrPayload
		for field := range strings.SplitSeq(string(p), "&") {
			if v, ok := strings.CutPrefix(field, "d="); ok {
				want, wantErr = v, nil
				break
			}
		}
		if wantErr == nil {
			if want, wantErr = url.QueryUnescape(want); wantErr != nil {
				wantErr = ErrJSON
			}
		}
		if err != wantErr || err == nil && string(value) != want {
			t.Fatalf("%q: %q, %v; want %q, %v", p, value, err, want, wantErr)
		}
		if err == nil {
			readAll(t, value, false, false)
			readAll(t, value, true, true)
		}
	})
}
