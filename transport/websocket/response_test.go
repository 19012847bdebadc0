package websocket

import (
	"net/http"
	"strings"
	"testing"
)

func exampleHandshake(t *testing.T) *Handshake {
	t.Helper()
	r := handshakeCase{With: []string{"Sec-WebSocket-Protocol: chat, superchat"}}.request(t)
	h, err := CheckHandshake(r)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAppendResponse(t *testing.T) {
	const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + exampleAccept + "\r\n"
	for _, c := range []struct {
		name, protocol string
		header         http.Header
		want           string
	}{
		{"plain", "", nil, head + "\r\n"},
		{"a protocol", "superchat", nil, head + "Sec-WebSocket-Protocol: superchat\r\n\r\n"},
		{"headers in the order of their names", "chat", http.Header{"X-B": {"2"}, "Set-Cookie": {"a=1; Path=/", "b=\"ü\""}, "X-A": {""}},
			head + "Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=\"ü\"\r\nX-A: \r\nX-B: 2\r\n\r\n"},
		{"a header without values", "", http.Header{"X-A": nil}, head + "\r\n"},
		{"a tab", "", http.Header{"X-A": {"a\tb"}}, head + "X-A: a\tb\r\n\r\n"},
	} {
		got, err := exampleHandshake(t).AppendResponse([]byte("before"), c.protocol, c.header)
		if err != nil || string(got) != "before"+c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestAppendResponseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, protocol string
		header         http.Header
		says           string
	}{
		{"a protocol not offered", "other", nil, `"other" was not offered`},
		{"a protocol in another case", "Chat", nil, `"Chat" was not offered`},
		{"two protocols", "chat, superchat", nil, "was not offered"},
		{"CR", "", http.Header{"X-A": {"a\rb"}}, "X-A"},
		{"LF", "", http.Header{"X-A": {"good", "a\nX-B: b"}}, "X-A"},
		{"NUL", "", http.Header{"X-A": {"a\x00b"}}, "X-A"},
		{"escape", "", http.Header{"X-A": {"\x1b[2J"}}, "X-A"},
		{"DEL", "", http.Header{"X-A": {"\x7f"}}, "X-A"},
		{"an empty name", "", http.Header{"": {"a"}}, `""`},
		{"a name with a colon", "", http.Header{"X:": {"a"}}, `"X:"`},
		{"a name with a space", "", http.Header{"X A": {"a"}}, `"X A"`},
		{"a name with a line", "", http.Header{"X\r\nY": {"a"}}, `"X\r\nY"`},
		{"a name beyond ASCII", "", http.Header{"Ü": {"a"}}, `"Ü"`},
		{"a bad name without values", "", http.Header{"X A": nil}, `"X A"`},
		{"Upgrade", "", http.Header{"Upgrade": {"h2c"}}, "Upgrade"},
		{"Connection in small letters", "", http.Header{"connection": {"close"}}, "connection"},
		{"Sec-WebSocket-Accept", "", http.Header{"Sec-Websocket-Accept": {"a"}}, "Sec-Websocket-Accept"},
		{"Sec-WebSocket-Extensions", "", http.Header{"SEC-WEBSOCKET-EXTENSIONS": {"a"}}, "SEC-WEBSOCKET-EXTENSIONS"},
		{"Content-Length", "", http.Header{"Content-Length": {"5"}}, "Content-Length"},
		{"Transfer-Encoding", "", http.Header{"Transfer-Encoding": {"chunked"}}, "Transfer-Encoding"},
	} {
		got, err := exampleHandshake(t).AppendResponse([]byte("before"), c.protocol, c.header)
		if string(got) != "before" {
			t.Errorf("%s: appended %q", c.name, got)
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error is %v, want one that says %s", c.name, err, c.says)
		}
	}
}
