package hixie

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// defaultLimit is the message limit of a Decoder whose Limit is 0.
const defaultLimit = 1 << 20

// minBuffer is the smallest buffer for a text that arrives in pieces.
const minBuffer = 64

// maxLengthBytes is the largest number of bytes in a length. Five hold 32 bits; more than nine
// would overflow, or are zeros that may never end.
const maxLengthBytes = 9

// Message is a text, which is valid UTF-8, or the client's closing frame of hixie-76.
type Message struct {
	Close   bool
	Payload []byte // nil if Close
}

// FaultError ends a connection because of a fault of its client. These drafts have no way to tell
// the client: Code is for logs and modules, and is the one that RFC 6455 §7.4.1 has for the same
// fault (1002, 1007 or 1009).
type FaultError struct {
	Code   int
	Reason string
}

// Error returns a text for logs: "hixie: fault 1007: invalid UTF-8".
func (e *FaultError) Error() string {
	return fmt.Sprintf("hixie: fault %d: %s", e.Code, e.Reason)
}

// fault is the reason why a decoder stopped.
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

// stage is the part of a frame that the decoder's next byte belongs to.
type stage byte

const (
	stageType    stage = iota
	stageText          // until textEnd
	stageIgnored       // until textEnd, of a type without a meaning
	stageLength
	stageDiscard // bytes announced by a length
	stageDone    // after the closing frame or a fault: nothing more is decoded
)

// Decoder decodes what a client sends after its handshake. The zero value is ready to use, for
// hixie-76. A Decoder belongs to one goroutine at a time. There is one for every open connection,
// so it is 56 bytes and holds nothing else between messages.
type Decoder struct {
	// Limit is the largest size of a text, and of a frame that is discarded, in bytes; 0 means 1
	// MiB. Set before the first Feed.
	Limit int

	// Draft is 76 or 75; 0 means 76. In hixie-75, FF 00 is an ordinary frame to discard. Set before
	// the first Feed.
	Draft int

	buf   []byte  // the part of the text that is not in the bytes given to Feed; nil between messages
	size  int     // of a frame that is not a text: bytes received, or still to come
	cut   [3]byte // the first cuts bytes of a character that is cut
	cuts  byte
	kind  byte // the frame's type
	digit byte // bytes of the length received
	stage stage
	fault fault
}

// Feed decodes p and appends the messages that it completes to dst, in the order in which they
// ended. p may have any size and end anywhere. Feed neither blocks nor reads.
//
// The payloads point into p or into memory that the decoder has given up. They are valid until p is
// reused or Feed is called again.
//
// The error is a *FaultError, returned at the first byte that cannot be valid. The drafts would
// replace invalid UTF-8 by U+FFFD; here it ends the connection, as in all other versions. Messages
// completed before the error are returned with it. From then on Feed returns the same error for any
// input. After the closing frame, Feed returns nothing.
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

// Unfinished reports whether a frame has begun and not ended: its first byte was fed to the decoder, and its
// last was not. After a fault or the closing frame there is none.
func (d *Decoder) Unfinished() bool { return d.stage != stageType && d.stage != stageDone }

// text consumes the bytes of p that belong to a text, and returns the rest.
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
	// The bytes up to the limit are checked first, because the first wrong byte decides.
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

// check checks the next bytes of a text for UTF-8. It returns false if one of them cannot be valid.
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
	// The end may have cut a character: FullRune is false only for those that can still become
	// valid.
	for i := max(0, len(p)-3); i < len(p); i++ {
		if utf8.RuneStart(p[i]) && !utf8.FullRune(p[i:]) {
			d.cuts = byte(copy(d.cut[:], p[i:]))
			p = p[:i]
			break
		}
	}
	return utf8.Valid(p)
}

// keep appends part to buf, whose memory grows to at most twice what was received, and not beyond
// the limit.
func (d *Decoder) keep(part []byte) {
	if size := len(d.buf) + len(part); size > cap(d.buf) {
		grown := make([]byte, len(d.buf), min(max(2*size, minBuffer), d.limit()))
		copy(grown, d.buf)
		d.buf = grown
	}
	d.buf = append(d.buf, part...)
}

// length handles a byte of a length. Each has seven bits, the highest first (hixie-76 §5.3).
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

// fail stops the decoder because of a fault and releases its buffer.
func (d *Decoder) fail(f fault) {
	d.fault = f
	d.stage = stageDone
	d.buf = nil
}
