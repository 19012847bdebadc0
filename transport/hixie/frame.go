package hixie

import (
	"bytes"
	"strings"
)

// The bytes of frames (hixie-76 §4.2 and §5.3).
const (
	textBegin  = 0x00 // a text follows, until
	textEnd    = 0xff // which UTF-8 never has
	lengthBit  = 0x80 // of a type: a length follows, and bytes, which are discarded
	moreBit    = 0x80 // of a length's byte: another follows
	lengthBits = 0x7f
	closing    = 0xff // with a length of 0 it begins, or answers, the closing handshake of hixie-76
)

// MaxOverhead is how many bytes AppendText adds to a text at most.
const MaxOverhead = 2

// AppendText appends a text as one frame. Bytes that are not UTF-8 could end the frame and begin another: a text that has such is
// mended with U+FFFD, and may grow to three times its size.
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

// AppendClose appends the frame that closes a connection of hixie-76, or answers that of the client. It is the last. hixie-75 has none: there
// the connection is just closed.
//
// Any goroutine may call it.
func AppendClose(dst []byte) []byte {
	return append(dst, closing, 0)
}
