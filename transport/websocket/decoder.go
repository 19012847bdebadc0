package websocket

import (
	"encoding/binary"
)

// defaultLimit is the message limit of a Decoder that sets none.
const defaultLimit = 1 << 20

// minBuffer is the smallest buffer for a message that comes in pieces.
const minBuffer = 64

// stage is what the decoder's next byte belongs to.
type stage byte

const (
	stageFirst    stage = iota // FIN, RSV and opcode
	stageSecond                // mask bit and length
	stageLength16              // extended length, two bytes
	stageLength64              // extended length, eight bytes
	stageKey                   // masking key
	stagePayload
	stageDone // after a Close or a fault: takes nothing more
)

// Decoder decodes what a client sends, as it arrives. The zero value works. It belongs to one goroutine at a time.
//
// It is kept for every open connection, most of which are idle, so it is 64 bytes and, between messages, holds nothing else. Only
// if the client takes over its context, there are up to 32 KiB of history.
type Decoder struct {
	// Limit is the most bytes a message may have after reassembly; 0 is 1 MiB. A message of just that many is taken.
	// Control frames do not count. Set before the first Feed.
	Limit int

	// Deflate is what was agreed to with the client; the zero value is no compression. Set before the first Feed.
	Deflate Deflate

	// Draft says that the client speaks version 8 or 7. They differ from 13 in one close code: 1004 is what became 1009, and is given as
	// that. Set before the first Feed.
	Draft bool

	// The data message that is being received.
	message  Opcode    // Text or Binary; 0 between messages
	text     utf8State // of a Text, or of a Close's reason (after which no Text goes on)
	deflated bool      // it is compressed

	// The frame that is being received.
	stage stage
	need  byte   // bytes that the stage still needs, in the stages of several bytes
	first byte   // FIN, RSV and opcode
	fault fault  // why stageDone, if not for a Close
	key   uint32 // turned so that its lowest byte is for the next byte of payload
	left  uint64 // bytes of payload to come; while the length is being received, what came of it

	// What came of the message and is not in the bytes of this Feed; nil between messages. Of a compressed one, what is not inflated yet.
	buf []byte

	extra *extra // what few decoders have; nil if there is nothing in it
}

// extra is what a Decoder seldom has, apart so that it costs one pointer.
type extra struct {
	control  *control  // a control frame's payload that is cut by the end of a Feed
	inflater *inflater // of the compressed message that is being received
	history  []byte    // what compressed messages may refer back to; of a client that takes its context over
}

// control is the first bytes of a control frame's payload.
type control struct {
	n     int
	bytes [MaxControlPayload]byte
}

// Feed decodes p and appends the messages that are whole to dst, in the order in which they ended: a control frame
// between the fragments of a message comes before it. p may have any size and end anywhere. Feed neither blocks nor reads.
//
// p is unmasked in place. The payloads point into p or into memory that the decoder has given away; they are to be used
// before p is, and before the next Feed.
//
// The error is a *CloseError, with the code to send: 1002, 1007 or 1009. It comes with the first byte that cannot be valid;
// a message over the limit fails on the length that takes it there, before any of those bytes are kept. The messages
// that were whole before are returned with it. From then on Feed returns the same error, whatever it is given. After a
// Close, Feed returns nothing: bytes that follow one are to be ignored (RFC 6455 §5.5.1).
func (d *Decoder) Feed(dst []Message, p []byte) ([]Message, error) {
	for len(p) > 0 && d.stage != stageDone {
		if d.stage != stagePayload {
			p = d.header(p)
			if d.stage != stagePayload {
				break
			}
			if len(p) == 0 && d.left > 0 {
				break
			}
		}
		n := len(p)
		if uint64(n) > d.left {
			n = int(d.left)
		}
		part := p[:n:n]
		p = p[n:]
		d.left -= uint64(n)
		d.key = mask(part, d.key)
		if Opcode(d.first)&controlBit != 0 {
			dst = d.controlPart(dst, part)
		} else {
			dst = d.dataPart(dst, part)
		}
	}
	if d.fault != faultNone {
		return dst, d.fault.err()
	}
	return dst, nil
}

