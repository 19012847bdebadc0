package hixie

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// defaultLimit is the message limit of a Decoder that sets none.
const defaultLimit = 1 << 20

// minBuffer is the smallest buffer for a text that comes in pieces.
const minBuffer = 64

// maxLengthBytes is the most bytes that a length may have. As few as five hold 32 bits; more than nine would overflow, or are zeros that
// need never end.
const maxLengthBytes = 9

// Message is a text, which is valid UTF-8, or the client's closing of hixie-76.
type Message struct {
	Close   bool
	Payload []byte // nil if Close
}

// FaultError is the end of a connection by a fault of its client. The drafts can tell nobody: Code is what RFC 6455 §7.4.1 has for the same
// fault (1002, 1007 or 1009), for logs and modules.
type FaultError struct {
	Code   int
	Reason string
}

// Error is for logs: "hixie: fault 1007: invalid UTF-8".
func (e *FaultError) Error() string {
	return fmt.Sprintf("hixie: fault %d: %s", e.Code, e.Reason)
}

// fault is what ends a decoder.
type fault byte

const (
	faultNone fault = iota
	faultUTF8
	faultTooBig
	faultLength
)

var faults = [...]FaultError{
	faultUTF8:   {1007, "invalid UTF-8"},
	faultTooBig: {1009, "message too big"},
	faultLength: {1002, "length does not end"},
}

// stage is what the decoder's next byte belongs to.
type stage byte

const (
	stageType    stage = iota
	stageText          // until textEnd
	stageIgnored       // until textEnd, of a type that means nothing
	stageLength
	stageDiscard // bytes that a length has announced
	stageDone    // after the closing or a fault: takes nothing more
)

// Decoder decodes what a client sends after its handshake. The zero value works, and is of hixie-76. It belongs to one
// goroutine at a time. It is kept for every open connection, so it is 56 bytes and, between messages, holds nothing else.
type Decoder struct {
	// Limit is the most bytes a text may have, and a frame that is discarded; 0 is 1 MiB. Set before the first Feed.
	Limit int

	// Draft is 76 or 75; 0 is 76. In hixie-75, FF 00 is a frame like any that is discarded. Set before the first Feed.
	Draft int

	buf   []byte  // what came of the text and is not in the bytes of this Feed; nil between messages
	size  int     // of the frame that is not a text: what came of it, or is to come
	cut   [3]byte // the text's last character, of which so many bytes have come
	cuts  byte
	kind  byte // the frame's type
	digit byte // bytes of the length that have come
	stage stage
	fault fault
}

// Feed decodes p and appends the messages that are whole to dst, in the order in which they ended. p may have any size and end
// anywhere. Feed neither blocks nor reads.
//
// The payloads point into p or into memory that the decoder has given away; they are to be used before p is, and before the
// next Feed.
//
// The error is a *FaultError. It comes with the first byte that cannot be valid. The drafts would have a client's wrong bytes replaced by
// U+FFFD; here they end the connection as in all versions. The messages that were whole before are returned with it. From
// then on Feed returns the same error, whatever it is given. After the closing, Feed returns nothing.
func (d *Decoder) Feed(dst []Message, p []byte) ([]Message, error) {
	for len(p) > 0 && d.stage != stageDone {
		switch d.stage {
		case stageType:
			d.kind, d.size, d.digit = p[0], 0, 0
			switch {
			case d.kind == textBegin:
				d.stage = stageText
			case d.kind&lengthBit != 0:
				d.stage = stageLength
			default:
				d.stage = stageIgnored
			}
			p = p[1:]
		case stageText:
			dst, p = d.text(dst, p)
		case stageIgnored:
			n := bytes.IndexByte(p, textEnd)
			if n >= 0 {
				d.stage = stageType
			} else {
				n = len(p)
			}
			if d.size += n; d.size > d.limit() {
				d.fail(faultTooBig)
				break
			}
			p = p[min(n+1, len(p)):]
		case stageLength:
			dst = d.length(dst, p[0])
			p = p[1:]
		case stageDiscard:
			n := min(d.size, len(p))
			p = p[n:]
			if d.size -= n; d.size == 0 {
				d.stage = stageType
			}
		}
	}
	if d.fault != faultNone {
		e := faults[d.fault]
		return dst, &e
	}
	return dst, nil
}

