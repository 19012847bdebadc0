package hixie

import (
	"bytes"
	"strings"
)

// Bytes of frames (hixie-76 §4.2 and §5.3).
const (
	textBegin  = 0x00 // a text follows, until textEnd
	textEnd    = 0xff // never part of UTF-8
	lengthBit  = 0x80 // in a frame's type: a length follows, and bytes to discard
	moreBit    = 0x80 // in a byte of a length: another follows
	lengthBits = 0x7f
	closing    = 0xff // with a length of 0, begins or answers the closing handshake of hixie-76
)

// MaxOverhead is the largest number of bytes that AppendText adds to a text that is valid UTF-8.
const MaxOverhead = 2

// AppendText appends a text as one frame. A text with a byte FF, which would end the frame, has its
// invalid UTF-8 replaced by U+FFFD, and may grow to three times its size.
//
// Any goroutine may call it.
func AppendText[T ~string | ~[]byte](dst []byte, text T) []byte {
	dst = append(dst, textBegin)
	begin := len(dst)
	dst = append(dst, text...)
	if bytes.IndexByte(dst[begin:], textEnd) >= 0 {
		dst = append(dst[:begin], strings.ToValidUTF8(string(text), "\uFFFD")...)
	}
	return append(dst, textEnd)
}

// AppendClose appends the last frame of a connection of hixie-76, which closes it or answers the
// client's. hixie-75 has no such frame; its connections are closed by closing the socket.
//
// Any goroutine may call it.
func AppendClose(dst []byte) []byte {
	return append(dst, closing, 0)
}
