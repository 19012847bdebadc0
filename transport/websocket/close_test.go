package websocket

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestValidCloseCode(t *testing.T) {
	valid := func(code int) bool {
		return 1000 <= code && code <= 1003 || 1007 <= code && code <= 1014 || 3000 <= code && code <= 4999
	}
	for code := -1; code <= 0x10000; code++ {
		if got := ValidCloseCode(code); got != valid(code) {
			t.Errorf("ValidCloseCode(%d) is %v", code, got)
		}
	}
}

// TestCloseCodeMayBegin compares with ValidCloseCode: the first byte must be judged no stricter and
// no laxer.
func TestCloseCodeMayBegin(t *testing.T) {
	for high := range 256 {
		want := false
		for low := range 256 {
			want = want || ValidCloseCode(high<<8|low)
		}
		if got := closeCodeMayBegin(byte(high)); got != want {
			t.Errorf("closeCodeMayBegin(%#x) is %v", high, got)
		}
	}
}

func TestAppendClose(t *testing.T) {
	for _, c := range []struct {
		name   string
		code   int
		reason string
		want   string
	}{
		{"no reason", 1000, "", "\x88\x02\x03\xe8"},
		{"a reason", 1001, "bye", "\x88\x05\x03\xe9bye"},
		{"highest code", 4999, "", "\x88\x02\x13\x87"},
		{"no code", 1005, "unsaid", "\x88\x00"},
		{"123 bytes", 1000, strings.Repeat("a", 123), "\x88\x7d\x03\xe8" + strings.Repeat("a", 123)},
		{"124 bytes", 1000, strings.Repeat("a", 124), "\x88\x7d\x03\xe8" + strings.Repeat("a", 123)},
		{"cut before a character of two bytes", 1000, strings.Repeat("a", 122) + "é", "\x88\x7c\x03\xe8" + strings.Repeat("a", 122)},
		{"cut before a character of four bytes", 1000, strings.Repeat("a", 120) + "😀😀", "\x88\x7a\x03\xe8" + strings.Repeat("a", 120)},
		{"a character just fits", 1000, strings.Repeat("a", 119) + "😀😀", "\x88\x7d\x03\xe8" + strings.Repeat("a", 119) + "😀"},
		{"not UTF-8", 1000, "a\xffb", "\x88\x07\x03\xe8a\uFFFDb"},
		{"not UTF-8 and too long", 1000, strings.Repeat("\xff\x80 ", 100), "\x88\x7d\x03\xe8" + strings.Repeat("\uFFFD ", 30) + "\uFFFD"},
	} {
		got := string(AppendClose([]byte("before"), c.code, c.reason))
		if got != "before"+c.want {
			t.Errorf("%s: %q, want %q", c.name, got[len("before"):], c.want)
		}
		code, reason, err := ParseClose([]byte(got[len("before")+2:]))
		if err != nil || code != c.code || !utf8.ValidString(reason) {
			t.Errorf("%s: reads back as %d %q, %v", c.name, code, reason, err)
		}
	}
}

func TestAppendDraftClose(t *testing.T) {
	for code, want := range map[int]string{1000: "\x88\x05\x03\xe8bye", 1009: "\x88\x05\x03\xecbye", 1005: "\x88\x00", 4000: "\x88\x05\x0f\xa0bye"} {
		if got := string(AppendDraftClose([]byte("before"), code, "bye")); got != "before"+want {
			t.Errorf("%d: %q, want %q", code, got, want)
		}
	}
}

func TestParseClose(t *testing.T) {
	for _, c := range []struct {
		payload string
		code    int
		reason  string
		errCode int
	}{
		{"", 1005, "", 0},
		{"\x03\xe8", 1000, "", 0},
		{"\x13\x87päth", 4999, "päth", 0},
		{"\x03", 0, "", 1002},
		{"\x03\xed", 0, "", 1002},
		{"\x00\x00bye", 0, "", 1002},
		{"\x03\xe8\xc3", 0, "", 1007},
		{"\x03\xe8\xed\xa0\x80", 0, "", 1007},
	} {
		code, reason, err := ParseClose([]byte(c.payload))
		var e *CloseError
		errCode := 0
		if errors.As(err, &e) {
			errCode = e.Code
		}
		if code != c.code || reason != c.reason || errCode != c.errCode || (err != nil) != (errCode != 0) {
			t.Errorf("%q: %d %q, %v", c.payload, code, reason, err)
		}
	}
}

// TestFaults checks that each fault has a code that may be sent, and a reason that fits.
func TestFaults(t *testing.T) {
	for f, e := range faults[1:] {
		if !ValidCloseCode(e.Code) || e.Reason == "" || len(e.Reason) > maxReason {
			t.Errorf("fault %d: %v", f+1, e)
		}
	}
	if got, want := faultUnmasked.err().Error(), "websocket: close 1002: client frame is not masked"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
