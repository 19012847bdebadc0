package websocket

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Close codes (RFC 6455 §7.4.1 and the IANA registry that it founds).
const (
	CloseProtocolError  = 1002
	CloseNoStatus       = 1005 // never on the wire: stands for a Close without a payload
	CloseAbnormal       = 1006 // never on the wire: stands for a connection lost without a Close
	CloseInvalidPayload = 1007
	CloseTooBig         = 1009
)

// maxReason is what the two bytes of the code leave of a Close frame's payload.
const maxReason = MaxControlPayload - 2

// CloseError is the end of a connection by a fault of its client. Code is what to send in the Close frame:
// 1002, 1007 or 1009. Reason may be sent along; it is short and says what was wrong.
type CloseError struct {
	Code   int
	Reason string
}

// Error is for logs: "websocket: close 1002: client frame is not masked".
func (e *CloseError) Error() string {
	return fmt.Sprintf("websocket: close %d: %s", e.Code, e.Reason)
}

// ValidCloseCode says whether code may appear on the wire (RFC 6455 §7.4): a registered code that is not one
// of the three that only stand for something (1005, 1006, 1015), or one of 3000–4999, which belong to
// libraries and applications.
func ValidCloseCode(code int) bool {
	switch {
	case code < 1000, code == 1004, code == CloseNoStatus, code == CloseAbnormal, code > 4999:
		return false
	case code <= 1014, code >= 3000:
		return true
	}
	return false
}

// AppendClose appends a Close frame from server to client. Of a reason over 123 bytes, the whole characters that
// fit are sent; what is not UTF-8 in it is replaced by U+FFFD. Code 1005 makes a frame without a payload, and without the
// reason. Whether any other code may be sent is for the caller to ask ValidCloseCode.
//
// Any goroutine may call it.
func AppendClose(dst []byte, code int, reason string) []byte {
	if code == CloseNoStatus {
		return append(dst, finBit|byte(Close), 0)
	}
	// A long reason is cut before it is mended, so that the cost does not grow with it; U+FFFD is longer than what
	// it stands for, hence the second cut.
	if len(reason) > maxReason+utf8.UTFMax {
		reason = reason[:maxReason+utf8.UTFMax]
	}
	reason = cutAtRune(strings.ToValidUTF8(reason, "\uFFFD"), maxReason)
	dst = append(dst, finBit|byte(Close), byte(2+len(reason)), byte(code>>8), byte(code))
	return append(dst, reason...)
}

// draftTooBig is 1009 in the drafts of version 7 and 8. RFC 6455 §7.4.1 has taken its meaning away.
const draftTooBig = 1004

// AppendDraftClose is AppendClose for a client of version 8 or 7, which knows 1009 as 1004.
//
// Any goroutine may call it.
func AppendDraftClose(dst []byte, code int, reason string) []byte {
	if code == CloseTooBig {
		code = draftTooBig
	}
	return AppendClose(dst, code, reason)
}

// cutAtRune returns the longest prefix of s, valid UTF-8, that has at most limit bytes and ends between characters.
func cutAtRune(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// ParseClose reads the payload of a Close frame (RFC 6455 §5.5.1). An empty one is code 1005. The error is a
// *CloseError: 1002 for one byte or a code that may not be sent, 1007 for a reason that is not UTF-8.
//
// Any goroutine may call it.
func ParseClose(payload []byte) (code int, reason string, err error) {
	switch {
	case len(payload) == 0:
		return CloseNoStatus, "", nil
	case len(payload) == 1:
		return 0, "", faultCloseLength.err()
	}
	code = int(payload[0])<<8 | int(payload[1])
	if !ValidCloseCode(code) {
		return 0, "", faultCloseCode.err()
	}
	if !utf8.Valid(payload[2:]) {
		return 0, "", faultUTF8.err()
	}
	return code, string(payload[2:]), nil
}

// closeCodeMayBegin says whether any code that may be sent has b as its high byte, so that a Close fails on its
// first byte where it can.
func closeCodeMayBegin(b byte) bool {
	return b == 1000>>8 || b >= 3000>>8 && b <= 4999>>8
}