// text takes as much of p as belongs to a text, and returns the rest.
func (d *Decoder) text(dst []Message, p []byte) ([]Message, []byte) {
	part, rest := p, []byte(nil)
	end := bytes.IndexByte(p, textEnd)
	if end >= 0 {
		part, rest = p[:end:end], p[end+1:]
	}
	room := d.limit() - len(d.buf)
	over := len(part) > room
	if over {
		part = part[:room]
	}
	// What comes before the byte that is too much is looked at first: the first wrong byte decides.
	switch ok := d.check(part); {
	case !ok, end >= 0 && !over && d.cuts > 0:
		d.fail(faultUTF8)
		return dst, nil
	case over:
		d.fail(faultTooBig)
		return dst, nil
	}
	if end < 0 {
		if len(part) > 0 {
			d.keep(part)
		}
		return dst, nil
	}
	if d.buf != nil {
		d.keep(part)
		part = d.buf[:len(d.buf):len(d.buf)]
	}
	d.buf, d.stage = nil, stageType
	return append(dst, Message{Payload: part}), rest
}

// check checks that text which arrives in pieces is UTF-8. False: one of its bytes cannot be valid.
func (d *Decoder) check(p []byte) bool {
	for d.cuts > 0 && len(p) > 0 {
		var c [4]byte
		n := copy(c[:], d.cut[:d.cuts])
		c[n] = p[0]
		p = p[1:]
		if !utf8.FullRune(c[:n+1]) {
			d.cut[n] = c[n]
			d.cuts++
			continue
		}
		if r, _ := utf8.DecodeRune(c[:n+1]); r == utf8.RuneError && string(c[:n+1]) != "\uFFFD" {
			return false
		}
		d.cuts = 0
	}
	// A character that the end may have cut: FullRune is false for those alone that can still become valid.
	for i := max(0, len(p)-3); i < len(p); i++ {
		if utf8.RuneStart(p[i]) && !utf8.FullRune(p[i:]) {
			d.cuts = byte(copy(d.cut[:], p[i:]))
			p = p[:i]
			break
		}
	}
	return utf8.Valid(p)
}

// keep puts part at the end of buf. Its memory grows to twice what came at most, and not over the limit.
func (d *Decoder) keep(part []byte) {
	if size := len(d.buf) + len(part); size > cap(d.buf) {
		grown := make([]byte, len(d.buf), min(max(2*size, minBuffer), d.limit()))
		copy(grown, d.buf)
		d.buf = grown
	}
	d.buf = append(d.buf, part...)
}

// length takes a byte of a length, of which each has seven bits, the highest first (hixie-76 §5.3).
func (d *Decoder) length(dst []Message, b byte) []Message {
	d.digit++
	d.size = d.size<<7 | int(b&lengthBits)
	switch {
	case d.size > d.limit():
		d.fail(faultTooBig)
	case b&moreBit != 0:
		if d.digit == maxLengthBytes {
			d.fail(faultLength)
		}
	case d.size > 0:
		d.stage = stageDiscard
	case d.kind == closing && d.Draft != 75:
		d.stage = stageDone
		return append(dst, Message{Close: true})
	default:
		d.stage = stageType
	}
	return dst
}

func (d *Decoder) limit() int {
	if d.Limit <= 0 {
		return defaultLimit
	}
	return d.Limit
}

// fail ends the decoder with a fault, and lets go of what it holds.
func (d *Decoder) fail(f fault) {
	d.fault = f
	d.stage = stageDone
	d.buf = nil
}
