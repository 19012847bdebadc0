package sockjs

import (
	"bytes"
	"encoding/base64"
	"errors"
	"unicode/utf8"
)

// What is wrong with a body, in the words that SockJS prescribes for the client.
var (
	ErrPayload = errors.New("Payload expected.")
	ErrJSON    = errors.New("Broken JSON encoding.")
)

// Message is one data message. The text of a message that is not Binary is valid UTF-8.
//
// It is an alias of an unnamed struct so that a package that does not import this one can have the
// identical type.
type Message = struct {
	Binary bool
	Data   []byte
}

// A Body is what a client sends in one request: an array of texts in JSON. In an array of client.js,
// ["base64"] is a binary message, and [code,"reason"], at the end, a close.
//
// ParseBody checks all of it, so that nothing of a broken body is delivered.
type Body struct {
	rest     []byte
	extended bool

	// Of the close, once Next has come to it.
	Closes bool
	Code   int // four digits, not checked otherwise
	Reason string
}

// ParseBody checks p and returns it as a Body, which keeps p and changes it in Next. extended allows
// what client.js sends; single allows a text without an array, as SockJS does on a WebSocket. The
// error is ErrPayload for a body without anything in it, and ErrJSON for any other that is malformed.
func ParseBody(p []byte, extended, single bool) (*Body, error) {
	p = bytes.Trim(p, " \t\r\n")
	switch {
	case len(p) == 0:
		return nil, ErrPayload
	case !utf8.Valid(p):
		return nil, ErrJSON
	case p[0] == '"' && single:
		if n := skipString(p); n != len(p) {
			return nil, ErrJSON
		}
		return &Body{rest: p}, nil
	case p[0] != '[' || p[len(p)-1] != ']':
		return nil, ErrJSON
	}
	list := skipSpace(p[1 : len(p)-1])
	for rest := list; len(rest) > 0; {
		n := skipElement(rest, extended)
		if n == 0 {
			return nil, ErrJSON
		}
		rest = skipSpace(rest[n:])
		if len(rest) == 0 {
			break
		}
		if rest[0] != ',' {
			return nil, ErrJSON
		}
		if rest = skipSpace(rest[1:]); len(rest) == 0 {
			return nil, ErrJSON
		}
	}
	return &Body{rest: list, extended: extended}, nil
}

// Next returns the next message, whose data is in the memory of the body and stays as it is. ok is
// false at the end, and at a close, which nothing follows.
func (b *Body) Next() (m Message, ok bool) {
	if len(b.rest) == 0 || b.Closes {
		return Message{}, false
	}
	n := skipElement(b.rest, b.extended)
	element := b.rest[:n]
	b.rest = skipSpace(b.rest[n:])
	if len(b.rest) > 0 { // a comma
		b.rest = skipSpace(b.rest[1:])
	}
	if element[0] == '"' {
		return Message{Data: unquote(element)}, true
	}
	inner := skipSpace(element[1:])
	if inner[0] == '"' {
		data := unquote(inner[:skipString(inner)])
		n, _ := base64.StdEncoding.Decode(data, data) // skipElement has checked it
		return Message{Binary: true, Data: data[:n]}, true
	}
	b.Closes = true
	for inner[0] != ',' && inner[0] > ' ' {
		b.Code = b.Code*10 + int(inner[0]-'0')
		inner = inner[1:]
	}
	inner = skipSpace(skipSpace(inner)[1:])
	b.Reason = string(unquote(inner[:skipString(inner)]))
	return Message{}, false
}

// skipElement returns the length of the element that p begins with, or 0 if it begins with none.
func skipElement(p []byte, extended bool) int {
	if p[0] == '"' {
		return skipString(p)
	}
	if p[0] != '[' || !extended {
		return 0
	}
	rest := skipSpace(p[1:])
	if len(rest) > 0 && rest[0] == '"' {
		n := skipString(rest)
		if n == 0 || !isBase64(rest[1:n-1]) {
			return 0
		}
		rest = skipSpace(rest[n:])
	} else {
		digits := 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		if digits != 4 || rest[0] == '0' { // neither a number in JSON nor a close code begins with 0
			return 0
		}
		rest = skipSpace(rest[digits:])
		if len(rest) == 0 || rest[0] != ',' {
			return 0
		}
		rest = skipSpace(rest[1:])
		n := skipString(rest)
		if n == 0 {
			return 0
		}
		rest = skipSpace(rest[n:])
	}
	if len(rest) == 0 || rest[0] != ']' {
		return 0
	}
	return len(p) - len(rest) + 1
}

