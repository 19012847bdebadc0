package environment

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"
)

// A decoder is one TextDecoder: "decode" of the encoding standard, in pieces.
type decoder struct {
	encoding  string            // utf-8, utf-16le, utf-16be, or another, for which one of these is there:
	bytes     *charmap.Charmap  // has a character for each byte
	legacy    *encoding.Decoder // decodes any other
	fatal     bool
	ignoreBOM bool
	started   bool   // a byte order mark is no longer possible
	pending   []byte // the first bytes of a character
}

var errMalformed = errors.New("malformed")

// newerLabels are the labels of the encoding standard §4.2 that came after htmlindex.
var newerLabels = map[string]string{
	"unicode11utf8": "utf-8", "unicode20utf8": "utf-8", "x-unicode20utf8": "utf-8",
	"csunicode": "utf-16le", "iso-10646-ucs-2": "utf-16le", "ucs-2": "utf-16le", "unicode": "utf-16le", "unicodefeff": "utf-16le",
	"unicodefffe": "utf-16be",
}

// encodingOf returns the encoding that a label names, and its name; ok is false if there is none that
// TextDecoder may have.
func encodingOf(label string) (name string, e encoding.Encoding, ok bool) {
	label = strings.Trim(label, "\t\n\f\r ")
	if !holdsASCII(label) {
		return "", nil, false
	}
	label = strings.ToLower(label)
	if newer := newerLabels[label]; newer != "" {
		label = newer
	}
	if strings.TrimSpace(label) != label {
		return "", nil, false
	}
	e, err := htmlindex.Get(label)
	if err != nil || e == nil || e == encoding.Replacement {
		return "", nil, false
	}
	name, err = htmlindex.Name(e)
	return name, e, err == nil
}

// newDecoder returns the name of the encoding that a label names, and the function decode(data, more)
// of a TextDecoder; or null if there is no such encoding.
func (e *Environment) newDecoder(call goja.FunctionCall) goja.Value {
	name, encoding, ok := encodingOf(call.Argument(0).String())
	if !ok {
		return goja.Null()
	}
	d := &decoder{encoding: name, fatal: call.Argument(1).ToBoolean(), ignoreBOM: call.Argument(2).ToBoolean()}
	if name == "iso-8859-8-i" {
		encoding = charmap.ISO8859_8 // the same characters
	}
	switch bytes, ok := encoding.(*charmap.Charmap); {
	case ok:
		d.bytes = bytes
	case !strings.HasPrefix(name, "utf-"):
		d.legacy = encoding.NewDecoder()
	}
	return e.vm.NewArray(name, func(call goja.FunctionCall) goja.Value {
		var data []byte
		if !goja.IsUndefined(call.Argument(0)) {
			var ok bool
			if data, ok = e.Bytes(call.Argument(0)); !ok {
				panic(e.vm.NewTypeError("TextDecoder.decode needs an ArrayBuffer, a typed array or a DataView"))
			}
		}
		v, err := d.decode(data, call.Argument(1).ToBoolean())
		if err != nil {
			thrown := e.vm.NewTypeError("The encoded data was not valid for encoding %s", d.encoding)
			_ = thrown.Set("code", "ERR_ENCODING_INVALID_ENCODED_DATA")
			panic(thrown)
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
	switch {
	case d.bytes != nil:
		return d.decodeBytes(data)
	case d.legacy != nil:
		return d.decodeLegacy(data, more)
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

// decodeBytes decodes an encoding that has a character for each byte. Bytes from 0x80 to 0x9f for which
// it has none are the control characters of that number, as in the indexes of the encoding standard.
func (d *decoder) decodeBytes(data []byte) (goja.Value, error) {
	chars := make([]uint16, len(data))
	for i, b := range data {
		r := d.bytes.DecodeByte(b)
		if r == utf8.RuneError {
			if b >= 0x80 && b <= 0x9f {
				r = rune(b)
			} else if d.fatal {
				return nil, errMalformed
			}
		}
		chars[i] = uint16(r)
	}
	return goja.StringFromUTF16(chars), nil
}

// decodeLegacy decodes what is neither UTF-8 nor UTF-16. These have no byte order mark.
func (d *decoder) decodeLegacy(data []byte, more bool) (goja.Value, error) {
	var text goja.StringBuilder
	var buffer [4096]byte
	for {
		written, read, err := d.legacy.Transform(buffer[:], data, !more)
		part := string(buffer[:written])
		// Only gb18030 can encode U+FFFD, which nobody sends on purpose.
		if d.fatal && strings.ContainsRune(part, utf8.RuneError) {
			d.legacy.Reset()
			return nil, errMalformed
		}
		text.WriteUTF8String(part)
		data = data[read:]
		if errors.Is(err, transform.ErrShortDst) {
			continue
		}
		if !more {
			d.legacy.Reset()
		} else {
			d.pending = append(d.pending, data...)
		}
		return text.String(), nil
	}
}
