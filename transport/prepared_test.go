package transport

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"node.websocket/transport/websocket"
)

// TestContractPrepared checks that a prepared message arrives like one that was sent to each
// session, on every transport, in order with others, whatever its length.
func TestContractPrepared(t *testing.T) {
	t.Parallel()
	var messages []Message
	for _, size := range []int{0, 1, 125, 126, 300, minShared - 20, minShared, 3 * minShared, 60_000} {
		messages = append(messages, text(strings.Repeat("é", size/2)), Message{Binary: true, Data: bytes.Repeat([]byte{0xff, 'x'}, size/2)})
	}
	var prepared []*Prepared // shared by all transports
	for _, m := range messages {
		prepared = append(prepared, Prepare(m))
	}
	forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
		conversation := newConversation(t)
		conversation.onReceive = func(p *fakeConversation, batch []Message) {
			for i, m := range prepared {
				p.session.SendText(fmt.Sprint("before ", i))
				p.session.SendPrepared(m)
			}
			p.session.Flush()
		}
		s := start(Options{MaxQueue: 8 << 20}, oneConversation(conversation))
		s.send(text("go"))
		for i, m := range messages {
			wantMessage(t, s, text(fmt.Sprint("before ", i)))
			if kind != "whole" && m.Binary {
				m = text(base64.StdEncoding.EncodeToString(m.Data)) // plain SockJS has no binary
			}
			wantMessage(t, s, m)
		}
	})
}

// TestPreparedOnce checks that for a thousand sessions of each kind a message is encoded once for
// each form.
func TestPreparedOnce(t *testing.T) {
	agreed := websocket.NegotiateDeflate([]string{"permessage-deflate; server_max_window_bits=10"}, false)
	wide := websocket.NegotiateDeflate([]string{"permessage-deflate"}, false)
	takeover := websocket.NegotiateDeflate([]string{"permessage-deflate"}, true)
	o := &Options{ContextTakeover: true}
	codecs := map[form]func() codec{
		formFrame:           func() codec { return newFrameCodec(&websocket.Handshake{Version: 13}, o) },
		formDeflate + 11:    func() codec { return newFrameCodec(&websocket.Handshake{Version: 13, Deflate: agreed}, o) },
		formDeflate + 16:    func() codec { return newFrameCodec(&websocket.Handshake{Version: 13, Deflate: wide}, o) },
		formHixie:           func() codec { return &hixieCodec{draft: 76} },
		formElement:         func() codec { return &elements{} },
		formExtendedElement: func() codec { return &elements{extended: true} },
	}
	p := Prepare(text(strings.Repeat("all the same ", 1000)))
	for f, c := range codecs {
		var first []byte
		for range 1000 {
			made := c()
			b := made.prepared(p).B
			if first == nil {
				first = b
				if want := made.text(nil, p.data); !bytes.Equal(b, want) {
					t.Errorf("form %d: %d bytes, want %d as text makes them", f, len(b), len(want))
				}
			}
			if &b[0] != &first[0] {
				t.Fatalf("form %d was encoded again", f)
			}
		}
	}
	if n := len(p.encodings); n != len(codecs) {
		t.Errorf("%d encodings, want %d", n, len(codecs))
	}
	if b := newFrameCodec(&websocket.Handshake{Version: 13, Deflate: takeover}, o).prepared(p); b != nil {
		t.Error("shared with a session whose messages refer back")
	}
	c := codecs[formFrame]()
	if n := testing.AllocsPerRun(100, func() { c.prepared(p) }); n != 0 {
		t.Errorf("%v allocations for each session", n)
	}
}

// TestPreparedIsShared checks that shared bytes are written from where they are, and never given to
// a pool.
func TestPreparedIsShared(t *testing.T) {
	t.Parallel()
	p := Prepare(text(strings.Repeat("x", 100_000)))
	c := newFrameCodec(&websocket.Handshake{Version: 13}, &Options{})
	prepared := c.prepared(p)
	shared := prepared.B
	before := bytes.Clone(shared)
	var q queue
	for range 3 {
		q.grow(10).B = append(q.grow(10).B, "0123456789"...)
		q.share(prepared)
	}
	if got := q.size(); got != 3*(10+len(shared)) {
		t.Errorf("%d bytes wait", got)
	}
	q.took(len(q.front()))
	if front := q.front(); &front[0] != &shared[0] {
		t.Error("copied")
	}
	q.took(5)
	q.drop()
	for range 10 { // what is in the pools
		b := q.grow(200_000)
		b.B = append(b.B, bytes.Repeat([]byte{'y'}, 200_000)...)
		q.filling = nil
	}
	if !bytes.Equal(shared, before) {
		t.Error("changed")
	}
}
