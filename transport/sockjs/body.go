package sockjs

import (
	"bytes"
	"encoding/base64"
	"errors"
	"unicode/utf8"
)

var (
	ErrPayload = errors.New("Payload expected.")
	ErrJSON    = errors.New("Broken JSON encoding.")
)

// Message is one data message.
//
// It is an alias of an unnamed struct so that a package that does not import this one can have the identical type.
type Message = struct {
	Binary bool
	Data   []byte
}

// A Body is what a client has sent in one request: an array of texts in JSON. In an array of client.js, ["base64"] is a binary message, and
// [code,"reason"], at the end, a close.
//
// ParseBody has looked through all of it before Next gives out the first message, so that of a body that is broken nothing is delivered.
type Body struct {
	rest     []byte
	extended bool

	Closes bool // there was a close, and nothing follows it
	Code   int
	Reason string
}

// ParseBody makes a Body of p, which Next will change. single allows a text without an array, as SockJS does on a WebSocket.
// The error is ErrPayload or ErrJSON.
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

// Next returns the next message, in the memory of the body; ok is false at the end, and at a close.
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
		n, _ := base64.StdEncoding.Decode(data, data) // skipElement has seen that it can be
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

// skipElement returns the length of the element that p begins with; 0 for what is none.
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
		if digits != 4 || rest[0] == '0' { // no number of JSON begins with 0, and no close code does
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

// skipString returns the length of the string that p begins with (RFC 8259 §7), quotes included; 0 for what is none.
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

// unquote returns what a string that skipString took stands for, in its own memory: no escape is shorter than its character. Half of a
// surrogate pair becomes U+FFFD, since text is UTF-8 on this side.
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

// unhex4 reads four hexadecimal digits; -1 for what is none. p has four bytes.
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

// isBase64 says whether p is base64 with its padding, without anything to be unquoted. Nothing is decoded for it.
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

// FormField returns the value of the field d of a form (application/x-www-form-urlencoded), in the form's own memory. The error is
// ErrPayload for a form without one, ErrJSON for one that is malformed.
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

// BodyLimit is the most bytes of a body. The longest message, with each of its bytes escaped, takes as many.
func BodyLimit(maxMessage int) int { return 6*maxMessage + 4<<10 }