// header takes as much of p as belongs to a frame's header, and returns the rest. The stage is then stagePayload if the
// header is whole, stageDone if it is faulty; otherwise p was used up.
func (d *Decoder) header(p []byte) []byte {
	for len(p) > 0 {
		switch b := p[0]; d.stage {
		case stageFirst:
			f := d.checkRSV(b)
			if f == faultNone {
				f = d.checkFirst(b)
			}
			if f != faultNone {
				d.fail(f)
				return p
			}
			d.first = b
			d.stage = stageSecond
			p = p[1:]
		case stageSecond:
			if f := d.checkSecond(b); f != faultNone && !d.exempt(f) {
				d.fail(f)
				return p
			}
			switch b & lengthBits {
			case length16:
				d.left, d.stage, d.need = 0, stageLength16, 2
			case length64:
				d.left, d.stage, d.need = 0, stageLength64, 8
			default:
				d.left, d.stage, d.need, d.key = uint64(b&lengthBits), stageKey, 4, 0
			}
			p = p[1:]
		case stageLength16, stageLength64:
			d.left = d.left<<8 | uint64(b)
			d.need--
			if f := d.checkLength(); f != faultNone && !d.exempt(f) {
				d.fail(f)
				return p
			}
			if d.need == 0 {
				d.stage, d.need, d.key = stageKey, 4, 0
			}
			p = p[1:]
		case stageKey:
			if d.need == 4 && len(p) >= 4 {
				d.key = binary.LittleEndian.Uint32(p)
				d.stage = stagePayload
				return p[4:]
			}
			// The bytes enter at the top, so that the first is at the bottom when all four are there.
			d.key = d.key>>8 | uint32(b)<<24
			d.need--
			p = p[1:]
			if d.need == 0 {
				d.stage = stagePayload
				return p
			}
		}
	}
	return p
}

// checkRSV checks the reserved bits. One may be set where a compressed message begins (RFC 7692 §6), if that was agreed to. Nothing
// gives the others a meaning (RFC 6455 §5.2).
func (d *Decoder) checkRSV(b byte) fault {
	if b&rsvBits == 0 {
		return faultNone
	}
	if op := Opcode(b & opcodeBits); b&rsvBits != rsv1Bit || !d.Deflate.Agreed() || op != Text && op != Binary {
		return faultRSV
	}
	// If the frame does not belong here, d ends with it.
	d.deflated = true
	return faultNone
}

// counted says whether f is that a compressed message is too big by the length of a frame. It is not: its bytes are counted when
// they have been inflated.
func (d *Decoder) exempt(f fault) bool {
	return d.deflated && f == faultTooBig
}

// checkFirst checks a frame's first byte, without the reserved bits, against the state of the message, and opens a message.
func (d *Decoder) checkFirst(b byte) fault {
	switch op := Opcode(b & opcodeBits); op {
	case Continuation:
		if d.message == 0 {
			return faultContinuation
		}
	case Text, Binary:
		if d.message != 0 {
			return faultInterleaved
		}
		d.message = op // text is at its start: the last one ended there
	case Close, Ping, Pong:
		if b&finBit == 0 {
			return faultControlFragment
		}
		if op == Close { // maybe inside a character of a Text, which will not go on
			d.text = utf8Start
		}
	default:
		return faultOpcode
	}
	return faultNone
}

// checkSecond checks the mask bit, and the length as far as it is known from this byte.
func (d *Decoder) checkSecond(b byte) fault {
	if b&maskBit == 0 {
		return faultUnmasked // RFC 6455 §5.1
	}
	n := uint64(b & lengthBits)
	if Opcode(d.first)&controlBit != 0 {
		if n > MaxControlPayload {
			return faultControlLength
		}
		if n == 1 && Opcode(d.first&opcodeBits) == Close {
			return faultCloseLength
		}
		return faultNone
	}
	if n == length64 {
		n = 0x10000
	}
	if n > d.room() {
		return faultTooBig
	}
	return faultNone
}

// checkLength checks the bytes of an extended length that have come, by the least and the most that it can still become.
func (d *Decoder) checkLength() fault {
	if d.stage == stageLength64 && d.need == 7 && d.left >= 0x80 {
		return faultLengthBit
	}
	shift := 8 * uint(d.need)
	least := d.left << shift
	most := least | (1<<shift - 1)
	if d.stage == stageLength16 && most <= MaxControlPayload || d.stage == stageLength64 && most <= 0xffff {
		return faultLengthForm
	}
	if least > d.room() {
		return faultTooBig
	}
	return faultNone
}

