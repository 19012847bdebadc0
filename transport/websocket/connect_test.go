package websocket

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func connectRequest(lines string) *http.Request {
	r := &http.Request{Method: http.MethodConnect, ProtoMajor: 2, Host: "localhost", ContentLength: -1, Header: http.Header{
		":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}}}
	for line := range strings.SplitSeq(lines, "|") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			r.Header.Add(name, value)
		}
	}
	return r
}

func TestConnect(t *testing.T) {
	for _, test := range []struct {
		lines  string
		change func(r *http.Request)
		status int // 0: accepted
	}{
		{"", nil, 0},
		{"Sec-WebSocket-Protocol: a, b|Origin: http://a.com", nil, 0},
		{"", func(r *http.Request) { r.Host = "" }, 400},
		{"", func(r *http.Request) { r.ContentLength = 0 }, 400}, // the request had END_STREAM
		{"", func(r *http.Request) { r.ContentLength = 3 }, 400},
		{"", func(r *http.Request) { r.Header.Del("Sec-WebSocket-Version") }, 400},
		{"", func(r *http.Request) { r.Header.Set("Sec-WebSocket-Version", "8") }, 400},
		{"Sec-WebSocket-Version: 13", nil, 400},
		{"Sec-WebSocket-Protocol: a, a", nil, 400},
	} {
		r := connectRequest(test.lines)
		if test.change != nil {
			test.change(r)
		}
		h, err := CheckConnect(r)
		if test.status == 0 {
			if err != nil || h.Version != 13 || !reflect.DeepEqual(h.Origins, r.Header["Origin"]) {
				t.Errorf("%s: %+v, %v", test.lines, h, err)
			}
			continue
		}
		refused := (*HandshakeError)(nil)
		if !errors.As(err, &refused) || refused.Status != test.status || refused.Header.Get("Connection") != "" || refused.Header.Get("Upgrade") != "" {
			t.Errorf("%s: %+v", test.lines, err)
		}
	}
	r := connectRequest("")
	r.Header[":protocol"][0] = "connect-udp"
	if IsConnect(r) || IsConnect(&http.Request{Method: http.MethodConnect, ProtoMajor: 1, Header: http.Header{":protocol": {"websocket"}}}) {
		t.Error("not every CONNECT asks for a WebSocket")
	}
}

func TestConnectHeader(t *testing.T) {
	h, err := CheckConnect(connectRequest("Sec-WebSocket-Protocol: a, b"))
	if err != nil {
		t.Fatal(err)
	}
	h.Deflate = NegotiateDeflate([]string{"permessage-deflate"}, true)
	got, err := h.ConnectHeader("b", http.Header{"set-cookie": {"a=b", "c=d"}})
	want := http.Header{"Sec-Websocket-Protocol": {"b"}, "Sec-Websocket-Extensions": {"permessage-deflate"}, "Set-Cookie": {"a=b", "c=d"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for key, want := range map[string]string{"dGhlIHNhbXBsZSBub25jZQ==": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "dGhl": ""} {
		keyed, err := CheckConnect(connectRequest("Sec-WebSocket-Key: " + key))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := keyed.ConnectHeader("", nil); err != nil || got.Get("Sec-WebSocket-Accept") != want || len(got) != len(want)/28 {
			t.Errorf("key %s: %v, %v", key, got, err)
		}
	}
	if _, err := h.ConnectHeader("c", nil); err == nil {
		t.Error("a subprotocol is agreed to that was not offered")
	}
	for _, name := range []string{"Connection", "Content-Length", "Sec-WebSocket-Accept", ":status", "a b"} {
		if _, err := h.ConnectHeader("", http.Header{name: {"x"}}); err == nil {
			t.Errorf("%s may be set", name)
		}
	}
	if _, err := h.ConnectHeader("", http.Header{"A": {"x\r\ny"}}); err == nil {
		t.Error("a value may break the line")
	}
}
