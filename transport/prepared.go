package transport

import (
	"strings"
	"sync"
	"unicode/utf8"

	"node.websocket/transport/socket"
	"node.websocket/transport/sockjs"
)

// A Prepared is a message for many sessions. Each of its encodings is made at most once, when the
// first session needs it, and shared. Any goroutine may use a Prepared.
type Prepared struct {
	// Fixed by Prepare.
	binary bool
	data   string

	mu sync.Mutex

	// Guarded by mu.
	encodings []encoding // few, so a search is enough
	wrapped   *Prepared  // of sockJS
}

// A form is one of the ways in which a message is encoded without regard to earlier messages.
type form uint8

const (
	formFrame           form = iota + 1 // version 13 and the drafts 8 and 7, uncompressed
	formHixie                           // hixie-76 and hixie-75
	formElement                         // of SockJS
	formExtendedElement                 // of SockJS, for client.js
	formDeflate                         // and those after it: a frame compressed for a window of 2^n bytes
)

type encoding struct {
	form   form
	buffer *socket.Buffer
}

// Prepare returns a message for [Session.SendPrepared]. It copies the data. What is not UTF-8 in a
// text is replaced by U+FFFD. Any goroutine may call it.
func Prepare(m Message) *Prepared {
	p := &Prepared{binary: m.Binary, data: string(m.Data)}
	if !p.binary && !utf8.ValidString(p.data) {
		p.data = strings.ToValidUTF8(p.data, "\uFFFD")
	}
	return p
}

// encoded returns the message as a codec of this form encodes it, in a shared buffer.
func (p *Prepared) encoded(f form, c codec) *socket.Buffer {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.encodings {
		if e.form == f {
			return e.buffer
		}
	}
	b := socket.ShareBuffer(p.append(make([]byte, 0, len(p.data)+maxOverhead), c))
	p.encodings = append(p.encodings, encoding{f, b})
	return b
}

// append appends the message as a codec encodes it.
func (p *Prepared) append(dst []byte, c codec) []byte {
	if p.binary {
		return c.binary(dst, []byte(p.data))
	}
	return c.text(dst, p.data)
}

// sockJS returns the SockJS frame of the message, as a text for a WebSocket.
func (p *Prepared) sockJS() *Prepared {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrapped == nil {
		var frame []byte
		if p.binary {
			frame = sockjs.AppendBinaryFrame(nil, []byte(p.data))
		} else {
			frame = sockjs.AppendTextFrame(nil, p.data)
		}
		p.wrapped = &Prepared{data: string(frame)}
	}
	return p.wrapped
}
