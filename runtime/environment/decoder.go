package environment

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// A decoder is one TextDecoder: "decode" of the encoding standard, in pieces.
type decoder struct {
	encoding  string
	fatal     bool
	ignoreBOM bool
	started   bool   // a byte order mark is no longer possible
	pending   []byte // the first bytes of a character
}

var errMalformed = errors.New("malformed")

func (e *Environment) newDecoder(call goja.FunctionCall) goja.Value {
	d := &decoder{
		encoding:  call.Argument(0).String(),
		fatal:     call.Argument(1).ToBoolean(),
		ignoreBOM: call.Argument(2).ToBoolean(),
	}
	return e.vm.ToValue(func(call goja.FunctionCall) goja.Value {
		var data []byte
		if !goja.IsUndefined(call.Argument(0)) {
			var ok bool
			if data, ok = e.Bytes(call.Argument(0)); !ok {
				panic(e.vm.NewTypeError("TextDecoder.decode needs an ArrayBuffer, a typed array or a DataView"))
			}
		}
		v, err := d.decode(data, call.Argument(1).ToBoolean())
		if err != nil {
			panic(e.vm.NewTypeError("The encoded data was not valid for encoding " + d.encoding))
		}
		return v
	})
}

// decode returns the text of data. If more is to come, an incomplete character at the end is kept
// for the next call.
func (d *decoder) decode(data []byte, more bool) (v goja.Value, err error) {
	if len(d.pending) > 0 {
		data = append(d.pending, data...)
		d.pending = nil
	}
	if d.encoding == "windows-1252" {
		return windows1252(data), nil
	}
	var chars []uint16
	var text string
	var rest []byte
	if d.encoding == "utf-8" {
		text, rest, err = decodeUTF8(data, d.fatal, more)
		if !d.started && (text != "" || !more) {
			if !d.ignoreBOM {
				text = strings.TrimPrefix(text, "\ufeff")
			}
			d.started = true
		}
		v = stringValue(text)
	} else {
		chars, rest, err = decodeUTF16(data, d.encoding == "utf-16be", d.fatal, more)
		if !d.started && (len(chars) > 0 || !more) {
			if !d.ignoreBOM && len(chars) > 0 && chars[0] == 0xfeff {
				chars = chars[1:]
			}
			d.started = true
		}
		v = goja.StringFromUTF16(chars)
	}
	if err != nil {
		d.started = false
		return nil, err
	}
	d.pending = append(d.pending, rest...)
	if !more {
		d.started = false
	}
	return v, nil
}

// decodeUTF8 replaces each maximal subpart of an ill-formed sequence with one U+FFFD (Unicode §3.9,
// encoding standard §8.1.1). rest is an incomplete character at the end, if more is to come.
func decodeUTF8(p []byte, fatal, more bool) (text string, rest []byte, err error) {
	if utf8.Valid(p) {
		return string(p), nil, nil
	}
	var b strings.Builder
	b.Grow(len(p))
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		if r != utf8.RuneError || n > 1 {
			b.WriteRune(r)
			p = p[n:]
			continue
		}
		n, whole := beginning(p)
		if more && n == len(p) && !whole {
			return b.String(), p, nil
		}
		if fatal {
			return "", nil, errMalformed
		}
		b.WriteRune(utf8.RuneError)
		p = p[n:]
	}
	return b.String(), nil, nil
}

// beginning returns how many bytes at the start of an invalid sequence belong together. whole
// reports that no byte after them could complete a character.
func beginning(p []byte) (n int, whole bool) {
	low, high, need := byte(0x80), byte(0xbf), 0
	switch c := p[0]; {
	case c >= 0xc2 && c <= 0xdf:
		need = 1
	case c >= 0xe0 && c <= 0xef:
		need = 2
		if c == 0xe0 {
			low = 0xa0
		} else if c == 0xed {
			high = 0x9f
		}
	case c >= 0xf0 && c <= 0xf4:
		need = 3
		if c == 0xf0 {
			low = 0x90
		} else if c == 0xf4 {
			high = 0x8f
		}
	default:
		return 1, true
	}
	for n = 1; n <= need && n < len(p); n++ {
		if p[n] < low || p[n] > high {
			return n, true
		}
		low, high = 0x80, 0xbf
	}
	return n, false
}

// decodeUTF16 replaces each lone surrogate with U+FFFD. rest is as in decodeUTF8.
func decodeUTF16(p []byte, big, fatal, more bool) (chars []uint16, rest []byte, err error) {
	chars = make([]uint16, 0, len(p)/2+1)
	unit := func(i int) uint16 {
		if big {
			return uint16(p[i])<<8 | uint16(p[i+1])
		}
		return uint16(p[i+1])<<8 | uint16(p[i])
	}
	i := 0
	for ; i+1 < len(p); i += 2 {
		c := unit(i)
		if utf16.IsSurrogate(rune(c)) {
			if c < 0xdc00 && i+3 >= len(p) && more {
				return chars, p[i:], nil
			}
			if c < 0xdc00 && i+3 < len(p) {
				if next := unit(i + 2); next >= 0xdc00 && next <= 0xdfff {
					chars = append(chars, c, next)
					i += 2
					continue
				}
			}
			if fatal {
				return nil, nil, errMalformed
			}
			c = 0xfffd
		}
		chars = append(chars, c)
	}
	if i < len(p) {
		if more {
			return chars, p[i:], nil
		}
		if fatal {
			return nil, nil, errMalformed
		}
		chars = append(chars, 0xfffd)
	}
	return chars, nil, nil
}

// windows1252High holds the characters of bytes 0x80–0x9f. All others are those of ISO 8859-1.
var windows1252High = [32]uint16{
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
}

func windows1252(p []byte) goja.Value {
	chars := make([]uint16, len(p))
	for i, c := range p {
		if chars[i] = uint16(c); c >= 0x80 && c <= 0x9f {
			chars[i] = windows1252High[c-0x80]
		}
	}
	return goja.StringFromUTF16(chars)
}
