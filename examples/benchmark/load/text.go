//go:build linux

package load

import "strings"

// A Text is an [Exchange] of messages that differ in a number alone.
type Text struct {
	Event         string // its name in socket.io
	send, receive form
	add           int // what the server adds to the number
}

// Same is an exchange of messages of size bytes that come back as they are.
func Same(size int, binary bool) *Text {
	if size < digits {
		panic("load: a message has room for a number")
	}
	text := make([]byte, size)
	for i := range text {
		text[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[(i*7+i/64)%64]
	}
	if binary {
		for i := range text {
			text[i] ^= byte(i * 31 >> 3)
		}
	}
	f := form{text, size / 2 &^ 7 / 2, binary}
	return &Text{"echo", f, f, 0}
}

// JSON is an exchange of 200 bytes of JSON. The server adds one to count, sets ok to true, and
// appends "seen" to tags.
func JSON() *Text {
	before, after := `{"id":"5f0c9a1e-order","count":`, `,"ok":false,"user":{"name":"Ann Droid","role":"editor","age":37},`+
		`"tags":["new","paid"],"note":"`+strings.Repeat("lorem ipsum ", 5)+`..."}`
	answer := strings.Replace(after, "false", "true", 1)
	answer = strings.Replace(answer, `"paid"]`, `"paid","seen"]`, 1)
	return &Text{
		Event:   "json",
		send:    form{[]byte(before + zeros + after), len(before), false},
		receive: form{[]byte(before + zeros + answer), len(before), false},
		add:     1,
	}
}

func (t *Text) prepare(target *Target) exchanger {
	x := &textExchange{
		send:       target.Dialect.wrap(t.Event, t.send),
		receive:    target.Dialect.wrap(t.Event, t.receive),
		attachment: []byte(target.Dialect.attachment(t.Event)),
		add:        t.add,
	}
	if !t.send.binary {
		x.attachment = nil
	}
	return x
}

type textExchange struct {
	send, receive form
	attachment    []byte // precedes each message; nil: none does
	add           int
	ready         [][]byte // each client's frame, masked, with a number of zeros
}

func (x *textExchange) append(dst []byte, c *client, n int) []byte {
	if x.attachment != nil {
		dst = appendFrame(dst, opText, c.mask, x.attachment)
	}
	for len(x.ready) <= c.index {
		x.ready = append(x.ready, nil)
	}
	if x.ready[c.index] == nil {
		opcode := byte(opText)
		if x.send.binary {
			opcode = opBinary
		}
		x.ready[c.index] = appendFrame(nil, opcode, c.mask, x.send.text)
	}
	dst = append(dst, x.ready[c.index]...)
	begin := len(dst) - len(x.send.text) + x.send.at
	place := dst[begin : begin+digits]
	putNumber(place, number(c.index, n))
	c.mask.apply(place, x.send.at)
	return dst
}

func (x *textExchange) check(c *client, m message, n int) (whole bool, err error) {
	if x.attachment != nil && m.opcode == opText && string(m.payload) == string(x.attachment) {
		return false, nil
	}
	return true, x.receive.check(m, number(c.index, n)+x.add)
}
