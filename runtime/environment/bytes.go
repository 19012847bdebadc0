package environment

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

var (
	bytesType       = reflect.TypeFor[[]byte]()
	arrayBufferType = reflect.TypeFor[goja.ArrayBuffer]()
)

// Bytes returns the bytes of an ArrayBuffer, a typed array or a DataView, and reports whether v is
// one. It makes no copy: JavaScript may change the bytes as soon as it runs again. Call it in a
// turn.
func (e *Environment) Bytes(v goja.Value) ([]byte, bool) {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil, false
	}
	if b, ok := e.limiter.in.typedBytes(o); ok {
		return b, true
	}
	if o.ExportType() == arrayBufferType {
		b, ok := o.Export().(goja.ArrayBuffer)
		return b.Bytes(), ok
	}
	view, err := e.isView(goja.Undefined(), o)
	if err != nil || !view.ToBoolean() {
		return nil, false
	}
	b, ok := o.Get("buffer").Export().(goja.ArrayBuffer)
	from, n := o.Get("byteOffset").ToInteger(), o.Get("byteLength").ToInteger()
	if !ok || from < 0 || n < 0 || from+n > int64(len(b.Bytes())) {
		return nil, false
	}
	return b.Bytes()[from : from+n], true
}

// findUint8Array finds the constructor before there is a limit on it.
func (e *Environment) findUint8Array() error {
	in, err := gojaInside()
	if err != nil {
		return err
	}
	e.uint8Array = e.vm.Get("Uint8Array").ToObject(e.vm)
	_, construct, err := in.code(e.uint8Array)
	if err != nil {
		return err
	}
	if construct == nil {
		return errors.New("goja is not built as this program needs it: Uint8Array is no class")
	}
	e.newUint8Array = *construct
	return nil
}

// Text returns the text of data as UTF-8, as TextDecoder does: without a byte order mark, and with U+FFFD
// in place of what is malformed.
func (e *Environment) Text(data []byte) goja.Value {
	text, _, _ := decodeUTF8(data, false, false) // not fatal: without errors
	return stringValue(strings.TrimPrefix(text, "\ufeff"))
}

// Uint8Array makes a Uint8Array with a copy of data, without a limit on its length. Call it within
// Try.
func (e *Environment) Uint8Array(data []byte) goja.Value {
	own := make([]byte, len(data)) // the compiler clears nothing, as the next statement fills it
	copy(own, data)
	return e.Uint8ArrayOf(own)
}

// Uint8ArrayOf makes a Uint8Array of data, which is JavaScript's from then on: nobody else may use it.
// Call it within Try.
func (e *Environment) Uint8ArrayOf(data []byte) goja.Value {
	e.construction[0] = e.vm.ToValue(e.vm.NewArrayBuffer(data))
	array := e.newUint8Array(e.construction[:], e.uint8Array)
	e.construction[0] = nil
	return array
}

// bytes is Bytes for what js/ has checked.
func (e *Environment) bytes(v goja.Value) []byte {
	b, ok := e.Bytes(v)
	if !ok {
		panic(e.vm.NewTypeError("not an ArrayBuffer, a typed array or a DataView"))
	}
	return b
}

