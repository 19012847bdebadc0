package sockjs

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The frames without a payload.
const (
	Open      = "o" // the session is open
	Heartbeat = "h" // nothing: the connection is alive
)

// AppendOpen appends the open frame of client.js: o["protocol","key"].
func AppendOpen(dst []byte, protocol, key string) []byte {
	dst = appendQuoted(append(dst, "o["...), protocol, false)
	return append(appendQuoted(append(dst, ','), key, false), ']')
}

// AppendTextFrame appends a frame of one text: a["text"].
func AppendTextFrame(dst []byte, data string) []byte {
	return append(appendQuoted(append(dst, "a["...), data, false), ']')
}

// AppendBinaryFrame appends a frame of one binary message, as base64 in a text: a["base64"].
func AppendBinaryFrame(dst, data []byte) []byte {
	return append(appendBase64(append(dst, "a["...), data), ']')
}

// AppendClose appends a close frame: c[3000,"reason"].
func AppendClose(dst []byte, code int, reason string) []byte {
	dst = strconv.AppendInt(append(dst, "c["...), int64(code), 10)
	return append(appendQuoted(append(dst, ','), reason, false), ']')
}

// maxReason is the most bytes of a reason in a WebSocket's Close: a control frame's payload (RFC
// 6455 §5.5) without the code.
const maxReason = 125 - 2

// CutReason returns as many whole characters of reason as fit into a WebSocket's Close, so that a
// reason is the same on every transport. What is not UTF-8 becomes U+FFFD.
func CutReason(reason string) string {
	if len(reason) > maxReason+utf8.UTFMax {
		reason = reason[:maxReason+utf8.UTFMax]
	}
	reason = strings.ToValidUTF8(reason, "\uFFFD")
	n := min(len(reason), maxReason)
	for n < len(reason) && !utf8.RuneStart(reason[n]) {
		n--
	}
	return reason[:n]
}

func appendBase64(dst, data []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), data), '"')
}
