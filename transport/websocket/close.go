package websocket

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Close codes that this server sends or shows (RFC 6455 §7.4.1).
const (
	CloseNormal          = 1000
	CloseGoingAway       = 1001
	CloseProtocolError   = 1002
	CloseNoStatus        = 1005 // never sent: a Close without a payload
	CloseAbnormal        = 1006 // never sent: a connection lost without a Close
	CloseInvalidPayload  = 1007
	ClosePolicyViolation = 1008
	CloseTooBig          = 1009
)

// maxReason is the largest reason in a Close frame, whose code takes two bytes of the payload.
const maxReason = MaxControlPayload - 2

// CloseError ends a connection because of a fault of its client. Code is the code to send in the Close frame:
// 1002, 1007 or 1009, or another of the caller's own. Reason is a short description of the fault, which may
// be sent along.
type CloseError struct {
	Code   int
	Reason string
}

// Error returns a text for logs: "websocket: close 1002: client frame is not masked".
func (e *CloseError) Error() string {
	return fmt.Sprintf("websocket: close %d: %s", e.Code, e.Reason)
}

// ValidCloseCode reports whether code may be sent (RFC 6455 §7.4): registered codes, except the
// three that only represent something (1005, 1006, 1015), and 3000–4999, which belong to libraries
// and applications.
func ValidCloseCode(code int) bool {
	switch {
	case code < 1000, code == 1004, code == CloseNoStatus, code == CloseAbnormal, code > 4999:
		return false
	case code <= 1014, code >= 3000:
		return true
	}
	return false
}

// AppendClose appends a Close frame from server to client. A reason over 123 bytes is cut after the
// last character that fits; invalid UTF-8 in it is replaced by U+FFFD. Code 1005 makes a frame
// without a payload, whatever the reason. AppendClose does not check other codes; see
// ValidCloseCode.
//
// Any goroutine may call it.
func AppendClose(dst []byte, code int, reason string) []byte {
	if code == CloseNoStatus {
		return append(dst, finBit|byte(Close), 0)
	}
	// A long reason is cut before it is repaired, so that the cost does not grow with it. The
	// second cut is needed because U+FFFD is longer than what it replaces.
	if len(reason) > maxReason+utf8.UTFMax {
		reason = reason[:maxReason+utf8.UTFMax]
	}
	reason = cutAtRune(strings.ToValidUTF8(reason, "\uFFFD"), maxReason)
	dst = append(dst, finBit|byte(Close), byte(2+len(reason)), byte(code>>8), byte(code))
	return append(dst, reason...)
}

// draftTooBig is the 1009 of versions 7 and 8. RFC 6455 §7.4.1 reserves the code.
const draftTooBig = 1004

// AppendDraftClose is AppendClose for a client of version 8 or 7, for which 1009 is 1004.
//
// Any goroutine may call it.
func AppendDraftClose(dst []byte, code int, reason string) []byte {
	if code == CloseTooBig {
		code = draftTooBig
	}
	return AppendClose(dst, code, reason)
}

// cutAtRune returns the longest prefix of s with at most limit bytes that ends between characters.
// s must be valid UTF-8.
func cutAtRune(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// ParseClose parses the payload of a Close frame (RFC 6455 §5.5.1). The code of an empty payload is
// 1005. The error is a *CloseError: 1002 for a payload of one byte or a code that may not be sent,
// 1007 for a reason that is not UTF-8.
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

// closeCodeMayBegin reports whether b is the high byte of any code that may be sent, so that a
// Close fails at its first byte if possible.
func closeCodeMayBegin(b byte) bool {
	return b == 1000>>8 || b >= 3000>>8 && b <= 4999>>8
}
