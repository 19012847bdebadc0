package transport

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"node.websocket/transport/websocket"
)

// What SockJS sends to its clients is frames: "o" (open), "h" (heartbeat), a["text","text"] (messages), c[3000,"reason"] (close).
//
// client.js takes two more forms, which no other client is ever sent: o["protocol","key"] for open, and, among the texts of an a[], the array
// ["base64"] for a binary message.

// elements is the codec of a relay. It puts one element a line into the out-queue: a message as JSON, or one of the other frames
// whole. appendFrame makes frames of them, as many messages in each as there are when a request can take them.
type elements struct {
	extended bool // the client is client.js

	// Guarded by the session's mu.
	code   int // of the close that is in the queue
	reason string
}

func (*elements) lacks() lack { return 0 }

func (*elements) feed(dst []websocket.Message, p []byte) ([]websocket.Message, error) {
	return dst, nil
}

func (*elements) text(dst []byte, data string) []byte {
	return append(appendQuoted(dst, data, false), '\n')
}

// binary is a text of base64 for who knows no binary: nothing is lost, and SockJS has no other way.
func (e *elements) binary(dst, data []byte) []byte {
	if e.extended {
		return append(appendBase64(append(dst, '['), data), "]\n"...)
	}
	return append(appendBase64(dst, data), '\n')
}

func (*elements) ping(dst, _ []byte) []byte { return append(dst, "h\n"...) }

func (*elements) pong(dst, _ []byte) []byte { return dst }

func (e *elements) close(dst []byte, code int, reason string) []byte {
	e.code, e.reason = code, cutReason(reason)
	return append(appendClose(dst, code, e.reason), '\n')
}

func appendClose(dst []byte, code int, reason string) []byte {
	dst = strconv.AppendInt(append(dst, "c["...), int64(code), 10)
	return append(appendQuoted(append(dst, ','), reason, false), ']')
}

// cutReason returns the whole characters that fit a WebSocket's Close, so that a reason is the same on every transport.
func cutReason(reason string) string {
	const most = websocket.MaxControlPayload - 2
	if len(reason) > most+utf8.UTFMax {
		reason = reason[:most+utf8.UTFMax]
	}
	reason = strings.ToValidUTF8(reason, "\uFFFD")
	n := min(len(reason), most)
	for n < len(reason) && !utf8.RuneStart(reason[n]) {
		n--
	}
	return reason[:n]
}

func appendBase64(dst, data []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), data), '"')
}

// appendFrame appends the next frame of the queue's bytes, which are not none, and says how many of them it stands for. It takes as many
// messages as limit bytes hold, and one in any case.
func appendFrame(dst, queue []byte, limit int) (frame []byte, n int) {
	n = bytes.IndexByte(queue, '\n') + 1
	if !isMessage(queue) {
		return append(dst, queue[:n-1]...), n
	}
	for n < len(queue) && isMessage(queue[n:]) {
		next := bytes.IndexByte(queue[n:], '\n') + 1
		if n+next > limit {
			break
		}
		n += next
	}
	dst = append(dst, "a["...)
	start := len(dst)
	dst = append(dst, queue[:n-1]...)
	for list := dst[start:]; ; {
		i := bytes.IndexByte(list, '\n') // JSON has none
		if i < 0 {
			return append(dst, ']'), n
		}
		list[i] = ','
		list = list[i+1:]
	}
}

func isMessage(element []byte) bool { return element[0] == '"' || element[0] == '[' }

const hexDigits = "0123456789abcdef"

// appendQuoted appends a text as JSON. It escapes what SockJS lists, for browsers that change such characters on the way: C0, U+200C–200F, 2028–202F,
// 2060–206F and FFF0–FFFF. Inside a script it escapes "<" as well, so that no message can end the script.
func appendQuoted[T string | []byte](dst []byte, s T, script bool) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= ' ' && b < 0xe2 && b != '"' && b != '\\' && (b != '<' || !script) {
			i++
			continue
		}
		size := 1
		r := rune(b)
		if b >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if !isEscaped(r) {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch r {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		}
		i += size
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// isEscaped is for characters of three bytes and more. Those over U+FFFF go as they are.
func isEscaped(r rune) bool {
	return r >= 0x200c && r <= 0x200f || r >= 0x2028 && r <= 0x202f || r >= 0x2060 && r <= 0x206f || r >= 0xfff0 && r <= 0xffff
}
