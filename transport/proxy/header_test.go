package proxy

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// v2 returns a version 2 header: the signature and the rest, which is in hexadecimal.
func v2(rest string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
	if err != nil {
		panic(err)
	}
	return signature + string(b)
}

var headers = []struct {
	header string
	client string // "": none
	secure bool
	wrong  string // what the error says; "": none
}{
	{"PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n", "192.0.2.1:4711", false, ""},
	{"PROXY TCP6 2001:db8::1 ::1 65535 80\r\n", "[2001:db8::1]:65535", false, ""},
	{"PROXY TCP6 ::ffff:192.0.2.1 ::1 1 80\r\n", "192.0.2.1:1", false, ""},
	{"PROXY UNKNOWN\r\n", "", false, ""},
	{"PROXY UNKNOWN ffff:f...f:ffff anything\r\n", "", false, ""},
	{"PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\n", "", false, "CR LF"},
	{"PROXY TCP4 192.0.2.1 192.0.2.2 04711 80\r\n", "", false, "malformed"},
	{"PROXY TCP4 192.0.2.1 192.0.2.2 65536 80\r\n", "", false, "malformed"},
	{"PROXY TCP4 192.0.2.1 192.0.2.256 4711 80\r\n", "", false, "malformed"},
	{"PROXY TCP4 ::1 192.0.2.2 4711 80\r\n", "", false, "malformed"},
	{"PROXY TCP6 fe80::1%eth0 ::1 4711 80\r\n", "", false, "malformed"},
	{"PROXY TCP4  192.0.2.1 192.0.2.2 4711 80\r\n", "", false, "not of the form"},
	{"PROXY UDP4 192.0.2.1 192.0.2.2 4711 80\r\n", "", false, "not of the form"},
	{"PROXY\r\n", "", false, "there is none"},
	{"proxy UNKNOWN\r\n", "", false, "there is none"},
	{"GET / HTTP/1.1\r\n", "", false, "there is none"},
	{"PROXY UNKNOWN " + strings.Repeat("x", 100) + "\r\n", "", false, "longer than 107"},

	{v2("21 11 000c c0000201 c0000202 1267 0050"), "192.0.2.1:4711", false, ""},
	{v2("21 21 0024 20010db8000000000000000000000001 00000000000000000000000000000001 1267 0050"), "[2001:db8::1]:4711", false, ""},
	{v2("20 00 0000"), "", false, ""},
	{v2("20 11 000c c0000201 c0000202 1267 0050"), "", false, ""},
	{v2("21 00 0003 ffffff"), "", false, ""},
	{v2("21 12 000c c0000201 c0000202 1267 0050"), "", false, ""},
	{v2("21 11 0018 c0000201 c0000202 1267 0050 04 0001 00 20 0005 01 00000000"), "192.0.2.1:4711", true, ""},
	{v2("21 11 0014 c0000201 c0000202 1267 0050 20 0005 00 00000000"), "192.0.2.1:4711", false, ""},
	{v2("21 11 000f c0000201 c0000202 1267 0050 20 0005"), "", false, "cut off"},
	{v2("21 11 000b c0000201 c0000202 1267 00"), "", false, "too short"},
	{v2("22 11 000c c0000201 c0000202 1267 0050"), "", false, "neither LOCAL nor PROXY"},
	{v2("11 11 000c c0000201 c0000202 1267 0050"), "", false, "neither version"},
	{v2("21 11 ffff"), "", false, "longer than 2048"},
	{"\r\n\r\n\x00\r\nQUIX\n", "", false, "there is none"},
}

func TestHeader(t *testing.T) {
	for _, test := range headers {
		// Every length that may have arrived: a valid header must not fail, nor be complete, before it is
		// whole.
		failed := false
		for length := 0; length <= len(test.header); length++ {
			h, n, err := ParseHeader([]byte(test.header[:length]))
			failed = failed || err != nil
			if length < len(test.header) && (n != 0 || err != nil && test.wrong == "") {
				t.Errorf("%q cut at %d: %d, %v", test.header, length, n, err)
			}
			if (err != nil) != failed {
				t.Errorf("%q cut at %d is right, and was wrong when shorter", test.header, length)
			}
			if length < len(test.header) || test.wrong != "" {
				continue
			}
			client := ""
			if h.Client.IsValid() {
				client = h.Client.String()
			}
			if err != nil || n != length || client != test.client || h.Secure != test.secure {
				t.Errorf("%q: %s %v, %d bytes of %d, %v", test.header, client, h.Secure, n, length, err)
			}
		}
		_, _, err := ParseHeader([]byte(test.header))
		if test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
			t.Errorf("%q: %v, want %q", test.header, err, test.wrong)
		}
	}
}

func FuzzHeader(f *testing.F) {
	for _, test := range headers {
		f.Add([]byte(test.header))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, n, err := ParseHeader(data)
		if n < 0 || n > len(data) || n > maxHeader || n == 0 && h.Client.IsValid() && err == nil || n == 0 && err == nil && len(data) >= maxHeader {
			t.Errorf("%q: %v, %d, %v", data, h, n, err)
		}
		if wrong := (*HeaderError)(nil); err != nil && !errors.As(err, &wrong) {
			t.Errorf("%q: %v", data, err)
		}
	})
}
