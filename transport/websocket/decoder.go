package websocket

import (
	"encoding/binary"
	"math"
)

// defaultLimit is the message limit of a Decoder whose Limit is 0.
const defaultLimit = 1 << 20

// minBuffer is the smallest buffer for a message that arrives in pieces.
const minBuffer = 64

// stage is the part of a frame that the decoder's next byte belongs to.
type stage byte

const (
	stageFirst    stage = iota // FIN, RSV and opcode
	stageSecond                // mask bit and length
	stageLength16              // extended length, two bytes
	stageLength64              // extended length, eight bytes
	stageKey                   // masking key
	stagePayload
	stageDone // after a Close or a fault: nothing more is decoded
)

// Decoder decodes what a client sends, as it arrives. The zero value is ready to use. A Decoder
// belongs to one goroutine at a time.
//
// There is a Decoder for every open connection, most of which are idle. It is therefore 64 bytes
// and holds nothing else between messages, except up to 32 KiB of history if the client uses
// context takeover.
type Decoder struct {
	// Limit is the largest size of a message after reassembly and inflating, in bytes; 0 means 1
	// MiB. Control frames do not count. Set before the first Feed.
	Limit int

	// Deflate is the compression negotiated with the client; the zero value is none. Set before the
	// first Feed.
	Deflate Deflate

	// Draft is set for a client of version 8 or 7. These versions use close code 1004 for what
	// became 1009, and Feed returns it as 1009. Set before the first Feed.
	Draft bool

	// Short counts the fragments of up to 125 bytes that have begun, apart from the last of each message. Each costs
	// as much as a message. 255 stands for any number above. The caller may set it to 0 between two calls of Feed.
	Short uint8

	// The data message being received.
	message  Opcode    // Text or Binary; 0 between messages
	text     utf8State // of a Text, or of a Close's reason, after which no Text continues
	deflated bool      // the message is compressed

	// The frame being received.
	stage stage
	need  byte   // bytes that the stage still needs, if it has several
	first byte   // FIN, RSV and opcode
	fault fault  // the reason for stageDone, unless it was a Close
	key   uint32 // rotated so that its lowest byte is for the next byte of payload
	left  uint64 // payload bytes still to come; while the length is being received, its value so far

	// The part of the message that is not in the bytes given to Feed; nil between messages. If the
	// message is compressed, the bytes that have not been inflated yet.
	buf []byte

	extra *extra // rarely needed state; nil if empty
}

// extra is the state that a Decoder rarely needs, kept apart so that an idle one pays a pointer for
// it.
type extra struct {
	control  *control  // payload of a control frame cut by the end of a Feed
	inflater *inflater // of the compressed message being received
	history  []byte    // what compressed messages may refer back to, with context takeover
}

// control holds the first bytes of a control frame's payload.
type control struct {
	n     int
	bytes [MaxControlPayload]byte
}

// Feed decodes p and appends the messages that it completes to dst, in the order in which they
// ended: a control frame between the fragments of a message comes before that message. p may have
// any size and end anywhere. Feed neither blocks nor reads.
//
// p is unmasked in place. The payloads point into p or into memory that the decoder has given up.
// They are valid until p is reused or Feed is called again.
//
// The error is a *CloseError with the code to send: 1002, 1007 or 1009. It is returned at the first
// byte that cannot be valid; a message over the limit fails at the length that exceeds it, before
// any of those bytes are kept. Messages completed before the error are returned with it. From then
// on Feed returns the same error for any input. After a Close, Feed returns nothing, because bytes
// that follow a Close are to be ignored (RFC 6455 §5.5.1).
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

// Unfinished reports whether a data message has begun and not ended: its first byte was fed to the
// decoder, and its last was not. After a fault or a Close there is none.
func (d *Decoder) Unfinished() bool { return d.message != 0 }