// bufferHost gives js/buffer.js the encodings that goja_nodejs' Buffer lacks, or knows by other
// names only.
func (e *Environment) bufferHost(set func(string, int, func(goja.FunctionCall) goja.Value)) {
	vm := e.vm
	set("checkSize", 1, func(call goja.FunctionCall) goja.Value {
		e.limiter.bytes("Buffer", call.Argument(0).ToFloat())
		return goja.Undefined()
	})
	set("checkLength", 1, func(call goja.FunctionCall) goja.Value {
		e.limiter.walk("Buffer.from", call.Argument(0), solidLimit)
		return goja.Undefined()
	})
	set("copy", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(vm.NewArrayBuffer(bytes.Clone(e.bytes(call.Argument(0)))))
	})
	set("compare", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(bytes.Compare(e.bytes(call.Argument(0)), e.bytes(call.Argument(1))))
	})
	set("fill", 4, func(call goja.FunctionCall) goja.Value {
		data := e.bytes(call.Argument(0))
		from, to := int(call.Argument(2).ToInteger()), int(call.Argument(3).ToInteger())
		data = data[min(from, len(data)):min(to, len(data))]
		for n := copy(data, bytes.Clone(e.bytes(call.Argument(1)))); n > 0 && n < len(data); n *= 2 { // the bytes may be of the same memory
			copy(data[n:], data[:n])
		}
		return goja.Undefined()
	})
	set("swap", 2, func(call goja.FunctionCall) goja.Value {
		for part := range slices.Chunk(e.bytes(call.Argument(0)), int(call.Argument(1).ToInteger())) {
			slices.Reverse(part)
		}
		return goja.Undefined()
	})
	set("isAscii", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(!slices.ContainsFunc(e.bytes(call.Argument(0)), func(c byte) bool { return c >= utf8.RuneSelf }))
	})
	set("isUtf8", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(utf8.Valid(e.bytes(call.Argument(0)))) })
	set("encode", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(vm.NewArrayBuffer(encodeText(e.string(call.Argument(0)), call.Argument(1).String())))
	})
	set("byteLength", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(encodedLength(e.string(call.Argument(0)), call.Argument(1).String()))
	})
	set("decode", 4, func(call goja.FunctionCall) goja.Value {
		b, ok := call.Argument(0).Export().(goja.ArrayBuffer)
		from, n := call.Argument(1).ToInteger(), call.Argument(2).ToInteger()
		if !ok || from < 0 || n < 0 || from+n > int64(len(b.Bytes())) {
			panic(vm.NewTypeError("this Buffer's memory is gone"))
		}
		return decodeText(b.Bytes()[from:from+n], call.Argument(3).String())
	})
	search := func(name string, find func(data, what []byte, from int) int) {
		set(name, 3, func(call goja.FunctionCall) goja.Value {
			data, what := e.bytes(call.Argument(0)), e.bytes(call.Argument(1))
			from := call.Argument(2).ToInteger()
			if from < 0 {
				from += int64(len(data))
			}
			return vm.ToValue(find(data, what, int(max(min(from, int64(len(data))), -1))))
		})
	}
	search("indexOf", func(data, what []byte, from int) int {
		from = max(from, 0)
		if n := bytes.Index(data[from:], what); n >= 0 {
			return n + from
		}
		return -1
	})
	search("lastIndexOf", func(data, what []byte, from int) int { // the last match that begins at from or before
		if from < 0 {
			return -1
		}
		return bytes.LastIndex(data[:min(from+len(what), len(data))], what)
	})
}

// encodedLength is Buffer.byteLength. As in Node, it takes the digits of hex and base64 to be right.
func encodedLength(s goja.String, encoding string) int {
	n := s.Length()
	switch encoding {
	case "latin1", "ascii":
		return n
	case "utf16le":
		return 2 * n
	case "hex":
		return n / 2
	case "base64", "base64url":
		for i := 0; i < 2 && n > 0 && s.CharAt(n-1) == '='; i++ {
			n--
		}
		return n * 3 / 4
	}
	return len(s.String())
}

// encodeText returns the bytes of a string in an encoding of Node's. As in Node, digits of hex end
// at the first character that is none, and base64 skips such characters.
func encodeText(s goja.String, encoding string) []byte {
	switch encoding {
	case "latin1", "ascii":
		b := make([]byte, s.Length())
		for i := range b {
			b[i] = byte(s.CharAt(i))
		}
		return b
	case "utf16le":
		b := make([]byte, 2*s.Length())
		for i := range s.Length() {
			c := s.CharAt(i)
			b[2*i], b[2*i+1] = byte(c), byte(c>>8)
		}
		return b
	case "hex":
		text := s.String()
		b := make([]byte, len(text)/2)
		n, _ := hex.Decode(b, []byte(text[:len(text)&^1]))
		return b[:n]
	case "base64", "base64url":
		text := strings.Map(func(r rune) rune {
			switch {
			case r == '-':
				return '+'
			case r == '_':
				return '/'
			case r == '+' || r == '/' || r == '=' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
				return r
			}
			return -1
		}, s.String())
		text, _, _ = strings.Cut(text, "=")
		if len(text)%4 == 1 {
			text = text[:len(text)-1]
		}
		b, _ := base64.RawStdEncoding.DecodeString(text)
		return b
	}
	return []byte(s.String())
}

func decodeText(b []byte, encoding string) goja.Value {
	switch encoding {
	case "ascii":
		chars := make([]uint16, len(b))
		for i, c := range b {
			chars[i] = uint16(c & 0x7f)
		}
		return goja.StringFromUTF16(chars)
	case "utf16le":
		chars := make([]uint16, len(b)/2)
		for i := range chars {
			chars[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
		}
		return goja.StringFromUTF16(chars)
	case "base64url":
		return stringValue(base64.RawURLEncoding.EncodeToString(b))
	}
	return latin1(b)
}
