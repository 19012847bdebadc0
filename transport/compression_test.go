package transport

import (
	"net/http"
	"strings"
	"testing"

	"node.websocket/transport/websocket"
)

// TestCompression negotiates compression, sends the compressed "Hello" of RFC 7692 §7.2.3.1, and
// receives a long compressed answer.
func TestCompression(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, test := range []struct {
		options  Options
		resource *bool
		offer    string
		want     string // of the answer's header
	}{
		{Options{}, nil, "permessage-deflate", ""},
		{Options{Compression: true}, &no, "permessage-deflate", ""},
		{Options{Compression: true}, nil, "", ""},
		{Options{Compression: true}, nil, "permessage-deflate; wrong", ""},
		{Options{Compression: true}, nil, "permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{Options{}, &yes, "permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{Options{Compression: true, ContextTakeover: true}, nil, "permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"},
	} {
		conversation := newConversation(t)
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			for _, m := range batch {
				p.session.SendText(strings.Repeat(string(m.Data), 1000))
			}
			p.session.Flush()
		}
		h := oneConversation(conversation)
		if test.resource != nil {
			h.options = test.options
			h.options.Compression, h.options.MaxMessage = *test.resource, DefaultMaxMessage // not zero, whatever it overrides
		}
		_, address := serve(t, test.options, h)
		c := dial(t, address)
		line := ""
		if test.offer != "" {
			line = "Sec-WebSocket-Extensions: " + test.offer + "\r\n"
		}
		c.raw([]byte(handshake("/a", line)))
		if got := c.accepted().Header.Get("Sec-Websocket-Extensions"); got != test.want {
			t.Errorf("%q: %q, want %q", test.offer, got, test.want)
		}
		hello := masked(nil, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00")
		if test.want == "" {
			c.raw(hello)
			c.wantClose(1002)
			continue
		}
		for range 2 { // the same bytes again, which need no context
			c.raw(hello)
			first, err := c.in.ReadByte()
			length, _ := c.in.ReadByte()
			if err != nil || first != 0xc1 || length > 125 {
				t.Fatalf("%+v: a frame begins with %#x %#x, %v; want a short one, compressed", test, first, length, err)
			}
			if _, err := c.in.Discard(int(length)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestBomb sends a small message that is too big once it is inflated.
func TestBomb(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	_, address := serve(t, Options{Compression: true, MaxMessage: 1000}, oneConversation(conversation))
	c := dial(t, address).open("/a", "Sec-WebSocket-Extensions: permessage-deflate\r\n")
	c.raw(masked(nil, 0xc1, "\xec\xc1\x31\x01\x00\x00\x00\xc2\xa0\xda\x8b\x6f\x0d\x0f\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x78\x30\x00")) // 20,000 times "x"
	c.wantClose(1009)
	conversation.wantClosed(1009, "message too big")
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"7", "8"} {
		conversation := echoConversation(t)
		h := oneConversation(conversation)
		h.options.Origins = []string{"http://a.com"}
		_, address := serve(t, Options{}, h)
		request := strings.Replace(handshake("/a", "Sec-WebSocket-Origin: http://a.com\r\n"), "Version: 13", "Version: "+version, 1)
		c := dial(t, address)
		c.raw([]byte(request))
		c.accepted()
		if r := conversation.request; r.Version != version || r.Origin != "http://a.com" {
			t.Errorf("%+v", r)
		}
		c.send(websocket.Text, "hello")
		c.want(websocket.Text, "hello")
		c.close(1000, "bye")
		c.wantClose(1000)
		conversation.wantClosed(1000, "bye")

		c = dial(t, address)
		c.raw([]byte(strings.Replace(request, "http://a.com", "http://b.com", 1)))
		if r, err := http.ReadResponse(c.in, nil); err != nil || r.StatusCode != http.StatusForbidden {
			t.Errorf("%v, %v", r, err)
		}

		_, address = serve(t, Options{NoDrafts: true}, h)
		c = dial(t, address)
		c.raw([]byte(request))
		r, err := http.ReadResponse(c.in, nil)
		if err != nil || r.StatusCode != http.StatusUpgradeRequired || r.Header.Get("Sec-Websocket-Version") != "13" {
			t.Errorf("%v, %v", r, err)
		}
	}
}

// TestDraftLimit checks version 7's own close code for a message that is too big.
func TestDraftLimit(t *testing.T) {
	t.Parallel()
	conversation := newConversation(t)
	_, address := serve(t, Options{MaxMessage: 10}, oneConversation(conversation))
	c := dial(t, address)
	c.raw([]byte(strings.Replace(handshake("/a"), "Version: 13", "Version: 8", 1)))
	c.accepted()
	c.send(websocket.Text, "0123456789a")
	c.wantClose(1004)
}
