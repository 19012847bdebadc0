//go:build linux

package load

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The opcodes of RFC 6455 §5.2.
const (
	opContinuation = 0
	opText         = 1
	opBinary       = 2
	opClose        = 8
	opPing         = 9
	opPong         = 10
)

const (
	finBit  = 0x80
	rsv1Bit = 0x40 // the message is compressed, RFC 7692 §6
	maskBit = 0x80
)

// A mask is a masking key (RFC 6455 §5.3).
type mask [4]byte

// newMask returns the key of a client. Keys differ and have no zero byte, so that no server gets
// away with not unmasking.
func newMask(client int) mask {
	var m mask
	binary.LittleEndian.PutUint32(m[:], uint32(client)*0x9e3779b9|0x11214181)
	return m
}

// apply masks p, which stands at offset in its payload.
func (m mask) apply(p []byte, offset int) {
	for i := range p {
		p[i] ^= m[(offset+i)&3]
	}
}

// appendFrame appends a whole masked message of one frame. first is the opcode, perhaps with
// rsv1Bit.
func appendFrame(dst []byte, first byte, m mask, payload []byte) []byte {
	dst = append(dst, first|finBit)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, maskBit|byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, maskBit|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, maskBit|127), uint64(n))
	}
	dst = append(dst, m[:]...)
	begin := len(dst)
	dst = append(dst, payload...)
	m.apply(dst[begin:], 0)
	return dst
}

// maxAnswer is the longest message in bytes that a server may send.
const maxAnswer = 1 << 20

// A message is one that a server sent, or a control frame.
type message struct {
	opcode     byte
	compressed bool
	payload    []byte // valid until the next call of next
}

// A parser cuts a server's bytes into messages.
type parser struct {
	rest    []byte // of feed's bytes, those not yet parsed; of the caller's memory
	kept    []byte // an incomplete frame of earlier bytes
	whole   []byte // the fragments so far of a message
	opcode  byte   // of that message; 0: there is none
	deflate bool   // likewise
}

// feed gives the parser bytes to parse. next must be called until it has no more.
func (p *parser) feed(b []byte) {
	if len(p.kept) > 0 {
		p.kept = append(p.kept, b...)
		b = p.kept
	}
	p.rest = b
}

// next returns the next whole message. ok is false if more bytes are needed for it.
func (p *parser) next() (m message, ok bool, err error) {
	for {
		first, payload, size := split(p.rest)
		if size < 0 {
			return m, false, errors.New("the server sent a frame that is masked or too long")
		}
		if size == 0 {
			p.keep()
			return m, false, nil
		}
		p.rest = p.rest[size:]
		opcode, fin := first&15, first&finBit != 0
		switch {
		case opcode >= opClose:
			return message{opcode, false, payload}, true, nil
		case (opcode == opContinuation) != (p.opcode != 0):
			return m, false, fmt.Errorf("the server sent a frame of opcode %d where it may not", opcode)
		case opcode != opContinuation && fin:
			return message{opcode, first&rsv1Bit != 0, payload}, true, nil
		case opcode != opContinuation:
			p.opcode, p.deflate, p.whole = opcode, first&rsv1Bit != 0, p.whole[:0]
		}
		p.whole = append(p.whole, payload...)
		if len(p.whole) > maxAnswer {
			return m, false, errors.New("the server sent a message that is too long")
		}
		if fin {
			m = message{p.opcode, p.deflate, p.whole}
			p.opcode = 0
			return m, true, nil
		}
	}
}

// keep stores the rest for the next call of feed.
func (p *parser) keep() {
	switch {
	case len(p.rest) == 0:
		p.kept = p.kept[:0]
	case len(p.kept) == 0:
		p.kept = append(p.kept, p.rest...)
	case len(p.rest) < len(p.kept):
		p.kept = p.kept[:copy(p.kept, p.rest)] // rest is the end of kept
	}
	p.rest = nil
}

// split returns the first frame of b: its first byte, its payload, and its size with the header. The
// size is 0 if the frame is incomplete, and negative if it is not one that a server may send.
func split(b []byte) (first byte, payload []byte, size int) {
	if len(b) < 2 {
		return 0, nil, 0
	}
	length, header := int(b[1]), 2
	switch {
	case length >= maskBit:
		return 0, nil, -1
	case length == 126 && len(b) >= 4:
		length, header = int(binary.BigEndian.Uint16(b[2:])), 4
	case length == 127 && len(b) >= 10:
		long := binary.BigEndian.Uint64(b[2:])
		if long > maxAnswer {
			return 0, nil, -1
		}
		length, header = int(long), 10
	case length >= 126:
		return 0, nil, 0
	}
	if len(b) < header+length {
		return 0, nil, 0
	}
	return b[0], b[header : header+length], header + length
}