// skipString returns the length of the string that p begins with (RFC 8259 §7), quotes included, or 0
// if it begins with none.
func skipString(p []byte) int {
	if len(p) == 0 || p[0] != '"' {
		return 0
	}
	for i := 1; i < len(p); i++ {
		switch b := p[i]; {
		case b == '"':
			return i + 1
		case b < ' ':
			return 0
		case b == '\\':
			i++
			if i == len(p) {
				return 0
			}
			switch p[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if len(p)-i < 5 || unhex4(p[i+1:]) < 0 {
					return 0
				}
				i += 4
			default:
				return 0
			}
		}
	}
	return 0
}

// unquote decodes a string that skipString has accepted, in its own memory: no escape is shorter than
// its character. Half of a surrogate pair becomes U+FFFD, because the result is UTF-8.
func unquote(p []byte) []byte {
	p = p[1 : len(p)-1]
	i := bytes.IndexByte(p, '\\')
	if i < 0 {
		return p
	}
	out := p[:i]
	for i < len(p) {
		b := p[i]
		i++
		if b != '\\' {
			out = append(out, b)
			continue
		}
		b = p[i]
		i++
		switch b {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := unhex4(p[i:])
			i += 4
			if r >= 0xd800 && r < 0xdc00 && len(p)-i >= 6 && p[i] == '\\' && p[i+1] == 'u' {
				if low := unhex4(p[i+2:]); low >= 0xdc00 && low < 0xe000 {
					r = (r-0xd800)<<10 + (low - 0xdc00) + 0x10000
					i += 6
				}
			}
			out = utf8.AppendRune(out, r) // U+FFFD for what is left of a pair
		default:
			out = append(out, b)
		}
	}
	return out
}

// unhex4 returns the value of the four hexadecimal digits that p begins with, or -1 if they are not
// digits. p has at least four bytes.
func unhex4(p []byte) (r rune) {
	for _, b := range p[:4] {
		d := unhex(b)
		if d < 0 {
			return -1
		}
		r = r<<4 | rune(d)
	}
	return r
}

// isBase64 reports whether p is padded base64 without escapes. It decodes nothing.
func isBase64(p []byte) bool {
	if len(p)%4 != 0 {
		return false
	}
	digits := bytes.TrimSuffix(bytes.TrimSuffix(p, []byte("=")), []byte("="))
	for _, b := range digits {
		if (b < 'A' || b > 'Z') && (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '+' && b != '/' {
			return false
		}
	}
	return true
}

func skipSpace(p []byte) []byte { return bytes.TrimLeft(p, " \t\r\n") }

// FormField returns the value of the field d of a form (application/x-www-form-urlencoded), in the
// form's own memory. The error is ErrPayload for a form without the field, and ErrJSON for one that is
// malformed.
func FormField(p []byte) ([]byte, error) {
	for len(p) > 0 {
		field, rest, _ := bytes.Cut(p, []byte("&"))
		p = rest
		value, ok := bytes.CutPrefix(field, []byte("d="))
		if !ok {
			continue
		}
		out := value[:0]
		for i := 0; i < len(value); i++ {
			b := value[i]
			switch b {
			case '+':
				b = ' '
			case '%':
				if i+2 >= len(value) || unhex(value[i+1]) < 0 || unhex(value[i+2]) < 0 {
					return nil, ErrJSON
				}
				b = byte(unhex(value[i+1])<<4 | unhex(value[i+2]))
				i += 2
			}
			out = append(out, b)
		}
		return out, nil
	}
	return nil, ErrPayload
}

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

// BodyLimit returns the most bytes of a body, for messages of at most maxMessage bytes: enough for one
// such message with each of its bytes escaped.
func BodyLimit(maxMessage int) int { return 6*maxMessage + 4<<10 }
