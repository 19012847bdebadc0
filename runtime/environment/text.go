package environment

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// textHost gives js/text.js its functions that work on bytes.
func (e *Environment) textHost(set func(string, int, func(goja.FunctionCall) goja.Value)) {
	vm := e.vm
	set("encode", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(vm.NewArrayBuffer([]byte(e.string(call.Argument(0)).String())))
	})
	set("encodeInto", 2, e.encodeInto)
	set("decoder", 3, e.newDecoder)
	set("atob", 1, func(call goja.FunctionCall) goja.Value {
		text, ok := decodeBase64(e.string(call.Argument(0)).String())
		if !ok {
			return goja.Null()
		}
		return latin1(text)
	})
	set("btoa", 1, func(call goja.FunctionCall) goja.Value {
		text, ok := latin1Bytes(e.string(call.Argument(0)))
		if !ok {
			return goja.Null()
		}
		return vm.ToValue(base64.StdEncoding.EncodeToString(text))
	})
}

func (e *Environment) string(v goja.Value) goja.String { return stringOf(e.vm, v) }

// stringOf is ToString of the language, and throws a TypeError for a symbol. It does not convert a
// string to Go and back.
func stringOf(vm *goja.Runtime, v goja.Value) goja.String {
	if _, isSymbol := v.(*goja.Symbol); isSymbol {
		panic(vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	if s, ok := v.ToString().(goja.String); ok {
		return s
	}
	var b goja.StringBuilder // ToString of goja's numbers returns the number itself
	b.WriteUTF8String(v.String())
	return b.String()
}

// encodeInto is TextEncoder.encodeInto: it writes as many whole characters as fit, and returns how
// many units it read and bytes it wrote.
func (e *Environment) encodeInto(call goja.FunctionCall) goja.Value {
	dst, ok := e.Bytes(call.Argument(1))
	if !ok {
		panic(e.vm.NewTypeError("TextEncoder.encodeInto needs a Uint8Array to write into"))
	}
	read, written := 0, 0
	for _, r := range e.string(call.Argument(0)).String() {
		n := utf8.RuneLen(r)
		if written+n > len(dst) {
			break
		}
		written += utf8.EncodeRune(dst[written:], r)
		read += utf16.RuneLen(r)
	}
	o := e.vm.NewObject()
	_ = o.Set("read", read)
	_ = o.Set("written", written)
	return o
}

// decodeBase64 is "forgiving-base64 decode" of the Infra standard, §8.
func decodeBase64(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\n', '\f', '\r':
			return -1
		}
		return r
	}, s)
	if len(s)%4 == 0 {
		s = strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	}
	// Not Strict: the standard ignores the bits that are left over.
	b, err := base64.RawStdEncoding.DecodeString(s)
	return b, err == nil && !strings.ContainsAny(s, "\r\n")
}

// wellFormed replaces each lone surrogate with U+FFFD, and reports whether there was one.
func wellFormed(s goja.String) (_ goja.String, changed bool) {
	var chars []uint16
	n := s.Length()
	for i := 0; i < n; i++ {
		c := rune(s.CharAt(i))
		if !utf16.IsSurrogate(c) {
			continue
		}
		if i+1 < n && utf16.DecodeRune(c, rune(s.CharAt(i+1))) != utf8.RuneError {
			i++
			continue
		}
		if chars == nil {
			chars = make([]uint16, n)
			for j := range chars {
				chars[j] = s.CharAt(j)
			}
		}
		chars[i] = 0xfffd
	}
	if chars == nil {
		return s, false
	}
	return goja.StringFromUTF16(chars), true
}

// latin1 returns a string that has one UTF-16 unit for each byte.
func latin1(b []byte) goja.Value {
	chars := make([]uint16, len(b))
	for i, c := range b {
		chars[i] = uint16(c)
	}
	return goja.StringFromUTF16(chars)
}

// latin1Bytes is the inverse of latin1. It reports false if a unit is larger than a byte.
func latin1Bytes(s goja.String) ([]byte, bool) {
	b := make([]byte, s.Length())
	for i := range b {
		c := s.CharAt(i)
		if c > 0xff {
			return nil, false
		}
		b[i] = byte(c)
	}
	return b, true
}

func stringValue(text string) goja.Value {
	var b goja.StringBuilder
	b.WriteUTF8String(text)
	return b.String()
}