// room is how many bytes the message may still get.
func (d *Decoder) room() uint64 {
	return uint64(d.limit() - len(d.buf))
}

func (d *Decoder) limit() int {
	if d.Limit <= 0 {
		return defaultLimit
	}
	return d.Limit
}

// controlPart takes unmasked payload of a control frame.
func (d *Decoder) controlPart(dst []Message, part []byte) []Message {
	before := 0
	if d.left > 0 || d.extra != nil && d.extra.control != nil { // cut: put the pieces together
		x := d.needExtra()
		if x.control == nil {
			x.control = new(control)
		}
		c := x.control
		before = c.n
		c.n += copy(c.bytes[before:], part)
		part = c.bytes[:c.n:c.n]
	}
	op := Opcode(d.first & opcodeBits)
	if op == Close {
		if f := d.checkClose(part, before); f != faultNone {
			d.fail(f)
			return dst
		}
	}
	if d.left > 0 {
		return dst
	}
	if d.extra != nil {
		d.extra.control = nil
		d.dropExtra()
	}
	d.stage = stageFirst
	if op == Close {
		d.stop()
	}
	return append(dst, Message{op, part})
}

// checkClose checks what came of a Close's payload, of which the first before bytes are known to be good.
func (d *Decoder) checkClose(payload []byte, before int) fault {
	if before < 1 && len(payload) >= 1 && !closeCodeMayBegin(payload[0]) {
		return faultCloseCode
	}
	if before < 2 && len(payload) >= 2 {
		switch code := int(payload[0])<<8 | int(payload[1]); {
		case code == draftTooBig && d.Draft:
			payload[1] = CloseTooBig & 0xff
		case !ValidCloseCode(code):
			return faultCloseCode
		}
	}
	if len(payload) > 2 && (!d.text.check(payload[max(before, 2):]) || d.text.missing() > d.left) {
		return faultUTF8
	}
	return faultNone
}

// dataPart takes unmasked payload of a data frame.
func (d *Decoder) dataPart(dst []Message, part []byte) []Message {
	last := d.first&finBit != 0
	if d.deflated {
		return d.deflatedPart(dst, part, last)
	}
	if d.message == Text {
		// In the last frame, a character that lacks more bytes than are to come can be refused at once.
		if !d.text.check(part) || last && d.text.missing() > d.left {
			d.fail(faultUTF8)
			return dst
		}
	}
	if d.left == 0 {
		d.stage = stageFirst
		if last {
			if d.buf != nil {
				part = d.keep(part, last)
			}
			dst = append(dst, Message{d.message, part})
			d.message, d.buf = 0, nil
			return dst
		}
	}
	if len(part) > 0 {
		d.buf = d.keep(part, last)
	}
	return dst
}

// keep returns the message's bytes with part at their end. Their memory grows with what came, not with what a header says
// will come: at most to its double, and not past where the message must end.
func (d *Decoder) keep(part []byte, last bool) []byte {
	size := len(d.buf) + len(part)
	if size > cap(d.buf) {
		most := d.limit()
		if last {
			most = size + int(d.left)
		}
		grown := make([]byte, len(d.buf), min(max(2*size, minBuffer), most))
		copy(grown, d.buf)
		d.buf = grown
	}
	return append(d.buf, part...)
}

// needExtra returns extra, made if need be.
func (d *Decoder) needExtra() *extra {
	if d.extra == nil {
		d.extra = new(extra)
	}
	return d.extra
}

// dropExtra lets go of extra if there is nothing in it.
func (d *Decoder) dropExtra() {
	if x := d.extra; x.control == nil && x.inflater == nil && x.history == nil {
		d.extra = nil
	}
}

// fail ends the decoder with a fault.
func (d *Decoder) fail(f fault) {
	d.fault = f
	d.stop()
}

// stop ends the decoder and lets go of what it holds.
func (d *Decoder) stop() {
	d.stage = stageDone
	if d.extra != nil && d.extra.inflater != nil {
		d.extra.inflater.release()
	}
	d.buf, d.extra, d.message = nil, nil, 0
}