// header consumes the bytes of p that belong to a frame's header, and returns the rest. Afterwards
// the stage is stagePayload if the header is complete and stageDone if it is invalid; otherwise all
// of p was consumed.
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
			if d.first&(finBit|controlBit) == 0 && b&lengthBits < length16 && d.Short < math.MaxUint8 {
				d.Short++
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
			// The bytes enter at the top, so that the first is at the bottom once all four have
			// arrived.
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

// checkRSV checks the reserved bits. RSV1 may be set on the first frame of a compressed message
// (RFC 7692 §6), if compression was negotiated. The others have no meaning (RFC 6455 §5.2).
func (d *Decoder) checkRSV(b byte) fault {
	if b&rsvBits == 0 {
		return faultNone
	}
	if op := Opcode(b & opcodeBits); b&rsvBits != rsv1Bit || !d.Deflate.Agreed() || op != Text && op != Binary {
		return faultRSV
	}
	// If the frame is misplaced, checkFirst ends the decoder anyway.
	d.deflated = true
	return faultNone
}

// exempt reports whether f is a frame too long for a compressed message, whose size is limited
// after inflating instead.
func (d *Decoder) exempt(f fault) bool {
	return d.deflated && f == faultTooBig
}

// checkFirst checks a frame's first byte, without the reserved bits, against the state of the
// message. It begins a message if the frame does.
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
		d.message = op // text is utf8Start here: the last Text ended so
	case Close, Ping, Pong:
		if b&finBit == 0 {
			return faultControlFragment
		}
		if op == Close { // possibly inside a character of a Text, which cannot continue
			d.text = utf8Start
		}
	default:
		return faultOpcode
	}
	return faultNone
}

// checkSecond checks the mask bit, and the length as far as this byte tells it.
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

// checkLength checks the bytes of an extended length received so far, by the smallest and the
// largest value that it can still have.
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

// room returns how many bytes the message may still grow.
func (d *Decoder) room() uint64 {
	return uint64(d.limit() - len(d.buf))
}

func (d *Decoder) limit() int {
	if d.Limit <= 0 {
		return defaultLimit
	}
	return d.Limit
}

// controlPart handles unmasked payload of a control frame.
func (d *Decoder) controlPart(dst []Message, part []byte) []Message {
	before := 0
	if d.left > 0 || d.extra != nil && d.extra.control != nil { // cut: join the pieces
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
	return append(dst, Message{Opcode: op, Payload: part})
}

// checkClose checks the payload of a Close received so far. Its first before bytes have been
// checked already.
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

// dataPart handles unmasked payload of a data frame.
func (d *Decoder) dataPart(dst []Message, part []byte) []Message {
	last := d.first&finBit != 0
	if d.deflated {
		return d.deflatedPart(dst, part, last)
	}
	if d.message == Text {
		// In the last frame, a character that needs more bytes than remain can be rejected at once.
		if !d.text.check(part) || last && d.text.missing() > d.left {
			d.fail(faultUTF8)
			return dst
		}
	}
	if d.left == 0 {
		d.stage = stageFirst
		if last {
			owned := false
			if d.buf != nil {
				part = d.keep(part, last)
				owned = len(part) == cap(part)
			}
			dst = append(dst, Message{d.message, part, owned})
			d.message, d.buf = 0, nil
			return dst
		}
	}
	if len(part) > 0 {
		d.buf = d.keep(part, last)
	}
	return dst
}

// keep returns the bytes of the message with part appended. The buffer grows with what was
// received, not with what a header announces: to at most twice that, and not beyond the possible
// end of the message.
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

// needExtra returns d.extra and allocates it if necessary.
func (d *Decoder) needExtra() *extra {
	if d.extra == nil {
		d.extra = new(extra)
	}
	return d.extra
}

// dropExtra frees d.extra if it is empty.
func (d *Decoder) dropExtra() {
	if x := d.extra; x.control == nil && x.inflater == nil && x.history == nil {
		d.extra = nil
	}
}

// fail stops the decoder because of a fault.
func (d *Decoder) fail(f fault) {
	d.fault = f
	d.stop()
}

// stop makes the decoder ignore all further input and releases its buffers.
func (d *Decoder) stop() {
	d.stage = stageDone
	if d.extra != nil && d.extra.inflater != nil {
		d.extra.inflater.release()
	}
	d.buf, d.extra, d.message = nil, nil, 0
}
