package environment

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"
)

// quote writes a string (ECMA-262 §25.5.2.3).
func (w *jsonWriter) quote(s goja.Value) {
	switch in := w.codec.in; valueTable(s) {
	case in.ascii:
		w.quoteText(*valueData[string](s))
	case in.wide:
		w.quoteUnits((*valueData[[]uint16](s))[1:])
	case in.imported:
		text := in.importedString(s)
		if !utf8.ValidString(text) {
			text = string([]rune(text)) // as goja reads it
		}
		w.quoteText(text)
	}
}

// quoteText writes a string of UTF-8.
func (w *jsonWriter) quoteText(s string) {
	w.room(len(s) + 2)
	b := append(w.buffer, '"')
	text := unsafe.Slice(unsafe.StringData(s), len(s))
	for i := 0; ; i++ {
		from := i
		i += plainBytes(text, i)
		for i < len(text) && text[i] >= utf8.RuneSelf {
			w.kind = max(w.kind, onlyUTF8)
			i++
			i += plainBytes(text, i)
		}
		b = append(b, text[from:i]...)
		if i == len(text) {
			break
		}
		b = appendEscape(b, text[i])
		if len(b) > byteLimit {
			w.buffer = b
			w.room(0)
		}
	}
	w.buffer = append(b, '"')
}

// quoteUnits writes a string of UTF-16. Surrogates that are alone become escapes.
func (w *jsonWriter) quoteUnits(units []uint16) {
	w.room(len(units) + 2)
	w.kind = max(w.kind, onlyUTF8)
	b := append(w.buffer, '"')
	for i := 0; i < len(units); i++ {
		switch r := rune(units[i]); {
		case r < ' ' || r == '"' || r == '\\':
			b = appendEscape(b, byte(r))
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case !utf16.IsSurrogate(r):
			b = utf8.AppendRune(b, r)
		default:
			if i+1 < len(units) {
				if pair := utf16.DecodeRune(r, rune(units[i+1])); pair != utf8.RuneError {
					b = utf8.AppendRune(b, pair)
					i++
					continue
				}
			}
			b = appendUnit(b, uint16(r))
		}
		if len(b) > byteLimit {
			w.buffer = b
			w.room(0)
		}
	}
	w.buffer = append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
	case '\b':
		c = 'b'
	case '\t':
		c = 't'
	case '\n':
		c = 'n'
	case '\f':
		c = 'f'
	case '\r':
		c = 'r'
	default:
		return appendUnit(b, uint16(c))
	}
	return append(b, '\\', c)
}

func appendUnit(b []byte, unit uint16) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[unit>>12], digits[unit>>8&0xf], digits[unit>>4&0xf], digits[unit&0xf])
}

// appendNumber writes a number as Number::toString of the language (ECMA-262 §6.1.6.1.20), and null
// for what JSON has no number for.
func appendNumber(b []byte, f float64) []byte {
	size := math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(b, "null"...)
	case f == 0:
		return append(b, '0')
	case size >= 1e-6 && size < 1e21:
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	if n := len(b); b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') { // e-07 is e-7
		b = slices.Delete(b, n-2, n-1)
	}
	return b
}
