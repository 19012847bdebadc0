package websocket

import "encoding/binary"

// Opcode is the kind of a frame (RFC 6455 §5.2).
type Opcode byte

// The opcodes of RFC 6455 §11.8. All others are reserved, and rejected.
const (
	Continuation Opcode = 0
	Text         Opcode = 1
	Binary       Opcode = 2
	Close        Opcode = 8
	Ping         Opcode = 9
	Pong         Opcode = 10
)

// MaxControlPayload is the largest payload of a Close, Ping or Pong, in bytes (RFC 6455 §5.5).
const MaxControlPayload = 125

// Message is a whole data message (Text or Binary) or a control frame (Close, Ping or Pong).
//
// The payload of a Text is valid UTF-8. ParseClose accepts the payload of a Close.
type Message struct {
	Opcode  Opcode
	Payload []byte
	Owned   bool // nothing else refers to the memory of the payload, and little of it is unused
}

// Bits of a frame's first two bytes.
const (
	finBit     = 0x80
	rsvBits    = 0x70
	rsv1Bit    = 0x40 // the message is compressed (RFC 7692 §7)
	opcodeBits = 0x0f
	controlBit = 0x08 // set in the opcodes of control frames
	maskBit    = 0x80
	lengthBits = 0x7f

	length16 = 126 // the length follows in two bytes
	length64 = 127 // the length follows in eight bytes
)

// AppendFrame appends a whole message as one frame from server to client: with FIN, without a mask
// (RFC 6455 §5.1). The payload of a Text must be valid UTF-8; AppendFrame does not check that.
//
// A control frame over MaxControlPayload bytes would make the client close the connection. Asking
// for one is a mistake in the caller, so AppendFrame panics. AppendClose, which makes Close frames,
// cuts the reason instead.
//
// Any goroutine may call it.
func AppendFrame[T ~string | ~[]byte](dst []byte, op Opcode, payload T) []byte {
	n := len(payload)
	switch {
	case n <= MaxControlPayload:
		dst = append(dst, finBit|byte(op), byte(n))
	case op&controlBit != 0:
		panic("websocket: AppendFrame: a control frame carries at most 125 bytes")
	case n <= 0xffff:
		dst = append(dst, finBit|byte(op), length16, byte(n>>8), byte(n))
	default:
		dst = append(dst, finBit|byte(op), length64)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	return append(dst, payload...)
}
