package sockjs

import (
	"bytes"
	"encoding/base64"
	"unicode/utf16"
	"unicode/utf8"
)

// string begins a string, after its opening quote.
func (d *Decoder) string(k kind, s state) {
	d.kind, d.state = k, s
	d.high, d.quads, d.padded = 0, 0, false
}

// feedString decodes a string (RFC 8259 §7) as far as p goes, up to an escape or to its end, and returns
// the rest of p.
func (d *Decoder) feedString(p []byte) (rest []byte, err error) {
	n := 0
	for n < len(p) && p[n] >= ' ' && p[n] != '"' && p[n] != '\\' {
		n++
	}
	if n > 0 {
		d.lone()
		d.reserve(n)
		d.data = append(d.data, p[:n]...)
	}
	if err := d.check(); err != nil || n == len(p) {
		return nil, err
	}
	switch p[n] {
	case '"':
		err = d.endString()
	case '\\':
		d.state = inEscape
	default: // a control character
		err = ErrJSON
	}
	return p[n+1:], err
}

// reserve makes room for n bytes: twice the room that there was, to copy little, but hardly more than a
// message may need.
func (d *Decoder) reserve(n int) {
	n += len(d.data)
	if n <= cap(d.data) {
		return
	}
	size := max(n, min(2*cap(d.data), d.Limit+spare))
	d.data = append(make([]byte, 0, size), d.data...)
}

// spare is added by reserve to the limit of a message: a few reads of the network.
const spare = 64 << 10

// check checks the length of what is decoded.
func (d *Decoder) check() error {
	switch n := len(d.data) - d.begin; {
	case d.kind == reasonString && n > reasonLimit:
		return ErrJSON
	case d.kind != reasonString && n > d.Limit:
		return ErrTooBig
	}
	return nil
}

// lone decodes the first half of a surrogate pair whose second half does not follow, as U+FFFD, because
// the result is UTF-8.
func (d *Decoder) lone() {
	if d.high != 0 {
		d.data = utf8.AppendRune(d.data, utf8.RuneError)
		d.high = 0
	}
}

// escape decodes what follows a backslash.
func (d *Decoder) escape(b byte) error {
	if b == 'u' {
		d.state, d.hex, d.digits = inHex, 0, 0
		return nil
	}
	d.lone()
	switch b {
	case '"', '\\', '/':
	case 'b':
		b = '\b'
	case 'f':
		b = '\f'
	case 'n':
		b = '\n'
	case 'r':
		b = '\r'
	case 't':
		b = '\t'
	default:
		return ErrJSON
	}
	d.data, d.state = append(d.data, b), inString
	return nil
}

// hexDigit decodes one of the four digits after \u.
func (d *Decoder) hexDigit(b byte) error {
	n := unhex(b)
	if n < 0 {
		return ErrJSON
	}
	d.hex = d.hex<<4 | rune(n)
	if d.digits++; d.digits < 4 {
		return nil
	}
	d.state = inString
	if r := utf16.DecodeRune(d.high, d.hex); r != utf8.RuneError {
		d.data, d.high = utf8.AppendRune(d.data, r), 0
		return nil
	}
	d.lone()
	if d.hex >= 0xd800 && d.hex < 0xdc00 {
		d.high = d.hex
		return nil
	}
	d.data = utf8.AppendRune(d.data, d.hex) // U+FFFD for the second half of a pair
	return nil
}

// endString ends a text or a reason. Neither is checked before: no escape completes a character of which
// the body has only a part.
func (d *Decoder) endString() error {
	d.lone()
	if err := d.check(); err != nil {
		return err
	}
	if !utf8.Valid(d.data[d.begin:]) {
		return ErrJSON
	}
	switch {
	case d.kind == reasonString:
		d.state = atInnerEnd
		return nil
	case d.alone:
		d.state = atEnd
	default:
		d.state = atComma
	}
	d.endMessage(false)
	return nil
}

// endInner ends a binary message or a close.
func (d *Decoder) endInner() {
	d.state = atComma
	if d.kind == binaryString {
		d.endMessage(true)
		return
	}
	if !d.Closes {
		d.Closes, d.Code, d.Reason = true, d.code, string(d.data[d.begin:])
	}
	d.data = d.data[:d.begin]
}

// endMessage ends a message, which is dropped after a close.
func (d *Decoder) endMessage(binary bool) {
	if d.Closes {
		d.data = d.data[:d.begin]
		return
	}
	d.begin = len(d.data)
	d.ends = append(d.ends, end{d.begin, binary})
}

// feedBase64 decodes padded base64 (RFC 4648 §4) without escapes, as far as p goes or to its end, and
// returns the rest of p.
func (d *Decoder) feedBase64(p []byte) (rest []byte, err error) {
	n := bytes.IndexByte(p, '"')
	closed := n >= 0
	if !closed {
		n = len(p)
	}
	digits, rest := p[:n], p[n:]
	for len(digits) > 0 {
		if d.quads == 0 && len(digits) >= 4 {
			whole := len(digits) &^ 3
			if err := d.decode(digits[:whole]); err != nil {
				return nil, err
			}
			digits = digits[whole:]
			continue
		}
		d.quad[d.quads] = digits[0]
		digits = digits[1:]
		if d.quads++; d.quads == 4 {
			d.quads = 0
			if err := d.decode(d.quad[:]); err != nil {
				return nil, err
			}
		}
	}
	if !closed {
		return nil, nil
	}
	if d.quads != 0 {
		return nil, ErrJSON
	}
	d.state = atInnerEnd
	return rest[1:], nil
}

// decode decodes whole quantums of base64.
func (d *Decoder) decode(p []byte) error {
	if d.padded || bytes.ContainsAny(p, "\r\n") { // which the standard library ignores
		return ErrJSON
	}
	d.reserve(base64.StdEncoding.DecodedLen(len(p)))
	var err error
	if d.data, err = base64.StdEncoding.AppendDecode(d.data, p); err != nil {
		return ErrJSON
	}
	d.padded = p[len(p)-1] == '='
	return d.check()
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
