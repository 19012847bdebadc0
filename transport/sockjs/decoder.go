package sockjs

import "errors"

// What is wrong with a body. The first two are in the words that SockJS prescribes for the client.
var (
	ErrPayload = errors.New("Payload expected.")
	ErrJSON    = errors.New("Broken JSON encoding.")
	ErrTooBig  = errors.New("a message is too big")
)

// Message is one data message. The text of a message that is not Binary is valid UTF-8.
//
// It is an alias of an unnamed struct so that a package that does not import this one can have the
// identical type.
type Message = struct {
	Binary bool
	Data   []byte
}

// A Decoder decodes a body as it arrives: an array of texts in JSON (RFC 8259). In an array of
// client.js, ["base64"] is a binary message, and [code,"reason"], at the end, a close.
//
// It keeps only what is decoded, and that until Forget: the body itself may be six times as long, and
// in a form eighteen times.
//
//	d := sockjs.Decoder{Limit: limit}
//	err := d.Feed(p) // and so on
//	…
//	err = d.End()
//	for m, ok := d.Next(); ok; m, ok = d.Next() {
//		…
//	}
type Decoder struct {
	// Fixed before Feed.

	Limit    int  // the most bytes of a message
	Extended bool // allow what client.js sends
	Single   bool // allow a text without an array, as SockJS does on a WebSocket

	// The close, if one has come. What follows it is checked, and is no message.

	Closes bool
	Code   int // four digits, not checked otherwise
	Reason string

	state state
	data  []byte // the messages, and what is decoded of the next
	ends  []end  // of the messages in data
	taken int    // ends that Next has returned

	// Of the element that is being decoded.
	begin  int // in data
	kind   kind
	alone  bool // it is not in an array
	high   rune // the first half of a surrogate pair; 0: none
	hex    rune // of the digits of \u
	digits int  // of \u, or of the code
	code   int
	quad   [4]byte // base64 to be decoded
	quads  int     // bytes in quad
	padded bool    // base64 is at its end
}

// An end tells where a message ends in data.
type end struct {
	at     int
	binary bool
}

// endBytes is the memory of an end.
const endBytes = 16

// A kind tells what a string is.
type kind uint8

const (
	textString kind = iota
	binaryString
	reasonString
)

// A state tells what may come next.
type state uint8

const (
	atStart    state = iota // the array
	atFirst                 // an element, or the end of the array
	atElement               // an element
	atComma                 // a comma, or the end of the array
	atEnd                   // nothing
	atInner                 // base64 or a code
	inCode                  // a digit
	atReason                // a reason
	atInnerEnd              // the end of the inner array
	inString
	inEscape
	inHex
	inBase64
)

// reasonLimit is the most bytes of a close's reason, more than any close frame has.
const reasonLimit = 1 << 10

// Feed decodes the next bytes of the body. The error is ErrJSON, or ErrTooBig for a message of more
// than Limit bytes, and final; Next still returns the messages before it.
func (d *Decoder) Feed(p []byte) (err error) {
	for len(p) > 0 && err == nil {
		switch d.state {
		case inString:
			p, err = d.feedString(p)
		case inBase64:
			p, err = d.feedBase64(p)
		default:
			err = d.feedByte(p[0])
			p = p[1:]
		}
	}
	return err
}

// End ends the body; Feed may then begin another. The error is ErrPayload for a body without anything
// in it, and ErrJSON for one that is cut off.
func (d *Decoder) End() error {
	state := d.state
	d.state = atStart
	switch state {
	case atStart:
		return ErrPayload
	case atEnd:
		return nil
	}
	return ErrJSON
}

// Next returns the next message, if it is decoded. Its data stays as it is until Forget.
func (d *Decoder) Next() (m Message, ok bool) {
	if d.taken == len(d.ends) {
		return Message{}, false
	}
	start := 0
	if d.taken > 0 {
		start = d.ends[d.taken-1].at
	}
	e := d.ends[d.taken]
	d.taken++
	return Message{e.binary, d.data[start:e.at:e.at]}, true
}

// Held returns how many bytes of memory the messages take, and what is decoded of the next.
func (d *Decoder) Held() int { return len(d.data) + endBytes*len(d.ends) }

// Forget releases the messages, whether or not Next has returned them.
func (d *Decoder) Forget() {
	d.data = d.data[:copy(d.data, d.data[d.begin:])]
	d.ends, d.taken, d.begin = d.ends[:0], 0, 0
}

// feedByte decodes a byte outside of strings, or of an escape.
func (d *Decoder) feedByte(b byte) error {
	switch d.state {
	case inEscape:
		return d.escape(b)
	case inHex:
		return d.hexDigit(b)
	case inCode:
		if '0' <= b && b <= '9' && d.digits < 4 {
			d.code, d.digits = d.code*10+int(b-'0'), d.digits+1
			return nil
		}
		if d.digits != 4 {
			return ErrJSON
		}
	}
	if b == ' ' || b == '\t' || b == '\r' || b == '\n' {
		return nil
	}
	switch {
	case d.state == atStart && b == '[':
		d.state, d.alone = atFirst, false
	case d.state == atStart && b == '"' && d.Single:
		d.string(textString, inString)
		d.alone = true
	case (d.state == atFirst || d.state == atElement) && b == '"':
		d.string(textString, inString)
	case (d.state == atFirst || d.state == atElement) && b == '[' && d.Extended:
		d.state = atInner
	case (d.state == atFirst || d.state == atComma) && b == ']':
		d.state = atEnd
	case d.state == atComma && b == ',':
		d.state = atElement
	case d.state == atInner && b == '"':
		d.string(binaryString, inBase64)
	case d.state == atInner && '1' <= b && b <= '9': // a number in JSON does not begin with 0
		d.code, d.digits, d.state = int(b-'0'), 1, inCode
	case d.state == inCode && b == ',':
		d.state = atReason
	case d.state == atReason && b == '"':
		d.string(reasonString, inString)
	case d.state == atInnerEnd && b == ']':
		d.endInner()
	default:
		return ErrJSON
	}
	return nil
}
